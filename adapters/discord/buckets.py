"""How many calls each of Discord's buckets still takes, by what its headers say; the library asks here before every call.

The library's own buckets refuse every call while a window has longer to go than we wait, however many calls are left in it (fifty
threads in five minutes for a channel), and sleep inside the call that empties one. Ours refuse only what there is no room for.
"""

from __future__ import annotations

import asyncio
import contextlib
from contextvars import ContextVar
from typing import Any

import aiohttp
import discord
from discord.http import HTTPClient, Ratelimit

LONGEST_WAIT_SECONDS = 30.0
"""What Discord may make us wait before a call."""

MOST_BUCKETS = 256
"""The library looks for those that nobody uses when there are as many."""

ON_THE_WAY_SECONDS = 0.1
"""Discord's window may end so much later than we think: it began when a call came there."""

NEW_WINDOW_SECONDS = 1.0
"""An end that is so much later is another window's; less is the time that answers take to come."""

patience: ContextVar[float] = ContextVar("patience", default=LONGEST_WAIT_SECONDS)
"""How many seconds the call that is being made may wait for room."""

_entered: ContextVar[Bucket | None] = ContextVar("entered", default=None)


class Bucket(Ratelimit):
    """One bucket. Until it is known how many calls it takes they go one by one; whoever waits goes on in order."""

    __slots__ = ("_changed", "_queue", "_until")

    def __init__(self) -> None:
        super().__init__(None)
        self._queue = asyncio.Lock()
        self._changed = asyncio.Event()
        self._until: float | None = None

    async def acquire(self) -> None:
        """Raises RateLimited where there is no room, and will not be for longer than the call may wait."""
        self._last_request = self._loop.time()
        async with self._queue:
            while not self._has_room():
                await self._wait()
            self.remaining -= 1
            self.outgoing += 1
        _entered.set(self)

    async def __aexit__(self, *_: object) -> None:
        _entered.set(None)
        self.outgoing -= 1
        if self.expires is None:  # no header has said anything of this window
            self._renew()
        self._changed.set()

    def update(self, response: aiohttp.ClientResponse, *, use_clock: bool = False) -> None:
        """In a window that we know, the lower of two counts: ours has the calls that are on their way, Discord's those of other
        processes. Where the window has moved on, Discord's without what may still be on its way."""
        known, until = self.remaining, self._until
        super().update(response, use_clock=use_clock)
        told = self.remaining = int(response.headers.get("X-RateLimit-Remaining", 0))
        if until is None or (self.expires or 0) > until + NEW_WINDOW_SECONDS:
            self._until = self.expires
            self.remaining = max(0, told - max(0, self.outgoing - 1))
        else:
            self.remaining = min(known, told)
        self._changed.set()

    def _has_room(self) -> bool:
        if self.expires is not None and self._loop.time() > self.expires + ON_THE_WAY_SECONDS:
            self._renew()
        return self.remaining > 0

    def _renew(self) -> None:
        """A new window, in which calls that are on their way will be counted."""
        self.remaining, self.expires, self._until = self.limit - self.outgoing, None, None

    async def _wait(self) -> None:
        """Until the window ends, or a call that is on its way tells of room."""
        left = None if self.expires is None else self.expires - self._loop.time()
        if left is not None and left > patience.get():
            raise discord.RateLimited(left)
        self._changed.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if left is None else left + ON_THE_WAY_SECONDS):
                await self._changed.wait()


class _Buckets(dict[str, Ratelimit]):
    """By the key that the library makes of a route; a bucket is made when it is first asked for."""

    def __missing__(self, key: str) -> Ratelimit:
        if len(self) >= MOST_BUCKETS:
            for old in [one for one, bucket in self.items() if bucket.is_inactive()]:
                del self[old]
        made = self[key] = Bucket()
        return made


def keep_buckets(http: HTTPClient) -> None:
    """Let this client ask us before every call."""
    http._buckets = _Buckets()


def heed(response: aiohttp.ClientResponse) -> None:
    """A 429 closes its bucket, where it says that nothing is left in it, and ends a call that may not wait for so long: the library
    would sleep for all of it. Of the limit over all calls the library lets nobody through itself."""
    seconds = _retry_after(response)
    if seconds is None:
        return
    bucket: Any = _entered.get()
    if bucket and response.headers.get("X-RateLimit-Remaining") == "0":
        bucket.update(response)
    if seconds > patience.get():
        response.close()
        raise discord.RateLimited(seconds)


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    if response.status != 429 or "X-RateLimit-Global" in response.headers:
        return None
    seconds = response.headers.get("Retry-After", "")
    return float(seconds) if seconds.replace(".", "", 1).isdigit() else None
