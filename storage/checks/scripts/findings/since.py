"""Since when a declaration of Node's own is deprecated, by the comment above it.

What was deprecated within the major version that a team runs still works in all of it, and what stands instead came no earlier: not
every release of that major has it (https://nodejs.org/api/deprecations.html).
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from storage.checks.servers import Diagnostic

OF_NODE = "/@types/node/"
SINCE = re.compile(r"@deprecated\s+(?:\*\s+)?since:?\s+v?(\d+)\.", re.IGNORECASE)
MOST_LINES = 60
LARGEST_BYTES = 2_000_000


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
    try:
        file = Path(path)
        return tuple(file.read_text("utf-8", "replace").split("\n")) if file.stat().st_size < LARGEST_BYTES else ()
    except OSError:
        return ()
