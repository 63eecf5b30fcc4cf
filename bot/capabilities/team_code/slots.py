"""How many processes that look into repositories may run at once, whoever asked for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

from bot.capabilities.team_code.repositories import BadQuery


class Slots:
    """`most` at once in one event loop; who comes later waits, and is told so after `seconds`."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Raises BadQuery where none becomes free in time."""
        free = self._loops.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(self._most))
        try:
            async with asyncio.timeout(self._seconds):
                await free.acquire()
        except TimeoutError as fault:
            raise BadQuery("Too many questions are being looked into at this moment; ask this again.") from fault
        try:
            yield
        finally:
            free.release()
