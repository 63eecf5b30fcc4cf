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

_taken: ContextVar[asyncio.Future[None] | None] = ContextVar("taken", default=None)


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
    future = _taken.get()
    if future and not future.done() and end.response.status < 300:
        future.set_result(None)


class Calls:
    """The calls of one client."""

    def __init__(self, budget: Budget, seconds: float = CALL_SECONDS) -> None:
        self._budget = budget
        self._seconds = seconds
        self._running: set[asyncio.Task[Any]] = set()

    async def make(self, doing: str, call: Coroutine[Any, Any, T], *, final: bool = False) -> T:
        """Raises like `discord_errors`; when the time is over nobody knows what becomes of the call."""
        try:
            await self._budget.call(final=final)
        except BaseException:
            call.close()
            raise
        task = self._start(call)
        async with discord_errors(doing), asyncio.timeout(self._seconds):
            return await asyncio.shield(task)

    async def edit(self, doing: str, call: Coroutine[Any, Any, object], *, final: bool = False) -> None:
        """Like `make`, and back as soon as Discord has taken it."""
        taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        token = _taken.set(taken)
        try:
            making = asyncio.ensure_future(self.make(doing, call, final=final))
        finally:
            _taken.reset(token)
        try:
            await asyncio.wait((making, taken), return_when=asyncio.FIRST_COMPLETED)
            if making.done():
                making.result()
        finally:
            making.cancel()  # the call itself goes on

    async def close(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _start(self, call: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.ensure_future(call)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and task.exception():
            log.debug("call failed", extra={"reason": type(task.exception()).__name__})
