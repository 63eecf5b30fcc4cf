"""Manifests that are programs: the arguments of a call, and what a name among them stands for. Nothing is run.

What only running would tell is said to be computed; it is never taken for a version that was left open.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

LITERAL = re.compile(r"""(?:["']([^"'\n]*)["']|%q<([^>\n]*)>)(?:\.freeze)?$""")
NAME = re.compile(r"@?[A-Za-z_][\w.:]*$")
ASSIGNED = re.compile(
    r"""\s*(?:(?:private|static|let|var|val|const|final|def)\s+)*(@?[A-Za-z_]\w*)(?:\s*:\s*[A-Z]\w*)?(?:\s*=\s*|\s+)(["'])([^"'\\$#\n]{1,80})\2(?:\.freeze)?\s*;?$"""
)
OPENING, CLOSING = "([{", ")]}"
MAX_LINE_CHARS = 1_000
MAX_TOLD_CHARS = 80


def constants(lines: Iterable[str]) -> Mapping[str, str]:
    """Names that are given one text in the file, each once."""
    values: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        if len(line) <= MAX_LINE_CHARS and (found := ASSIGNED.match(line)):
            values[found[1]].add(found[3])
    return {name: next(iter(texts)) for name, texts in values.items() if len(texts) == 1}


def arguments(text: str) -> list[str]:
    """The parts between the commas of a call, up to the bracket that closes it."""
    depth, quote, part, out = 0, "", "", list[str]()
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in OPENING:
            depth += 1
        elif character in CLOSING:
            depth -= 1
            if depth < 0:
                break
        elif character == "," and not depth:
            out.append(part.strip())
            part = ""
            continue
        part += character
    return [one for one in (*out, part.strip()) if one]


def literal(text: str) -> str | None:
    found = LITERAL.match(text)
    return (found[1] or found[2] or "") if found else None


def value(text: str, known: Mapping[str, str]) -> str:
    """A text, a name that stands for one, or that it is computed."""
    written = literal(text)
    if written is not None:
        return written
    if NAME.match(text) and text in known:
        return known[text]
    return computed(text)


def computed(text: str) -> str:
    shown = " ".join(text.split())[:MAX_TOLD_CHARS]
    return f"a computed version ({shown})"
