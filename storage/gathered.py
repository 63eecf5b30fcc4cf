"""Many callers' questions to a store asked in one go: while some are on their way the next ones gather, and go together.

Each is asked after it was handed over, so that nobody hears what was true before. A hundred answers at once cost a few statements
instead of hundreds; a lone one is asked at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Told = TypeVar("Told")

MOST_TOGETHER = 100


class Gathered(Generic[Asked, Told]):
    """`ask` gives back what is told to each, in the order in which they were asked. Where many fail together each is asked alone: one
    that cannot be asked spoils no other, and what it raises is its caller's."""

    def __init__(self, ask: Callable[[Sequence[Asked]], Awaitable[Sequence[Told]]]) -> None:
        self._ask = ask
        self._line: list[tuple[Asked, asyncio.Future[Told]]] = []
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, asked: Asked) -> Told:
        told: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        self._line.append((asked, told))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        return await told

    async def _run(self) -> None:
        while self._line:
            batch, self._line = self._line[:MOST_TOGETHER], self._line[MOST_TOGETHER:]
            try:
                await self._ask_together(batch)
            except asyncio.CancelledError:
                for _, told in (*batch, *self._line):
                    told.cancel()
                raise

    async def _ask_together(self, batch: Sequence[tuple[Asked, asyncio.Future[Told]]]) -> None:
        try:
            answers = await self._ask([asked for asked, _ in batch])
        except Exception as fault:
            if len(batch) == 1:
                _raise_at(batch[0][1], fault)
            else:
                await asyncio.gather(*(self._ask_together([one]) for one in batch))
        else:
            for (_, told), answer in zip(batch, answers, strict=True):
                if not told.done():
                    told.set_result(answer)


def _raise_at(told: asyncio.Future[Told], fault: Exception) -> None:
    if not told.done():  # whoever asked may be gone
        told.set_exception(fault)
