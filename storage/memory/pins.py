"""The pins of threads, in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from bot.capabilities.team_code.code import ShownLines
from bot.capabilities.team_code.repositories import MOST_SHOWN, Pins
from bot.conversation import ThreadId


class MemoryPins(Pins):
    def __init__(self) -> None:
        self._pins: defaultdict[ThreadId, dict[str, str]] = defaultdict(dict)
        self._shown: defaultdict[ThreadId, list[ShownLines]] = defaultdict(list)

    async def load(self, thread: ThreadId) -> Mapping[str, str]:
        return dict(self._pins[thread])

    async def pin(self, thread: ThreadId, name: str, commit: str) -> str:
        return self._pins[thread].setdefault(name, commit)

    async def show(self, thread: ThreadId, places: Sequence[ShownLines]) -> None:
        self._shown[thread] = [*self._shown[thread], *places][-MOST_SHOWN:]

    async def shown(self, thread: ThreadId) -> Sequence[ShownLines]:
        return list(self._shown[thread])

    async def forget(self, thread: ThreadId) -> None:
        self._pins.pop(thread, None)
        self._shown.pop(thread, None)
