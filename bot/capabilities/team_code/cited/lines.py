"""How models write lines: right behind a path, in words beside it, in the languages that people ask in. Pure.

A number may be one of a list (`a.py:10,14`, "lines 10, 14 and 20"), each a line or a range.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

Span = tuple[int, int]

DASH = r"(?:[-~\u2010-\u2015\u2212\u301c\uff0d\uff5e]|\.\.)"
TO = rf"\s?(?:{DASH}|to|through|until|bis|à|al?|hasta|至|到|から|по)\s?"
AND = r"(?:\s?[,，、]\s?(?:(?:and|und|et|y)\s)?|\s(?:and|und|et|y|&|or|oder)\s|\s?[と和]\s?)"
LINE = r"(?:lines?\s|ll?\.\s?|L|Zeilen?\s|Z\.\s?|lignes?\s|líneas?\s|linhas?\s|righ?[ae]\s|строк\w{0,2}\s|행\s?)~?"
"""What stands before a number: the word for a line in English, German, French, Spanish, Portuguese, Italian, Russian, Korean."""

LINES = r"(?:lines\s|ll\.\s?|Zeilen\s|lignes\s|líneas\s|linhas\s|righe\s|строк\w{0,2}\s)~?"
NUMBER = rf"\d{{1,7}}(?:{TO}(?:lines?\s)?L?\d{{1,7}})?"
END = r"(?![A-Za-z0-9_])"
ONE = rf"{LINE}(?P<lines>{NUMBER}){END}"
SEVERAL = rf"{LINES}(?P<lines>{NUMBER}(?:{AND}(?:lines?\s|L)?{NUMBER}){{1,12}}){END}"
CJK = rf"第?\s?(?P<lines>{NUMBER})\s?(?:行目?|줄|번째\s줄)"
NEAR = r"(?:(?:at|on|around|near|from|in|auf|um|ab)\s)?"

BEHIND = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        *(rf"(?:,?\s|,){NEAR}{words}" for words in (SEVERAL, ONE)),
        *(rf"[,，]?\s?[(\[（]{NEAR}{words}[)\]）]" for words in (SEVERAL, ONE, CJK)),
        rf"[,，、]?\s?[の的]?\s?{CJK}",
    )
)
"""What stands behind a path, with the words and brackets that go with the lines."""

BEFORE = tuple(
    re.compile(
        rf"\b(?P<cut>{words}\s(?:of|in|from|von|aus|der|de|du|dans|di|del)\s)(?:the\s|der\s)?(?:file\s|Datei\s)?[(\[{{\"'*_`„“]*\Z",
        re.IGNORECASE,
    )
    for words in (SEVERAL, ONE)
)
"""What stands before a path."""

GLUED = re.compile(
    r"(?:@[0-9a-f]{7,40})?(?P<tail>"
    rf"[:：]L?(?P<lines>\d{{1,7}}(?:{DASH}L?\d{{1,7}})?(?:,\s?L?\d{{1,7}}(?:{DASH}L?\d{{1,7}})?)*)(?P<column>:\d{{1,5}}(?!\d))?(?:ff?(?!\w)|\+\d{{1,4}})?"
    r"|#(?:L|lines-|n)(?P<fragment>\d{1,7}(?:C\d+)?(?:[-:]L?\d{1,7}(?:C\d+)?)?)"
    r"|\((?P<bracket>\d{1,7})(?:,\d{1,5})?\)"
    r"|\[(?P<square>\d{1,7}(?:-\d{1,7})?)\](?!\(|\[|\.\w)"
    r"|::(?P<symbol>[A-Za-z_$][\w$]*(?:(?:::|\.)[A-Za-z_$][\w$]*)*)(?:\[[^\]\s]*\])?"
    r")(?![A-Za-z0-9]|_+[A-Za-z0-9])"
)
"""What stands right behind a path: its lines, or a name in it. `values.first[0]` is written like lines in square brackets."""

EACH = re.compile(rf"(?P<first>\d{{1,7}})(?:C\d+)?(?:(?:{TO}|:)(?:lines?\s)?L?(?P<last>\d{{1,7}}))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Lines:
    """One line or range of a reference, by the offsets of its numbers."""

    first: Span
    last: Span | None = None

    @property
    def end(self) -> int:
        return (self.last or self.first)[1]


def glued(found: re.Match[str]) -> tuple[Lines, ...]:
    """The lines of a tail; none of a tail that is a name."""
    for group in ("lines", "fragment", "bracket", "square"):
        if found[group]:
            return each(found.string, *found.span(group))
    return ()


def each(text: str, start: int, end: int) -> tuple[Lines, ...]:
    return tuple(_each(text, start, end))


def _each(text: str, start: int, end: int) -> Iterator[Lines]:
    for found in EACH.finditer(text, start, end):
        yield Lines(found.span("first"), found.span("last") if found["last"] else None)


def behind(unit: str, at: int) -> tuple[tuple[Lines, ...], Span] | None:
    """The lines in words that stand at `at`, and what goes with them."""
    if found := _first(pattern.match(unit, at) for pattern in BEHIND):
        return each(unit, *found.span("lines")), found.span()
    return None


def before(unit: str, at: int) -> tuple[tuple[Lines, ...], Span] | None:
    """The lines in words that end at `at`."""
    if found := _first(pattern.search(unit, max(0, at - 120), at) for pattern in BEFORE):
        return each(unit, *found.span("lines")), found.span("cut")
    return None


def _first(matches: Iterator[re.Match[str] | None]) -> re.Match[str] | None:
    return next((found for found in matches if found), None)
