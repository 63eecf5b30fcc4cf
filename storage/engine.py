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

from redis.exceptions import ResponseError
from taskiq import AckableMessage, AsyncBroker, BrokerMessage
from taskiq.acks import AcknowledgeType
from taskiq.receiver import Receiver

from bot.conversation import ThreadId
from bot.errors import StoreUnavailable
from bot.loops import outlived
from storage.connections import RedisClients, redis_errors
from storage.scripts import Script

log = logging.getLogger(__name__)
logging.getLogger("taskiq").setLevel(logging.WARNING)  # it says hello and goodbye for every wake-up

STREAM, GROUP = "plumbline:wake", "workers"
SWEEP_KEY, SWEEP_MS, SWEEP_PAUSE_SECONDS = "plumbline:sweeper", 900, 1
MOST_WAKE_UPS = 10_000
"""A bound for a stream that nobody reads; a wake-up that is cut off is sent again by the sweeper."""

BLOCK_MS = 500
DEAD_MS = 120_000
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
        self._acknowledged = Script(clients.hot, "acknowledged")
        self._in_hand: set[str] = set()
        self.draining = asyncio.Event()
        self.stopping = False

    async def kick(self, message: BrokerMessage) -> None:
        entry = {"data": message.message.decode()}
        await self._redis.xadd(STREAM, cast(Any, entry), maxlen=MOST_WAKE_UPS, approximate=True)

    async def listen(self) -> AsyncGenerator[bytes | AckableMessage, None]:
        loop = asyncio.get_running_loop()
        claim_at = loop.time()
        is_member = False
        while not self.draining.is_set():
            entries: list[tuple[str, dict[str, str]]] | None = None
            with outlived(log, "wake-ups not read"):
                if not is_member:
                    await self._join()
                    is_member = True
                if loop.time() >= claim_at:
                    claim_at = loop.time() + self._idle_ms / 5000
                    entries = await self._claim_stale()
                entries = entries or await self._read()
            if entries is None:
                is_member = False  # a store that came back empty has no group
                claim_at = loop.time() + self._idle_ms / 1000  # whoever was at work renews first
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            for entry_id, fields in entries:
                self._in_hand.add(entry_id)
                yield AckableMessage(data=fields["data"].encode(), ack=self._acknowledge(entry_id))

    async def _join(self) -> None:
        with redis_errors():
            try:
                await self._redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
            except ResponseError as fault:
                if "BUSYGROUP" not in str(fault):
                    raise

    async def _read(self) -> list[tuple[str, dict[str, str]]]:
        with redis_errors():
            reply = await self._blocking.xreadgroup(GROUP, self._name, {STREAM: ">"}, count=1, block=BLOCK_MS)
        return _entries(reply)

    async def _claim_stale(self) -> list[tuple[str, dict[str, str]]]:
        with redis_errors():
            reply = await self._redis.xautoclaim(STREAM, GROUP, self._name, self._idle_ms, count=1)
        return [(entry_id, fields) for entry_id, fields in cast(Any, reply)[1] if fields]

    def _acknowledge(self, entry_id: str) -> Callable[[], Awaitable[None]]:
        async def acknowledge() -> None:
            while not self.stopping:  # what we leave unfinished stays unacknowledged
                try:
                    with redis_errors():
                        await self._acknowledged([STREAM], [GROUP, entry_id])
                    break
                except StoreUnavailable:
                    await asyncio.sleep(PAUSE_SECONDS)
            self._in_hand.discard(entry_id)

        return acknowledge

    async def beat(self) -> None:
        """Keep what is in hand ours, for as long as it takes."""
        while True:
            await asyncio.sleep(self._idle_ms / 3000)
            if self._in_hand:
                with outlived(log, "wake-ups not kept"), contextlib.suppress(StoreUnavailable), redis_errors():
                    await self._redis.xclaim(STREAM, GROUP, self._name, 0, list(self._in_hand), justid=True)

    async def strike_off_the_dead(self) -> None:
        """Consumers that have not asked for so long are dead, for each asks twice a second; what they held is claimed first."""
        with redis_errors():
            try:
                consumers = await self._redis.xinfo_consumers(STREAM, GROUP)
            except ResponseError:
                return  # there is no group yet
            for one in consumers:
                if one["idle"] > DEAD_MS and not one["pending"]:
                    await self._redis.xgroup_delconsumer(STREAM, GROUP, one["name"])

    async def leave(self) -> None:
        """Strike this consumer off; entries it still holds stay pending, so it goes only with empty hands."""
        if not self._in_hand:
            with contextlib.suppress(StoreUnavailable), redis_errors():
                await self._redis.xgroup_delconsumer(STREAM, GROUP, self._name)


class Engine:
    """`unattended` finds threads in which something waits and nobody works."""

    def __init__(
        self, clients: RedisClients, unattended: Callable[[], Awaitable[Sequence[ThreadId]]], idle_ms: int
    ) -> None:
        self._clients = clients
        self._unattended = unattended
        self._idle_ms = idle_ms
        self._broker = StreamBroker(clients, idle_ms)
        self._attend: Attend | None = None
        self._running: set[asyncio.Task[object]] = set()

        async def attend(written: str) -> None:
            await self._run_one(written)

        self._task = self._broker.register_task(attend, task_name="attend")

    @property
    def draining(self) -> bool:
        return self._broker.draining.is_set()

    def drain(self) -> None:
        """Take nothing new; what runs goes on."""
        self._broker.draining.set()

    async def wake(self, thread: ThreadId) -> None:
        """Announce a thread. Raises StoreUnavailable."""
        with redis_errors():
            try:
                await self._task.kiq(str(thread))
            except Exception as fault:  # taskiq wraps whatever its broker raises
                raise fault.__cause__ or fault from fault

    async def run(self, attend: Attend, slots: int) -> None:
        """Wake-ups, heartbeat and sweeper, until cancelled or drained."""
        self._attend = attend
        self._broker.stopping = False
        helpers = [asyncio.create_task(self._broker.beat()), asyncio.create_task(self._sweep())]
        receiver = Receiver(
            self._broker,
            max_async_tasks=slots,
            run_startup=False,
            validate_params=False,
            ack_type=AcknowledgeType.WHEN_EXECUTED,
        )
        try:
            await receiver.listen(self._broker.draining)
        finally:
            self._broker.stopping = True
            # The receiver leaves its running tasks alone when it is cancelled.
            ending = [*helpers, *self._running]
            for task in ending:
                task.cancel()
            await asyncio.gather(*ending, return_exceptions=True)
            await self._broker.leave()

    async def _run_one(self, written: str) -> None:
        task = asyncio.current_task()
        if self._attend is None or task is None:
            return
        self._running.add(task)
        try:
            await self._attend(ThreadId.parse(written))
        except StoreUnavailable as fault:
            log.warning("thread not attended", extra={"thread_id": written, "reason": str(fault)})
        except asyncio.CancelledError:
            if not self._broker.stopping:
                raise
        finally:
            self._running.discard(task)

    async def _sweep(self) -> None:
        """One of all workers, every second: a wake-up for each thread that needs one. This repairs every lost wake-up."""
        redis = self._clients.hot
        while True:
            is_swept = False
            with outlived(log, "sweep postponed"):
                with redis_errors():
                    elected = await redis.set(SWEEP_KEY, "1", nx=True, px=SWEEP_MS)
                if elected:
                    for thread in await self._unattended():
                        await self.wake(thread)
                    await self._broker.strike_off_the_dead()
                is_swept = True
            if not is_swept:
                await asyncio.sleep(self._idle_ms / 1000)  # whoever was at work renews first
            await asyncio.sleep(SWEEP_PAUSE_SECONDS)


def _entries(reply: Any) -> list[tuple[str, dict[str, str]]]:
    """XREADGROUP's reply, which is a list of pairs or a dictionary by protocol, as entries."""
    if not reply:
        return []
    streams = reply.items() if isinstance(reply, dict) else reply
    return [(entry_id, fields) for _, entries in streams for entry_id, fields in entries]
