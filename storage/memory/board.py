"""The local page's threads in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from bot.conversation import ThreadId
from bot.ports import Clock
from bot.ports.stores import Board, BoardPost, BoardThread
from storage.board import title_of


class MemoryBoard(Board):
    def __init__(self, clock: Clock = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._posts: dict[ThreadId, dict[str, BoardPost]] = {}
        self._changed_at: dict[ThreadId, datetime] = {}
        self._watchers: dict[ThreadId, set[asyncio.Queue[BoardPost]]] = {}
        self._files: dict[str, bytes] = {}

    async def put(self, thread: ThreadId, post: BoardPost) -> None:
        self._posts.setdefault(thread, {})[post.id] = post
        self._changed_at[thread] = self._clock()
        for queue in self._watchers.get(thread, ()):
            queue.put_nowait(post)

    async def remove(self, thread: ThreadId, post_id: str) -> None:
        self._posts.get(thread, {}).pop(post_id, None)

    async def posts(self, thread: ThreadId) -> Sequence[BoardPost]:
        return list(self._posts.get(thread, {}).values())

    async def threads(self, workspace: str) -> Sequence[BoardThread]:
        mine = [thread for thread in self._posts if thread.workspace == workspace]
        mine.sort(key=lambda thread: self._changed_at[thread], reverse=True)
        return [BoardThread(thread, self._title(thread), self._changed_at[thread]) for thread in mine]

    def _title(self, thread: ThreadId) -> str:
        said = (post.text for post in self._posts[thread].values() if post.text.strip())
        return title_of(next(said, ""))

    async def watch(self, thread: ThreadId) -> AsyncIterator[BoardPost]:
        queue: asyncio.Queue[BoardPost] = asyncio.Queue()
        watchers = self._watchers.setdefault(thread, set())
        watchers.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            watchers.discard(queue)

    async def keep_file(self, file_id: str, data: bytes) -> None:
        self._files[file_id] = data

    async def file(self, file_id: str) -> bytes | None:
        return self._files.get(file_id)
