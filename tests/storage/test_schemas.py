"""Releases side by side on one database: migrations add only, and a schema that is newer is used or refused in a sentence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import ConfigError
from storage import migrations
from storage.migrations import check_schema, go_back, known, migrate, newest
from storage.migrations.steps import downgrade, upgrade
from storage.sql_logs import SqlUsageLog
from tests.fakes import START
from tests.storage.test_sql import ROW


def columns(connection: Connection) -> dict[tuple[str, str], str]:
    """Each column with its type."""
    found = inspect(connection)
    return {
        (table, column["name"]): str(column["type"])
        for table in found.get_table_names()
        if table != "alembic_version"
        for column in found.get_columns(table)
    }


def demanded(connection: Connection) -> Iterator[tuple[str, str]]:
    """Columns that an insert must name."""
    found = inspect(connection)
    for table in found.get_table_names():
        for column in found.get_columns(table):
            if not column["nullable"] and column["default"] is None and column.get("autoincrement") is not True:
                yield table, column["name"]


async def test_every_migration_adds_only(engine: AsyncEngine) -> None:
    def walk(connection: Connection) -> None:
        downgrade(connection, "base")
        before: dict[tuple[str, str], str] = {}
        for revision in known():
            upgrade(connection, revision)
            after = columns(connection)
            assert before.items() <= after.items(), (
                f"{revision} takes away, or changes, what the release before it uses"
            )
            tables = {table for table, _ in before}
            new = {one for one in demanded(connection) if one[0] in tables} - before.keys()
            assert not new, f"{revision} wants of the release before it what that does not know: {new}"
            before = after

    async with engine.begin() as connection:
        await connection.run_sync(walk)


async def make_newer(engine: AsyncEngine, usable_since: str) -> None:
    """As if the release after this one had migrated it."""
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9001'"))
        if usable_since:
            values = {"since": usable_since}
            await connection.execute(text("INSERT INTO revisions VALUES ('9001', :since)"), values)
        await connection.execute(text("ALTER TABLE turns ADD COLUMN mood VARCHAR(9) DEFAULT 'good' NOT NULL"))


async def test_a_newer_schema_that_this_version_can_use_is_used_with_a_warning(
    engine: AsyncEngine, caplog: pytest.LogCaptureFixture
) -> None:
    await make_newer(engine, newest())

    assert await migrate(engine) == "9001"
    assert "newer than this version" in caplog.text
    assert await check_schema(engine, print) == []
    log = SqlUsageLog(engine)
    await log.record(ROW)
    assert (await log.total(START)).turns == 1


@pytest.mark.parametrize("usable_since", ["9001", "", "x"])
async def test_a_newer_schema_that_it_cannot_use_is_refused_in_a_sentence(
    engine: AsyncEngine, usable_since: str
) -> None:
    await make_newer(engine, usable_since)

    for step in (migrate(engine), go_back(engine, "0001")):
        with pytest.raises(ConfigError, match="schema 9001") as caught:
            await step
        assert len(caught.value.faults) == 1
    [fault] = await check_schema(engine, print)
    assert f"migrate --to {newest()}" in fault


async def test_the_database_says_of_each_schema_who_can_use_it(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        rows = (await connection.execute(text("SELECT revision, usable_since FROM revisions ORDER BY revision"))).all()

    assert [revision for revision, _ in rows] == known()
    assert all(since in known() and since <= revision for revision, since in rows)


async def test_the_schema_goes_back_for_an_older_release_and_forth_again(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await SqlUsageLog(engine).record(ROW)
    with pytest.raises(ConfigError, match="0042"):
        await go_back(engine, "0042")

    assert await go_back(engine, "0004") == "0004"
    noted: list[str] = []
    assert await check_schema(engine, noted.append) == []
    assert noted == [f"The database has schema 0004; the next start brings it to {newest()}."]
    assert await go_back(engine, newest()) == "0004"  # that is no way back
    assert await migrate(engine) == newest()
    assert (await SqlUsageLog(engine).total(START)).turns == 1
    assert migrations.is_newer("0042")
