"""Which threads hold a copy of what was said elsewhere, and what became of it since."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from bot.conversation import ThreadId
from bot.copies import Change


class Copies(Protocol):
    """Lives as long as a quiet thread does. Every method raises StoreUnavailable."""

    async def hold(self, thread: ThreadId, sources: Collection[str]) -> None:
        """The thread holds copies of these; told before they are kept there, and again as often as they are told anew."""
        ...

    async def holders(self, platform: str, source: str) -> Sequence[ThreadId]: ...

    async def change(self, thread: ThreadId, change: Change) -> None:
        """Note it for whoever reads the thread next; an older edit than the one that is noted changes nothing."""
        ...

    async def changes(self, thread: ThreadId) -> Mapping[str, Change]:
        """By source."""
        ...
