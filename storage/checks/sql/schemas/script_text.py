"""TypeScript and JavaScript as text: what stands in brackets, and between their commas."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from itertools import pairwise

QUOTED = r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`"
COMMENT = re.compile(rf"({QUOTED})|//[^\n]*|/\*.*?\*/", re.DOTALL)
MARK = re.compile(rf"([{{(\[])|([}})\]])|,|{QUOTED}", re.DOTALL)
MOST_ENCLOSED = 60_000


def without_comments(text: str) -> str:
    return COMMENT.sub(lambda one: one[1] or "", text)


def _marks(text: str, start: int = 0, most: int = sys.maxsize) -> Iterator[tuple[int, str, int]]:
    """Brackets and commas outside of quotes: where, which, and how many brackets are open after it."""
    depth = 0
    for found in MARK.finditer(text, start, start + most):
        depth += len(found[1] or "") - len(found[2] or "")
        yield found.start(), found[0], depth


def enclosed(text: str, start: int) -> str:
    """What the brackets hold that begin here; "" where none do."""
    if text[start : start + 1] not in tuple("{(["):
        return ""
    ends = (place for place, mark, depth in _marks(text, start, MOST_ENCLOSED) if not depth and mark in "})]")
    return text[start + 1 : next(ends, start + 1)]


def properties(body: str) -> Iterator[str]:
    """Between commas, those within brackets left aside."""
    commas = [place for place, mark, depth in _marks(body) if mark == "," and not depth]
    for start, end in pairwise((-1, *commas, len(body))):
        if end < len(body) or body[start + 1 :].strip():
            yield body[start + 1 : end].strip()
