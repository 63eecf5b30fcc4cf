"""The local page's threads in Redis: posts in a hash, their order in a list, and a stream that tells whoever watches."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.conversation import ThreadId
from bot.ports import Board, BoardPost, BoardThread
from storage.connections import RedisClients, redis_errors
from storage.encoding import BOARD_POST
from storage.keys import thread_key

FILE_SECONDS = 24 * 3600
TITLE_CHARACTERS = 80
NEWS_KEPT = 64
WATCH_BLOCK_MS = 15_000
MOST_THREADS = 200


class RedisBoard(Board):
    def __init__(self, clients: RedisClients, days: int = 30) -> None:
        self._redis = clients.hot
        self._blocking = clients.blocking
        self._seconds = days * 24 * 3600

    async def put(self, thread: ThreadId, post: BoardPost) -> None:
        posts, order, news, title = (
            thread_key(thread, name) for name in ("page", "page-order", "page-news", "page-title")
        )
        with redis_errors():
            async with self._redis.pipeline(transaction=True) as all_at_once:
                all_at_once.hset(posts, post.id, BOARD_POST.write(post))
                all_at_once.zadd(order, {post.id: post.sent_at.timestamp()}, nx=True)
                all_at_once.xadd(news, {"post": post.id}, maxlen=NEWS_KEPT, approximate=True)
                if post.text:
                    all_at_once.set(title, title_of(post.text), nx=True)
                for key in (posts, order, news, title):
                    all_at_once.expire(key, self._seconds)
                await all_at_once.execute()
            await self._redis.zadd(_index(thread.workspace), {str(thread): post.sent_at.timestamp()}, gt=True)
            await self._redis.zremrangebyrank(_index(thread.workspace), 0, -MOST_THREADS - 1)
            await self._redis.expire(_index(thread.workspace), self._seconds)

    async def remove(self, thread: ThreadId, post_id: str) -> None:
        with redis_errors():
            async with self._redis.pipeline(transaction=True) as both:
                both.hdel(thread_key(thread, "page"), post_id)
                both.zrem(thread_key(thread, "page-order"), post_id)
                await both.execute()

    async def posts(self, thread: ThreadId) -> Sequence[BoardPost]:
        with redis_errors():
            order = await self._redis.zrange(thread_key(thread, "page-order"), 0, -1)
            written = await self._redis.hgetall(thread_key(thread, "page"))
        return [BOARD_POST.read(written[post_id]) for post_id in order if post_id in written]

    async def threads(self, workspace: str) -> Sequence[BoardThread]:
        found = []
        with redis_errors():
            listed: Any = await self._redis.zrevrange(_index(workspace), 0, -1, withscores=True)
            for written, changed in listed:
                thread = ThreadId.parse(str(written))
                title = await self._redis.get(thread_key(thread, "page-title"))
                if title is None:
                    await self._redis.zrem(_index(workspace), written)
                    continue
                found.append(BoardThread(thread, str(title), datetime.fromtimestamp(float(changed), UTC)))
        return found

    async def watch(self, thread: ThreadId) -> AsyncIterator[BoardPost]:
        key = thread_key(thread, "page-news")
        with redis_errors():
            newest: Any = await self._redis.xrevrange(key, count=1)
            seen = str(newest[0][0]) if newest else "0"
        while True:
            with redis_errors():
                reply: Any = await self._blocking.xread({key: seen}, block=WATCH_BLOCK_MS)
                news = reply[0][1] if reply else []
                changed = dict.fromkeys(fields["post"] for _, fields in news)
                seen = news[-1][0] if news else seen
                written = [await self._redis.hget(thread_key(thread, "page"), post_id) for post_id in changed]
            for one in written:
                if one is not None:
                    yield BOARD_POST.read(one)

    async def keep_file(self, file_id: str, data: bytes) -> None:
        with redis_errors():
            await self._redis.set(f"plumbline:file:{file_id}", base64.b64encode(data).decode(), ex=FILE_SECONDS)

    async def file(self, file_id: str) -> bytes | None:
        with redis_errors():
            kept = await self._redis.get(f"plumbline:file:{file_id}")
        return base64.b64decode(kept) if kept is not None else None


def title_of(text: str) -> str:
    """The first line that says something, cut to a title's length."""
    line = next((line.strip() for line in text.splitlines() if line.strip(" `#>*-\t")), "…")
    return line if len(line) <= TITLE_CHARACTERS else line[: TITLE_CHARACTERS - 1].rstrip() + "…"


def _index(workspace: str) -> str:
    return f"plumbline:pages:{workspace}"
