"""SQL whose values stand apart from the columns that name them: INSERT with its rows, and the blocks of COPY in a dump."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.writing.secrets.below import Judge, judge_of
from bot.writing.secrets.chosen import is_peoples
from bot.writing.secrets.engine import LONGEST_VALUE, compiled
from bot.writing.secrets.places import Found
from bot.writing.secrets.values import is_plausible

COLUMNS = r"\(([^()]+)\)"
INTO = compiled(
    r"(?i)\b(?:insert|replace|upsert)\s+(?:ignore\s+|overwrite\s+|or\s+\w+\s+)?(?:into\s+)?(?:table\s+)?[^\s(;,]+(?:\s+as\s+\w+)?\s*"
    + COLUMNS
    + r"\s*(?:overriding\s+\w+\s+value\s+)?(values?|select|output\s+[^\n(]+values)\b[\s\\n]*"
)
COPY = compiled(
    r"(?i)\bcopy\s+[^\s(;]+\s*" + COLUMNS + r"\s*from\s+stdin\b[^\n]*\n",
)
LITERAL = compiled(
    r"[\s\\n]*(?:[NEBUneb]?'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"|\\\"[^\"\\]*\\\"|\\'[^'\\]*\\'"
    r"|[A-Za-z_][\w.]*\((?:[^()']|'(?:[^'\\]|\\.|'')*'|\([^()]*\))*\)|[^,()'\";]*)[\s\\n]*"
)
"""One value of a row: a string, a call on some, or what holds no quote."""

STRING = compiled(r"'((?:[^'\\]|\\.|'')*)'|\"((?:[^\"\\]|\\.|\"\")*)\"|\\\"([^\"\\]*)\\\"|\\'([^'\\]*)\\'")
ROW = compiled(r"[\s\\n]*,?[\s\\n]*\(")
MOST_COLUMNS = 200


def find_in_statements(text: bytes) -> Iterator[Found]:
    """The secrets of every row; a row is read once, however many statements there are."""
    if INTO.search(text) is not None:
        at = 0
        while (found := INTO.search(text, at)) is not None:
            at = found.end()
            if judges := _judges(found[1].split(b",")):
                is_select = found[2].lower() == b"select"
                for secret, end in _rows(text, at, judges, is_select):
                    at = max(at, end)
                    if secret is not None:
                        yield secret
    at = 0
    while (found := COPY.search(text, at)) is not None:
        at = found.end()
        if judges := _judges(found[1].split(b",")):
            for secret, end in _copied(text, at, judges):
                at = max(at, end)
                if secret is not None:
                    yield secret


def _judges(columns: list[bytes]) -> dict[int, Judge]:
    if len(columns) > MOST_COLUMNS:
        return {}
    names = (re.sub(rb"[^\w ]+", b" ", column.rsplit(b".", 1)[-1]).strip() for column in columns)
    return {
        number: judge
        for number, name in enumerate(names)
        if name and (judge := judge_of(name, is_peoples, is_plausible))
    }


def _rows(text: bytes, at: int, judges: dict[int, Judge], is_select: bool) -> Iterator[tuple[Found | None, int]]:
    """Each secret, and where reading has come."""
    while True:
        if not is_select:
            begin = ROW.match(text, at, at + LONGEST_VALUE)
            if begin is None:
                return
            at = begin.end()
        column = 0
        while (value := LITERAL.match(text, at, at + LONGEST_VALUE)) is not None and column <= MOST_COLUMNS:
            if column in judges and (said := STRING.search(text, value.start(), value.end())) is not None:
                group = next(number for number in range(1, 5) if said[number] is not None)
                if judges[column](said[group]):
                    yield Found(*said.span(group), "password"), value.end()
            at, column = value.end(), column + 1
            if text[at : at + 1] != b",":
                break
            at += 1
        yield None, at
        if is_select or text[at : at + 1] != b")":
            return
        at += 1


def _copied(text: bytes, at: int, judges: dict[int, Judge]) -> Iterator[tuple[Found | None, int]]:
    """Rows of tabs until the line `\\.`, or as far as they have such columns: each secret, and where reading has come."""
    last = max(judges)
    while at < len(text):
        end = text.find(b"\n", at)
        end = len(text) if end < 0 else end
        cells = text[at:end].split(b"\t")
        if text[at : at + 2] == b"\\." or len(cells) <= last:
            return
        yield None, end
        for number, cell in enumerate(cells):
            if number in judges and judges[number](cell.rstrip(b"\r")):
                yield Found(at, at + len(cell.rstrip(b"\r")), "password"), end
            at += len(cell) + 1
