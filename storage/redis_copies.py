"""Who holds copies of what, and what became of it: a set of threads for each source, and for each thread a hash of changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from urllib.parse import quote

from bot.conversation import ThreadId
from bot.copies import Change
from bot.errors import MalformedThread
from bot.ports.copies import Copies
from storage.connections import RedisClients, redis_errors
from storage.encoding import Codec, readable
from storage.keys import thread_key

CHANGE = Codec(Change)

MOST_HOLDERS = 200
"""Of one source: an alert that everybody asks about."""


class RedisCopies(Copies):
    """Two edits of one message may be told to two processes at once: then the later one is noted last or both say the same, for whoever
    notes an edit reads what is noted first, and the platforms tell edits seconds apart."""

    def __init__(self, clients: RedisClients, days: int = 30) -> None:
        self._redis = clients.hot
        self._seconds = days * 24 * 3600

    async def hold(self, thread: ThreadId, sources: Collection[str]) -> None:
        if not sources:
            return
        with redis_errors():
            async with self._redis.pipeline(transaction=False) as all_of_it:
                for source in sources:
                    all_of_it.sadd(_held(thread.platform, source), str(thread))
                    all_of_it.expire(_held(thread.platform, source), self._seconds)
                await all_of_it.execute()

    async def holders(self, platform: str, source: str) -> Sequence[ThreadId]:
        with redis_errors():
            written = await self._redis.srandmember(_held(platform, source), MOST_HOLDERS)
        threads = []
        for one in written or ():
            try:
                threads.append(ThreadId.parse(str(one)))
            except MalformedThread:
                continue  # another release's
        return threads

    async def change(self, thread: ThreadId, change: Change) -> None:
        key = thread_key(thread, "changes")
        with redis_errors():
            written = await self._redis.hget(key, change.source)
            known = next(readable(CHANGE, [written] if written else []), None)
            if known and change.words is not None and change.is_older(known):
                return
            async with self._redis.pipeline(transaction=True) as both:
                both.hset(key, change.source, CHANGE.write(change))
                both.expire(key, self._seconds)
                await both.execute()

    async def changes(self, thread: ThreadId) -> Mapping[str, Change]:
        with redis_errors():
            written = await self._redis.hvals(thread_key(thread, "changes"))
        return {one.source: one for one in readable(CHANGE, written)}


def _held(platform: str, source: str) -> str:
    return f"plumbline:copies:{platform}:{quote(source, safe='')}"
