"""Who holds copies of what, in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from bot.conversation import ThreadId
from bot.copies import Change
from bot.ports.copies import Copies


class MemoryCopies(Copies):
    def __init__(self) -> None:
        self._holders: defaultdict[tuple[str, str], dict[ThreadId, None]] = defaultdict(dict)
        self._changes: defaultdict[ThreadId, dict[str, Change]] = defaultdict(dict)

    async def hold(self, thread: ThreadId, sources: Collection[str]) -> None:
        for source in sources:
            self._holders[thread.platform, source][thread] = None

    async def holders(self, platform: str, source: str) -> Sequence[ThreadId]:
        return list(self._holders.get((platform, source), ()))

    async def change(self, thread: ThreadId, change: Change) -> None:
        known = self._changes[thread].get(change.source)
        if known is None or change.words is None or not change.is_older(known):
            self._changes[thread][change.source] = change

    async def changes(self, thread: ThreadId) -> Mapping[str, Change]:
        return dict(self._changes.get(thread, {}))
