"""The local page's threads in Redis: posts in a hash, their order in a list, and a stream that tells whoever watches."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from bot.conversation import ThreadId
from bot.ports import Clock
from bot.ports.stores import Board, BoardPost, BoardThread
from storage.connections import RedisClients, redis_errors, script
from storage.encoding import BOARD_POST, readable
from storage.keys import thread_key, thread_keys

T = TypeVar("T")

FILE_SECONDS = 24 * 3600
TITLE_CHARACTERS = 80
NEWS_KEPT = 64
WATCH_BLOCK_MS = 15_000
MOST_THREADS = 200


async def as_it_is(given: T) -> T:
    return given


class RedisBoard(Board):
    """`clean` takes the secrets out of a text, `clean_file` out of a file's bytes, before they are kept."""

    def __init__(
        self,
        clients: RedisClients,
        days: int = 30,
        clock: Clock = lambda: datetime.now(UTC),
        clean: Callable[[str], Awaitable[str]] = as_it_is,
        clean_file: Callable[[bytes], Awaitable[bytes]] = as_it_is,
    ) -> None:
        self._clean = clean
        self._clean_file = clean_file
        self._redis = clients.hot
        self._blocking = clients.blocking
        self._seconds = days * 24 * 3600
        self._clock = clock
        self._put = script(self._redis, "page")

    async def put(self, thread: ThreadId, post: BoardPost) -> None:
        post = replace(post, text=await self._clean(post.text))
        keys = thread_keys(thread, "page", "page-order", "page-news", "page-title")
        title = title_of(post.text) if post.text.strip() else ""
        index = _index(thread.workspace)
        with redis_errors():
            await self._put(keys, [post.id, BOARD_POST.write(post), title, NEWS_KEPT, self._seconds])
            await self._redis.zadd(index, {str(thread): self._clock().timestamp()})
            await self._redis.zremrangebyrank(index, 0, -MOST_THREADS - 1)
            await self._redis.expire(index, self._seconds)

    async def remove(self, thread: ThreadId, post_id: str) -> None:
        with redis_errors():
            async with self._redis.pipeline(transaction=True) as both:
                both.hdel(thread_key(thread, "page"), post_id)
                both.lrem(thread_key(thread, "page-order"), 0, post_id)
                await both.execute()

    async def posts(self, thread: ThreadId) -> Sequence[BoardPost]:
        with redis_errors():
            async with self._redis.pipeline(transaction=True) as both:
                both.lrange(thread_key(thread, "page-order"), 0, -1)
                both.hgetall(thread_key(thread, "page"))
                order, written = await both.execute()
        return list(readable(BOARD_POST, (written[post_id] for post_id in order if post_id in written)))

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
            for post in readable(BOARD_POST, (one for one in written if one is not None)):
                yield post

    async def keep_file(self, file_id: str, data: bytes) -> None:
        data = await self._clean_file(data)
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
