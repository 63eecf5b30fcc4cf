"""What a test does at every wire server: wait until it sees something there; and what a server does of its own accord."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any

PATIENCE_SECONDS = 60
"""What hangs is to end with a reason; on a busy machine all that is right takes several times as long."""


class Watched(ABC):
    """Sets `_changed` whenever something was said or sent."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._broken: BaseException | None = None

    @abstractmethod
    def _last_calls(self) -> str:
        """What came last, for whoever waited in vain."""

    async def until(self, condition: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
        """Wait for something to be seen; an AssertionError that names the last calls when it is not."""
        try:
            async with asyncio.timeout(seconds):
                while not (value := condition()):
                    self._must_be_whole()
                    self._changed.clear()
                    waiting = asyncio.create_task(self._changed.wait())
                    await asyncio.wait({waiting}, timeout=0.2)
                    waiting.cancel()
                return value
        except TimeoutError:
            raise AssertionError(f"not seen within {seconds} s; the last calls were {self._last_calls()}") from None

    def _spawn(self, work: Awaitable[Any]) -> None:
        """Go on with it beside everything else. A failure ends the test: what was to be sent would never come."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._is_over)

    def _is_over(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            self._broken = self._broken or task.exception()
            self._changed.set()

    def _must_be_whole(self) -> None:
        if self._broken:
            raise AssertionError(f"the server itself is broken: {self._broken!r}") from self._broken

    async def _end_tasks(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._must_be_whole()
