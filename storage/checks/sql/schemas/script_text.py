"""TypeScript and JavaScript as text: what stands in brackets, and between their commas."""

from __future__ import annotations

import re
from collections.abc import Iterator

COMMENT = re.compile(r"(\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|//[^\n]*|/\*.*?\*/", re.DOTALL)


def without_comments(text: str) -> str:
    return COMMENT.sub(lambda one: one[1] or "", text)


def enclosed(text: str, start: int) -> str:
    """What the brackets hold that begin here; "" where none do."""
    if text[start : start + 1] not in tuple("{(["):
        return ""
    depth, quote = 0, ""
    for place in range(start, min(len(text), start + 60_000)):
        letter = text[place]
        if quote:
            quote = "" if letter == quote and text[place - 1] != "\\" else quote
        elif letter in "\"'`":
            quote = letter
        elif letter in "{([":
            depth += 1
        elif letter in "})]":
            depth -= 1
            if not depth:
                return text[start + 1 : place]
    return ""


def properties(body: str) -> Iterator[str]:
    """Between commas, those within brackets left aside."""
    depth, start, quote = 0, 0, ""
    for place, letter in enumerate(body):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'`":
            quote = letter
        elif letter in "{([":
            depth += 1
        elif letter in "})]":
            depth -= 1
        elif letter == "," and not depth:
            yield body[start:place].strip()
            start = place + 1
    if body[start:].strip():
        yield body[start:].strip()
