"""Since when a declaration of Node's own is deprecated, by the comment above it.

What was deprecated within the major version that a team runs still works in all of it, and what stands instead came no earlier: not
every release of that major has it (https://nodejs.org/api/deprecations.html).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from storage.checks.scripts.team.own_texts import text_of
from storage.checks.servers import Diagnostic

OF_NODE = "/@types/node/"
SINCE = re.compile(r"@deprecated\s+(?:\*\s+)?since:?\s+v?(\d+)\.", re.IGNORECASE)
OF_ONE_FORM = "6387"
FORM = re.compile(r"[\w\s]*?\b\w+\s*(?=[(<])")
MOST_LINES = 60
LARGEST_BYTES = 2_000_000


def has_other_forms(one: Diagnostic) -> bool:
    """Of several forms of a function right above and below each other one at least is not deprecated: of what is `any` the compiler
    takes the first form."""
    if one.code != OF_ONE_FORM or not one.places:
        return False
    uri, line = one.places[0]
    lines = _lines(unquote(urlsplit(uri).path))
    while line < len(lines) and lines[line].lstrip().startswith(("*", "/*")):
        line += 1  # the place is that of the word itself
    name = FORM.match(lines[line]) if line < len(lines) else None
    forms = [at for at, text in enumerate(lines) if name and (found := FORM.match(text)) and found[0] == name[0]]
    return any("@deprecated" not in _comment(lines, at) for at in forms if abs(at - line) < MOST_LINES)


def _comment(lines: Sequence[str], at: int) -> str:
    """What stands right above a line."""
    above = at
    while above and lines[above - 1].lstrip().startswith(("*", "/*")):
        above -= 1
    return "\n".join(lines[above:at])


def is_of_this_major(one: Diagnostic, node: str) -> bool:
    """It came within the major version `node`, "" for an unknown one."""
    return bool(node) and any(_major(*place) == node for place in one.places if OF_NODE in unquote(place[0]))


def _major(uri: str, line: int) -> str:
    """Of the comment right above the line, or on it; "" where it says none."""
    lines = _lines(unquote(urlsplit(uri).path))
    above = "\n".join(lines[max(0, line - MOST_LINES) : line + 1])
    found = SINCE.search(above, max(0, above.rfind("/**")))
    return found[1] if found else ""


@lru_cache(maxsize=20)
def _lines(path: str) -> tuple[str, ...]:
    return tuple(text_of(Path(path), LARGEST_BYTES).split("\n"))
