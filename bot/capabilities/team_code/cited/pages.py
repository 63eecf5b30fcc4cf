"""Takes apart an address of a repository's own pages: which file, and which of its lines. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, unquote, urlsplit

PAGE = re.compile(r"/(?:-/)?(?:blob|blame|raw|src|browse|tree|edit)/(?P<rest>.+)")
LINES = re.compile(r"(?:L|lines-|n)?(\d{1,7})(?:C\d+)?(?:[-:]L?(\d{1,7})(?:C\d+)?)?")
DEEPEST_BRANCH = 6
"""Parts of a branch's name that may stand before the path."""


def paths(address: str) -> Iterator[str]:
    """What the path may be, the likeliest first: a branch's name may hold slashes. Nothing for a page that shows no file."""
    parts = urlsplit(address)
    query = parse_qs(parts.query)
    if "/_git/" in parts.path and (path := query.get("path")):
        yield path[0].strip("/")
    elif found := PAGE.search(parts.path):
        rest = re.sub(r"^(?:commit|branch|tag)/", "", unquote(found["rest"])).split("/")
        for skipped in range(min(DEEPEST_BRANCH, len(rest))):
            if skipped < 2 or len(rest) - skipped > 1:
                yield "/".join(rest[skipped:])


def lines(address: str) -> tuple[int, int]:
    """(0, 0) for a whole file."""
    parts = urlsplit(address)
    query = parse_qs(parts.query)
    if found := LINES.fullmatch(parts.fragment):
        return int(found[1]), int(found[2] or found[1])
    line = (query.get("line") or [""])[0]
    if line.isdigit() and len(line) < 8:
        last = (query.get("lineEnd") or [""])[0]
        end = int(last) if last.isdigit() and len(last) < 8 else 0
        if (query.get("lineEndColumn") or [""])[0] == "1":
            end -= 1  # the range ends where that line begins
        return int(line), max(int(line), end)
    return 0, 0
