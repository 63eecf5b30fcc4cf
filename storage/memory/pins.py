"""The pins of threads, in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from bot.capabilities.team_code.repositories import Pins
from bot.conversation import ThreadId


class MemoryPins(Pins):
    def __init__(self) -> None:
        self._pins: defaultdict[ThreadId, dict[str, str]] = defaultdict(dict)

    async def load(self, thread: ThreadId) -> Mapping[str, str]:
        return dict(self._pins[thread])

    async def pin(self, thread: ThreadId, name: str, commit: str) -> str:
        return self._pins[thread].setdefault(name, commit)

    async def forget(self, thread: ThreadId) -> None:
        self._pins.pop(thread, None)
