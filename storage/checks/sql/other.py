"""SQLite by SQLite itself, MySQL by a parser of its grammar. Neither ever executes a statement that is not ours."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from storage.checks.sql.reading import spans
from storage.checks.sql.text import ANY_NAME, line_at

DENIED = frozenset((sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH))
UNKNOWN = re.compile(
    r"no such (?:table|column|function|collation|module|index|view|trigger)|has no column named|unknown database"
)
ASIDE = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
"""What stands in a statement and is no code: texts and comments."""

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
            return Said(line_at(text, start + _named(piece, said)), said, "name") if has_schema else None
        if near := re.search(r'near "(.*?)": syntax error', said):
            place = piece.find(near[1])
            line = line_at(text, start + place) if place >= 0 and piece.count(near[1]) == 1 else line
        return Said(line, said, "syntax" if "syntax" in said or "incomplete" in said else "sql")
    except (RecursionError, ValueError, OverflowError, MemoryError):
        return None
    return None


def _named(piece: str, said: str) -> int:
    """Where what SQLite does not know stands in the statement: in its code first, else at its beginning."""
    parts = [re.escape(one) for one in said.rpartition(" ")[2].rpartition(": ")[2].split(".")]
    name = re.compile(r'["`\]]?\s*\.\s*["`\[]?'.join(parts) + r"(?!\w)", re.IGNORECASE)
    plain = ASIDE.sub(lambda found: " " * len(found[0]), piece)
    for found in name.finditer(plain):
        before = plain[: found.start()].rstrip('"`[ \t\n')[-1:]
        if not plain[found.start() - 1 : found.start()].isalnum() and (before != "." or len(parts) > 1):
            return found.start()
    return len(piece) - len(piece.lstrip())


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
            borrowed = [*_borrowed(sqlglot.tokenize(piece, read="mysql"))]
            found += [Said(line_at(text, start + place), message, "syntax") for place, message in borrowed]
            if not borrowed:
                sqlglot.parse(piece, read="mysql")
        except SqlglotError as fault:
            errors = getattr(fault, "errors", None) or [{}]
            line = errors[0].get("line") or 1
            said = f"near `{errors[0].get('highlight')}`" if errors[0].get("highlight") else "here"
            found.append(Said(line_at(text, start) + line - 1, f"MySQL's grammar does not allow this {said}", "syntax"))
        except (RecursionError, ValueError, TypeError, AttributeError, KeyError, IndexError):
            continue
    return found


UNITS = re.compile(
    r"(?:MICROSECOND|SECOND|MINUTE|HOUR|DAY|WEEK|MONTH|QUARTER|YEAR)(?:_(?:MICROSECOND|SECOND|MINUTE|HOUR|DAY|MONTH))?",
    re.IGNORECASE,
)
"""https://dev.mysql.com/doc/refman/8.4/en/expressions.html#temporal-intervals"""


def _borrowed(tokens: Sequence[Any]) -> Iterator[tuple[int, str]]:
    """Words of other dialects that the parser lets pass and neither MySQL nor MariaDB knows: where, and what to write instead."""
    for at, token in enumerate(tokens):
        kinds = [one.token_type.name for one in tokens[at : at + 3]]
        words = [one.text.upper() for one in tokens[at : at + 3]]
        match kinds:
            case ["DCOLON", *_]:
                yield token.start, "MySQL has no `::`; it is `CAST(value AS type)`"
            case ["ILIKE", *_] if at and kinds[1:2] == ["STRING"]:
                yield token.start, "MySQL has no `ILIKE`; `LIKE` follows the column's collation"
            case ["ON", "VAR", *_] if words[1] == "CONFLICT" and words[2:] in (["("], ["DO"], ["ON"]):
                yield token.start, "MySQL has no `ON CONFLICT`; it is `ON DUPLICATE KEY UPDATE`"
            case ["DISTINCT", "ON", "L_PAREN"]:
                yield token.start, "MySQL has no `DISTINCT ON`"
            case ["FULL", "OUTER", "JOIN"]:
                yield token.start, "MySQL has no `FULL OUTER JOIN`"
            case ["INTERVAL", "STRING", *_] if not UNITS.fullmatch("".join(words[2:])):
                yield token.start, "in MySQL an interval's unit stands outside of the quotes: `INTERVAL 7 DAY`"
            case _:
                continue
