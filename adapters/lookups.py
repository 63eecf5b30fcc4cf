"""What was looked up at a platform, and is not known to have changed: shared by the directories of all platforms.

Each fact is kept for ten minutes at most, and only while its subject bears the mark under which it was looked up: whoever hears of a
change, in whichever process, gives the subject a new one. Those who ask for the same fact share a call, also for one that is not kept.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.ports.policy import KEPT_SECONDS, Marks

AHEAD_SECONDS = KEPT_SECONDS / 2
"""A fact that is used and older than this is looked up again meanwhile, so that nobody waits for it."""

MOST_KEPT = 20_000

ROUND_SECONDS = 0.5
"""Between two that follow each other: meanwhile more come together."""

Fetch = Callable[[], Awaitable[Any]]


@dataclass(slots=True)
class Kept:
    mark: str
    at: float
    task: asyncio.Task[Any]
    next: asyncio.Task[Any] | None = None


class Lookups:
    """`marks` None: nobody else hears of changes."""

    def __init__(self, marks: Marks | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.marks = marks
        self._clock = clock
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._flying: dict[str, asyncio.Task[Any]] = {}

    async def get(self, *wanted: tuple[str, Fetch]) -> list[Any]:
        """Each subject's fact, kept or fetched now; raises what a fetch raises. A fetch goes on when its asker has given up."""
        if not wanted:
            return []
        marks = await self.marks.of([subject for subject, _ in wanted]) if self.marks else [""] * len(wanted)
        tasks = [self._task(subject, mark, fetch) for (subject, fetch), mark in zip(wanted, marks, strict=True)]
        return await asyncio.gather(*(asyncio.shield(task) for task in tasks))

    def _task(self, subject: str, mark: str, fetch: Fetch) -> asyncio.Task[Any]:
        now, kept = self._clock(), self._kept.get(subject)
        if kept is None or kept.mark != mark or now - kept.at >= KEPT_SECONDS:
            kept = Kept(mark, now, self._start(subject, fetch))
            self._kept[subject] = kept
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        elif now - kept.at > AHEAD_SECONDS and kept.next is None:
            kept.next = asyncio.create_task(self._renew(subject, kept, now, fetch))
        return kept.task

    def _start(self, subject: str, fetch: Fetch) -> asyncio.Task[Any]:
        task = self._fetched(fetch)
        task.add_done_callback(lambda ended: self._ended(subject, ended))
        return task

    @staticmethod
    def _fetched(fetch: Fetch) -> asyncio.Task[Any]:
        async def fetched() -> Any:
            return await fetch()

        return asyncio.create_task(fetched())

    def _ended(self, subject: str, task: asyncio.Task[Any]) -> None:
        """What could not be had is not kept."""
        is_lost = task.cancelled() or task.exception() is not None
        if is_lost and subject in self._kept and self._kept[subject].task is task:
            del self._kept[subject]

    async def _renew(self, subject: str, kept: Kept, now: float, fetch: Fetch) -> None:
        task = self._start(subject, fetch)
        await asyncio.wait([task])
        if not task.cancelled() and task.exception() is None and self._kept.get(subject) is kept:
            self._kept[subject] = Kept(kept.mark, now, task)

    async def share(self, subject: str, fetch: Fetch) -> Any:
        """A fact that is not kept: those who want it while it is fetched share the call, until somebody of them has given up."""
        task = self._flying.get(subject)
        if task is None:
            task = self._flying[subject] = self._fetched(fetch)
            task.add_done_callback(lambda ended: self._landed(subject, ended))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            self._landed(subject, task)
            raise

    def _landed(self, subject: str, task: asyncio.Task[Any]) -> None:
        if self._flying.get(subject) is task:
            del self._flying[subject]
        if task.done() and not task.cancelled():
            task.exception()  # whoever waited for it has given up

    async def close(self) -> None:
        kept = [task for one in self._kept.values() for task in (one.task, one.next) if task]
        tasks = [*kept, *self._flying.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Rounds:
    """A fetch that answers for many at once. Whoever asks has one that begins after they asked, so that it is no older than the change
    that made them ask; all who ask while one is on its way share the next."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._now: asyncio.Task[Any] | None = None
        self._next: asyncio.Task[Any] | None = None

    async def get(self) -> Any:
        """Raises what the fetch raises. It goes on when its asker has given up."""
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._now))
        return await asyncio.shield(self._next)

    async def _after(self, before: asyncio.Task[Any] | None) -> Any:
        if before and not before.done():
            await asyncio.wait([before])
            await asyncio.sleep(ROUND_SECONDS)
        self._now, self._next = self._next, None
        return await self._fetch()

    async def close(self) -> None:
        tasks = [task for task in (self._now, self._next) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
