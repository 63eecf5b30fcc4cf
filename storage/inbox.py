"""The inbox on Redis or Valkey: accepts a message once, durably; hands out one turn per thread at a time.

Order and safety live in the scripts: a message is claimed and queued in one step. `leases.py` takes a turn through a worker;
`engine.py` wakes workers, and losing a wake-up costs a second, never a turn.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from bot.conversation import Message, ThreadId, Turn
from bot.errors import MalformedThread, StoreUnavailable
from bot.ports.inbox import Accepted, Handle, Inbox, Revision, Standing
from storage import entries
from storage.confirmed import Confirmed
from storage.connections import RedisClients, redis_errors
from storage.engine import Engine
from storage.keys import READY, READY_SECONDS, SHARDS, shard, thread_key, thread_keys
from storage.leases import Ended, Leases
from storage.redraws import Redraws
from storage.revisions import Revisions
from storage.scripts import Script
from storage.store_clock import StoreClock
from storage.unconfirmed import Unconfirmed

log = logging.getLogger(__name__)

CLAIM_SECONDS = 24 * 3600
STOP_SECONDS = 3600
EARLY_SECONDS = 360
"""Slack sends again what was not acknowledged, for the last time after about five minutes."""

AT_THE_DOOR = 32
"""Messages kept at once. The others of a burst wait in line, instead of running out of connections."""

MOST_ANNOUNCED = 1_000
"""Of so many messages it is remembered that they were: the second event of one comes at once."""

UNLIST_AFTER_SECONDS = 60
"""A thread is listed before its message is kept; an empty one younger than this may be about to be filled."""


class RedisInbox(Inbox):
    """`limit`: how many messages may wait in one thread. `lease_seconds`: how long a dead worker's turn lies still.
    `replicas`: how many of them have a message, an edit or a deletion before it counts as kept, where they answer in time.
    """

    def __init__(
        self,
        clients: RedisClients,
        *,
        limit: int = 20,
        lease_seconds: float = 3.0,
        thread_days: int = 30,
        replicas: int = 0,
    ) -> None:
        self._redis = clients.hot
        self._clock = StoreClock(self._redis)
        self._limit = limit
        self._lease_ms = round(lease_seconds * 1000)
        self._thread_seconds = thread_days * 24 * 3600
        self._door = asyncio.Semaphore(AT_THE_DOOR)
        self._announced: OrderedDict[tuple[ThreadId, str, str], None] = OrderedDict()
        self._engine = Engine(clients, self._unattended, idle_ms=self._lease_ms)
        self._leases = Leases(clients, self._lease_ms, self._thread_seconds)
        self._redraws = Redraws(clients, self._leases, self._lease_ms, self._thread_seconds, self._wake)
        self._revisions = Revisions(self._redis, CLAIM_SECONDS, self._thread_seconds, replicas)
        self._confirmed = Confirmed(self._redis, "accept", replicas)
        self._unconfirmed = Unconfirmed(self._accept_again)
        self._retry = Script(self._redis, "retry")
        self._stop = Script(self._redis, "stop")
        self._unlist = Script(self._redis, "unlist")

    # --- at the door --------------------------------------------------------------------------------------------------

    async def accept(self, message: Message) -> Accepted:
        accepted, is_safe = await self._taken(message)
        if not is_safe and accepted in (Accepted.NEW, Accepted.DUPLICATE):
            self._unconfirmed.hold(message)
        return accepted

    async def _accept_again(self, message: Message) -> bool:
        accepted, is_safe = await self._taken(message)
        if accepted is Accepted.NEW:
            log.warning("taken again: the store had lost it", extra={"thread_id": str(message.thread)})
        return is_safe

    async def _taken(self, message: Message) -> tuple[Accepted, bool]:
        """What became of it, and whether as many replicas have it as are wanted."""
        thread = message.thread
        keys = [thread_key(thread, "seen", message.id), *thread_keys(thread, "in", "state", "heard", "early")]
        arguments: list[str | int] = [entries.write(message), int(message.addressed), self._limit]
        arguments += [CLAIM_SECONDS, self._thread_seconds, message.id, EARLY_SECONDS, message.edition]
        arguments.append(round(message.lay_for.total_seconds()))
        async with self._door:
            await self._list(thread)
            with redis_errors():
                result, is_safe = await self._confirmed.run(keys, arguments)
        accepted = Accepted(str(result))
        if accepted in (Accepted.NEW, Accepted.DUPLICATE):
            await self._announce(message)
        return accepted, is_safe

    async def _announce(self, message: Message) -> None:
        """A duplicate may be our own, sent again because the first reply was lost: then nobody was woken yet. Whom this process has
        woken is not woken again for each of Slack's two events of a mention."""
        name = (message.thread, message.id, message.edition)
        if name not in self._announced and await self._wake(message.thread):
            self._announced[name] = None
            while len(self._announced) > MOST_ANNOUNCED:
                self._announced.popitem(last=False)

    async def _list(self, thread: ThreadId) -> None:
        """List the thread as busy, before anything is kept in it: what the sweeper does not know, it cannot save."""
        now = await self._clock.now()
        with redis_errors():
            await self._redis.zadd(shard(thread), {str(thread): now})

    async def _wake(self, thread: ThreadId) -> bool:
        """The message is safe already; the sweeper finds what could not be announced."""
        with contextlib.suppress(StoreUnavailable):
            await self._engine.wake(thread)
            return True
        return False

    async def claim(self, thread: ThreadId, key: str) -> bool:
        with redis_errors():
            return bool(await self._redis.set(thread_key(thread, "claim", key), "1", nx=True, ex=CLAIM_SECONDS))

    async def disclaim(self, thread: ThreadId, key: str) -> None:
        with redis_errors():
            await self._redis.unlink(thread_key(thread, "claim", key))

    async def join(self, thread: ThreadId) -> None:
        state = thread_key(thread, "state")
        with redis_errors():
            async with self._redis.pipeline(transaction=True) as both:
                both.hset(state, mapping={"known": "1", "part": "1"})
                both.expire(state, self._thread_seconds)
                await both.execute()

    async def knows(self, thread: ThreadId) -> bool:
        with redis_errors():
            return bool(await self._redis.hexists(thread_key(thread, "state"), "known"))

    async def askers(self, thread: ThreadId) -> frozenset[str]:
        with redis_errors():
            waiting = await self._redis.lrange(thread_key(thread, "in"), 0, -1)
        return frozenset(one.author.id for one in entries.read_all(waiting))

    async def stop(self, thread: ThreadId, by: str) -> bool:
        with redis_errors():
            return bool(await self._stop(thread_keys(thread, "in", "stop"), [by or "?", STOP_SECONDS]))

    async def retry(self, thread: ThreadId, turn_id: str) -> bool:
        keys = [thread_key(thread, "failed", turn_id), *thread_keys(thread, "in", "heard", "turn", "state")]
        await self._list(thread)
        with redis_errors():
            retried = bool(await self._retry(keys, [self._thread_seconds]))
        if retried:
            await self._wake(thread)
        return retried

    async def revise(self, message: Message) -> Revision:
        await self._list(message.thread)
        revised = await self._revisions.revise(message)
        if revised is Revision.KEPT:
            await self._wake(message.thread)
        return revised

    async def withdraw(self, thread: ThreadId, message_id: str) -> None:
        await self._revisions.withdraw(thread, message_id)
        await self._wake(thread)

    async def ask_again(self, message: Message, turn: Turn) -> None:
        await self._list(message.thread)
        await self._revisions.ask_again(message, turn)
        await self._wake(message.thread)

    async def mute(self, thread: ThreadId, muted: bool) -> None:
        state = thread_key(thread, "state")
        with redis_errors():
            if muted:
                async with self._redis.pipeline(transaction=True) as both:
                    both.hset(state, "muted", "1")
                    both.expire(state, self._thread_seconds)
                    await both.execute()
            else:
                await self._redis.hdel(state, "muted")

    async def forget(self, thread: ThreadId) -> None:
        with redis_errors():
            failed = await self._redis.smembers(thread_key(thread, "failures"))
            kept = [thread_key(thread, "failed", str(turn_id)) for turn_id in failed]
            await self._redis.unlink(*thread_keys(thread, "heard", "failures"), *kept)

    async def waiting(self) -> int:
        return sum([1 for _, _, count in await self._busy() if count])

    async def standing(self) -> Standing:
        """How it stands with all threads. Raises StoreUnavailable."""
        busy = [thread for thread, _, count in await self._busy() if count]
        if not busy:
            return Standing()
        with redis_errors():
            async with self._redis.pipeline(transaction=False) as all_of_it:
                for thread in busy:
                    all_of_it.exists(thread_key(thread, "lease"))
                    all_of_it.lindex(thread_key(thread, "in"), 0)
                found = await all_of_it.execute()
        leased, first = found[::2], found[1::2]
        waiting = [one for has_lease, one in zip(leased, first, strict=True) if one and not has_lease]
        now = await self._clock.now()
        ages = [now - one.sent_at.timestamp() for one in entries.read_all(waiting)]
        return Standing(len(waiting), sum(map(bool, leased)), max((0.0, *ages)))

    @property
    def redraws_owed(self) -> int:
        """Of this process."""
        return self._redraws.owed

    async def ping(self) -> None:
        with redis_errors():
            await self._redis.set(READY, 1, ex=READY_SECONDS)

    # --- at work ------------------------------------------------------------------------------------------------------

    async def serve(self, handle: Handle, slots: int) -> None:
        async def attend(thread: ThreadId) -> None:
            await self._attend(thread, handle)

        try:
            await self._engine.run(attend, slots)
            await self._redraws.settle()
        finally:
            await self._redraws.close()

    def drain(self) -> None:
        self._engine.drain()

    async def _attend(self, thread: ThreadId, handle: Handle) -> None:
        """Take turn after turn of one thread, until nothing waits or another worker has it."""
        lease = await self._leases.take(thread)
        while lease:
            ended = await self._leases.work(lease, handle)
            if ended in (Ended.LOST, Ended.UNHEARD):
                self._redraws.schedule(lease, handle)
            if ended is not Ended.OURS:
                return
            if self._engine.draining:
                await self._leases.leave(lease)
                return
            lease = await self._leases.take(thread, before=lease)

    async def _unattended(self) -> Sequence[ThreadId]:
        """Threads in which something waits and nobody works: what the sweeper wakes. Each is named once in a while."""
        waiting, now = [], await self._clock.now()
        for thread, listed_at, count in await self._busy():
            if count:
                waiting.append(thread)
            elif listed_at < now - UNLIST_AFTER_SECONDS:
                with redis_errors():
                    await self._unlist([shard(thread)], [str(thread), listed_at])
        return [thread for thread in await self._without_lease(waiting) if await self._may_be_woken(thread)]

    async def _without_lease(self, threads: Sequence[ThreadId]) -> list[ThreadId]:
        with redis_errors():
            async with self._redis.pipeline(transaction=False) as all_of_it:
                for thread in threads:
                    all_of_it.exists(thread_key(thread, "lease"))
                leased = await all_of_it.execute() if threads else []
        return [thread for thread, has_lease in zip(threads, leased, strict=True) if not has_lease]

    async def _may_be_woken(self, thread: ThreadId) -> bool:
        """Not woken a moment ago: with all workers busy, wake-ups would pile up."""
        with redis_errors():
            return bool(await self._redis.set(thread_key(thread, "woken"), "1", nx=True, px=2 * self._lease_ms))

    async def _busy(self) -> list[tuple[ThreadId, float, int]]:
        """Every listed thread, when it was listed, and how many messages wait in it."""
        with redis_errors():
            async with self._redis.pipeline(transaction=False) as lists:
                for one in SHARDS:
                    lists.zrange(one, 0, -1, withscores=True)
                listed: Any = await lists.execute()
            found = [(_thread(written), float(at)) for one in listed for written, at in one]
            threads = [(thread, at) for thread, at in found if thread]
            async with self._redis.pipeline(transaction=False) as lengths:
                for thread, _ in threads:
                    lengths.llen(thread_key(thread, "in"))
                counts = await lengths.execute() if threads else []
        return [(thread, at, int(count)) for (thread, at), count in zip(threads, counts, strict=True)]


def _thread(written: str) -> ThreadId | None:
    """None for what is no address: somebody else's entry must not end the search for what waits."""
    try:
        return ThreadId.parse(written)
    except MalformedThread:
        return None
