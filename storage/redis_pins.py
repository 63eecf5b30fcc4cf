"""Which commit of each repository a thread looks at, a hash in Redis, and which lines it was shown, a list; they expire with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.capabilities.team_code.code import ShownLines
from bot.capabilities.team_code.repositories import MOST_SHOWN, Pins
from bot.conversation import ThreadId
from storage.connections import RedisClients, redis_errors
from storage.encoding import Codec, readable
from storage.keys import thread_key, thread_keys

SHOWN = Codec(ShownLines)


class RedisPins(Pins):
    def __init__(self, clients: RedisClients, days: int = 30) -> None:
        self._redis = clients.hot
        self._seconds = days * 24 * 3600

    async def load(self, thread: ThreadId) -> Mapping[str, str]:
        with redis_errors():
            pins = await self._redis.hgetall(thread_key(thread, "pins"))
        return {str(name): str(commit) for name, commit in pins.items()}

    async def pin(self, thread: ThreadId, name: str, commit: str) -> str:
        key = thread_key(thread, "pins")
        with redis_errors():
            async with self._redis.pipeline(transaction=True) as all_of_it:
                all_of_it.hsetnx(key, name, commit)
                all_of_it.hget(key, name)
                all_of_it.expire(key, self._seconds)
                _, pinned, _ = await all_of_it.execute()
        return str(pinned)

    async def show(self, thread: ThreadId, places: Sequence[ShownLines]) -> None:
        if not places:
            return
        key = thread_key(thread, "shown")
        with redis_errors():
            async with self._redis.pipeline(transaction=True) as all_of_it:
                all_of_it.rpush(key, *(SHOWN.write(place) for place in places))
                all_of_it.ltrim(key, -MOST_SHOWN, -1)
                all_of_it.expire(key, self._seconds)
                await all_of_it.execute()

    async def shown(self, thread: ThreadId) -> Sequence[ShownLines]:
        with redis_errors():
            entries = await self._redis.lrange(thread_key(thread, "shown"), 0, -1)
        return list(readable(SHOWN, entries))

    async def forget(self, thread: ThreadId) -> None:
        with redis_errors():
            await self._redis.unlink(*thread_keys(thread, "pins", "shown"))
