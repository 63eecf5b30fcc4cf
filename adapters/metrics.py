"""What can be counted, for Prometheus; and the health page. No labels with users or threads.

/live: the event loop turns. /ready: every door that listens can hear, and the stores answer. Off unless a port is set.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Literal

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from adapters.listening import listen
from bot.errors import BotError

log = logging.getLogger(__name__)

SECONDS = (0.5, 1, 2, 5, 10, 20, 40, 80, 160, 320)
PROBE_TIMEOUT_SECONDS = 3

LOOPBACK = ("127.0.0.1", "::1", "localhost")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

Probe = Callable[[], Awaitable[None]]
"""Returns when the thing is well; raises BotError with the reason when it is not."""


class Metrics:
    """One registry a process; nothing is global, so that tests may have as many as they like."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._turns = Counter(
            "plumbline_turns",
            "Turns that ended, by platform and outcome",
            ["platform", "outcome"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "plumbline_turn_seconds", "From a turn's start to its last text", buckets=SECONDS, registry=self.registry
        )
        self._running = Gauge("plumbline_turns_running", "Answers being written now", registry=self.registry)
        self._redelivered = Counter(
            "plumbline_redeliveries", "Turns that began again after a worker lost them", registry=self.registry
        )
        self._refused = Counter(
            "plumbline_requests_refused", "Signed requests turned away, by reason", ["reason"], registry=self.registry
        )
        self._waiting = Gauge("plumbline_threads_waiting", "Threads with something to answer", registry=self.registry)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        with self._running.track_inprogress():
            yield

    def ended(self, platform: str, outcome: str, seconds: float, attempt: int) -> None:
        self._turns.labels(platform, outcome).inc()
        self._seconds.observe(seconds)
        if attempt > 1:
            self._redelivered.inc()

    def refused(self, reason: Literal["clock", "signature"]) -> None:
        """A request was turned away: signed at another time than now, or by somebody else."""
        self._refused.labels(reason).inc()

    def waiting(self, threads: int) -> None:
        self._waiting.set(threads)

    def text(self) -> bytes:
        """In Prometheus' exposition format."""
        return generate_latest(self.registry)


class HealthPage:
    """Serves /live, /ready and /metrics."""

    def __init__(
        self, host: str, port: int, metrics: Metrics, probes: Mapping[str, Probe], waiting: Callable[[], Awaitable[int]]
    ) -> None:
        self._host = host
        self._port = port
        self._metrics = metrics
        self._probes = probes
        self._waiting = waiting

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
        names = list(self._probes)
        states = await asyncio.gather(*(_state(self._probes[name]) for name in names))
        well = all(state == "ok" for state in states)
        return web.json_response({"ready": well, **dict(zip(names, states, strict=True))}, status=200 if well else 503)

    async def _show(self, _: web.Request) -> web.Response:
        with contextlib.suppress(BotError):
            self._metrics.waiting(await self._waiting())
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
