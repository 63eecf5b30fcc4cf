"""The local page's threads in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from bot.conversation import ThreadId
from bot.ports import Clock
from bot.ports.stores import Board, BoardPost, BoardThread, KeptFile, Removed
from storage.board import title_of_thread


class MemoryBoard(Board):
    def __init__(self, clock: Clock = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._posts: dict[ThreadId, dict[str, BoardPost]] = {}
        self._names: dict[ThreadId, str] = {}
        self._changed_at: dict[ThreadId, datetime] = {}
        self._watchers: dict[ThreadId, set[asyncio.Queue[BoardPost | Removed]]] = {}
        self._files: dict[str, bytes] = {}

    async def put(self, thread: ThreadId, post: BoardPost) -> None:
        self._posts.setdefault(thread, {})[post.id] = post
        self._changed_at[thread] = self._clock()
        self._tell(thread, post)

    async def remove(self, thread: ThreadId, post_id: str) -> None:
        self._posts.get(thread, {}).pop(post_id, None)
        self._tell(thread, Removed(post_id))
        if not self._posts.get(thread):
            await self.forget(thread)

    async def rename(self, thread: ThreadId, title: str) -> None:
        self._names[thread] = title

    async def forget(self, thread: ThreadId) -> None:
        for post_id in self._posts.pop(thread, {}):
            self._tell(thread, Removed(post_id))
        self._names.pop(thread, None)

    async def posts(self, thread: ThreadId) -> Sequence[BoardPost]:
        return list(self._posts.get(thread, {}).values())

    async def threads(self, workspace: str) -> Sequence[BoardThread]:
        titles = {thread: self._title(thread) for thread in self._posts if thread.workspace == workspace}
        mine = [thread for thread, title in titles.items() if title]
        mine.sort(key=lambda thread: self._changed_at[thread], reverse=True)
        return [BoardThread(thread, titles[thread], self._changed_at[thread]) for thread in mine]

    def _title(self, thread: ThreadId) -> str:
        return self._names.get(thread) or title_of_thread(list(self._posts[thread].values()))

    def _tell(self, thread: ThreadId, news: BoardPost | Removed) -> None:
        for queue in self._watchers.get(thread, ()):
            queue.put_nowait(news)

    async def watch(self, thread: ThreadId) -> AsyncIterator[BoardPost | Removed]:
        queue: asyncio.Queue[BoardPost | Removed] = asyncio.Queue()
        watchers = self._watchers.setdefault(thread, set())
        watchers.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            watchers.discard(queue)

    async def keep_file(self, file_id: str, data: bytes) -> KeptFile:
        self._files[file_id] = data
        return KeptFile(len(data))

    async def file(self, file_id: str) -> bytes | None:
        return self._files.get(file_id)

    async def forget_files(self, file_ids: Sequence[str]) -> None:
        for file_id in file_ids:
            self._files.pop(file_id, None)
