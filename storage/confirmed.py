"""Runs a script, and waits until what it wrote is on disk and on replicas, where the server offers to tell: WAITAOF, else WAIT.

Both speak of the writes of their own connection, so they travel in one pipeline with the script. A cluster's pipeline cannot carry
them: there `min-replicas-to-write` is the operator's means. https://valkey.io/commands/waitaof/
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis, RedisCluster
from redis.exceptions import NoScriptError, ResponseError

from storage.connections import script

log = logging.getLogger(__name__)

WAIT_MS = 1_000
"""`appendfsync everysec` writes within a second; a platform waits three for its acknowledgement."""


class Confirmed:
    """`replicas`: how many must have it, besides the disk of the server itself."""

    def __init__(self, redis: Redis, name: str, replicas: int) -> None:
        self._redis = redis
        self._script = script(redis, name)
        self._replicas = replicas
        self._waits: list[tuple[Any, ...]] = [("WAITAOF", 1, replicas, WAIT_MS)]
        if replicas:
            self._waits.append(("WAIT", replicas, WAIT_MS))
        if isinstance(redis, RedisCluster):
            self._waits = []

    async def run(self, keys: Sequence[str], arguments: Sequence[str | int]) -> str:
        """What the script gives back. What was not confirmed in time is logged; it is written all the same."""
        if not self._waits:
            return str(await self._script(keys, arguments))
        async with self._redis.pipeline(transaction=False) as both:
            both.evalsha(self._script.sha, len(keys), *keys, *arguments)
            both.execute_command(*self._waits[0])
            result, confirmed = await both.execute(raise_on_error=False)
        if isinstance(result, NoScriptError):
            return str(
                await self._script(keys, arguments)
            )  # a server that is new to us; from now on it knows the script
        if isinstance(result, Exception):
            raise result
        self._look_at(confirmed)
        return str(result)

    def _look_at(self, confirmed: Any) -> None:
        if isinstance(confirmed, ResponseError):
            log.info("not offered here", extra={"command": self._waits[0][0], "reason": str(confirmed)[:80]})
            del self._waits[0]  # an older server, or one without a log of writes
            return
        local, replicas = confirmed if isinstance(confirmed, list) else (1, confirmed)
        if isinstance(confirmed, Exception) or local < 1 or replicas < self._replicas:
            log.warning("kept, but not confirmed in time", extra={"replicas": str(replicas), "wanted": self._replicas})
