"""Who may use a pair of checkers when: some answers at once, or one alone, in the order in which they came."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Turns:
    """`most` may be at it together, each with a number of its own below that."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._room = asyncio.Semaphore(most)
        self._gate = asyncio.Lock()
        self._free = list(range(most))

    @property
    def is_idle(self) -> bool:
        return len(self._free) == self._most

    @contextlib.asynccontextmanager
    async def together(self) -> AsyncIterator[int]:
        async with self._gate:  # one after the other, so that nobody overtakes whoever wants to be alone
            await self._room.acquire()
        number = self._free.pop()
        try:
            yield number
        finally:
            self._free.append(number)
            self._room.release()

    @contextlib.asynccontextmanager
    async def alone(self) -> AsyncIterator[int]:
        """Whoever comes later waits, as soon as those who came before are done."""
        held: list[int] = []
        try:
            async with self._gate:
                for _ in range(self._most):
                    await self._room.acquire()
                    held.append(self._free.pop())
            yield held[0]
        finally:
            self._free += held
            for _ in held:
                self._room.release()
