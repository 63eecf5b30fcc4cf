"""How far an environment is that is being built, for whoever shows it: told from deep within, heard by whoever began it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import ContextVar
from pathlib import Path

LOOK_SECONDS = 0.5

_HEARS: ContextVar[Callable[[int, int], None] | None] = ContextVar("progress", default=None)


@contextlib.contextmanager
def heard(by: Callable[[int, int], None]) -> Iterator[None]:
    """While it is entered, `by` is told how many parts are there, and of how many."""
    before = _HEARS.set(by)
    try:
        yield
    finally:
        _HEARS.reset(before)


def tell(done: int, whole: int) -> None:
    """In the same task as whoever hears it, or in one that it began."""
    if (hears := _HEARS.get()) and whole > 0:
        hears(min(done, whole), whole)


@contextlib.asynccontextmanager
async def counted(folder: Path, whole: int) -> AsyncIterator[None]:
    """Around work that puts a folder for each of `whole` parts into `folder`; what was there before does not count."""

    def count() -> int:
        with contextlib.suppress(OSError):
            return sum(1 for _ in folder.iterdir())
        return 0

    async def watch() -> None:
        begun = await asyncio.to_thread(count)
        while True:
            tell(await asyncio.to_thread(count) - begun, whole)
            await asyncio.sleep(LOOK_SECONDS)

    watching = asyncio.create_task(watch()) if _HEARS.get() else None
    try:
        yield
    finally:
        if watching:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
