"""Wakes workers: a consumer group on one Redis or Valkey stream, carried by taskiq.

A wake-up is a thread's name and nothing else. What the upstream stream broker lacked in trials is done here: stale entries are
claimed whether or not traffic comes, entries in hand are kept claimed by a heartbeat, an acknowledged entry is deleted, and every
loop outlives a store that is away.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any, cast

from redis.exceptions import RedisError, ResponseError
from taskiq import AckableMessage, AsyncBroker, BrokerMessage
from taskiq.api import run_receiver_task

from bot.conversation import ThreadId
from bot.errors import HistoryUnavailable
from storage.connections import RedisClients, redis_errors

log = logging.getLogger(__name__)

STREAM, GROUP = "plumbline:wake", "workers"
SWEEP_KEY, SWEEP_MS = "plumbline:sweeper", 900
BLOCK_MS = 500
PAUSE_SECONDS = 0.5

Attend = Callable[[ThreadId], Awaitable[None]]


class StreamBroker(AsyncBroker):
    """taskiq's broker interface on a stream's consumer group. `idle_ms`: after this an entry is somebody else's to take."""

    def __init__(self, clients: RedisClients, idle_ms: int) -> None:
        super().__init__()
        self._redis = clients.hot
        self._blocking = clients.blocking
        self._idle_ms = idle_ms
        self._name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._in_hand: set[str] = set()
        self.draining = asyncio.Event()

    async def kick(self, message: BrokerMessage) -> None:
        await self._redis.xadd(STREAM, {"data": message.message.decode()})

    async def listen(self) -> AsyncGenerator[bytes | AckableMessage, None]:
        await self._join()
        claim_every = self._idle_ms / 5000
        loop = asyncio.get_running_loop()
        claim_at = loop.time()
        while not self.draining.is_set():
            try:
                entries = []
                if loop.time() >= claim_at:
                    claim_at = loop.time() + claim_every
                    entries = await self._claim_stale()
                entries = entries or await self._read()
            except RedisError as fault:
                log.warning("wake-ups not read", extra={"reason": type(fault).__name__})
                await asyncio.sleep(PAUSE_SECONDS)
                await self._join()
                continue
            for entry_id, fields in entries:
                self._in_hand.add(entry_id)
                yield AckableMessage(data=fields["data"].encode(), ack=self._acknowledge(entry_id))

    async def _join(self) -> None:
        """Make the group where it is missing, which it also is after a store came back empty."""
        while True:
            try:
                await self._redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
            except ResponseError as fault:
                if "BUSYGROUP" not in str(fault):
                    log.warning("group not made", extra={"reason": str(fault)})
                    await asyncio.sleep(PAUSE_SECONDS)
                    continue
                return
            except RedisError:
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            return

    async def _read(self) -> list[tuple[str, dict[str, str]]]:
        reply = await self._blocking.xreadgroup(GROUP, self._name, {STREAM: ">"}, count=1, block=BLOCK_MS)
        return _entries(reply)

    async def _claim_stale(self) -> list[tuple[str, dict[str, str]]]:
        reply = await self._redis.xautoclaim(STREAM, GROUP, self._name, self._idle_ms, count=1)
        return [(entry_id, fields) for entry_id, fields in cast(Any, reply)[1] if fields]

    def _acknowledge(self, entry_id: str) -> Callable[[], Awaitable[None]]:
        async def acknowledge() -> None:
            while True:
                try:
                    async with self._redis.pipeline(transaction=True) as both:
                        both.xack(STREAM, GROUP, entry_id)
                        both.xdel(STREAM, entry_id)
                        await both.execute()
                    break
                except RedisError:
                    await asyncio.sleep(PAUSE_SECONDS)
            self._in_hand.discard(entry_id)

        return acknowledge

    async def beat(self) -> None:
        """Keep what is in hand ours, for as long as it takes."""
        while True:
            await asyncio.sleep(self._idle_ms / 3000)
            if self._in_hand:
                with contextlib.suppress(RedisError):
                    await self._redis.xclaim(STREAM, GROUP, self._name, 0, list(self._in_hand), justid=True)

    async def leave(self) -> None:
        """Strike this consumer off; entries it still holds stay pending, so it goes only with empty hands."""
        if not self._in_hand:
            with contextlib.suppress(RedisError):
                await self._redis.xgroup_delconsumer(STREAM, GROUP, self._name)


class Engine:
    """`unattended` finds threads in which something waits and nobody works."""

    def __init__(
        self, clients: RedisClients, unattended: Callable[[], Awaitable[Sequence[ThreadId]]], idle_ms: int
    ) -> None:
        self._clients = clients
        self._unattended = unattended
        self._broker = StreamBroker(clients, idle_ms)
        self._attend: Attend | None = None
        self._task = self._broker.register_task(self._run_one, task_name="attend")

    @property
    def draining(self) -> bool:
        return self._broker.draining.is_set()

    def drain(self) -> None:
        """Take nothing new; what runs goes on."""
        self._broker.draining.set()

    async def wake(self, thread: ThreadId) -> None:
        """Announce a thread. Raises HistoryUnavailable."""
        with redis_errors():
            try:
                await self._task.kiq(str(thread))
            except Exception as fault:  # taskiq wraps whatever its broker raises
                cause = fault.__cause__
                if isinstance(cause, RedisError):
                    raise cause from fault
                raise

    async def run(self, attend: Attend, slots: int) -> None:
        """Wake-ups, heartbeat and sweeper, until cancelled or drained."""
        self._attend = attend
        helpers = [asyncio.create_task(self._broker.beat()), asyncio.create_task(self._sweep())]
        try:
            await run_receiver_task(
                self._broker,
                sync_workers=1,
                max_async_tasks=slots,
                max_prefetch=0,
                run_startup=True,
                validate_params=False,
            )
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
            await self._broker.leave()

    async def _run_one(self, written: str) -> None:
        if self._attend is None:
            return
        try:
            await self._attend(ThreadId.parse(written))
        except HistoryUnavailable as fault:
            log.warning("thread not attended", extra={"thread_id": written, "reason": str(fault)})

    async def _sweep(self) -> None:
        """One of all workers, every second: a wake-up for each thread that needs one. This repairs every lost wake-up."""
        redis = self._clients.hot
        while True:
            try:
                if await redis.set(SWEEP_KEY, "1", nx=True, px=SWEEP_MS):
                    for thread in await self._unattended():
                        await self.wake(thread)
            except (RedisError, HistoryUnavailable) as fault:
                log.warning("sweep postponed", extra={"reason": type(fault).__name__})
            await asyncio.sleep(1)


def _entries(reply: Any) -> list[tuple[str, dict[str, str]]]:
    """XREADGROUP's reply, which is a list of pairs or a dictionary by protocol, as entries."""
    if not reply:
        return []
    streams = reply.items() if isinstance(reply, dict) else reply
    return [(entry_id, fields) for _, entries in streams for entry_id, fields in entries]
