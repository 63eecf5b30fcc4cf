"""Which commit of each repository a thread looks at: a hash in Redis that expires with the thread."""

from __future__ import annotations

from collections.abc import Mapping

from bot.capabilities.team_code.repositories import Pins
from bot.conversation import ThreadId
from storage.connections import RedisClients, redis_errors
from storage.keys import thread_key


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

    async def forget(self, thread: ThreadId) -> None:
        with redis_errors():
            await self._redis.unlink(thread_key(thread, "pins"))
