"""The ledger while a turn runs, and while its database is away: both wait in Redis, and are entered when they can be.

A receipt is noted with every request to the model, by turn, for whoever writes it may be killed. What the turn's row counts in the end
is taken off; the rest (cut replies, replies that went into no answer) is entered as what it was, at once or, where nobody ended the
turn, an hour after its last sign of life. What even Redis cannot take now waits in this process.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

from bot.conversation import ThreadId
from bot.errors import MalformedThread, StoreUnavailable
from bot.loops import outlived
from bot.ports.stores import LedgerRow, Receipt, Receipts, UsageLog, UsageTotal
from storage.connections import RedisClients, redis_errors
from storage.encoding import Codec, readable
from storage.keys import thread_key
from storage.scripts import Script
from storage.store_clock import StoreClock

log = logging.getLogger(__name__)

ROW, RECEIPT = Codec(LedgerRow), Codec(Receipt)

OWED, OPEN, KEEPER = "plumbline:ledger:owed", "plumbline:ledger:open", "plumbline:ledger:keeper"
KEPT_SECONDS = 30 * 24 * 3600
ABANDONED_SECONDS = 3600
LOOK_SECONDS = 2.0
MOST_AT_ONCE = 200


class PatientLedger(UsageLog, Receipts):
    """Writes to `log_`; what that cannot take now waits, and `run` enters it."""

    def __init__(self, clients: RedisClients, log_: UsageLog) -> None:
        self._redis = clients.hot
        self._clock = StoreClock(self._redis)
        self._log = log_
        self._strike_off = Script(self._redis, "entered")
        self._owing: set[str] = set()
        """Of this process, by turn: a later row of the same turn replaces it here, too."""
        self._here: dict[str, LedgerRow] = {}
        self._unsettled: dict[tuple[ThreadId, str], frozenset[str]] = {}

    # --- rows -----------------------------------------------------------------------------------------------------------

    async def record(self, row: LedgerRow) -> None:
        try:
            await self._log.record(row)
            if row.turn_id in self._owing:
                with redis_errors():
                    await self._redis.hdel(OWED, row.turn_id)
                self._owing.discard(row.turn_id)
        except StoreUnavailable as fault:
            if row.status == "running":
                raise  # it holds what may be spent, and nothing is before it is there
            self._owing.add(row.turn_id)
            log.warning("ledger row waits", extra={"turn": row.turn_id, "reason": str(fault)})
            try:
                await self._owe(row)
                self._here.pop(row.turn_id, None)
            except StoreUnavailable:
                log.warning("ledger row waits in this process", extra={"row": asdict(row)})
                self._here[row.turn_id] = row

    async def _owe(self, row: LedgerRow) -> None:
        with redis_errors():
            async with self._redis.pipeline(transaction=True) as both:
                both.hset(OWED, row.turn_id, ROW.write(row))
                both.expire(OWED, KEPT_SECONDS)
                await both.execute()

    async def record_request(self, receipt: Receipt) -> None:
        await self._log.record_request(receipt)

    async def total(
        self, since: datetime, *, place: str | None = None, asker: str | None = None, only_ended: bool = False
    ) -> UsageTotal:
        return await self._log.total(since, place=place, asker=asker, only_ended=only_ended)

    async def ping(self) -> None:
        await self._log.ping()

    async def owed(self) -> int:
        """How many rows wait. Raises StoreUnavailable."""
        with redis_errors():
            return int(await self._redis.hlen(OWED))

    # --- receipts -------------------------------------------------------------------------------------------------------

    async def note(self, receipt: Receipt) -> None:
        key, now = _paid(receipt.thread, receipt.turn_id), await self._clock.now()
        with redis_errors():
            async with self._redis.pipeline(transaction=False) as all_of_it:
                all_of_it.hset(key, receipt.request_id, RECEIPT.write(receipt))
                all_of_it.expire(key, KEPT_SECONDS)
                all_of_it.zadd(OPEN, {_member(receipt.thread, receipt.turn_id): now + ABANDONED_SECONDS})
                all_of_it.expire(OPEN, KEPT_SECONDS)
                await all_of_it.execute()

    async def settle(self, thread: ThreadId, turn_id: str, counted: Collection[str]) -> None:
        """What the turn's row counts is not counted again. With Redis away it is done later: the row itself needs none."""
        try:
            await self._settle_now(thread, turn_id, counted)
        except StoreUnavailable as fault:
            log.warning("receipts not settled yet", extra={"turn": turn_id, "reason": str(fault)})
            self._unsettled[thread, turn_id] = frozenset(counted)

    async def _settle_now(self, thread: ThreadId, turn_id: str, counted: Collection[str]) -> None:
        key, member, now = _paid(thread, turn_id), _member(thread, turn_id), await self._clock.now()
        with redis_errors():
            async with self._redis.pipeline(transaction=False) as both:
                if counted:
                    both.hdel(key, *counted)
                both.hlen(key)
                *_, left = await both.execute()
            await (self._redis.zadd(OPEN, {member: now}) if left else self._redis.zrem(OPEN, member))

    # --- what waits -----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Enter what waits as soon as it can be, one process at a time, until cancelled."""
        while True:
            with outlived(log, "the ledger's rows wait"):
                await self._catch_up()
                with redis_errors():
                    elected = await self._redis.set(KEEPER, "1", nx=True, px=round(LOOK_SECONDS * 900))
                if elected:
                    await self.enter_all()
            await asyncio.sleep(LOOK_SECONDS)

    async def _catch_up(self) -> None:
        """What neither store took when it came. Raises StoreUnavailable where they still do not."""
        for (thread, turn_id), counted in list(self._unsettled.items()):
            await self._settle_now(thread, turn_id, counted)
            del self._unsettled[thread, turn_id]
        for row in list(self._here.values()):
            await self._owe(row)
            del self._here[row.turn_id]

    async def enter_all(self) -> None:
        """Every row that is owed, and the receipts of turns that have ended. Raises StoreUnavailable at the first that cannot be."""
        with redis_errors():
            rows = await self._redis.hgetall(OWED)
        for turn_id, written in rows.items():
            for row in readable(ROW, [written]):
                await self._log.record(row)
                await self._strike(OWED, str(turn_id), str(written))
        now = await self._clock.now()
        with redis_errors():
            due = await self._redis.zrangebyscore(OPEN, "-inf", now, start=0, num=MOST_AT_ONCE)
        for member in due:
            await self._enter_receipts(str(member))

    async def _enter_receipts(self, member: str) -> None:
        turn_id, _, thread = member.partition(" ")
        try:
            key = _paid(ThreadId.parse(thread), turn_id)
        except MalformedThread:
            key = member  # nobody's: it is taken off below
        with redis_errors():
            receipts = await self._redis.hgetall(key)
        for request_id, written in receipts.items():
            for receipt in readable(RECEIPT, [written]):
                await self._log.record_request(receipt)
                await self._strike(key, str(request_id), str(written))
        with redis_errors():
            await self._redis.zrem(OPEN, member)

    async def _strike(self, key: str, name: str, written: str) -> None:
        """What was entered waits no more, unless it was replaced meanwhile. What we cannot read is another release's to enter."""
        with redis_errors():
            await self._strike_off([key], [name, written])


def _paid(thread: ThreadId, turn_id: str) -> str:
    return thread_key(thread, "paid", turn_id)


def _member(thread: ThreadId, turn_id: str) -> str:
    return f"{turn_id} {thread}"
