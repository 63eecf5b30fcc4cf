"""Money while its database is away, and while turns die: rows and receipts wait in Redis, and are entered once, as what they were."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.conversation import Usage
from bot.errors import StoreUnavailable
from bot.ports.stores import LedgerRow, Receipt, UsageLog, UsageTotal
from storage.connections import RedisClients, open_redis
from storage.databases import open_sql
from storage.memory import MemoryUsageLog
from storage.migrations import migrate
from storage.patient_ledger import OPEN, OWED, PatientLedger
from storage.sql_logs import SqlUsageLog
from tests.fakes import ANA, START, THREAD
from tests.stores import postgres, valkey

pytestmark = pytest.mark.slow

ROW = LedgerRow("t1", THREAD, ANA.id, "answered", 1, "claude-x", Usage(1, 2, 3, 4, 5), 1_500, 300, 2_000, "", START)
RECEIPT = Receipt("req_1", "t1", THREAD, ANA.id, "cut", "claude-x", Usage(10, 20), 70, START)


@pytest.mark.slow
async def test_rows_of_turns_that_end_while_postgresql_restarts_are_entered_when_it_is_back() -> None:
    with valkey() as redis, postgres() as sql:
        url = await sql.create("ledger")
        async with open_redis(redis.url) as clients, open_sql(url) as engine:
            await migrate(engine)
            ledger = PatientLedger(clients, SqlUsageLog(engine))
            entering = asyncio.create_task(ledger.run())
            try:
                await sql.crash()
                for number in range(7):
                    await ledger.record(replace(ROW, turn_id=f"t{number}"))
                await ledger.note(replace(RECEIPT, turn_id="t0"))
                await ledger.settle(THREAD, "t0", ())
                assert await ledger.owed() == 7

                sql.start()
                async with asyncio.timeout(60):
                    while await ledger.owed() or await clients.hot.zcard(OPEN):  # noqa: ASYNC110 - the store is asked
                        await asyncio.sleep(0.05)
                total = await ledger.total(START - timedelta(days=1))
                assert total == UsageTotal(7, Usage(17, 34, 21, 28, 35), 7 * 1_500 + 70)
                assert not entering.done()
            finally:
                entering.cancel()
                await asyncio.gather(entering, return_exceptions=True)


async def test_a_row_is_entered_though_redis_is_away_and_what_neither_store_took_is_entered_when_they_are_back() -> (
    None
):
    class Away(MemoryUsageLog):
        is_away = False

        async def record(self, row: LedgerRow) -> None:
            if self.is_away:
                raise StoreUnavailable("SQL")
            await super().record(row)

    with valkey() as redis:
        async with open_redis(redis.url) as clients:
            sql = Away()
            ledger = PatientLedger(clients, sql)
            await ledger.note(RECEIPT)
            redis.kill()
            await ledger.settle(THREAD, "t1", [RECEIPT.request_id])
            await ledger.record(ROW)
            sql.is_away = True
            await ledger.record(replace(ROW, turn_id="t2"))
            assert (await ledger.total(START)).turns == 1

            redis.start()
            sql.is_away = False
            entering = asyncio.create_task(ledger.run())
            try:
                async with asyncio.timeout(60):
                    while (await ledger.total(START)).turns < 2 or await clients.hot.zcard(OPEN):  # noqa: ASYNC110 - a store is asked
                        await asyncio.sleep(0.05)
            finally:
                entering.cancel()
                await asyncio.gather(entering, return_exceptions=True)
    assert await ledger.total(START) == UsageTotal(2, Usage(2, 4, 6, 8, 10), 2 * 1_500)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def usage_log(request: pytest.FixtureRequest) -> UsageLog:
    if request.param == "memory":
        return MemoryUsageLog()
    engine: AsyncEngine = request.getfixturevalue(f"{request.param}_engine")
    return SqlUsageLog(engine)


async def test_a_row_that_waited_does_not_replace_that_of_a_later_attempt(usage_log: UsageLog) -> None:
    later = replace(ROW, started_at=START + timedelta(seconds=9), cost_microdollars=9)
    await usage_log.record(later)
    await usage_log.record(replace(ROW, status="failed"))

    assert (await usage_log.total(START)).cost_microdollars == 9


async def test_a_request_is_counted_once_and_as_dear_as_it_was_said_last(usage_log: UsageLog) -> None:
    for cost in (70, 80, 80):
        await usage_log.record_request(replace(RECEIPT, cost_microdollars=cost))
    await usage_log.record(ROW)

    assert await usage_log.total(START) == UsageTotal(1, Usage(11, 22, 3, 4, 5), 1_580)
    assert (await usage_log.total(START, asker="slack:U9")).cost_microdollars == 0


async def test_what_a_turns_row_counts_is_not_entered_again_and_the_rest_is(
    clients: RedisClients, sqlite_engine: AsyncEngine
) -> None:
    ledger = PatientLedger(clients, SqlUsageLog(sqlite_engine))
    whole = replace(RECEIPT, request_id="req_2", kind="unused")
    for receipt in (RECEIPT, whole):
        await ledger.note(replace(receipt, cost_microdollars=1))
        await ledger.note(receipt)
    await ledger.enter_all()
    assert (await ledger.total(START)).cost_microdollars == 0  # the turn may still go on

    await ledger.settle(THREAD, "t1", {"req_2"})
    await ledger.enter_all()
    await ledger.enter_all()

    assert (await ledger.total(START)).cost_microdollars == 70
    async with sqlite_engine.connect() as connection:
        rows = (await connection.execute(text("SELECT request_id, kind, turn_id FROM requests"))).all()
    assert [tuple(row) for row in rows] == [("req_1", "cut", "t1")]
    assert await clients.hot.zcard(OPEN) == 0


async def test_the_receipts_of_a_turn_that_nobody_ended_are_entered_after_an_hour(
    clients: RedisClients, sqlite_engine: AsyncEngine
) -> None:
    ledger = PatientLedger(clients, SqlUsageLog(sqlite_engine))
    await ledger.note(RECEIPT)
    [member] = map(str, await clients.hot.zrange(OPEN, 0, -1))
    await clients.hot.zincrby(OPEN, -3_601, member)

    await ledger.enter_all()

    assert (await ledger.total(START)).cost_microdollars == 70


async def test_what_another_release_left_among_the_rows_holds_nobody_up(
    clients: RedisClients, sqlite_engine: AsyncEngine
) -> None:
    ledger = PatientLedger(clients, SqlUsageLog(sqlite_engine))
    await clients.hot.hset(OWED, mapping={"x": "no row", "y": '{"v": 9, "data": 1}'})
    await clients.hot.zadd(OPEN, {"nobody's": 1.0, "t1 nowhere": 1.0})
    await ledger.note(RECEIPT)
    await ledger.settle(THREAD, "t1", ())

    await ledger.enter_all()

    assert (await ledger.total(START)).cost_microdollars == 70
    assert await ledger.owed() == 2  # a newer release may read them
