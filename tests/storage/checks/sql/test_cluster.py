"""The throw-away server: what it leaves behind, and what is cleared away after a process that was killed."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

import pytest

from storage.checks.sql.database import server
from storage.checks.sql.database.cluster import Cluster, NoServer, find_programs
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


async def test_a_schema_for_which_there_was_no_time_is_built_anew_when_next_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster = Cluster(find_programs(""))
    statements = schema.statements_of("CREATE TABLE a (b int);", "")
    try:
        address = await cluster.address()
        asked = server.Server(address.folder, address.password, 0.8)
        monkeypatch.setattr(server, "APPLY_SECONDS", -1.0)
        cut = await asked.database(statements, False)
        monkeypatch.undo()
        whole = await asked.database(statements, False)
        await asked.stop()
    finally:
        await cluster.stop()

    assert (cut.is_cut, list(cut.relations)) == (True, [])
    assert (whole.is_cut, list(whole.relations)) == (False, ["a"])
