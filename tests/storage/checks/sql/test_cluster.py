"""The throw-away server: what it leaves behind, and what is cleared away after a process that was killed."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import ClassVar

import asyncpg
import pytest

from storage.checks.sql.database import making, server
from storage.checks.sql.database.cluster import SETTINGS, Cluster, NoServer, find_programs
from storage.checks.sql.schemas import schema

pytestmark = pytest.mark.slow


async def test_a_server_that_is_stopped_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed = tmp_path / "plumbline-pg-killed"
    killed.mkdir()
    (killed / "held").touch()
    strange = tmp_path / "plumbline-pg-strange"
    strange.mkdir()
    cluster = Cluster(find_programs(""))

    with contextlib.suppress(NoServer):  # a server that runs as nobody may not reach this folder
        await cluster.address()
    await cluster.stop()

    assert os.listdir(tmp_path) == ["plumbline-pg-strange"]


async def test_without_programs_there_is_no_server_and_it_says_so(tmp_path: Path) -> None:
    assert find_programs("none") is None
    assert find_programs(str(tmp_path)) is None

    with pytest.raises(NoServer, match="no PostgreSQL"):
        await Cluster(None).address()


class Connection:
    """One to no server, which counts those that are open."""

    opened: ClassVar[list[Connection]] = []
    most: ClassVar[int] = 0

    @classmethod
    async def made(cls, **asked: object) -> Connection:
        one = cls()
        cls.opened.append(one)
        cls.most = max(cls.most, len(cls.opened))
        return one

    async def execute(self, query: str) -> None:
        pass

    def get_server_pid(self) -> int:
        return 0

    def is_closed(self) -> bool:
        return self not in self.opened

    def terminate(self) -> None:
        self.opened.remove(self)


async def test_however_many_schemas_are_asked_the_server_has_room_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncpg, "connect", Connection.made)
    asked = server.Server("", "", 0.8)

    for number in (*range(20), 19, 18, 0):
        assert await asked.answer(making.Database(f"s_{number}"), []) == []
    most = Connection.most
    await asked.stop()

    superusers, making_a_schema = 3, 2
    assert most + superusers + making_a_schema <= int(SETTINGS["max_connections"])
    assert Connection.opened == []


async def test_a_schema_for_which_there_was_no_time_is_built_anew_when_next_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster = Cluster(find_programs(""))
    statements = schema.statements_of("CREATE TABLE a (b int);", "")
    try:
        address = await cluster.address()
        asked = server.Server(address.folder, address.password, 0.8)
        monkeypatch.setattr(making, "APPLY_SECONDS", -1.0)
        cut = await asked.database(statements, False)
        monkeypatch.undo()
        whole = await asked.database(statements, False)
        await asked.stop()
    finally:
        await cluster.stop()

    assert (cut.is_cut, list(cut.relations)) == (True, [])
    assert (whole.is_cut, list(whole.relations)) == (False, ["a"])
