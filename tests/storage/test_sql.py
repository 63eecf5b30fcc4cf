"""The SQL ports in memory, on SQLite and on PostgreSQL; and the way to today's schema and back."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from ssl import CERT_REQUIRED

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.conversation import ThreadId, Usage
from bot.errors import ConfigError, StoreUnavailable
from bot.ports.stores import ChannelSettings, ChannelSettingsStore, FeedbackLog, LedgerRow, UsageLog, UsageTotal
from bot.views import Press
from storage.databases import check_sql, open_sql, postgres_arguments
from storage.memory import MemoryChannelSettings, MemoryFeedbackLog, MemoryUsageLog
from storage.migrations import check_schema, current, migrate, newest
from storage.migrations.steps import configuration, downgrade, upgrade
from storage.sql_logs import SqlChannelSettings, SqlFeedbackLog, SqlUsageLog
from storage.tables import turns
from tests.fakes import ANA, BEN, START, THREAD, FixedClock
from tests.stores import PostgresServer

OTHER = ThreadId("discord", "G1", "C7", "9")
ROW = LedgerRow("t1", THREAD, ANA.id, "answered", 1, "claude-x", Usage(1, 2, 3, 4, 5), 1_500, 300, 2_000, "", START)
STORES = ["memory", "sqlite", "postgresql"]


def engine_of(request: pytest.FixtureRequest, store: str) -> AsyncEngine:
    engine: AsyncEngine = request.getfixturevalue(f"{store}_engine")
    return engine


@pytest.fixture(params=STORES)
def usage_log(request: pytest.FixtureRequest) -> UsageLog:
    return MemoryUsageLog() if request.param == "memory" else SqlUsageLog(engine_of(request, request.param))


@pytest.fixture(params=STORES)
def feedback(request: pytest.FixtureRequest) -> FeedbackLog:
    return MemoryFeedbackLog() if request.param == "memory" else SqlFeedbackLog(engine_of(request, request.param))


@pytest.fixture(params=STORES)
def channels(request: pytest.FixtureRequest) -> ChannelSettingsStore:
    if request.param == "memory":
        return MemoryChannelSettings()
    return SqlChannelSettings(engine_of(request, request.param), FixedClock())


async def test_a_turn_has_one_row_however_often_it_is_written(usage_log: UsageLog) -> None:
    await usage_log.record(replace(ROW, status="failed", cost_microdollars=7, first_token_ms=None))
    await usage_log.record(ROW)

    assert await usage_log.total(START) == UsageTotal(1, ROW.usage, 1_500)
    await usage_log.ping()


async def test_totals_go_by_time_place_and_asker(usage_log: UsageLog) -> None:
    east = timezone(timedelta(hours=9))
    await usage_log.record(ROW)
    await usage_log.record(replace(ROW, turn_id="t2", asker=BEN.id, started_at=(START - timedelta(days=1))))
    await usage_log.record(replace(ROW, turn_id="t3", thread=OTHER, started_at=START.astimezone(east)))

    totals = [
        await usage_log.total(START - timedelta(days=2)),
        await usage_log.total(START),
        await usage_log.total(START.astimezone(east), place=THREAD.place),
        await usage_log.total(START - timedelta(days=2), asker=BEN.id),
        await usage_log.total(START + timedelta(seconds=1)),
    ]

    assert [total.turns for total in totals] == [3, 2, 1, 1, 0]
    assert totals[-1] == UsageTotal(0, Usage(), 0)


@pytest.mark.slow
async def test_large_numbers_fit(usage_log: UsageLog) -> None:
    large = 2**40

    await usage_log.record(replace(ROW, usage=Usage(large, 0, large), cost_microdollars=large))

    assert await usage_log.total(START) == UsageTotal(1, Usage(large, 0, large), large)


@pytest.mark.slow
async def test_many_turns_may_end_at_once(usage_log: UsageLog) -> None:
    await asyncio.gather(*(usage_log.record(replace(ROW, turn_id=f"t{number}")) for number in range(60)))

    assert (await usage_log.total(START)).turns == 60


async def test_a_person_has_one_thumb_a_turn(feedback: FeedbackLog) -> None:
    for author, action in ((ANA, "good"), (ANA, "bad"), (BEN, "good")):
        await feedback.record(Press(THREAD, "t1", "good" if action == "good" else "bad", author), START)

    assert dict(await feedback.count("t1")) == {"good": 1, "bad": 1}
    assert dict(await feedback.count("t2")) == {"good": 0, "bad": 0}
    assert dict(await feedback.of(ANA, ["t1", "t2"])) == {"t1": "bad"}
    assert dict(await feedback.of(ANA, [])) == {}


async def test_a_channel_has_the_defaults_until_an_admin_says_otherwise(channels: ChannelSettingsStore) -> None:
    settings = ChannelSettings(False, "mention", "Answer in Norwegian. ☃", "claude-y", "low", 5_000_000_000)
    before = await channels.get(THREAD.place)
    await channels.put(THREAD.place, settings, ANA.id)
    await channels.put(OTHER.place, ChannelSettings(model="opus"), ANA.id)

    assert before == ChannelSettings()
    assert await channels.get(THREAD.place) == settings
    await channels.put(THREAD.place, ChannelSettings(), BEN.id)
    assert await channels.get(THREAD.place) == ChannelSettings()


# --- the schema -------------------------------------------------------------------------------------------------------


async def test_the_scripts_make_exactly_the_tables_in_code(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.run_sync(lambda sync: command.check(configuration(sync)))


async def test_the_schema_goes_up_and_down_and_up(engine: AsyncEngine) -> None:
    def walk(connection: Connection) -> tuple[list[str], str]:
        downgrade(connection, "base")
        left = [name for name in inspect(connection).get_table_names() if name != "alembic_version"]
        return left, upgrade(connection)

    async with engine.begin() as connection:
        left, revision = await connection.run_sync(walk)

    assert left == []
    assert revision == await migrate(engine)


async def test_migrating_twice_at_once_is_safe(postgres_server: PostgresServer) -> None:
    url = await postgres_server.create("race")
    async with open_sql(url) as one, open_sql(url) as two:
        revisions = await asyncio.gather(migrate(one), migrate(two))
        async with one.connect() as connection:
            assert await connection.run_sync(current) == revisions[0] == revisions[1]
    await postgres_server.drop("race")


async def test_four_bots_that_start_on_one_fresh_file_all_find_it_migrated(tmp_path: Path) -> None:
    async def start() -> str:
        async with open_sql(f"sqlite:///{tmp_path / 'shared.db'}") as engine:
            return await migrate(engine)

    revisions = await asyncio.gather(*(start() for _ in range(4)))

    assert len(set(revisions)) == 1


async def test_moments_keep_their_instant_and_naive_ones_are_refused(engine: AsyncEngine) -> None:
    log = SqlUsageLog(engine)
    await log.record(replace(ROW, started_at=datetime(2026, 1, 1, 3, tzinfo=timezone(timedelta(hours=5)))))

    async with engine.connect() as connection:
        kept = (await connection.execute(turns.select())).mappings().one()["started_at"]

    assert kept == datetime(2025, 12, 31, 22, tzinfo=UTC)
    assert kept.utcoffset() == timedelta(0)
    with pytest.raises((StoreUnavailable, StatementError)):
        await log.total(datetime(2026, 1, 1))


async def test_sqlite_waits_for_its_turn_to_write_and_survives_a_crash(sqlite_engine: AsyncEngine) -> None:
    async with sqlite_engine.connect() as connection:
        found = [
            (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        ]

    assert found == ["wal", 1, 5000]


async def test_a_database_that_is_away_is_named_with_its_cure() -> None:
    async with open_sql("postgresql://bot@/x?host=/nowhere") as engine:
        [fault] = await check_sql(engine)
        with pytest.raises(StoreUnavailable):
            await SqlUsageLog(engine).ping()
        with pytest.raises(StoreUnavailable):
            await migrate(engine)

    assert "DATABASE_URL" in fault


async def test_an_empty_database_is_no_fault_for_it_is_filled_at_the_start(engine: AsyncEngine) -> None:
    noted: list[str] = []
    assert await check_schema(engine, noted.append) == noted == []
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: downgrade(sync, "base"))

    assert await check_schema(engine, noted.append) == []
    assert "schema none; the next start" in noted[0]


LOGIN = "postgresql://bot:p%40ss@db"
CASES: list[tuple[str, str, dict[str, object]]] = [
    (f"{LOGIN}/plumbline", f"{LOGIN}/plumbline", {}),
    ("postgres://bot:p%40ss@db/plumbline", f"{LOGIN}/plumbline", {}),
    ("postgresql+asyncpg://bot@db/plumbline?ssl=require", "postgresql://bot@db/plumbline?sslmode=require", {}),
    ("postgres://bot@db/plumbline?ssl=true", "postgresql://bot@db/plumbline?sslmode=require", {}),
    # As Heroku, Neon and others give them
    (f"{LOGIN}/x?sslmode=require&channel_binding=require", f"{LOGIN}/x?sslmode=require", {}),
    (f"{LOGIN}/x?sslmode=require&connect_timeout=10", f"{LOGIN}/x?sslmode=require", {"timeout": 10}),
    (f"{LOGIN}:6432/x?application_name=bot", f"{LOGIN}:6432/x?application_name=bot", {}),
    ("postgresql://bot@a:1,b:2/x?target_session_attrs=primary", "postgresql://bot@a:1,b:2/x?target_session_attrs=primary", {}),
    ("postgresql://bot:p/w#r?d@db/x", "postgresql://bot:p%2Fw%23r%3Fd@db/x", {}),
    ("postgresql:///x?host=/run/pg&keepalives_idle=5", "postgresql:///x?host=%2Frun%2Fpg", {}),
]  # fmt: skip


@pytest.mark.parametrize(("given", "dsn", "more"), CASES)
def test_addresses_are_taken_as_people_have_them(given: str, dsn: str, more: dict[str, object]) -> None:
    found = postgres_arguments(given)

    assert found.pop("dsn") == dsn
    assert found == {"timeout": 3, "command_timeout": 60, "statement_cache_size": 0} | more


def test_whom_the_machine_trusts_is_asked_by_the_name_that_libpq_has_for_it() -> None:
    found = postgres_arguments("postgresql://bot@db/x?sslmode=require&sslrootcert=system")

    assert found["dsn"] == "postgresql://bot@db/x"
    assert found["ssl"].check_hostname
    assert found["ssl"].verify_mode == CERT_REQUIRED


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://db/plumbline", "other databases are not supported"),
        ("jdbc:postgresql://db/plumbline", "it begins with postgresql://"),
        ("plumbline.db", "it begins with postgresql://"),
        ("postgresql://bot@db:port/x", "no address such as"),
        ("postgresql://bot@db/x?sslmode=maybe", "sslmode is one of disable, allow, prefer, require, verify-ca, verify-full"),
        ("postgresql://bot@db/x?sslrootcert=/nowhere/ca.pem", "sslrootcert names /nowhere/ca.pem, and there is no such file"),
    ],
)  # fmt: skip
async def test_what_is_no_address_of_ours_is_refused_in_a_sentence(url: str, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        async with open_sql(url):
            pass


async def test_statements_have_no_names_so_that_a_pooler_may_change_connections(postgres_url: str) -> None:
    """PgBouncer that gives each transaction another connection: a name of one would be unknown on, or taken by, another."""
    async with open_sql(postgres_url) as engine:
        await SqlUsageLog(engine).record(ROW)
        async with engine.connect() as connection:
            for _ in range(3):
                names = (await connection.execute(text("SELECT name FROM pg_prepared_statements"))).scalars().all()

    assert set(names) <= {""}


async def test_the_newest_schema_is_the_one_that_alembic_would_go_to(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        head = await connection.run_sync(
            lambda sync: ScriptDirectory.from_config(configuration(sync)).get_current_head()
        )

        assert newest() == head == await connection.run_sync(current)
