"""Keys written as numbers: `byte[] key = {0x1f, 0x8b, ...}`, `KEY: [u8; 16] = [31, 139, ...]`, `b"\\x1f\\x8b..."`, `1f:8b:...`.

A row counts where the name that it is given to says key or secret, and where its numbers are in no order: tables and patterns are.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from bot.writing.secrets.engine import compiled
from bot.writing.secrets.naming import Grade, grade_of, words_of
from bot.writing.secrets.places import Found

_NUMBER = r"(?:\([A-Za-z_]\w{0,12}\)[ \t]?)?-?(?:0[xX][0-9A-Fa-f]{1,2}|[0-9]{1,3})(?:[uU]8?)?"
ROW = compiled(
    rf"{_NUMBER}(?:[ \t]*,\s{{0,60}}{_NUMBER}){{7,}}|(?:\\x[0-9A-Fa-f]{{2}}){{8,}}|[0-9A-Fa-f]{{2}}(?:[ :][0-9A-Fa-f]{{2}}){{7,}}"
)
NUMBER = re.compile(rb"(?:0[xX]|\\x)?([0-9A-Fa-f]{1,3})\b|\\x([0-9A-Fa-f]{2})")
SIZED = re.compile(rb"\[[^\[\]\n]{0,40}\]|<[^<>\n]{0,40}>")
"""How large a list is, and of what: `[u8; 32]`, `[]`, `<uint8_t, 16>`."""

NAMED = compiled(r"(?:^|[^A-Za-z0-9_\-])([A-Za-z][A-Za-z0-9_\-]*)[\"'\])}]{0,3}[ \t]*(?::=|=>|[=:({])[^;,=]*=?[^;,=]*$")
LINE = re.compile(rb"[^\s,][^\n]*")
REACH, JUDGED = 120, 600
"""Bytes before a row in which its name stands, and bytes of a row that are looked at."""

LEAST = 6
"""So many of its numbers, and of the steps between them, differ."""

KEY_SIZES = (16, 24, 32, 48, 64)
"""How many numbers the row has of what is only called a key: what is pressed on a keyboard is one, too."""


def find_octets(text: bytes) -> Iterator[Found]:
    """A find for each line of a row."""
    for row in ROW.finditer(text):
        grade = _grade(text, row.start())
        if grade is None or not _is_drawn(row[0][:JUDGED], grade):
            continue
        for line in LINE.finditer(text, row.start(), row.end()):
            yield Found(line.start(), line.start() + len(line[0].rstrip(b", \t\r")), grade.value)


def _grade(text: bytes, at: int) -> Grade | None:
    """What the name promises that the row is given to."""
    named = NAMED.search(SIZED.sub(b"", text[max(0, at - REACH) : at]))
    return grade_of(words_of(named[1])) if named else None


def _is_drawn(row: bytes, grade: Grade) -> bool:
    numbers = [int(plain or escaped, 16) for plain, escaped in NUMBER.findall(row)]
    steps = {second - first for first, second in itertools.pairwise(numbers)}
    is_long = grade is not Grade.DOUBTFUL or len(numbers) in KEY_SIZES
    return is_long and len(set(numbers)) >= LEAST and len(steps) >= LEAST
