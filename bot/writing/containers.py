"""Quotations and lists, as a line meets them: what it shows of itself inside of each, and what it begins there.

Columns, tabs and marks are counted as markdown-it counts them. Apart from the reader (`fences.py`), which keeps what is open from
line to line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

DEEPEST = 24
"""Quotations count once and lists twice; what would begin one further in is text."""

MARGIN = re.compile(r"[ \t]*")
FENCE = re.compile(r"(`{3,})[^`]*\Z|(~{3,})")
RULER = re.compile(r"([*_-])[ \t]*(?:\1[ \t]*){2,}")
HEADING = re.compile(r"#{1,6}(?![^ \t])")
MARKER = re.compile(r"(?:([-+*])|(\d{1,9})([.)]))(?![^ \t])")


class View(NamedTuple):
    """A line as a container sees it: its text begins at `at`, `indent` columns in; -1 for a quotation's lazy line.

    `start` is where the container's part of the line begins, `base` how many columns stand before it, for its tabs.
    """

    text: str
    start: int
    at: int
    indent: int
    base: int = 0

    @property
    def is_empty(self) -> bool:
        return self.at >= len(self.text)


@dataclass(frozen=True, slots=True)
class Quote:
    ends_empty: bool
    indent = 0
    level = 1


@dataclass(frozen=True, slots=True)
class Item:
    """A list's open item. `around` is the list's own indent, `beyond` that of the list around it, or -1."""

    indent: int
    around: int
    beyond: int
    mark: str
    begun: bool = True
    """False for an item that has only its mark so far."""
    over: bool = False
    """The line behind such a mark was empty: only another item may follow."""
    level = 2


Containers = tuple[Quote | Item, ...]


def begins(view: View, margin: int, beyond: int, level: int, *, in_paragraph: bool = False) -> bool:
    """Whether the line begins a block that ends the text before it."""
    if view.indent - margin >= 4:
        return False
    text = view.text[view.at :]
    if not text or text[0] not in "`~>*_-#+0123456789":
        return False
    if FENCE.match(text) or RULER.fullmatch(text) or HEADING.match(text):
        return True
    if level >= DEEPEST:
        return False
    if text[0] == ">":
        return True
    if not (found := MARKER.match(text)) or (beyond >= 0 and view.indent - beyond >= 4 and view.indent < margin):
        return False
    if in_paragraph and view.indent >= margin:
        return (not found[2] or int(found[2]) == 1) and bool(text[found.end() :].strip(" \t"))
    return True


def margins_in(containers: Containers) -> tuple[int, int]:
    """Where text begins in the innermost container, and in the list around it (-1: in no list)."""
    beyond = next((one.around for one in reversed(containers) if isinstance(one, Item)), -1)
    return containers[-1].indent if containers else 0, beyond


def depth(containers: Sequence[Quote | Item]) -> int:
    return sum(one.level for one in containers)


def mark_of(found: re.Match[str]) -> str:
    return found[1] or found[3]


def columns_to(text: str, start: int, end: int, column: int) -> int:
    """The column behind these spaces and tabs."""
    for at in range(start, end):
        column += 4 - column % 4 if text[at] == "\t" else 1
    return column


def inside(view: View) -> View:
    """A line behind its `>`; of a tab that follows, one column belongs to the mark."""
    start, column = view.at + 1, view.indent + 1
    follows = view.text[start : start + 1]
    shift = 0
    begins = column
    if follows == " " or (follows == "\t" and (view.base + column) % 4 == 3):
        start, column, begins = start + 1, column + 1, column + 1
    elif follows == "\t":
        shift = 1
    at = MARGIN.match(view.text, start).end()  # type: ignore[union-attr]
    end = columns_to(view.text, start, at, column + view.base + shift) - view.base - shift
    return View(view.text, start, at, end - begins, view.indent + 1 + bool(follows in (" ", "\t") and follows))


def item_of(view: View, found: re.Match[str], margin: int, beyond: int) -> tuple[Item, View]:
    """The item that begins with this mark, and its first line behind the mark."""
    start, column = view.at + found.end(), view.indent + found.end()
    at = MARGIN.match(view.text, start).end()  # type: ignore[union-attr]
    end = columns_to(view.text, start, at, column + view.base) - view.base
    is_empty = at >= len(view.text)
    after = 1 if is_empty or end - column > 4 else end - column
    item = Item(column + after, margin, beyond, mark_of(found), begun=not is_empty)
    return item, View(view.text, view.start, at, end, view.base)
