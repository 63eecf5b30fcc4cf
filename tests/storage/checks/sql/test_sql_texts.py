"""What is made of a block of SQL before anything judges it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.capabilities.checks.verdicts import Block
from storage.checks import rooms, source
from storage.checks.pins import Pins
from storage.checks.room import Stand
from storage.checks.sql.statements import embedded, locks, newer
from storage.checks.sql.statements.reading import read, spans
from storage.checks.sql.statements.text import pieces, prepare, with_numbers
from storage.checks.sql.verdicts import answers

PARTS = """
select  |a|from t |where |'it''s'|'|"|--x~|/*|*/|$$|$a$|;|~|(|)|:b|%s|?|{x}|case |end|begin atomic |::int|
\\d~|x=> |...|é|`|copy t~|\\.~|,|@c |
[1:2]|E'\\'
"""
SQL = st.lists(
    st.sampled_from([one.replace("~", "\n") for one in PARTS.strip().replace("\n", "").split("|")]), max_size=40
).map("".join)


@given(SQL)
def test_pieces_are_the_whole_text_in_its_order(text: str) -> None:
    found = list(pieces(text))

    assert "".join(text[start:end] for _, start, end in found) == text


@given(SQL)
def test_lines_stay_where_they_are(text: str) -> None:
    assert prepare(text).text.count("\n") == text.count("\n")
    assert with_numbers(text).count("\n") == text.count("\n")


@given(SQL)
def test_statements_lie_in_the_text_one_after_the_other(text: str) -> None:
    found = list(spans(text))

    assert all(start < end for start, end in found)
    assert [end for _, end in found] == sorted(end for _, end in found)


@settings(max_examples=150, deadline=None)
@given(SQL)
def test_any_text_gets_a_verdict_with_lines_of_its_own(text: str) -> None:
    ground = answers.Ground(frozenset({"postgresql"}))
    one = answers.looked(Block("sql", text), ground)
    (verdict,) = answers.concluded([one], [None] * len(one.reading.statements), ground)

    assert all(1 <= each.line <= text.count("\n") + 1 for each in verdict.findings)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("select * from t where a = :a and b = :a::int", "select * from t where a = $1 and b = $1::int"),
        ("select %(x)s, %s, 'it''s %s'", "select $1, $2, 'it''s %s'"),
        ("select %(x)b, a %b from t where c = %t and d in (%b)", "select $1, a %b from t where c = $2 and d in ($3)"),
        ("select a[1:2], '{\"k\": 1}'::jsonb", "select a[1:2], '{\"k\": 1}'::jsonb"),
        ("db=> select 1\ndb-> + 1;\n ?column? \n", "select 1\n+ 1;\n\n"),
        ("select $$ :a %s $$", "select $$ :a %s $$"),
        ("select sqlc.embed(a), b = sqlc.arg('b')\nand sqlc.narg(c)", "select a.*, b = $1\nand $2"),
    ],
)
def test_placeholders_become_parameters_outside_of_texts(code: str, text: str) -> None:
    assert prepare(code).text == text


def test_a_question_mark_is_a_parameter_only_where_a_value_stands() -> None:
    assert with_numbers("where a ? 'b' and c = ? and d in (?, ?)") == "where a ? 'b' and c = $1 and d in ($2, $3)"


@pytest.mark.parametrize(
    ("code", "line"), [("select 1;\n\nselect * frm t x y", 3), ("create table t (\n  a int,\n);", 2), ("select (1", 1)]
)
def test_an_error_stands_at_its_line(code: str, line: int) -> None:
    assert [one.error_line for one in read(code).errors] == [line]


@pytest.mark.parametrize(
    ("code", "lock"),
    [
        ("drop index a", "ACCESS EXCLUSIVE"),
        ("drop index concurrently a", ""),
        ("drop table a", ""),
        ("alter table a add column b int references c", "SHARE ROW EXCLUSIVE"),
        ("create index on made (a)", ""),
    ],
)
def test_a_change_of_a_table_that_is_in_use_says_which_lock_it_takes(code: str, lock: str) -> None:
    (statement,) = read(code).statements
    said = "".join(locks.hints(statement.node, {"made"}))

    assert lock in said
    assert bool(said) == bool(lock)


IMPORTS = {"%s": "import psycopg\n", "$1": "import asyncpg\n"}


@pytest.mark.parametrize(
    ("driver", "code", "said"),
    [
        ("$1", 'c.fetch("""select a\nfrom t where b = %s""", b)', (2, "writes parameters as `$1`")),
        ("$1", "c.fetchrow(\"select a from t where b like '%$1%'\", b)", (1, "within quotes")),
        ("$1", 'c.fetchval("select a from t where b = $1 and c = $1", b, c)', (1, "1 parameter, and 2 values")),
        ("$1", "c.fetchval(\"select a from t where b = $1 and c = $1 and d = '$'\", b)", None),
        ("$1", 'c.fetch("select a from t where b = $1", *given)', None),
        ("%s", "c.execute(\"select a from t where b ilike '%%%s%%'\", (b,))", (1, "within quotes")),
        ("%s", 'c.execute("select a from t where b = $1", [b])', (1, "writes parameters as `%s`")),
        ("%s", 'q = "select a from t where b = %s and c = %b"\ng = [b, c]\nc.execute(q, g)', None),
        ("%s", 'c.execute("select a %% 2 from t where b = %s", [b, c])', (1, "1 parameter, and 2 values")),
        ("%s", 'c.execute("select a from t where b = %(b)s", {"b": b})', None),
    ],
)
def test_values_fit_the_parameters_as_the_driver_writes_them(
    driver: str, code: str, said: tuple[int, str] | None
) -> None:
    (query,) = embedded.queries(ast.parse(IMPORTS[driver] + code))

    found = query.fault
    assert (found and found[0] - 1) == (said and said[0])
    assert said is None or said[1] in (found or (0, ""))[1]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("c.execute('update a join b on a.x = b.x set a.y = 1')", "update a join"),
        ("import sqlite3, django\nc.execute('select a from t where b = ?', (b,))", "select a"),
    ],
)
def test_statements_of_other_drivers_are_read_and_their_parameters_left_alone(code: str, text: str) -> None:
    (query,) = embedded.queries(ast.parse(code))

    assert query.text.startswith(text)
    assert query.fault is None


def test_a_cursor_that_hands_numbers_on_is_known_from_the_block_or_from_the_team(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "db.py").write_text("from psycopg import AsyncRawCursor\n")
    alone = Stand(Pins("3.11", {}), None)
    team = Stand(Pins("3.11", {}), source.export(tmp_path / "app", "", "app", tmp_path / "trees"))
    bare, raw = Block("python", "c.execute('select $1', [a])"), Block("python", "c = psycopg.RawCursor(conn)")

    found = [rooms._is_in_python(rooms.RAW_CURSOR, one, at) for one, at in ((bare, alone), (raw, alone), (bare, team))]
    assert found == [False, True, True]


@pytest.mark.parametrize(
    ("code", "team", "version"),
    [
        ("select any_value(a) from t", 15, 16),
        ("select any_value(a), uuidv7() from t", 17, 18),
        ("select j.a from t, json_table(t.b, '$' columns (a int)) j", 16, 17),
        ("create unique index i on t (a) nulls\n not distinct", 14, 15),
        ("create table t (a int, b int references u on delete set null (b))", 14, 15),
        ("merge into t using u on true when matched then delete returning 1", 16, 17),
        ("create unique index i on t (a) nulls not distinct", 15, 0),
        ("create unique index i on t (a)", 14, 0),
        ("select any_value(a) from t", 16, 0),
        ("select any_value(a), own.uuidv7(), casefold(a) from t", 0, 0),
        ("select own.uuidv7(), casefold(a) from t", 17, 0),
    ],
)
def test_what_came_with_a_newer_postgresql_than_the_teams_is_told(code: str, team: int, version: int) -> None:
    (statement,) = read(code).statements
    found = [one.message for one in newer.faults(statement, team, {"casefold"})]

    assert len(found) == bool(version)
    assert all(f"PostgreSQL {version}; yours is {team}" in one for one in found)


@pytest.mark.parametrize(("more", "found"), [(", expanding=True", "(:ids)"), ("", ":ids")])
def test_a_parameter_that_stands_for_a_list_brings_its_brackets(more: str, found: str) -> None:
    code = 'import sqlalchemy\ntext("select a from t where b in :ids").bindparams(bindparam("ids"MORE))\n'

    (query,) = embedded.queries(ast.parse(code.replace("MORE", more)))

    assert query.text.endswith(f" in {found}")


def test_a_name_stands_for_what_it_was_given_last() -> None:
    code = 'q = "select a from t"\nc.execute(q)\nq = "select b from t"\nc.execute(q)\n'

    assert [one.text for one in embedded.queries(ast.parse(code))] == ["select a from t", "select b from t"]


def test_a_colon_that_is_written_for_sqlalchemy_is_a_colon() -> None:
    code = "from sqlalchemy import text\nc.execute(text('select a\\\\:\\\\:int from t where b = :b'))"

    assert [one.text for one in embedded.queries(ast.parse(code))] == ["select a::int from t where b = :b"]
