"""Hosts of one store whose clocks differ by hours go on as if they did not: what is due is told by the store's own time."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.capabilities.team_code.code import RepositoryState
from bot.conversation import Usage
from bot.ports.stores import Receipt
from storage.connections import RedisClients
from storage.inbox import RedisInbox
from storage.keys import shard
from storage.patient_ledger import PatientLedger
from storage.shared_states import SharedStates
from storage.sql_logs import SqlUsageLog
from storage.store_clock import StoreClock
from tests.fakes import ANA, START, THREAD, message

HOURS = pytest.mark.parametrize("hours", [-2, 2])
real = time.time


def wrong(monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    """From now on this is another host, whose clock is wrong."""
    monkeypatch.setattr(time, "time", lambda: real() + hours * 3600)


@HOURS
async def test_a_host_knows_the_store_s_time(
    clients: RedisClients, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    wrong(monkeypatch, hours)

    assert abs(await StoreClock(clients.hot).now() - real()) < 5


@HOURS
async def test_a_question_s_thread_is_listed_and_waits_as_long_as_it_does(
    clients: RedisClients, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    wrong(monkeypatch, hours)
    inbox = RedisInbox(clients)
    asked_at = datetime.fromtimestamp(real(), UTC) - timedelta(seconds=30)
    await inbox.accept(replace(message("how?"), sent_at=asked_at))

    assert await clients.hot.zscore(shard(THREAD), str(THREAD)) == pytest.approx(real(), abs=5)
    assert (await inbox.standing()).oldest_seconds == pytest.approx(30, abs=5)


@HOURS
async def test_a_turn_s_receipts_wait_for_its_end_and_a_host_s_states_are_believed(
    clients: RedisClients, sqlite_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    shop = RepositoryState("shop", "1a2b3c4d5e", START, START, START)
    ledger = PatientLedger(clients, SqlUsageLog(sqlite_engine))
    await SharedStates(clients, "a").tell([shop])
    await ledger.note(Receipt("req_1", "t1", THREAD, ANA.id, "cut", "claude-x", Usage(10, 20), 70, START))
    wrong(monkeypatch, hours)

    await PatientLedger(clients, SqlUsageLog(sqlite_engine)).enter_all()

    assert (await ledger.total(START)).cost_microdollars == 0
    assert await SharedStates(clients, "b").by_host() == {"a": (shop,)}
