"""Makes our calls to Discord: each within a time limit, in turn, and never torn off in the middle.

discord.py sleeps inside its calls after a 429. Cancelled in a 429 of all calls it would let no other call through any more. So each
call runs in a task of its own, which is waited for, and a call that need not give anything back is over as soon as Discord has taken
it. One that was not sent within the time that it may wait is given up, and surely was not made.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any, TypeVar

import aiohttp
import discord

from adapters.clocks import PlatformClock
from adapters.discord.buckets import LONGEST_WAIT_SECONDS, heed, keep_buckets, patience
from adapters.discord.budget import CallBudget
from bot.environment import proxy_of
from bot.errors import NotTaken, PlatformUnavailable
from bot.reasons import reason

log = logging.getLogger(__name__)

CALL_SECONDS = 45.0
SHUT_OUT_SECONDS = 60.0
"""Where nobody says for how long."""

OLD_MESSAGE = 30046
"""No more edits of a message of more than an hour ago: a refusal, though it comes as a 429."""

T = TypeVar("T")


class Exhausted(NotTaken):
    """Discord takes no more calls of this kind there for longer than the call may wait; `seconds`: for how long, as far as is known."""

    def __init__(self, doing: str, seconds: float) -> None:
        super().__init__(f"{doing}: rate limited for {seconds:.0f} s")
        self.seconds = seconds


class Flight:
    """One call on its way. `sent` is done when it goes out, `taken` when Discord has taken it, before the library is through with it.
    `room_at`: when there is room behind it again, where it was the last that its bucket took."""

    def __init__(self, budget: CallBudget) -> None:
        self._budget = budget
        self.has_landed = False
        loop = asyncio.get_running_loop()
        self.sent: asyncio.Future[None] = loop.create_future()
        self.taken: asyncio.Future[None] = loop.create_future()
        self.room_at = 0.0

    def send(self) -> None:
        if not self.sent.done():
            self.sent.set_result(None)

    def land(self) -> None:
        if not self.has_landed:
            self.has_landed = True
            self._budget.landed()

    def take(self) -> None:
        if not self.taken.done():
            self.taken.set_result(None)


_flight: ContextVar[Flight | None] = ContextVar("flight", default=None)


@asynccontextmanager
async def discord_errors(doing: str) -> AsyncIterator[None]:
    """Around calls: what may pass becomes PlatformUnavailable; a refusal stays discord.py's own error."""
    try:
        yield
    except discord.HTTPException as fault:
        if fault.status == 429 and fault.code != OLD_MESSAGE:
            raise NotTaken(f"{doing}: rate limited") from fault
        if fault.status >= 500:
            raise PlatformUnavailable(f"{doing}: {fault.status}") from fault
        raise
    except discord.RateLimited as fault:
        raise Exhausted(doing, fault.retry_after) from fault
    except aiohttp.ClientConnectorError as fault:
        raise NotTaken(f"{doing}: {reason(fault)}") from fault
    except (aiohttp.ClientError, TimeoutError, OSError) as fault:
        raise PlatformUnavailable(f"{doing}: {type(fault).__name__}") from fault


def way_out() -> str | None:
    """The proxy that leads to Discord, for its calls and its gateway."""
    return proxy_of(discord.http.Route.BASE)


def new_client(on_refusal: Callable[[str], None], clock: PlatformClock, budget: CallBudget) -> discord.Client:
    """A client for calls alone, without a gateway."""
    nobody, trace = discord.AllowedMentions.none(), new_trace(on_refusal, clock, budget)
    client = discord.Client(intents=discord.Intents.none(), allowed_mentions=nobody, http_trace=trace, proxy=way_out())
    keep_buckets(client.http)
    return client


def new_trace(on_refusal: Callable[[str], None], clock: PlatformClock, budget: CallBudget) -> aiohttp.TraceConfig:
    """What a client's calls are watched by. `on_refusal` is told the status of each that Discord did not take, `clock` what time it is
    there, `budget` for how long nothing comes there: a 429 that is a page is not Discord's own
    (https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans)."""
    trace = aiohttp.TraceConfig()

    async def count(_: aiohttp.ClientSession, __: SimpleNamespace, end: aiohttp.TraceRequestEndParams) -> None:
        clock.told(end.response.headers.get("Date"))
        if end.response.status >= 400:
            on_refusal(str(end.response.status))
        if end.response.status == 429 and end.response.content_type != "application/json":
            seconds = end.response.headers.get("Retry-After", "")
            budget.shut(float(seconds) if seconds.isdecimal() else SHUT_OUT_SECONDS)

    trace.on_request_end.append(count)
    trace.on_request_start.append(_on_request_start)
    trace.on_request_end.append(_on_request_end)
    return trace


async def _on_request_start(
    _: aiohttp.ClientSession, __: SimpleNamespace, ___: aiohttp.TraceRequestStartParams
) -> None:
    if flight := _flight.get():
        flight.send()


async def _on_request_end(_: aiohttp.ClientSession, __: SimpleNamespace, end: aiohttp.TraceRequestEndParams) -> None:
    if flight := _flight.get():
        flight.land()
        if end.response.status < 300:
            flight.take()
        if end.response.headers.get("X-RateLimit-Remaining") == "0":
            flight.room_at = time.monotonic() + float(end.response.headers.get("X-RateLimit-Reset-After", 0))
    heed(end.response)


class Calls:
    """The calls of one client."""

    def __init__(self, budget: CallBudget, seconds: float = CALL_SECONDS) -> None:
        self._budget = budget
        self._seconds = seconds
        self._running: dict[asyncio.Task[Any], str] = {}
        self._last: dict[str, Flight] = {}

    async def make(
        self,
        doing: str,
        call: Coroutine[Any, Any, T],
        *,
        final: bool = False,
        turn: str = "",
        wait_seconds: float = LONGEST_WAIT_SECONDS,
        behind_seconds: float | None = None,
    ) -> T:
        """Raises like `discord_errors`; when the time is over nobody knows what becomes of the call. `wait_seconds`: for room that
        Discord says is not there; `behind_seconds`: for calls before it, whose answers are still to tell; else as long."""
        async with self._turn(doing, call, final, wait_seconds, ""):
            _, task = await self._start(call, turn, wait_seconds, "", behind_seconds)
            return await asyncio.shield(task)

    async def until_taken(
        self, doing: str, call: Coroutine[Any, Any, object], *, final: bool = False, turn: str = "", token: str = ""
    ) -> None:
        """Like `make`, and back as soon as Discord has taken it. `token`: of the interaction that is answered by it; there the library
        keeps no buckets, and sleeps inside the call that empties one."""
        async with self._turn(doing, call, final, LONGEST_WAIT_SECONDS, token):
            flight, task = await self._start(call, turn, LONGEST_WAIT_SECONDS, token)
            await asyncio.wait((task, flight.taken), return_when=asyncio.FIRST_COMPLETED)
            if not flight.taken.done():
                task.result()

    async def quiet(self, turn: str) -> None:
        """Return when no call that was made for this turn is on its way any more, whoever has given it up."""
        flying = [task for task, whose in self._running.items() if whose == turn]
        if flying:
            await asyncio.wait(flying, timeout=self._seconds)

    async def close(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    @asynccontextmanager
    async def _turn(
        self, doing: str, call: Coroutine[Any, Any, object], final: bool, wait_seconds: float, token: str
    ) -> AsyncIterator[None]:
        """When it is this call's turn; what it takes from then on is timed."""
        async with discord_errors(doing):
            try:
                self._look_for_room(token, wait_seconds)
                await self._budget.call(final=final)
            except BaseException:
                call.close()
                raise
            async with asyncio.timeout(self._seconds):
                yield

    async def _start(
        self,
        call: Coroutine[Any, Any, T],
        turn: str,
        wait_seconds: float,
        token: str,
        behind_seconds: float | None = None,
    ) -> tuple[Flight, asyncio.Task[T]]:
        """On its way. Raises RateLimited where it was not sent in time."""
        flight = Flight(self._budget)
        if token:
            self._last[token] = flight
        task = self._task(call, flight, wait_seconds)
        self._running[task] = turn
        task.add_done_callback(lambda ended: self._ended(ended, flight))
        behind = wait_seconds if behind_seconds is None else behind_seconds
        await asyncio.wait((task, flight.sent), timeout=behind, return_when=asyncio.FIRST_COMPLETED)
        if not (task.done() or flight.sent.done()):
            task.cancel()
            raise discord.RateLimited(wait_seconds)
        return flight, task

    def _look_for_room(self, token: str, wait_seconds: float) -> None:
        now = time.monotonic()
        for one in [one for one, last in self._last.items() if last.has_landed and last.room_at <= now]:
            del self._last[one]
        if token in self._last and (left := self._last[token].room_at - now) > wait_seconds:
            raise discord.RateLimited(left)

    @staticmethod
    def _task(call: Coroutine[Any, Any, T], flight: Flight, wait_seconds: float) -> asyncio.Task[T]:
        flying, waiting = _flight.set(flight), patience.set(wait_seconds)
        try:
            return asyncio.ensure_future(call)
        finally:
            _flight.reset(flying)
            patience.reset(waiting)

    def _ended(self, task: asyncio.Task[Any], flight: Flight) -> None:
        flight.land()
        self._running.pop(task, None)
        if not task.cancelled() and task.exception():
            log.debug("call failed", extra={"reason": type(task.exception()).__name__})
