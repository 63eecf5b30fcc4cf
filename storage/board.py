"""The local page's threads in Redis: posts in a hash, their order in a list, and a stream that tells whoever watches."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.conversation import ThreadId
from bot.ports import Clock
from bot.ports.stores import Board, BoardPost, BoardThread, KeptFile, Removed
from bot.writing.titles import title
from storage.connections import RedisClients, redis_errors
from storage.encoding import BOARD_POST, readable
from storage.keys import thread_key, thread_keys
from storage.scripts import Script

FILE_SECONDS = 24 * 3600
FORGOTTEN_SECONDS = 60
"""How long whoever watches a thread that was forgotten can still be told."""

TITLE_CHARACTERS = 80
NO_TITLE = "Untitled"
NEWS_KEPT = 64
WATCH_BLOCK_MS = 15_000
MOST_THREADS = 200


async def as_it_is(given: str) -> str:
    return given


async def file_as_it_is(given: bytes) -> tuple[bytes, Sequence[str]]:
    return given, ()


class RedisBoard(Board):
    """`clean` takes the secrets out of a text, `clean_file` out of a file's bytes (and says what they were), before they are kept."""

    def __init__(
        self,
        clients: RedisClients,
        days: int = 30,
        clock: Clock = lambda: datetime.now(UTC),
        clean: Callable[[str], Awaitable[str]] = as_it_is,
        clean_file: Callable[[bytes], Awaitable[tuple[bytes, Sequence[str]]]] = file_as_it_is,
    ) -> None:
        self._clean = clean
        self._clean_file = clean_file
        self._redis = clients.hot
        self._blocking = clients.blocking
        self._seconds = days * 24 * 3600
        self._clock = clock
        self._put = Script(self._redis, "page")

    async def put(self, thread: ThreadId, post: BoardPost) -> None:
        post = replace(post, text=await self._clean(post.text))
        keys = thread_keys(thread, "page", "page-order", "page-news", "page-title", "page-name")
        index = _index(thread.workspace)
        with redis_errors():
            await self._put(keys, [post.id, BOARD_POST.write(post), title_of(post), NEWS_KEPT, self._seconds])
            await self._redis.zadd(index, {str(thread): self._clock().timestamp()})
            await self._redis.zremrangebyrank(index, 0, -MOST_THREADS - 1)
            await self._redis.expire(index, self._seconds)

    async def remove(self, thread: ThreadId, post_id: str) -> None:
        with redis_errors():
            async with self._redis.pipeline(transaction=True) as both:
                both.hdel(thread_key(thread, "page"), post_id)
                both.lrem(thread_key(thread, "page-order"), 0, post_id)
                both.xadd(thread_key(thread, "page-news"), {"post": post_id}, maxlen=NEWS_KEPT, approximate=True)
                both.expire(thread_key(thread, "page-news"), self._seconds)
                await both.execute()
        left = await self.posts(thread)
        if not left:
            await self.forget(thread)
        elif title := title_of_thread(left):
            with redis_errors():
                await self._redis.set(thread_key(thread, "page-title"), title, ex=self._seconds)

    async def rename(self, thread: ThreadId, title: str) -> None:
        key = thread_key(thread, "page-name")
        title = await self._clean(title)
        with redis_errors():
            await (self._redis.set(key, title, ex=self._seconds) if title else self._redis.delete(key))

    async def forget(self, thread: ThreadId) -> None:
        posts = await self.posts(thread)
        news = thread_key(thread, "page-news")
        with redis_errors():
            async with self._redis.pipeline(transaction=True) as all_of_it:
                for key in thread_keys(thread, "page", "page-order", "page-title", "page-name"):
                    all_of_it.delete(key)
                for post in posts:
                    all_of_it.xadd(news, {"post": post.id})
                all_of_it.expire(news, FORGOTTEN_SECONDS)
                await all_of_it.execute()
            await self._redis.zrem(_index(thread.workspace), str(thread))

    async def posts(self, thread: ThreadId) -> Sequence[BoardPost]:
        with redis_errors():
            # The order first: whatever stands in it is there, or was removed since.
            order: Any = await self._redis.lrange(thread_key(thread, "page-order"), 0, -1)
            written: Any = await self._redis.hgetall(thread_key(thread, "page"))
        return list(readable(BOARD_POST, (written[post_id] for post_id in order if post_id in written)))

    async def threads(self, workspace: str) -> Sequence[BoardThread]:
        found = []
        with redis_errors():
            listed: Any = await self._redis.zrevrange(_index(workspace), 0, -1, withscores=True)
            async with self._redis.pipeline(transaction=False) as all_of_it:
                for written, _ in listed:
                    for key in thread_keys(ThreadId.parse(str(written)), "page-title", "page-name"):
                        all_of_it.get(key)
                titles = await all_of_it.execute() if listed else []
            for (written, changed), title, name in zip(listed, titles[::2], titles[1::2], strict=True):
                if title is None:
                    await self._redis.zrem(_index(workspace), written)
                    continue
                changed_at = datetime.fromtimestamp(float(changed), UTC)
                found.append(BoardThread(ThreadId.parse(str(written)), str(name or title), changed_at))
        return found

    async def watch(self, thread: ThreadId) -> AsyncIterator[BoardPost | Removed]:
        key = thread_key(thread, "page-news")
        with redis_errors():
            newest: Any = await self._redis.xrevrange(key, count=1)
            seen = str(newest[0][0]) if newest else "0"
        while True:
            with redis_errors():
                reply: Any = await self._blocking.xread({key: seen}, block=WATCH_BLOCK_MS)
                news = reply[0][1] if reply else []
                changed = list(dict.fromkeys(fields["post"] for _, fields in news))
                seen = news[-1][0] if news else seen
                written = [await self._redis.hget(thread_key(thread, "page"), post_id) for post_id in changed]
            for post_id, one in zip(changed, written, strict=True):
                if one is None:
                    yield Removed(post_id)
                for post in readable(BOARD_POST, () if one is None else (one,)):
                    yield post

    async def keep_file(self, file_id: str, data: bytes) -> KeptFile:
        data, kinds = await self._clean_file(data)
        with redis_errors():
            await self._redis.set(f"plumbline:file:{file_id}", base64.b64encode(data).decode(), ex=FILE_SECONDS)
        return KeptFile(len(data), tuple(kinds))

    async def file(self, file_id: str) -> bytes | None:
        with redis_errors():
            kept = await self._redis.get(f"plumbline:file:{file_id}")
        return base64.b64decode(kept) if kept is not None else None

    async def forget_files(self, file_ids: Sequence[str]) -> None:
        with redis_errors():
            for file_id in file_ids:
                await self._redis.delete(f"plumbline:file:{file_id}")


def title_of(post: BoardPost) -> str:
    """What a thread that begins with this is called; "" for what is ours."""
    if post.is_ours:
        return ""
    return title(post.text, TITLE_CHARACTERS) or next((name[:TITLE_CHARACTERS] for name in post.files), NO_TITLE)


def title_of_thread(posts: Sequence[BoardPost]) -> str:
    return next((found for post in posts if (found := title_of(post))), "")


def _index(workspace: str) -> str:
    return f"plumbline:pages:{workspace}"
