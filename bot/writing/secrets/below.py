"""Secrets that stand below or beside what names them: the second half of a pair of keys, the line under a label, a table's column.

A password manager copies `Password` and the value on two lines; a console hands out a CSV file with one row; a table in a chat has its
names in the first row. `find` asks for each line that holds a name.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from bot.writing.secrets.chat_values import is_chosen
from bot.writing.secrets.chosen import is_picked, is_simple
from bot.writing.secrets.engine import compiled
from bot.writing.secrets.naming import Grade, grade_of, words_of
from bot.writing.secrets.places import Found
from bot.writing.secrets.spoken import WORDS
from bot.writing.secrets.values import BEYOND_ASCII, HEX, flips, is_password, is_plausible

PAIRED = compiled(r"[A-Za-z0-9/+]+=?")
PAIRS = {
    "AWS access key": (40, "AWS secret"),
    "Alibaba access key": (30, "Alibaba secret"),
    "Tencent secret id": (32, "Tencent secret"),
}
"""Of each half that is told by its form: how many characters the other has, and its name. Sources stand with the forms in `clouds.py`."""

NEARBY = 4
"""So many lines above or below its access key such a secret may stand."""

WIDEST = 600
"""Bytes of a line that may be a label or a table's head."""

LABEL = compiled(
    r"[ \t]*(?:[>*_#•\-][ \t>*_#]*)?([A-Za-z\x80-\xff][A-Za-z0-9 _.'\-\x80-\xff]{1,40}?)[ \t]*[*_]{0,3}[ \t]*(?::|：)?[*_]{0,3}[ \t\r]*"
)
UNDER = compiled(r"(?:[ \t\r]*\n)?[ \t>*_`\"']{0,6}([^\s\"`<>][^\s\"`>]{5,200})[\"'`*_]{0,3}[ \t\r]*(?:\n|$)")
"""A value that has its line for itself, with at most one empty line above it."""

ITEM = compiled(
    r"([ \t>]*)(?:[-*+]|•|◦|▪|\d{1,2}[.)])[ \t]+[*_`]{0,3}([A-Za-z\x80-\xff][A-Za-z0-9 _.'\-\x80-\xff]{1,40}?)[*_`]{0,3}:?[*_]{0,3}[ \t\r]*"
)
ITEM_UNDER = compiled(
    r"([ \t>]+)(?:[-*+]|•|◦|▪)[ \t]+[*_`\"']{0,4}([^\s\"`<>][^\s\"`>]{5,200})[\"'`*_]{0,3}[ \t\r]*(?:\n|$)"
)
"""An item of a list, and one of a list within it: nothing but the value."""

HEAD = compiled(r"[A-Za-z0-9 _.*`'\"/()#|;,\t\x80-\xff-]*")
"""A table's first row, whatever parts its cells."""

CELL = compiled(r"[A-Za-z0-9 _.*`'\"/()#\-\x80-\xff]{0,60}")
PLAIN = string.ascii_letters.encode() + string.digits.encode() + b" \t\r_.'-*`#>" + BEYOND_ASCII
LABEL_BYTES, CELL_BYTES = PLAIN + b":)+", PLAIN + b'"/()\v\f'
"""What a label or an item may be made of, and the cells of a head: told at once, most lines of code hold something else."""

ABROAD = compiled(rf"(?i).*(?:{WORDS})")
RULE = compiled(r"[\s|:\-+=]+")
DELIMITERS = (b"|", b"\t", b";", b",")
CELLS: dict[bytes, re.Pattern[bytes]] = {
    one: compiled(rf'[ ]*"(?:[^"\n]|"")*"[ ]*|[^{one.decode()}\n]*') for one in DELIMITERS
}
SPACED = compiled(r"[^\s]+(?: [^\s]+)*")
"""Cells of a table that is aligned by blanks."""

CUES = r"(?i:\b(?:api|access|private|licen[cs]e|signing|encryption|master|account|auth|deploy)[ \t]keys?\b)"
"""Names of two words, as heads and labels have them; the others are found as everywhere."""

EDGES = b" \t\r\"'`*"


Judge = Callable[[bytes], bool]


class Below:
    """What stands below the lines of one text, asked from the first to the last: no row is read under two heads."""

    def __init__(self, text: bytes, *, is_typed: bool = False) -> None:
        self._text = text
        self._password = is_chosen if is_typed else _is_password
        self._read = 0

    def find(self, start: int, end: int) -> Iterator[Found]:
        """Secrets that the line from `start` to `end` names and that stand below it."""
        if end - start > WIDEST or end >= len(self._text):
            return
        line = self._text[start:end]
        is_label = not line.translate(None, LABEL_BYTES)
        label = LABEL.fullmatch(line) if is_label else None
        if label and (judge := self._judge_of(label[1])):
            under = UNDER.match(self._text, end + 1, min(len(self._text), end + 400))
            if under and judge(said := under[1].rstrip(b"*_'")) and _is_apart_from_code(said):
                yield Found(under.start(1), under.start(1) + len(said), self._called(judge))
                return
        item = ITEM.fullmatch(line) if is_label else None
        if item and (judge := self._judge_of(item[2])):
            inner = ITEM_UNDER.match(self._text, end + 1, min(len(self._text), end + 400))
            if inner and len(inner[1]) > len(item[1]) and judge(said := inner[2].rstrip(b"*_'")):
                yield Found(inner.start(2), inner.start(2) + len(said), self._called(judge))
                return
        if start >= self._read and HEAD.fullmatch(line := line.rstrip(b"\r")):
            yield from self._columns(line, start, end)

    def _columns(self, line: bytes, start: int, end: int) -> Iterator[Found]:
        rest = line.translate(None, CELL_BYTES)
        for delimiter in (*(one for one in DELIMITERS if one in line), b""):
            if rest.strip(delimiter or None):
                continue
            names = [cell for _, cell in _cells(line, delimiter)]
            above = self._text[max(0, start - WIDEST) : max(0, start - 1)].rpartition(b"\n")[2]
            if delimiter == b"|" and len(_cells(above, delimiter)) == len(names):
                continue  # a row of a table
            filled = [name.strip(EDGES) for name in names if name.strip(EDGES)]
            if len(filled) < 2 or not all(CELL.fullmatch(name) and _is_closed(name) for name in names):
                continue
            judges = {at: judge for at, name in enumerate(names) if (judge := self._judge_of(name.strip(EDGES)))}
            if judges:
                yield from self._rows(delimiter, len(names), judges, end + 1)
                return

    def _rows(self, delimiter: bytes, width: int, judges: dict[int, Judge], at: int) -> Iterator[Found]:
        while at < len(self._text):
            end = self._text.find(b"\n", at)
            end = len(self._text) if end < 0 else end
            line = self._text[at:end]
            if not RULE.fullmatch(line):
                cells = _cells(line, delimiter)
                if len(cells) != width:
                    return
                for column, judge in judges.items():
                    first, cell = cells[column]
                    said = cell.strip(EDGES)
                    if said and judge(said) and _is_apart_from_code(said):
                        first += cell.index(said)
                        yield Found(at + first, at + first + len(said), self._called(judge))
            at = end + 1
            self._read = at

    def _called(self, judge: Judge) -> str:
        return "secret" if judge is _is_secret else "password"

    def _judge_of(self, label: bytes) -> Judge | None:
        return judge_of(label, self._password, _is_secret)


def judge_of(label: bytes, password: Judge, secret: Judge) -> Judge | None:
    """Which of the two a value under this label is judged by; None where it names no secret."""
    grade = _promise(label)
    if grade is Grade.PASSWORD:
        return password
    return secret if grade in (Grade.SECRET, Grade.TOKEN, Grade.KEY) else None


@lru_cache(maxsize=4_096)
def _promise(label: bytes) -> Grade | None:
    """Heads and labels come again and again."""
    words = words_of(label)
    if len(words) > 4:
        return None
    return Grade.PASSWORD if ABROAD.match(label) else grade_of(words)


def _cells(line: bytes, delimiter: bytes) -> Sequence[tuple[int, bytes]]:
    """Each with its place in the line."""
    if not delimiter:
        return [(cell.start(), cell[0]) for cell in SPACED.finditer(line)]
    cells, at = [], 0
    while True:
        found = CELLS[delimiter].match(line, at)
        stop = found.end() if found else at
        if line[stop : stop + 1] not in (delimiter, b""):
            stop = line.find(delimiter, stop)
            stop = len(line) if stop < 0 else stop
        cells.append((at, line[at:stop]))
        if stop >= len(line):
            return cells
        at = stop + 1


def _is_closed(cell: bytes) -> bool:
    """No piece of a tuple in code, such as `("en-pw"` of a list of languages."""
    return cell.count(b"(") == cell.count(b")")


def _is_password(said: bytes) -> bool:
    return is_password(said, is_bare=True) or is_picked(said) or is_simple(said)


def _is_secret(said: bytes) -> bool:
    return is_plausible(said, is_bare=True) and flips(said) >= 3


def _is_apart_from_code(said: bytes) -> bool:
    """No flag, no comment, no link, no mark that stands here already."""
    return not said.startswith((b"[masked", b"--", b"@", b"//")) and b"](" not in said


def find_pairs(text: bytes, found: Sequence[Found]) -> list[Found]:
    """The secrets of the access keys among what was found."""
    more: list[Found] = []
    read = 0
    for one in found:
        if one.name not in PAIRS:
            continue
        length, name = PAIRS[one.name]
        first, last = _lines_back(text, one.start), _lines_on(text, one.end)
        for run in PAIRED.finditer(text, max(first, read), last):
            said = run[0]
            if len(said) == length and not HEX.fullmatch(said) and flips(said) >= 5 and not said.endswith(b"="):
                more.append(Found(*run.span(), name))
        read = max(read, last)
    return more


def _lines_back(text: bytes, at: int) -> int:
    for _ in range(NEARBY + 1):
        before = text.rfind(b"\n", max(0, at - WIDEST), at)
        if before < 0:
            return max(0, at - WIDEST)
        at = before
    return at + 1


def _lines_on(text: bytes, at: int) -> int:
    for _ in range(NEARBY + 1):
        after = text.find(b"\n", at, at + WIDEST)
        if after < 0:
            return min(len(text), at + WIDEST)
        at = after + 1
    return at
