"""SQLite and MySQL: what is wrong is said at its own line, and what only others speak is no MySQL."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.checks.sql import other

SCHEMA = ("CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT, tag TEXT)",)
PADDING = st.lists(
    st.sampled_from(["-- archived, note_tags and now() are words here", "/* archived\n now() */", "", "  "]), max_size=4
)


@given(above=PADDING, between=PADDING)
@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        ("SELECT n.id, 'archived' AS x", "FROM notes n WHERE n.archived = 0", "n.archived"),
        ("SELECT id, body", "FROM note_tags", "note_tags"),
        ("SELECT id FROM notes", "WHERE body < now()", "now"),
        ("INSERT INTO notes (id,", "archived) VALUES (1, 2)", "archived"),
        ("UPDATE notes SET body = 'archived',", '"archived" = 1', "archived"),
    ],
)
def test_an_unknown_name_is_said_where_it_stands(
    first: str, second: str, name: str, above: list[str], between: list[str]
) -> None:
    text = "\n".join([*above, "SELECT 1;", first, *between, second])

    (said,) = other.sqlite(text, SCHEMA)

    assert name in said.message
    assert said.line == text[: text.rindex(second)].count("\n") + 1


@pytest.mark.parametrize(
    ("code", "line", "word"),
    [
        ("SELECT id,\n total::int FROM orders", 2, "CAST"),
        ("SELECT id FROM orders\nWHERE name ILIKE 'a%'", 2, "ILIKE"),
        ("INSERT INTO c (email)\nVALUES ('a')\nON CONFLICT (email) DO NOTHING", 3, "ON DUPLICATE KEY UPDATE"),
        ("SELECT DISTINCT ON (a) a\nFROM t", 1, "DISTINCT ON"),
        ("SELECT 1 FROM a\nFULL OUTER JOIN b ON a.id = b.id", 2, "FULL OUTER JOIN"),
        ("SELECT id FROM o\nWHERE placed_at > now() - INTERVAL '7 days'", 2, "INTERVAL 7 DAY"),
    ],
)
def test_what_others_speak_is_said_in_the_words_of_mysql(code: str, line: int, word: str) -> None:
    (said,) = other.mysql(code)

    assert (said.line, said.kind) == (line, "syntax")
    assert word in said.message


@pytest.mark.parametrize(
    "code",
    [
        "SELECT a FROM t WHERE at > now() - INTERVAL 7 DAY",
        "SELECT a FROM t WHERE at > now() - INTERVAL '7' DAY AND b < INTERVAL '1:30' MINUTE_SECOND + c",
        "INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE a = VALUES(a)",
        "SELECT DISTINCT a FROM t JOIN u ON (t.id = u.id)",
        "SELECT '::int', 'ON CONFLICT', \"ILIKE 'x'\" FROM t -- DISTINCT ON (a)",
        "SELECT `ilike`, `conflict` FROM `full` JOIN u ON conflict = 1",
        "SELECT INTERVAL(23, 1, 15, 17)",
    ],
)
def test_what_mysql_speaks_is_left_alone(code: str) -> None:
    assert other.mysql(code) == []
