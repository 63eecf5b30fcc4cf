"""Makes our calls to Discord: each within a time limit, in turn, and never torn off in the middle.

discord.py sleeps inside its calls: after the one that empties a bucket, although Discord has taken it, and after a 429. Cancelled in
a 429 of all calls it would let no other call through any more. So each call runs in a task of its own, which is waited for, and an
edit is over as soon as Discord has taken it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any, TypeVar

import aiohttp
import discord

from adapters.discord.budget import Budget
from bot.errors import NotTaken, PlatformUnavailable

log = logging.getLogger(__name__)

CALL_SECONDS = 45.0
LONGEST_WAIT_SECONDS = 30.0
"""What Discord may make us wait before a call; the library takes no shorter limit."""

OLD_MESSAGE = 30046
"""No more edits of a message of more than an hour ago: a refusal, though it comes as a 429."""

T = TypeVar("T")


class Flight:
    """One call on its way. `taken` is done when Discord has taken it, before the library is through with it."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._has_landed = False
        self.taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def land(self) -> None:
        if not self._has_landed:
            self._has_landed = True
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
        raise NotTaken(f"{doing}: rate limited for {fault.retry_after:.0f} s") from fault
    except aiohttp.ClientConnectorError as fault:
        raise NotTaken(f"{doing}: not reached") from fault
    except (aiohttp.ClientError, TimeoutError, OSError) as fault:
        raise PlatformUnavailable(f"{doing}: {type(fault).__name__}") from fault


def new_client() -> discord.Client:
    """A client for calls alone, without a gateway."""
    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(_on_request_end)
    return discord.Client(
        intents=discord.Intents.none(),
        allowed_mentions=discord.AllowedMentions.none(),
        max_ratelimit_timeout=LONGEST_WAIT_SECONDS,
        http_trace=trace,
    )


async def _on_request_end(_: aiohttp.ClientSession, __: SimpleNamespace, end: aiohttp.TraceRequestEndParams) -> None:
    if flight := _flight.get():
        flight.land()
        if end.response.status < 300:
            flight.take()


class Calls:
    """The calls of one client."""

    def __init__(self, budget: Budget, seconds: float = CALL_SECONDS) -> None:
        self._budget = budget
        self._seconds = seconds
        self._running: dict[asyncio.Task[Any], str] = {}

    async def make(self, doing: str, call: Coroutine[Any, Any, T], *, final: bool = False, turn: str = "") -> T:
        """Raises like `discord_errors`; when the time is over nobody knows what becomes of the call."""
        _, task = await self._start(call, final=final, turn=turn)
        async with discord_errors(doing), asyncio.timeout(self._seconds):
            return await asyncio.shield(task)

    async def edit(self, doing: str, call: Coroutine[Any, Any, object], *, final: bool = False, turn: str = "") -> None:
        """Like `make`, and back as soon as Discord has taken it."""
        flight, task = await self._start(call, final=final, turn=turn)
        async with discord_errors(doing), asyncio.timeout(self._seconds):
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

    async def _start(
        self, call: Coroutine[Any, Any, T], *, final: bool, turn: str = ""
    ) -> tuple[Flight, asyncio.Task[T]]:
        try:
            await self._budget.call(final=final)
        except BaseException:
            call.close()
            raise
        flight = Flight(self._budget)
        token = _flight.set(flight)
        task = asyncio.ensure_future(call)
        _flight.reset(token)
        self._running[task] = turn
        task.add_done_callback(lambda ended: self._ended(ended, flight))
        return flight, task

    def _ended(self, task: asyncio.Task[Any], flight: Flight) -> None:
        flight.land()
        self._running.pop(task, None)
        if not task.cancelled() and task.exception():
            log.debug("call failed", extra={"reason": type(task.exception()).__name__})
