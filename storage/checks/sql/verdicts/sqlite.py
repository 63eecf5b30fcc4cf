"""SQLite by SQLite itself, which never executes a statement that is not ours."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator, Sequence

from storage.checks.sql.statements.faults import Said
from storage.checks.sql.statements.reading import spans
from storage.checks.sql.statements.text import ANY_NAME, line_at, place_of

DENIED = frozenset((sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH))
UNKNOWN = re.compile(
    r"no such (?:table|column|function|collation|module|index|view|trigger)|has no column named|unknown database"
)
VIEW = re.compile(r"\s*create\s+(?:temp\w*\s+)?view\s+(?:if\s+not\s+exists\s+)?(\S+?)\s*(?:\(|\bas\b)", re.IGNORECASE)
NOT_NULL_ADDED = re.compile(
    r"\s*alter\s+table\s+\S+\s+add\b(?=.*\bnot\s+null\b)(?!.*\b(?:default|generated|as)\b)", re.IGNORECASE | re.DOTALL
)
"""https://www.sqlite.org/lang_altertable.html#alter_table_add_column"""

NOT_MADE = re.compile(
    r"\bas\s+(?:select|with)\b|\bvirtual\s+table\b(?!.*?\busing\s+(?:fts[345]|rtree|geopoly)\b)",
    re.IGNORECASE | re.DOTALL,
)
"""What would read rows, or a module that is none of SQLite's own."""

CLAUSES = (
    (re.compile(r"^ON CONFLICT clause"), re.compile(r"\bon\s+conflict\b", re.IGNORECASE)),
    (re.compile(r"^\d+ values for \d+ columns"), re.compile(r"\bvalues\b", re.IGNORECASE)),
)
"""What SQLite says without a place, and where it stands."""

STEPS = 200_000
"""Of SQLite's machine, after which it is stopped."""


def said_of(text: str, schema: Sequence[str] = ()) -> list[Said]:
    """Each statement is compiled, and only definitions are carried out, in memory. Names are believed where there is a schema."""
    database = sqlite3.connect(":memory:", isolation_level=None, timeout=0)
    try:
        database.set_authorizer(_may)
        database.set_progress_handler(lambda: 1, STEPS)
        for limit, most in (
            (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 500),
            (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 200_000),
            (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
        ):
            database.setlimit(limit, most)
        for one in schema:
            with contextlib.suppress(sqlite3.Error, sqlite3.Warning):
                database.execute(one)
        return [
            said for start, end in _statements(text) if (said := _compiled(database, text, start, end, bool(schema)))
        ]
    finally:
        database.close()


def _statements(text: str) -> Iterator[tuple[int, int]]:
    """Where statements stand: triggers, whose own steps end in semicolons, are whole at their `END`."""
    begins: int | None = None
    for start, end in spans(text):
        begins = start if begins is None else begins
        if sqlite3.complete_statement(f"{text[begins:end]};"):
            yield begins, end
            begins = None
    if begins is not None:
        yield begins, len(text)


def _may(action: int, *_: object) -> int:
    return sqlite3.SQLITE_DENY if action in DENIED else sqlite3.SQLITE_OK


def _compiled(database: sqlite3.Connection, text: str, start: int, end: int, has_schema: bool) -> Said | None:
    piece = re.sub(r"\$(\d+)", r"?\1", text[start:end])
    line = line_at(text, start + len(piece) - len(piece.lstrip()))
    word = re.sub(r"(?:--[^\n]*\n|/\*.*?\*/|\s)+", " ", piece, flags=re.DOTALL).strip().partition(" ")[0].lower()
    if not word or word.startswith(".") or word in ("begin", "commit", "rollback", "vacuum", "attach", "detach", "end"):
        return None
    try:
        if NOT_NULL_ADDED.match(piece):
            return Said(line, "SQLite adds no NOT NULL column without a DEFAULT to a table that has rows", "sql")
        if view := VIEW.match(piece):
            database.execute(piece)
            database.execute(f"explain select * from {view[1]}")
        elif word in ("create", "alter", "drop") and not NOT_MADE.search(piece):
            database.execute(piece)
        elif word != "pragma":
            database.execute(f"explain {piece}", _nulls(piece))
    except (sqlite3.Error, sqlite3.Warning) as fault:
        said = str(fault)
        if (
            "already exists" in said
            or "not authorized" in said
            or "interrupted" in said
            or "Incorrect number" in said
            or ANY_NAME in said
        ):
            return None
        if UNKNOWN.search(said):
            return (
                Said(line_at(text, start + place_of(piece, said.rpartition(" ")[2])), said, "name")
                if has_schema
                else None
            )
        if near := re.search(r'near "(.*?)": syntax error', said):
            place = piece.find(near[1])
            line = line_at(text, start + place) if place >= 0 and piece.count(near[1]) == 1 else line
        if named := re.search(r"\bfor \w+\.(\w+)|column \"(\w+)\"", said):
            line = line_at(text, start + place_of(piece, named[1] or named[2]))
        clause = next((clause for of, clause in CLAUSES if of.search(said)), None)
        if clause and (found := clause.search(piece)):
            line = line_at(text, start + found.start())
        return Said(line, said, "syntax" if "syntax" in said or "incomplete" in said else "sql")
    except (RecursionError, ValueError, OverflowError, MemoryError):
        return None
    return None


def _nulls(piece: str) -> dict[str, None] | list[None]:
    numbers = [int(one) for one in re.findall(r"\?(\d+)", piece)]
    return [None] * (max(numbers, default=0) + len(re.findall(r"\?(?!\d)", piece)))
