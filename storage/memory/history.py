"""History, outbox and progress in memory."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.conversation import Conversation, Pinned, ThreadId, Turn
from bot.errors import LeaseLost
from bot.ports.inbox import Lease, Outbox, Posted, Progress, ProgressLog
from bot.ports.stores import History
from storage.amending import amend
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

    async def amend(self, thread: ThreadId, change: Callable[[tuple[Turn, ...]], tuple[Turn, ...]]) -> None:
        self._conversations[thread] = amend(await self.load(thread), change)

    async def refuse(self, thread: ThreadId, keys: Iterable[str]) -> None:
        conversation = await self.load(thread)
        self._conversations[thread] = replace(conversation, refused=conversation.refused | set(keys))

    async def forget(self, thread: ThreadId, at: datetime) -> None:
        refused = (await self.load(thread)).refused
        self._conversations[thread] = Conversation(thread, forgotten_at=at, refused=refused)

    def _check(self, thread: ThreadId, fence: int) -> None:
        if self._fences is not None and self._fences.get(thread, fence) != fence:
            raise LeaseLost(f"fence {fence} has passed")


class MemoryOutbox(Outbox):
    """`fences` are the inbox's; without them every fence is good."""

    def __init__(self, fences: Fences | None = None) -> None:
        self._fences = fences
        self._posts: dict[tuple[ThreadId, str], dict[int, Posted]] = {}
        self._tried: dict[str, float] = {}
        """When each posting was first tried, by its mark."""
        self._marks = itertools.count()

    def _of(self, lease: Lease) -> dict[int, Posted]:
        return self._posts.setdefault((lease.thread, lease.turn_id), {})

    def _holds(self, lease: Lease) -> bool:
        return self._fences is None or self._fences.get(lease.thread, lease.fence) == lease.fence

    async def posts(self, lease: Lease) -> Mapping[int, Posted]:
        now, posts = time.monotonic(), sorted(self._of(lease).items())
        return {index: replace(one, seconds=now - self._tried.get(one.mark, now)) for index, one in posts}

    async def check(self, lease: Lease) -> None:
        if not self._holds(lease):
            raise LeaseLost(f"fence {lease.fence} has passed")

    async def attempted(self, lease: Lease, index: int) -> Posted:
        await self.check(lease)
        posted = self._of(lease).setdefault(index, Posted("", mark=str(next(self._marks))))
        self._tried.setdefault(posted.mark, time.monotonic())
        return posted

    async def delivered(self, lease: Lease, index: int, post_id: str) -> str:
        posts = self._of(lease)
        if index not in posts and not self._holds(lease):
            return ""
        if index not in posts or not posts[index].post_id:
            posts[index] = Posted(post_id)
        return posts[index].post_id

    async def removed(self, lease: Lease, index: int) -> None:
        await self.check(lease)
        self._of(lease).pop(index, None)


class MemoryProgress(ProgressLog):
    """`fences` are the inbox's; without them every fence is good."""

    def __init__(self, fences: Fences | None = None) -> None:
        self._fences = fences
        self._kept: dict[ThreadId, tuple[str, Progress]] = {}

    async def load(self, lease: Lease) -> Progress:
        turn_id, progress = self._kept.get(lease.thread, ("", Progress()))
        return progress if turn_id == lease.turn_id else Progress()

    async def save(self, lease: Lease, progress: Progress) -> None:
        if self._fences is not None and self._fences.get(lease.thread, lease.fence) != lease.fence:
            raise LeaseLost(f"fence {lease.fence} has passed")
        self._kept[lease.thread] = (lease.turn_id, progress)
