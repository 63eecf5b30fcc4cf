"""Keeps the leases of all turns that this process works on: one task and one call to Redis for those that are due together.

A task and a call for each lease, twice a second, is more than the answer's own calls where a hundred are written at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis, RedisCluster

from bot.errors import StoreUnavailable
from bot.loops import outlived
from bot.ports.inbox import Lease
from storage.connections import redis_errors
from storage.keys import thread_keys
from storage.scripts import Script

log = logging.getLogger(__name__)

FIRST_SECONDS, LONGEST_SECONDS = 0.05, 0.5
TOGETHER_SECONDS = 0.1
"""Who is due within so long is renewed with the others."""

STORE_PAUSE_SECONDS = 0.3


@dataclass(eq=False, slots=True)
class Kept:
    """A lease, the work that ends when another worker has its thread, and when it is due, by the loop's clock."""

    lease: Lease
    work: asyncio.Task[Any]
    due: float


class Renewals:
    """`lease_ms`: how long each lasts. Its task lives as long as there is a lease."""

    def __init__(self, redis: Redis, lease_ms: int) -> None:
        self._redis = redis
        self._lease_ms = lease_ms
        self._renew = Script(redis, "renew")
        self._kept: set[Kept] = set()
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    @contextlib.contextmanager
    def keep(self, lease: Lease, work: asyncio.Task[Any]) -> Iterator[None]:
        """Renew the lease and hear of a stop meanwhile; the work is cancelled when another worker has the thread."""
        kept = Kept(lease, work, asyncio.get_running_loop().time() + FIRST_SECONDS)
        self._kept.add(kept)
        self._changed.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self._kept.discard(kept)
            if not self._kept and self._task:
                self._task.cancel()
                self._task = None

    async def _run(self) -> None:
        """In a cluster each goes alone: a script's keys are of one node, and one that is away must not hold up the others' leases."""
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as calls:
            while True:
                self._changed.clear()
                due = [one for one in self._kept if one.due <= loop.time() + TOGETHER_SECONDS]
                if not due or min(one.due for one in due) > loop.time():
                    await self._until(min((one.due for one in self._kept), default=math.inf))
                    continue
                for one in due:
                    one.due = math.inf
                for batch in [[one] for one in due] if isinstance(self._redis, RedisCluster) else [due]:
                    calls.create_task(self._renew_all(batch))

    async def _until(self, due: float) -> None:
        """That time of the loop's clock, or the next change."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(None if math.isinf(due) else due):
                await self._changed.wait()

    async def _renew_all(self, batch: Sequence[Kept]) -> None:
        keys = [key for one in batch for key in thread_keys(one.lease.thread, "lease", "fence", "stop", "turn")]
        replies: Sequence[Any] = [()] * len(batch)
        with outlived(log, "leases not renewed"), contextlib.suppress(StoreUnavailable), redis_errors():
            replies = await self._renew(keys, [self._lease_ms, *(str(one.lease.fence) for one in batch)])
        for one, reply in zip(batch, replies, strict=True):
            pause = min(LONGEST_SECONDS, self._lease_ms / 6000) if reply else STORE_PAUSE_SECONDS
            one.due = asyncio.get_running_loop().time() + pause
            if reply:
                self._take_in(one, *reply)
        self._changed.set()

    def _take_in(self, one: Kept, is_ours: int, stopped_by: str) -> None:
        if one not in self._kept:
            return  # it ended while Redis was asked
        if not is_ours:
            log.warning("lease lost", extra={"thread_id": str(one.lease.thread), "turn": one.lease.turn_id})
            self._kept.discard(one)
            one.work.cancel()
        elif stopped_by and not one.lease.stop.requested.is_set():
            one.lease.stop.by = stopped_by
            one.lease.stop.requested.set()
