"""Several languages in one answer: each is judged in its own room, and a room that breaks costs no other its line."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.capabilities.checks.verdicts import Block, Finding, Verdict
from storage.checks.golang.room import GoRoom
from storage.checks.pins import Pins
from storage.checks.process import Checkers
from storage.checks.python.environment.environments import Environments
from storage.checks.python.room import PythonRoom
from storage.checks.room import Room, Stand
from storage.checks.rooms import Rooms
from storage.checks.source import Tree
from storage.checks.sql.statements.text import FILLED


class Fine(Room):
    languages = frozenset({"fine"})

    async def check(self, blocks: Sequence[Block], stand: Stand) -> Sequence[Verdict]:
        return [Verdict("none", {one.code: "1"}) for one in blocks]


class Broken(Room):
    languages = frozenset({"broken"})

    async def check(self, blocks: Sequence[Block], stand: Stand) -> Sequence[Verdict]:
        raise RuntimeError("boom")


async def test_a_room_that_breaks_costs_no_other_its_line(caplog: pytest.LogCaptureFixture) -> None:
    stand = Stand(Pins("3.11"))
    rooms = Rooms([Broken(), Fine()], lambda ground: stand)
    blocks = [Block("fine", "a"), Block("broken", "b"), Block("fine", "c")]

    with caplog.at_level(logging.ERROR):
        first, broken, last = await rooms.against(blocks, stand)

    assert (first.versions, last.versions) == ({"a": "1"}, {"c": "1"})
    assert (broken.state, broken.reasons) == ("unchecked", ("its checker broke; the log says why",))
    assert "a room broke" in caplog.text


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("\n" * 501 + "x", "more than 500 empty lines in a row"),
        ("x\n" + " \t\r\n" * 600, "more than 500 empty lines in a row"),
        ("a" * 10_001, "a line of more than 10,000 characters"),
        (("a" * 100 + "\n") * 1_000, "longer than 100,000 characters"),
    ],
)
async def test_a_block_of_a_shape_that_nobody_writes_is_not_looked_at_and_the_others_are(code: str, why: str) -> None:
    """What looks for a word behind some space takes time that grows with the square of it."""
    stand = Stand(Pins("3.11"))
    rooms = Rooms([Fine()], lambda ground: stand)
    right = "x\n" + "\n" * 500 + "y" * 10_000

    odd, other = await rooms.against([Block("fine", code), Block("fine", right)], stand)

    assert (odd.state, other.state) == ("unchecked", "none")
    assert why in odd.reasons[0]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"main.go": "package main\n"}, "Go by its grammar: no Go toolchain is used"),
        ({"app.py": "x = 1\n"}, "no Python lock file: the newest versions are assumed"),
        ({"lib.rs": "", "a.rb": ""}, "no environment is needed for its languages"),
    ],
)
async def test_what_is_prepared_is_said_of_the_languages_that_are_there(
    tmp_path: Path, files: dict[str, str], said: str
) -> None:
    for path, text in files.items():
        (tmp_path / path).write_text(text)
    python = PythonRoom(Environments.__new__(Environments), Checkers.__new__(Checkers))
    rooms = Rooms([python, GoRoom(tmp_path / "go", tmp_path, Fine())], lambda ground: Stand(Pins("3.11")))

    assert await rooms.prepare(Stand(Pins("3.11"), Tree(tmp_path, "shop", "c1", (), {}))) == said


class Named(Room):
    """Says of each statement that it names what nobody has."""

    languages = frozenset({"sql", "sqlite", "sql?"})

    def __init__(self, *messages: str) -> None:
        self.messages = messages

    async def check(self, blocks: Sequence[Block], stand: Stand) -> Sequence[Verdict]:
        found = tuple(Finding(1, "name", message) for message in self.messages)
        return [Verdict("problems", findings=found) for _ in blocks]


class Code(Fine):
    languages = frozenset({"python", "typescript"})


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ('db.execute("CREATE TABLE IF NOT EXISTS best (n)")', "your schema has no table `best`"),
        ('db.create_function("best", 1, round)', "no such function: best"),
        ("db.create_collation('best', compare)", "no such collation sequence: best"),
        ("db.execute(\"ATTACH ':memory:' AS best\")", "unknown database best"),
    ],
)
async def test_what_a_program_makes_or_gives_sqlite_itself_is_not_missed(made: str, message: str) -> None:
    stand = Stand(Pins("3.11"))
    asked = "import sqlite3\ndb = sqlite3.connect('a')\n{}\nrows = db.execute('SELECT a FROM b')\n"

    for code, states in ((asked.format(made), "none"), (asked.format("pass"), "problems")):
        rooms = Rooms([Code(), Named(message)], lambda ground: stand)
        (said,) = await rooms.against([Block("python", code)], stand)
        assert said.state == states, said


class Compiled(Fine):
    languages = frozenset({"go"})


async def test_a_table_that_a_program_in_go_makes_itself_is_not_missed(tmp_path: Path) -> None:
    stand = Stand(Pins("3.11"), Tree(tmp_path, "a", "0", (), {}))
    asked = 'package a\n\nfunc b(db *sql.DB) {\n\tdb.Exec("{}")\n\tdb.Query("SELECT a FROM best")\n}\n'

    for made, state in (("CREATE TABLE best (a int)", "none"), ("SELECT 1", "problems")):
        rooms = Rooms([Compiled(), Named("your schema has no table `best`")], lambda ground: stand)
        (said,) = await rooms.against([Block("go", asked.replace("{}", made))], stand)
        assert said.state == state, said


class Filled(Room):
    """A name is filled into each statement."""

    languages = frozenset({"sql", "sql?", "postgresql"})

    async def check(self, blocks: Sequence[Block], stand: Stand) -> Sequence[Verdict]:
        return [Verdict("partial", reasons=(FILLED, "and more")) for _ in blocks]


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("python", "import asyncpg\n\ndef f(db, table):\n    return db.fetch(f'SELECT a FROM {table}')\n"),
        (
            "typescript",
            'import { Pool } from "pg";\nexport const f = (db: Pool, t: string) => db.query(`SELECT a FROM ${t}`);\n',
        ),
    ],
)
async def test_a_name_that_a_program_fills_into_its_sql_is_said_to_be_unseen(
    language: str, code: str, tmp_path: Path
) -> None:
    stand = Stand(Pins("3.11"), Tree(tmp_path, "shop", "c1", (), {}))
    (said,) = await Rooms([Code(), Filled()], lambda ground: stand).against([Block(language, code)], stand)

    assert said == Verdict("partial", said.versions, reasons=(FILLED,))
