"""A file as the page shows it: numbered lines, those that were asked for marked, its names leading to where they are defined.

Pure but for the looks at definitions. Every character of the file is text: what would not be seen, or would turn the direction of
what follows, is written out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from adapters.web.addresses import Trail
from adapters.web.colours import Lines, Piece
from adapters.web.formatting import PREFIX
from bot.capabilities.team_code.code import Definition
from bot.capabilities.team_code.repositories import BadQuery, Snapshot
from bot.capabilities.team_code.tools.sheet import one_line
from bot.errors import StoreUnavailable

MOST_LINES = 1_500
BEFORE = 300
"""How many lines of a long file stand on one page, and how many of them before what was asked for."""

MOST_COLUMNS = 1_000
MOST_NAMES = 1_500
MOST_PLACES = 12
"""A name that is defined in more places says nothing about any of them."""

LINE_BREAK = "<br>"
"""In a line without anything else, so that it is there when the lines are copied."""

NAME = re.compile(r"[^\W\d]\w{2,79}")
NAMES = ("n", "na", "nc", "nd", "ne", "nf", "fm", "nn", "no", "nt", "nv", "nx", "vc", "vg", "vi", "nl", "py")
"""The classes of pieces that may be names of the repository's own."""


@dataclass(frozen=True, slots=True)
class Window:
    """Lines `first` to `last` of a file that has `total`; `start` to `end` are marked, 0 for none."""

    first: int
    last: int
    total: int
    start: int = 0
    end: int = 0

    @property
    def before(self) -> int:
        """A line in what stands before, 0 where there is nothing."""
        return max(1, self.first - MOST_LINES + BEFORE) if self.first > 1 else 0

    @property
    def after(self) -> int:
        return self.last + 1 + BEFORE if self.last < self.total else 0


def window(total: int, start: int, end: int) -> Window:
    """What of a file is shown: all of it, or a piece around the lines that were asked for. A line that is not there is not marked."""
    is_there = 0 < start <= total
    start, end = (start, min(end, total)) if is_there else (0, 0)
    first = max(1, min(start - BEFORE, total - MOST_LINES + 1)) if start else 1
    return Window(first, min(total, first + MOST_LINES - 1), total, start, end)


async def definitions(snapshot: Snapshot, lines: Lines) -> Mapping[str, Sequence[Definition]]:
    """Where the names that stand in these lines are defined; none where the index cannot be asked."""
    found = dict.fromkeys(
        piece for line in lines for kind, piece in line if kind in NAMES and NAME.fullmatch(piece)
    )  # in the order of the file
    try:
        return await snapshot.defined(list(found)[:MOST_NAMES]) if found else {}
    except (BadQuery, StoreUnavailable):
        return {}


def html(lines: Lines, shown: Window, path: str, trail: Trail, defined: Mapping[str, Sequence[Definition]]) -> str:
    """The lines of a window; `lines` are those of the window alone."""
    links = {name: _address(name, places, path, trail) for name, places in defined.items()}
    own = {(one.start, one.name) for places in defined.values() for one in places if one.path == path}
    out = []
    for number, line in enumerate(lines, shown.first):
        pieces = "".join(_piece(piece, number, links, own, trail) for piece in _cut(line))
        marked = " marked" if shown.start <= number <= shown.end and shown.start else ""
        out.append(
            f'<span class="line{marked}" id="L{number}"><a class="no" href="#L{number}" tabindex="-1" data-line="{number}"'
            f' aria-label="Line {number}"></a>{pieces or LINE_BREAK}</span>'
        )
    return "".join(out)


def _cut(line: Sequence[Piece]) -> list[Piece]:
    """A line that fits a screen somewhere: of a longer one its beginning, and how much more there is."""
    room, kept = MOST_COLUMNS, list[Piece]()
    for at, (kind, text) in enumerate(line):
        if len(text) > room:
            more = len(text) - room + sum(len(rest) for _, rest in line[at + 1 :])
            return [*kept, (kind, text[:room]), ("more", f" … {more:,} more characters")]
        kept.append((kind, text))
        room -= len(text)
    return kept


def _piece(piece: Piece, number: int, links: Mapping[str, str], own: set[tuple[int, str]], trail: Trail) -> str:
    kind, text = piece
    shown = escape(one_line(text), quote=False)
    if kind == "more":
        return f'<i class="more">{shown}</i>'
    coloured = f'<span class="{PREFIX}{kind}">{shown}</span>' if kind else shown
    if kind not in NAMES or text not in links:
        return coloured
    address = trail.find(text) if (number, text) in own else links[text]
    return f'<a class="name" href="{escape(address)}">{coloured}</a>' if address else coloured


def _address(name: str, places: Sequence[Definition], path: str, trail: Trail) -> str:
    """To the one definition, or the one in this file; else to all of them."""
    here = [one for one in places if one.path == path]
    if len(places) > MOST_PLACES:
        return ""
    if len(places) == 1 or len(here) == 1:
        one = (here or list(places))[0]
        return trail.file(one.path, one.start, one.end)
    return trail.find(name)
