"""SQLite by SQLite itself, MySQL by a parser of its grammar. Neither ever executes a statement that is not ours."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from storage.checks.sql.reading import spans
from storage.checks.sql.text import ANY_NAME, line_at

DENIED = frozenset((sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH))
UNKNOWN = re.compile(
    r"no such (?:table|column|function|collation|module|index|view|trigger)|has no column named|unknown database"
)
STEPS = 200_000
"""Of SQLite's machine, after which it is stopped."""


@dataclass(frozen=True, slots=True)
class Said:
    line: int
    message: str
    kind: str


def sqlite(text: str, schema: Sequence[str] = ()) -> list[Said]:
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
        return [said for start, end in spans(text) if (said := _compiled(database, text, start, end, bool(schema)))]
    finally:
        database.close()


def _may(action: int, *_: object) -> int:
    return sqlite3.SQLITE_DENY if action in DENIED else sqlite3.SQLITE_OK


def _compiled(database: sqlite3.Connection, text: str, start: int, end: int, has_schema: bool) -> Said | None:
    piece = re.sub(r"\$(\d+)", r"?\1", text[start:end])
    line = line_at(text, start + len(piece) - len(piece.lstrip()))
    word = re.sub(r"(?:--[^\n]*\n|/\*.*?\*/|\s)+", " ", piece, flags=re.DOTALL).strip().partition(" ")[0].lower()
    if not word or word.startswith(".") or word in ("begin", "commit", "rollback", "vacuum", "attach", "detach", "end"):
        return None
    try:
        if word in ("create", "alter", "drop") and not re.search(
            r"\bas\s+(?:select|with)\b|\bvirtual\b", piece, re.IGNORECASE
        ):
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
            return Said(line, said, "name") if has_schema else None
        if near := re.search(r'near "(.*?)": syntax error', said):
            place = piece.find(near[1])
            line = line_at(text, start + place) if place >= 0 and piece.count(near[1]) == 1 else line
        return Said(line, said, "syntax" if "syntax" in said or "incomplete" in said else "sql")
    except (RecursionError, ValueError, OverflowError, MemoryError):
        return None
    return None


def _nulls(piece: str) -> dict[str, None] | list[None]:
    numbers = [int(one) for one in re.findall(r"\?(\d+)", piece)]
    return [None] * (max(numbers, default=0) + len(re.findall(r"\?(?!\d)", piece)))


def mysql(text: str) -> list[Said]:
    """What a parser of MySQL cannot read. It knows less than the server: what it only passes over counts as right."""
    import logging

    import sqlglot
    from sqlglot.errors import SqlglotError

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    found: list[Said] = []
    if re.search(
        r"\bcreate\s+(?:definer|procedure|function|trigger|event)\b|\bdelimiter\b|^\s*declare\b",
        text,
        re.IGNORECASE | re.MULTILINE,
    ):
        return found  # the bodies of routines are no statements of their own
    for start, end in spans(text):
        piece = re.sub(r"\$\d+", "?", text[start:end])
        if len(piece) > 30_000 or re.match(
            r"\s*(?:delimiter|create\s+(?:definer|procedure|function|trigger|event)|begin|end|declare|if|set|while|loop|call)\b",
            piece,
            re.IGNORECASE,
        ):
            continue
        try:
            sqlglot.parse(piece, read="mysql")
        except SqlglotError as fault:
            errors = getattr(fault, "errors", None) or [{}]
            line = errors[0].get("line") or 1
            said = f"near `{errors[0].get('highlight')}`" if errors[0].get("highlight") else "here"
            found.append(Said(line_at(text, start) + line - 1, f"MySQL's grammar does not allow this {said}", "syntax"))
        except (RecursionError, ValueError, TypeError, AttributeError, KeyError, IndexError):
            continue
    return found
