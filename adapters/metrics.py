"""What can be counted, for Prometheus; and the health page. No labels with users or threads.

/live: the event loop turns. /ready: every door that listens can hear, and the stores answer. Off unless a port is set.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Literal

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from adapters.listening import listen
from bot.errors import BotError

log = logging.getLogger(__name__)

SECONDS = (0.5, 1, 2, 5, 10, 20, 40, 80, 160, 320)
PROBE_TIMEOUT_SECONDS = 3
REGULAR_SECONDS = 120
"""Whoever has read the figures within so long reads them again, and so is waited for at the end."""

STORES = ("redis", "sql")

LOOPBACK = ("127.0.0.1", "::1", "localhost")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STANDING = (
    ("threads_waiting", "Threads whose question waits, and nobody answers it now"),
    ("threads_running", "Threads whose question is being answered"),
    ("oldest_waiting_seconds", "How long the oldest question has waited that nobody answers now"),
    ("workers", "Workers that are alive"),
    ("gateways", "Gateways that are alive"),
    ("ledger_rows_owed", "Rows that wait for the database"),
)
"""Of all processes that share a store: each of them says the same."""

REPOSITORIES = (
    ("age_seconds", "Since the repository's remote was asked last; -1 where it never was"),
    ("fault", "1 while the repository's remote or its index is out of order"),
    ("indexed", "1 when the repository can be looked into"),
    ("environment_ready", "1 when its code can be checked against its locked versions, 0 while it cannot"),
)
"""Of each repository, the worst of all hosts."""

LASTING = {
    "model": ("401", "403"),
    "slack": ("invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"),
    "discord": ("401",),
}
"""What does not pass by itself: an operator must act."""

Probe = Callable[[], Awaitable[None]]
"""Returns when the thing is well; raises BotError with the reason when it is not."""


class Metrics:
    """One registry a process; nothing is global, so that tests may have as many as they like."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._turns = self._counter(
            "turns", "Turns that ended, by platform, outcome and reason", "platform", "outcome", "reason"
        )
        self._seconds = Histogram(
            "plumbline_turn_seconds", "From a turn's start to its last text", buckets=SECONDS, registry=self.registry
        )
        self._running = self._gauge("turns_running", "Answers being written now")
        self._redelivered = self._counter("redeliveries", "Turns that began again after a worker lost them")
        self._refused = self._counter("requests_refused", "Requests turned away, by reason", "reason")
        self._model_errors = self._counter("model_errors", "Requests to the model that failed, by status", "status")
        self._breaker = self._gauge("model_breaker_open", "1 while the model is overloaded")
        self._refusals = self._counter(
            "platform_refusals", "Calls that a platform refused, by its own code", "platform", "code"
        )
        self._count_from_zero()
        self._lost = self._gauge("lost", "1 while this is out of order though we listen; /ready says why", "what")
        self._clocks = self._gauge(
            "clock_ahead_seconds", "By how much this machine's clock is ahead of a platform's", "platform"
        )
        self._stores = self._gauge("store_seconds", "How long the store took to answer", "store")
        self._standing = {name: self._gauge(name, said) for name, said in STANDING}
        self._redraws = self._gauge("redraws_owed", "Answers of lost leases that are to be drawn once more")
        self._disk = self._gauge("data_free_bytes", "Room on the disk of the data directory")
        self._checks = self._counter("checks", "Code blocks that were checked, by result", "result")
        self._repositories = {
            name: self._gauge(f"repository_{name}", said, "repository") for name, said in REPOSITORIES
        }
        self._build = self._gauge("build_info", "Which release runs, on which schema", "version", "schema")
        self.lost: dict[str, str] = {}
        """What is out of order though we listen, by its name; gone as soon as it works again."""
        self.shut: dict[str, str] = {}
        """Platforms that do not let this process in any more, and what is to be done: we go on without them."""
        self.count = 0
        """How many turns ended in this process."""
        self._is_overloaded: Callable[[], bool] = lambda: False

    def _counter(self, name: str, said: str, *labels: str) -> Counter:
        return Counter(f"plumbline_{name}", said, labels, registry=self.registry)

    def _gauge(self, name: str, said: str, *labels: str) -> Gauge:
        return Gauge(f"plumbline_{name}", said, labels, registry=self.registry)

    def _count_from_zero(self) -> None:
        """So that the first lasting refusal is seen as one."""
        for platform, codes in LASTING.items():
            for code in codes:
                counter = (
                    self._model_errors.labels(code) if platform == "model" else self._refusals.labels(platform, code)
                )
                counter.inc(0)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        with self._running.track_inprogress():
            yield

    def ended(self, platform: str, outcome: str, seconds: float, attempt: int, reason: str = "") -> None:
        """A turn ended; `reason` is the error's class where it ended in one."""
        self.count += 1
        self._turns.labels(platform, outcome, reason).inc()
        if outcome == "answered":
            self.lost.pop(platform, None)
            self.lost.pop("model", None)
        self._seconds.observe(seconds)
        if attempt > 1:
            self._redelivered.inc()

    def refused(self, reason: Literal["clock", "payload", "signature"]) -> None:
        """A request was turned away: signed at another time than now, or by somebody else, or of no shape that Slack's have."""
        self._refused.labels(reason).inc()

    def model_failed(self, status: str) -> None:
        """A request to the model failed: an HTTP status, the API's own word, or what broke."""
        self._model_errors.labels(status).inc()
        if status in LASTING["model"]:
            self.lost["model"] = f"refused our key ({status})"

    def watch_breaker(self, is_open: Callable[[], bool]) -> None:
        self._is_overloaded = is_open
        self._breaker.set_function(lambda: float(is_open()))

    def watch_redraws(self, owed: Callable[[], int]) -> None:
        self._redraws.set_function(owed)

    def watch_disk(self, free_bytes: Callable[[], int]) -> None:
        self._disk.set_function(free_bytes)

    def watch_clock(self, platform: str, ahead_seconds: Callable[[], float]) -> None:
        self._clocks.labels(platform).set_function(ahead_seconds)

    def losses(self) -> dict[str, str]:
        """What is out of order now though we listen, by its name."""
        return ({"model": "overloaded"} if self._is_overloaded() else {}) | self.lost | self.shut

    def tell_lost(self, named: Iterable[str]) -> None:
        self._lost.clear()
        for what in named:
            self._lost.labels(what).set(1)

    def checked(self, result: str) -> None:
        """A block of code was checked, and this was shown."""
        self._checks.labels(result).inc()

    def repositories(self, states: Mapping[str, Mapping[str, float]]) -> None:
        """By repository, and by the names of REPOSITORIES; those that are declared no more go."""
        for name, gauge in self._repositories.items():
            gauge.clear()
            for repository, values in states.items():
                if name in values:
                    gauge.labels(repository).set(values[name])

    def platform_refused(self, platform: str, code: str) -> None:
        """A platform refused a call of ours, with this code."""
        self._refusals.labels(platform, code).inc()
        if code in LASTING.get(platform, ()):
            self.lost[platform] = f"refused our token ({code})"

    def platform_shut(self, platform: str, why: str) -> None:
        self.shut[platform] = why

    def store_took(self, store: str, seconds: float) -> None:
        self._stores.labels(store).set(seconds)

    def standing(self, now: Mapping[str, float]) -> None:
        """How it stands with all processes together, by the names of STANDING."""
        for name, value in now.items():
            self._standing[name].set(value)

    def built(self, version: str, schema: str) -> None:
        self._build.labels(version, schema).set(1)

    def text(self) -> bytes:
        """In Prometheus' exposition format."""
        return generate_latest(self.registry)


class HealthPage:
    """Serves /live, /ready and /metrics."""

    def __init__(
        self,
        host: str,
        port: int,
        metrics: Metrics,
        probes: Mapping[str, Probe],
        refresh: Callable[[], Awaitable[None]],
        losses: Mapping[str, Probe] | None = None,
    ) -> None:
        """Without one of `probes` we are not ready; what `losses` find is named, and we go on. `refresh` sets what the stores know."""
        self._host = host
        self._port = port
        self._metrics = metrics
        self._probes = probes
        self._refresh = refresh
        self._losses = losses or {}
        self._is_draining = False
        self._looked_at = 0.0
        self._shown = 0
        self._looked = asyncio.Event()

    def drain(self) -> None:
        """We are not ready any more."""
        self._is_draining = True

    async def last_look(self) -> None:
        """Return when the turns that ended are all in somebody's figures; at once where nobody looks regularly."""
        while self._metrics.count != self._shown and time.monotonic() < self._looked_at + REGULAR_SECONDS:
            self._looked.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REGULAR_SECONDS):
                    await self._looked.wait()

    async def run(self) -> None:
        """Serve until cancelled."""
        app = web.Application(middlewares=[self._guard])
        app.add_routes([web.get("/live", self._live), web.get("/ready", self._ready), web.get("/metrics", self._show)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await listen(runner, self._host, self._port, "PLUMBLINE_METRICS_PORT")
            log.info("health page listens", extra={"host": self._host, "port": self._port})
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """On loopback it answers to no other name: a page in a browser here could have been rebound to us."""
        try:
            called = request.url.host or ""
        except ValueError as fault:
            raise web.HTTPBadRequest(text="This is no name of a host.") from fault
        if self._host in LOOPBACK and called not in LOOPBACK:
            raise web.HTTPForbidden(text="This port answers to localhost only.")
        return await handler(request)

    async def _live(self, _: web.Request) -> web.Response:
        return web.json_response({"live": True})

    async def _ready(self, _: web.Request) -> web.Response:
        hearing = {name: probe for name, probe in self._probes.items() if name not in self._metrics.shut}
        probed, named = await self._states(hearing), await self._named()
        well = all(state == "ok" for state in probed.values()) and not self._is_draining
        body: dict[str, object] = {"ready": well, **({"draining": True} if self._is_draining else {}), **probed}
        return web.json_response(body | ({"lost": named} if named else {}), status=200 if well else 503)

    async def _named(self) -> dict[str, str]:
        """What is out of order though we listen, and why."""
        lost = await self._states(self._losses)
        return {name: state for name, state in lost.items() if state != "ok"} | self._metrics.losses()

    async def _states(self, probes: Mapping[str, Probe]) -> dict[str, str]:
        states = await asyncio.gather(*(self._timed(name, probe) for name, probe in probes.items()))
        return dict(zip(probes, states, strict=True))

    async def _timed(self, name: str, probe: Probe) -> str:
        began = time.monotonic()
        state = await _state(probe)
        if name in STORES:
            self._metrics.store_took(name, time.monotonic() - began)
        return state

    async def _show(self, _: web.Request) -> web.Response:
        await self._states({name: probe for name, probe in self._probes.items() if name in STORES})
        with contextlib.suppress(BotError):
            await self._refresh()
        self._metrics.tell_lost(await self._named())
        self._looked_at, self._shown = time.monotonic(), self._metrics.count
        self._looked.set()
        return web.Response(body=self._metrics.text(), headers={"Content-Type": "text/plain; version=0.0.4"})


async def _state(probe: Probe) -> str:
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_SECONDS):
            await probe()
    except TimeoutError:
        return "no answer"
    except Exception as fault:  # whatever it is, the page says it
        return str(fault) or type(fault).__name__
    return "ok"
