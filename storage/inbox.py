"""The inbox on Redis or Valkey: accepts a message once, durably; leases one turn per thread at a time.

Order and safety live in the scripts: a message is claimed and queued in one step, a lease carries a fence that only grows, and
a thread is given back only when nothing waits in it. `engine.py` wakes workers; losing a wake-up costs a second, never a turn.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import cast

from bot.conversation import Message, ThreadId
from bot.errors import HistoryUnavailable, LeaseLost, PlatformUnavailable
from bot.ports import Accepted, Handle, Inbox, Lease, Outcome, Stop
from storage.connections import RedisClients, redis_errors, script
from storage.encoding import MESSAGE
from storage.engine import Engine
from storage.keys import SHARDS, shard, thread_key, turn_id

log = logging.getLogger(__name__)

CLAIM_SECONDS = 24 * 3600
FAILED_SECONDS = 24 * 3600
HEARD_CAP = 200
ABANDON_PAUSE_MS = 2_000
STORE_PAUSE_SECONDS = 0.5


class RedisInbox(Inbox):
    """`limit`: how many messages may wait in one thread. `lease_seconds`: how long a dead worker's turn lies still."""

    def __init__(
        self, clients: RedisClients, *, limit: int = 20, lease_seconds: float = 3.0, thread_days: int = 30
    ) -> None:
        self._redis = clients.hot
        self._engine = Engine(clients, self._unattended, idle_ms=round(lease_seconds * 1000))
        self._limit = limit
        self._lease_ms = round(lease_seconds * 1000)
        self._thread_seconds = thread_days * 24 * 3600
        self._accept = script(self._redis, "accept")
        self._take = script(self._redis, "take")
        self._renew = script(self._redis, "renew")
        self._done = script(self._redis, "done")
        self._abandon = script(self._redis, "abandon")
        self._retry = script(self._redis, "retry")

    # --- at the door --------------------------------------------------------------------------------------------------

    async def accept(self, message: Message) -> Accepted:
        thread = message.thread
        keys = [thread_key(thread, "claim", message.id), *_keys(thread, "in", "state", "heard")]
        arguments: list[str | int] = [MESSAGE.write(message), int(message.addressed), self._limit]
        arguments += [CLAIM_SECONDS, self._thread_seconds]
        with redis_errors():
            accepted = Accepted(await self._accept(keys, arguments))
        if accepted is Accepted.NEW:
            await self._wake(thread)
        return accepted

    async def _wake(self, thread: ThreadId) -> None:
        """The message is safe already; the sweeper finds what could not be announced, once the thread is listed."""
        while True:
            try:
                with redis_errors():
                    await self._redis.sadd(shard(thread), str(thread))
                break
            except HistoryUnavailable:
                await asyncio.sleep(STORE_PAUSE_SECONDS)
        with contextlib.suppress(HistoryUnavailable):
            await self._engine.wake(thread)

    async def claim(self, thread: ThreadId, key: str) -> bool:
        with redis_errors():
            return bool(await self._redis.set(thread_key(thread, "claim", key), "1", nx=True, ex=CLAIM_SECONDS))

    async def knows(self, thread: ThreadId) -> bool:
        with redis_errors():
            return bool(await self._redis.hexists(thread_key(thread, "state"), "known"))

    async def askers(self, thread: ThreadId) -> frozenset[str]:
        with redis_errors():
            waiting = await self._redis.lrange(thread_key(thread, "in"), 0, -1)
        return frozenset(MESSAGE.read(one).author.id for one in waiting)

    async def stop(self, thread: ThreadId, by: str) -> bool:
        with redis_errors():
            if not await self._redis.llen(thread_key(thread, "in")):
                return False
            await self._redis.set(thread_key(thread, "stop"), by or "?", ex=600)
            return True

    async def retry(self, thread: ThreadId, turn_id: str) -> bool:
        keys = [thread_key(thread, "failed", turn_id), *_keys(thread, "in", "heard", "turn")]
        with redis_errors():
            retried = bool(await self._retry(keys, [self._thread_seconds]))
        if retried:
            await self._wake(thread)
        return retried

    async def mute(self, thread: ThreadId, muted: bool) -> None:
        state = thread_key(thread, "state")
        with redis_errors():
            if muted:
                await self._redis.hset(state, "muted", "1")
                await self._redis.expire(state, self._thread_seconds)
            else:
                await self._redis.hdel(state, "muted")

    async def forget(self, thread: ThreadId) -> None:
        with redis_errors():
            failed = [key async for key in self._redis.scan_iter(match=_literal(thread_key(thread, "failed")) + ":*")]
            await self._redis.unlink(thread_key(thread, "heard"), *failed)

    async def waiting(self) -> int:
        with redis_errors():
            return sum([await self._redis.scard(one) for one in SHARDS])

    async def ping(self) -> None:
        with redis_errors():
            await self._redis.ping()

    # --- at work ------------------------------------------------------------------------------------------------------

    async def serve(self, handle: Handle, slots: int) -> None:
        async def attend(thread: ThreadId) -> None:
            await self._attend(thread, handle)

        await self._engine.run(attend, slots)

    def drain(self) -> None:
        self._engine.drain()

    async def _attend(self, thread: ThreadId, handle: Handle) -> None:
        """Take turn after turn of one thread, until nothing waits or another worker has it."""
        lease = await self._next(thread, "")
        while lease:
            if not await self._one(lease, handle):
                return
            if self._engine.draining:
                await self._give_back(lease, pause_ms=1, counts=False)
                return
            lease = await self._next(thread, str(lease.fence))

    async def _next(self, thread: ThreadId, fence: str) -> Lease | None:
        keys = _keys(thread, "lease", "fence", "in", "turn", "heard", "state")
        with redis_errors():
            taken = await self._take(keys, [fence, self._lease_ms, self._thread_seconds])
            if not taken:
                if not await self._redis.llen(thread_key(thread, "in")):
                    await self._unlist(thread)
                return None
        held, attempt, said, heard, part, muted = cast(tuple[str, int, list[str], list[str], int, int], taken)
        messages, context = _messages(said), _messages(heard)
        return Lease(
            thread,
            turn_id(thread, messages[0].id),
            messages,
            context,
            int(held),
            attempt,
            bool(part),
            bool(muted),
            Stop(),
        )

    async def _unlist(self, thread: ThreadId) -> None:
        """Strike an empty thread off the busy list; one that filled in between is listed again at once."""
        await self._redis.srem(shard(thread), str(thread))
        if await self._redis.llen(thread_key(thread, "in")):
            await self._redis.sadd(shard(thread), str(thread))

    async def _one(self, lease: Lease, handle: Handle) -> bool:
        """One turn. True when it is done and the thread is still ours."""
        work = asyncio.ensure_future(handle(lease))
        keeping = asyncio.create_task(self._keep(lease, work))
        try:
            outcome, count = await work
        except asyncio.CancelledError:
            if not work.cancelled() or keeping.done():
                return False  # the fence passed on, and the work was ended for it
            raise
        except LeaseLost:
            return False
        except Exception as fault:
            away = isinstance(fault, PlatformUnavailable)
            log.warning(
                "turn given back", extra={"turn": lease.turn_id, "reason": type(fault).__name__}, exc_info=not away
            )
            await self._give_back(lease, ABANDON_PAUSE_MS, counts=not away)
            return False
        else:
            return await self._finish(lease, outcome, count)
        finally:
            keeping.cancel()
            if not work.done():
                work.cancel()
            await asyncio.gather(keeping, work, return_exceptions=True)

    async def _keep(self, lease: Lease, work: asyncio.Future[tuple[Outcome, int]]) -> None:
        """Renew the lease until the work ends; end the work when another worker holds the thread."""
        keys = _keys(lease.thread, "lease", "fence", "stop")
        while not work.done():
            try:
                with redis_errors():
                    ours, stop_by = await self._renew(keys, [str(lease.fence), self._lease_ms])
            except HistoryUnavailable:
                await asyncio.sleep(STORE_PAUSE_SECONDS)
                continue
            if not ours:
                log.warning("lease lost", extra={"thread_id": str(lease.thread), "turn": lease.turn_id})
                work.cancel()
                return
            if stop_by and not lease.stop.requested.is_set():
                lease.stop.by = stop_by
                lease.stop.requested.set()
            await asyncio.sleep(min(0.5, self._lease_ms / 6000))

    async def _finish(self, lease: Lease, outcome: Outcome, count: int) -> bool:
        """Tell the store that the turn is over, until it hears: the answer is shown, and is never given again."""
        thread = lease.thread
        keys = [
            *_keys(thread, "fence", "in", "heard", "state", "turn", "stop"),
            thread_key(thread, "failed", lease.turn_id),
        ]
        arguments: list[str | int] = [str(lease.fence), count, outcome.value, HEARD_CAP]
        arguments += [FAILED_SECONDS, self._thread_seconds]
        while True:
            try:
                with redis_errors():
                    return bool(await self._done(keys, arguments))
            except HistoryUnavailable:
                await asyncio.sleep(STORE_PAUSE_SECONDS)

    async def _give_back(self, lease: Lease, pause_ms: int, *, counts: bool) -> None:
        with contextlib.suppress(HistoryUnavailable), redis_errors():
            keys = _keys(lease.thread, "lease", "fence", "turn")
            await self._abandon(keys, [str(lease.fence), pause_ms, int(not counts)])

    async def _unattended(self) -> Sequence[ThreadId]:
        """Threads in which something waits and nobody works: what the sweeper wakes."""
        found = []
        for key in SHARDS:
            for written in await self._redis.smembers(key):
                thread = ThreadId.parse(str(written))
                if await self._redis.exists(thread_key(thread, "lease")):
                    continue
                if await self._redis.llen(thread_key(thread, "in")):
                    found.append(thread)
                else:
                    await self._unlist(thread)
        return found


def _keys(thread: ThreadId, *names: str) -> list[str]:
    return [thread_key(thread, name) for name in names]


def _messages(written: Sequence[str]) -> tuple[Message, ...]:
    return tuple(MESSAGE.read(one) for one in written)


def _literal(key: str) -> str:
    """The key as a pattern that matches nothing else."""
    return "".join(f"\\{character}" if character in "*?[]\\^" else character for character in key)
