"""History and outbox in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.conversation import Conversation, Pinned, ThreadId, Turn
from bot.errors import LeaseLost
from bot.ports import History, Outbox
from storage.memory.inbox import Fences


class MemoryHistory(History):
    """`fences` are the inbox's; without them every fence is good."""

    def __init__(self, fences: Fences | None = None) -> None:
        self._fences = fences
        self._conversations: dict[ThreadId, Conversation] = {}

    async def load(self, thread: ThreadId) -> Conversation:
        return self._conversations.get(thread, Conversation(thread))

    async def append(self, thread: ThreadId, fence: int, turn: Turn, pinned: Pinned) -> None:
        self._check(thread, fence)
        conversation = await self.load(thread)
        if all(turn.id != there.id for there in conversation.turns):
            self._conversations[thread] = replace(conversation, turns=(*conversation.turns, turn), pinned=pinned)

    async def fold(self, thread: ThreadId, fence: int, folded: int) -> None:
        self._check(thread, fence)
        self._conversations[thread] = replace(await self.load(thread), folded=folded, pinned=None)

    async def forget(self, thread: ThreadId) -> None:
        self._conversations.pop(thread, None)

    def _check(self, thread: ThreadId, fence: int) -> None:
        if self._fences is not None and self._fences.get(thread, fence) != fence:
            raise LeaseLost(f"fence {fence} has passed")


class MemoryOutbox(Outbox):
    def __init__(self) -> None:
        self._posts: dict[tuple[ThreadId, str], dict[int, str]] = {}

    async def posts(self, thread: ThreadId, turn_id: str) -> Mapping[int, str]:
        return dict(sorted(self._posts.get((thread, turn_id), {}).items()))

    async def attempted(self, thread: ThreadId, turn_id: str, index: int) -> None:
        self._posts.setdefault((thread, turn_id), {})[index] = ""

    async def delivered(self, thread: ThreadId, turn_id: str, index: int, post_id: str) -> None:
        self._posts.setdefault((thread, turn_id), {})[index] = post_id

    async def removed(self, thread: ThreadId, turn_id: str, index: int) -> None:
        self._posts.get((thread, turn_id), {}).pop(index, None)
