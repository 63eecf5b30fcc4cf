"""What a test does at every wire server: wait until it sees something there."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from tests.servers.health import Health

PATIENCE_SECONDS = 60
"""What hangs is to end with a reason; on a busy machine all that is right takes several times as long."""


class Watched(ABC):
    """Sets `_changed` whenever something was said or sent, or the server broke."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self.health = Health(self._changed.set)

    @abstractmethod
    def _last_calls(self) -> str:
        """What came last, for whoever waited in vain."""

    async def until(self, condition: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
        """Wait for something to be seen; an AssertionError that names the last calls when it is not. Raises ServerBroke when the server
        itself has broken meanwhile."""
        try:
            async with asyncio.timeout(seconds):
                while not (value := condition()):
                    self.health.check()
                    self._changed.clear()
                    waiting = asyncio.create_task(self._changed.wait())
                    await asyncio.wait({waiting}, timeout=0.2)
                    waiting.cancel()
                return value
        except TimeoutError:
            raise AssertionError(f"not seen within {seconds} s; the last calls were {self._last_calls()}") from None
