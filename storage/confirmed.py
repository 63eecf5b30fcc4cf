"""Runs a script, and waits until what it wrote is on disk and on replicas, where the server offers to tell: WAITAOF, else WAIT.

Both speak of the writes of their own connection, so they travel in one pipeline with the script, in a cluster to the node that has its
keys. https://valkey.io/commands/waitaof/
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis, RedisCluster
from redis.exceptions import NoScriptError, ResponseError

from storage.scripts import Script

log = logging.getLogger(__name__)

WAIT_MS = 1_000
"""`appendfsync everysec` writes within a second; a platform waits three for its acknowledgement."""


class Confirmed:
    """`replicas`: how many must have it, besides the disk of the server itself where it has to be `on_disk`."""

    def __init__(self, redis: Redis, name: str, replicas: int, *, on_disk: bool = True) -> None:
        self._redis = redis
        self._script = Script(redis, name)
        self._replicas = replicas
        self._waits: list[tuple[Any, ...]] = [("WAITAOF", 1, replicas, WAIT_MS)] if on_disk else []
        if replicas:
            self._waits.append(("WAIT", replicas, WAIT_MS))

    async def run(self, keys: Sequence[str], arguments: Sequence[str | int]) -> tuple[Any, bool]:
        """What the script gives back, and whether as many replicas have it as are wanted. What was not confirmed in time is logged; it
        is written all the same."""
        if not self._waits:
            return await self._script(keys, arguments), True
        wait, call = self._waits[0], (len(keys), *keys, *arguments)
        result, confirmed = await self._both(("EVALSHA", self._script.sha, *call), wait, keys[0])
        if isinstance(result, NoScriptError):  # from now on this server knows it
            result, confirmed = await self._both(("EVAL", self._script.text, *call), wait, keys[0])
        if isinstance(result, Exception):
            raise result
        return result, self._is_safe(wait, confirmed)

    async def _both(self, call: Sequence[Any], wait: Sequence[Any], key: str) -> Sequence[Any]:
        """What both give back, of one connection of the server that has the key."""
        there: dict[str, Any] = {}
        if isinstance(self._redis, RedisCluster):
            await self._redis.initialize()  # nothing where it knows its nodes
            there = {"target_nodes": self._redis.get_node_from_key(key)}
        async with self._redis.pipeline(transaction=False) as both:
            both.execute_command(*call)
            both.execute_command(*wait, **there)
            return await both.execute(raise_on_error=False)

    def _is_safe(self, wait: tuple[Any, ...], confirmed: Any) -> bool:
        if isinstance(confirmed, ResponseError) and "replica" not in str(confirmed):  # of one that was a primary before
            log.info("not offered here", extra={"command": wait[0], "reason": str(confirmed)[:80]})
            # An older server, or one without a log of writes. Many may hear so at once.
            self._waits = [one for one in self._waits if one != wait]
            return not self._replicas
        local, replicas = confirmed if isinstance(confirmed, list) else (1, confirmed)
        if isinstance(confirmed, Exception) or local < 1 or replicas < self._replicas:
            log.warning("kept, but not confirmed in time", extra={"replicas": str(replicas), "wanted": self._replicas})
        return not self._replicas or (not isinstance(confirmed, Exception) and replicas >= self._replicas)
