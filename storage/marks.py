"""Marks of facts in Redis: what one process is told of a change, every other one sees at its next decision."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from bot.ports.policy import Marks
from storage.connections import RedisClients, redis_errors

MARK_SECONDS = 24 * 3600
"""More than any fact is kept: a mark that is gone is another one than it was."""


class RedisMarks(Marks):
    """A key a subject: its state and a number that nobody has had."""

    def __init__(self, clients: RedisClients) -> None:
        self._redis = clients.hot

    async def of(self, subjects: Sequence[str]) -> Sequence[str]:
        with redis_errors():
            async with self._redis.pipeline(transaction=False) as all_of_them:
                for subject in subjects:
                    all_of_them.get(_key(subject))
                return [str(mark or "") for mark in await all_of_them.execute()]

    async def change(self, subject: str, state: str = "") -> bool:
        with redis_errors():
            if state:
                before = str(await self._redis.get(_key(subject)) or "")
                if before.rpartition("#")[0] == state:
                    await self._redis.expire(_key(subject), MARK_SECONDS)
                    return False
            await self._redis.set(_key(subject), f"{state}#{secrets.token_hex(6)}", ex=MARK_SECONDS)
        return True


def _key(subject: str) -> str:
    return f"plumbline:fact:{subject}"
