"""Statements of a text by PostgreSQL's own grammar, each with its tree or with what the grammar says of it.

A block that is no whole statement (a clause, an expression, a list of columns, the body of a function) is read as what it is part of.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pglast import parse_plpgsql, parse_sql
from pglast.parser import ParseError

from storage.checks.sql.statements.text import line_at, pieces, with_numbers

VERBS = """
    select insert update delete merge with create alter drop truncate grant revoke begin commit rollback explain analyze
    vacuum set reset show comment do call copy refresh reindex cluster lock notify listen declare fetch close prepare
    execute deallocate savepoint release start values table end abort discard reassign security import checkpoint load
    move unlisten
""".split()
STARTS = re.compile(rf"\s*(?:{'|'.join(VERBS)})\b", re.IGNORECASE)
SYNOPSIS = re.compile(r"\[\s*(?:[A-Z ]{2,}|,)[^\]]*\]|\{\s*[A-Z ]+\|[^}]*\}|<\w[^<>=\n]*>|\.\.\.")
MOST_STATEMENTS = 2_000
MOST_LINES = 30


@dataclass(slots=True)
class Statement:
    """`line` is that of its first word, from 1, `start` where its text begins; `node` is None where the grammar could not read it, and
    `error` says why, at `error_line`."""

    text: str
    line: int
    node: Any = None
    start: int = 0
    error: str = ""
    error_line: int = 0
    near: str = ""


@dataclass(slots=True)
class Reading:
    statements: list[Statement] = field(default_factory=list)
    fragment: str = ""
    """What the block is a part of, where it is no whole statement."""
    text: str = ""

    def line(self, statement: Statement, place: int) -> int:
        """Of a place in a statement's text; of its first word where that is not known."""
        return line_at(self.text, statement.start + place) if place >= 0 else statement.line

    @property
    def errors(self) -> list[Statement]:
        return [one for one in self.statements if one.error]


def read(text: str) -> Reading:
    """Lines are those of the text."""
    whole = _parsed(text)
    if not whole.errors:
        return whole
    if "?" in text and not (numbered := _parsed(with_numbers(text))).errors:
        return numbered
    for is_each_line in (False, True):
        loose = _parsed(_with_semicolons(text, is_each_line))
        if not loose.errors:
            return loose
    if (part := _fragment(text)) is not None:
        return part
    return min((whole, loose, *([_parsed(with_numbers(text))] if "?" in text else [])), key=lambda one: len(one.errors))


def _parsed(text: str) -> Reading:
    reading = Reading(text=text)
    for begin, end in spans(text):
        piece = text[begin:end]
        start = begin + len(piece) - len(piece.lstrip())
        piece = piece.strip()
        statement = Statement(piece, line_at(text, first_word(text, start, end)), start=start)
        try:
            found = parse_sql(piece)
        except ParseError as fault:
            statement.error, place = str(fault.args[0]), fault.args[1] if len(fault.args) > 1 else None
            statement.error = re.sub(r", at index \d+$", "", statement.error)
            statement.near = _near(statement.error)
            statement.error_line = line_at(text, start + place) if isinstance(place, int) else statement.line
            if isinstance(place, int) and place >= len(piece):
                statement.error_line = line_at(text, start + len(piece))
            elif isinstance(place, int):
                comma, said = _comma(piece, place, statement.near)
                statement.error_line = line_at(text, start + comma)
                statement.error += said
        except RecursionError:
            statement.error, statement.error_line = "memory exhausted", statement.line
        else:
            if not found:
                continue
            statement.node = found[0].stmt
        reading.statements.append(statement)
        if len(reading.statements) >= MOST_STATEMENTS:
            break
    return reading


AFTER_LIST = frozenset(
    ["from", "where", "group", "order", "having", "limit", "returning", "on", ")", "values", "set", "union"]
)
"""What ends a list, so that no comma stands before it."""


def _comma(piece: str, place: int, near: str) -> tuple[int, str]:
    """The place of a fault, which is that of a comma where one is too much before it or missing there, and then what is said of it."""
    before = "".join(
        " " * (end - begin) if kind == "comment" else piece[begin:end] for kind, begin, end in pieces(piece[:place])
    )
    last = len(before.rstrip()) - 1
    if near.lower() in AFTER_LIST and before[: last + 1].endswith(","):
        return last, "; the comma before it is too much"
    above = len(before[: before.rfind("\n") + 1].rstrip()) - 1
    for end in dict.fromkeys((last, above)):
        if near and end >= 0 and "\n" in piece[end:place]:
            with contextlib.suppress(ParseError, RecursionError):
                parse_sql(f"{piece[: end + 1]},{piece[end + 1 :]}")
                return end, "; a comma is missing before it"
    return place, ""


def _near(error: str) -> str:
    found = re.search(r'at or near "(.*)"$', error, re.DOTALL)
    return found[1] if found else ""


def first_word(text: str, start: int, end: int) -> int:
    for kind, begin, stop in pieces(text[start:end]):
        if kind != "comment" and (piece := text[start + begin : start + stop]).strip():
            return start + begin + len(piece) - len(piece.lstrip())
    return start


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Where statements stand: between semicolons that are within no text, comment, body or `BEGIN ATOMIC`."""
    start, depth = 0, 0
    for kind, begin, end in pieces(text):
        if kind != "code":
            continue
        for found in re.finditer(r";|\bbegin\s+atomic\b|\bcase\b|\bend\b", text[begin:end], re.IGNORECASE):
            word = found[0].lower()
            if word != ";":
                if word.startswith("begin") or (word == "case" and depth):
                    depth += 1
                elif depth:
                    depth -= 1
            elif not depth:
                stop = begin + found.start()
                if text[start:stop].strip():
                    yield start, stop
                start = stop + 1
    if text[start:].strip():
        yield start, len(text)


def _with_semicolons(text: str, is_each_line: bool) -> str:
    """Statements that only an empty line or a comment parts, or nothing but the line, as docs write them."""
    lines = text.split("\n")
    for number in range(1, len(lines)):
        before, here = lines[number - 1], lines[number]
        is_apart = is_each_line or not before.strip() or before.lstrip().startswith("--")
        if is_apart and re.match(rf"(?:{'|'.join(VERBS)})\b", here, re.IGNORECASE):
            above = number - 1
            while above >= 0 and (not lines[above].strip() or lines[above].lstrip().startswith("--")):
                above -= 1
            if above >= 0 and not lines[above].rstrip().endswith(";"):
                lines[above + 1] = ";" + lines[above + 1]
    return "\n".join(lines)


WRAPS = (
    ("select ", " ", "an expression"),
    ("select * from any_table ", " ", "clauses of a statement"),
    ("select * from any_table where true ", " ", "conditions"),
    ("create table any_table (", ")", "columns of a table"),
    ("alter table any_table ", " ", "changes of a table"),
    ("insert into any_table values (1) ", " ", "clauses of an INSERT"),
    ("update any_table ", " ", "clauses of an UPDATE"),
    ("create function f() returns int ", " ", "the head of a function"),
)


def _fragment(text: str) -> Reading | None:
    bare = _bare(text).strip().rstrip(";").strip().rstrip(",")
    if not bare or len(bare) > 20_000:
        return None
    is_part = not STARTS.match(bare) or bool(re.match(r"(?i)(?:set|values|end|table)\b", bare))
    if is_part:
        for before, after, what in WRAPS:
            try:
                parse_sql(before + bare + after)
            except (ParseError, RecursionError):
                continue
            return Reading([], what)
    lines = [line.strip().rstrip(",;") for line in bare.split("\n") if line.strip()]
    if is_part and 1 < len(lines) <= MOST_LINES and all(_is_part(line) for line in lines):
        return Reading([], "parts of statements")
    if re.match(r"(?i)\s*(?:begin|declare|if|for|loop|while|return|raise|perform|case)\b", bare) or ":=" in bare:
        for before, after in (("", ""), ("begin ", " end")):
            try:
                parse_plpgsql(
                    f"create function f() returns int language plpgsql as $any_body${before}{bare};{after};$any_body$"
                )
            except ParseError as fault:
                if "syntax error" not in str(fault.args[0]) and "mismatched" not in str(fault.args[0]):
                    return Reading([], "a part of a function")
            except RecursionError:
                return None
            else:
                return Reading([], "a part of a function")
    return None


def _is_part(line: str) -> bool:
    for before, after, _ in WRAPS:
        try:
            parse_sql(before + line + after)
        except (ParseError, RecursionError):
            continue
        return True
    return False


def _bare(text: str) -> str:
    return "".join(" " if kind == "comment" else text[start:end] for kind, start, end in pieces(text))


def is_synopsis(text: str) -> bool:
    """A description of the grammar instead of a statement: `CREATE INDEX [CONCURRENTLY] name`."""
    return any(SYNOPSIS.search(text[start:end]) for kind, start, end in pieces(text) if kind == "code")
