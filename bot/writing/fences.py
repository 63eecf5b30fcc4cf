"""Which lines of a Markdown text are code: one reader for everything that must not touch code, or must not cut it.

It reads a line at a time and says the same as the parser that draws the text (`dialect.py`), so it works on a text that is still
written. Quotations and lists hold code, so it keeps what is open: the containers, and the paragraph, fence, indented code or table in
the innermost. Indented code is code where the parser says so: four columns in, and not the next line of a paragraph. An empty line
between two lines of it is said to be no code, for what follows is not known yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from bot.writing.tables import MOST_PADDED, cells, header

DEEPEST = 24
"""Quotations count once and lists twice; what would begin one further in is text."""

LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
MARGIN = re.compile(r"[ \t]*")
FENCE = re.compile(r"(`{3,})[^`]*\Z|(~{3,})")
RULER = re.compile(r"([*_-])[ \t]*(?:\1[ \t]*){2,}")
HEADING = re.compile(r"#{1,6}(?![^ \t])")
UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*")
MARKER = re.compile(r"(?:([-+*])|(\d{1,9})([.)]))(?![^ \t])")
UNDECIDED = re.compile(r"[ \t>]*(?:(?:[-+*]|\d{1,9}[.)]?)[ \t>]*)*")
"""What may still become the mark of a container, a ruler, or only a margin."""
MAY_OPEN = re.compile(r"`{1,2}|`{3,}[^`]*|~{1,2}")
"""What may still become a fence, or only text."""


class Line(Enum):
    """What a line is. The lines of a fence itself are code."""

    CODE = "code"
    TEXT = "text"
    """Begins a block of text."""
    MORE = "more"
    """Goes on with the paragraph before it."""
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class _View:
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
class _Quote:
    ends_empty: bool
    indent = 0
    level = 1


@dataclass(frozen=True, slots=True)
class _Item:
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


@dataclass(frozen=True, slots=True)
class _Fence:
    mark: str


@dataclass(frozen=True, slots=True)
class _Indented:
    pass


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """`header`: its last line, where it may be a table's."""

    header: str


PLAIN = _Paragraph("")


@dataclass(frozen=True, slots=True)
class _Table:
    columns: int
    padded: int = 0


_Leaf = _Fence | _Indented | _Paragraph | _Table | None
_Containers = tuple[_Quote | _Item, ...]


class FenceReader:
    """Reads a text from its beginning, in pieces or by lines."""

    def __init__(self) -> None:
        self._open: _Containers = ()
        self._leaf: _Leaf = None
        self._decided: bool | None = None
        self.rest = ""
        """The line that is not whole yet."""

    def feed(self, piece: str) -> list[tuple[str, Line]]:
        """The next piece of the text; gives each line that is whole now, with its end, and what it is."""
        if "\n" not in piece and "\r" not in piece and self.rest[-1:] != "\r":
            self.rest += piece
            return []
        lines = LINE.findall(self.rest + piece)
        self.rest = lines.pop() if lines and lines[-1][-1:] != "\n" else ""  # behind a carriage return one may follow
        self._decided = None
        return [(line, self.line(line)) for line in lines]

    def end(self) -> list[tuple[str, Line]]:
        """The text ends here: its last line, where that has no end."""
        last, self.rest, self._decided = self.rest, "", None
        return [(last, self.line(last))] if last else []

    def line(self, text: str) -> Line:
        """The next line, whole, with or without its end."""
        text = text.rstrip("\r\n")
        if not self._open and text[:1].isalpha() and "|" not in text and not isinstance(self._leaf, _Fence | _Table):
            goes_on, self._leaf = isinstance(self._leaf, _Paragraph), PLAIN  # most lines of most texts
            return Line.MORE if goes_on else Line.TEXT
        margin = MARGIN.match(text).end()  # type: ignore[union-attr]
        view = _View(text, 0, margin, _columns(text, 0, margin, 0) if margin else 0)
        return self._line(view)

    @property
    def in_code(self) -> bool | None:
        """Whether the line that is not whole yet is code, however it goes on; None when that cannot be said yet."""
        if self._decided is None:
            self._decided = self._is_code(self.rest)
        return self._decided

    def _is_code(self, beginning: str) -> bool | None:
        rest = beginning[UNDECIDED.match(beginning).end() :]  # type: ignore[union-attr]
        before = self._open, self._leaf
        found = self.line(beginning) is Line.CODE
        goes_on = isinstance(before[1], _Fence) and found and self._open == before[0]
        self._open, self._leaf = before
        return None if not rest or (MAY_OPEN.fullmatch(rest) and not goes_on) else found

    @property
    def is_in_fence(self) -> bool:
        """Whether a fence is open now."""
        return isinstance(self._leaf, _Fence)

    def closing(self) -> str:
        """The line that closes the fence that is open; "" for none."""
        if not isinstance(self._leaf, _Fence):
            return ""
        margin, before = "", 0
        for one in self._open:
            if isinstance(one, _Quote):
                margin, before = margin + "> ", 0
            else:
                margin, before = margin + " " * (one.indent - before), one.indent
        return margin + self._leaf.mark

    # --- a line, from the outermost container inwards and back --------------------------------------------------------

    def _line(self, view: _View) -> Line:
        views = [view]
        for place, one in enumerate(self._open):
            if isinstance(one, _Item):
                if one.over:
                    return self._begin(place + 1, views, view)
                if not one.begun:
                    self._replace(place, replace(one, begun=not view.is_empty, over=view.is_empty))
            else:
                margin, beyond = _margins(self._open[:place])
                if view.is_empty:
                    self._open, self._leaf = self._open[:place], None
                    return Line.EMPTY
                if view.text[view.at] == ">" and view.indent >= margin:
                    view = _inside(view)
                    self._replace(place, _Quote(view.is_empty))
                elif one.ends_empty or _begins(view, margin, beyond, _level(self._open[:place])):
                    return self._begin(place, views, view)
                else:
                    view = replace(view, indent=-1)
            views.append(view)
        return self._leaf_line(view) or self._begin(len(self._open), views, view)

    def _replace(self, place: int, one: _Quote | _Item) -> None:
        if self._open[place] != one:
            self._open = (*self._open[:place], one, *self._open[place + 1 :])

    def _leaf_line(self, view: _View) -> Line | None:
        """What the line is to what is open in the innermost container; None when that ends before it."""
        margin, beyond = _margins(self._open)
        leaf = self._leaf
        if view.is_empty:
            if isinstance(leaf, _Fence):
                return Line.CODE
            if not isinstance(leaf, _Indented):
                self._leaf = None
            return Line.EMPTY
        if isinstance(leaf, _Fence):
            return self._fence_line(leaf, view, margin)
        if isinstance(leaf, _Indented):
            return Line.CODE if view.indent - margin >= 4 else None
        if isinstance(leaf, _Paragraph):
            return self._paragraph_line(leaf, view, margin, beyond)
        if isinstance(leaf, _Table):
            return self._table_line(leaf, view, margin, beyond)
        return None

    def _fence_line(self, leaf: _Fence, view: _View, margin: int) -> Line | None:
        if view.indent < margin:
            return None
        may_close = view.indent - margin < 4 and view.text.startswith(leaf.mark, view.at)
        if may_close and not view.text[view.at :].lstrip(leaf.mark[0]).strip(" \t"):
            self._leaf = None
        return Line.CODE

    def _paragraph_line(self, leaf: _Paragraph, view: _View, margin: int, beyond: int) -> Line | None:
        if view.indent - margin > 3 or view.indent < 0:
            self._leaf = PLAIN
            return Line.MORE
        text = view.text[view.at :]
        if view.indent >= margin:
            if leaf.header and (heads := header(leaf.header, text)):
                self._leaf = _Table(len(heads))
                return Line.MORE
            if UNDERLINE.fullmatch(text):
                self._leaf = None
                return Line.MORE
        if _begins(view, margin, beyond, _level(self._open), in_paragraph=True):
            return None
        may_be_header = "|" in text and view.indent >= margin and not _begins(view, margin, beyond, _level(self._open))
        self._leaf = _Paragraph(text if may_be_header else "")
        return Line.MORE

    def _table_line(self, leaf: _Table, view: _View, margin: int, beyond: int) -> Line | None:
        if view.indent < margin or view.indent - margin >= 4 or _begins(view, margin, beyond, _level(self._open)):
            return None
        padded = leaf.padded + leaf.columns - len(cells(view.text[view.at :], leaf.columns))
        if padded > MOST_PADDED:
            return None
        self._leaf = replace(leaf, padded=padded)
        return Line.TEXT

    def _begin(self, kept: int, views: list[_View], view: _View) -> Line:
        """Ends what the line does not go on with, then begins what it begins."""
        stack, self._leaf = list(self._open[:kept]), None
        while stack:
            one, view = stack[-1], views[min(len(stack), len(views) - 1)]
            if isinstance(one, _Quote):
                if view.indent >= 0:
                    break
            elif not one.over and (view.is_empty or view.indent >= one.indent):
                break
            if isinstance(one, _Item) and (next_item := self._next_item(stack, one, view)):
                stack[-1], view = next_item
                break
            stack.pop()
        else:
            view = views[0]
        self._open = tuple(stack)
        return Line.EMPTY if view.is_empty else self._block(view)

    def _next_item(self, stack: list[_Quote | _Item], one: _Item, view: _View) -> tuple[_Item, _View] | None:
        margin = one.around
        if view.is_empty or view.indent < margin or view.indent - margin >= 4:
            return None
        text = view.text[view.at :]
        if FENCE.match(text) or RULER.fullmatch(text) or (text[0] == ">" and _level(stack) - 1 < DEEPEST):
            return None
        found = MARKER.match(text)
        return _item(view, found, margin, one.beyond) if found and _mark(found) == one.mark else None

    def _block(self, view: _View) -> Line:
        """What a line begins in the innermost container."""
        while True:
            margin, beyond = _margins(self._open)
            if view.is_empty:
                return Line.TEXT
            text = view.text[view.at :]
            if view.indent - margin >= 4:
                self._leaf = _Indented()
                return Line.CODE
            if found := FENCE.match(text):
                self._leaf = _Fence(found[1] or found[2])
                return Line.CODE
            deep = _level(self._open) >= DEEPEST
            if text[0] == ">" and not deep:
                view = _inside(view)
                self._open = (*self._open, _Quote(view.is_empty))
                continue
            if RULER.fullmatch(text):
                return Line.TEXT
            if (found := MARKER.match(text)) and not deep:
                item, view = _item(view, found, margin, beyond)
                self._open = (*self._open, item)
                continue
            if not HEADING.match(text):
                self._leaf = _Paragraph(text if "|" in text else "")
            return Line.TEXT


def code_lines(text: str) -> Iterator[tuple[str, Line]]:
    """Each line of a whole text, with its end."""
    reader = FenceReader()
    return ((line, reader.line(line)) for line in LINE.findall(text))


def _begins(view: _View, margin: int, beyond: int, level: int, *, in_paragraph: bool = False) -> bool:
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


def _margins(containers: _Containers) -> tuple[int, int]:
    """Where text begins in the innermost container, and in the list around it (-1: in no list)."""
    beyond = next((one.around for one in reversed(containers) if isinstance(one, _Item)), -1)
    return containers[-1].indent if containers else 0, beyond


def _level(containers: _Containers | list[_Quote | _Item]) -> int:
    return sum(one.level for one in containers)


def _mark(found: re.Match[str]) -> str:
    return found[1] or found[3]


def _columns(text: str, start: int, end: int, column: int) -> int:
    """The column behind these spaces and tabs."""
    for at in range(start, end):
        column += 4 - column % 4 if text[at] == "\t" else 1
    return column


def _inside(view: _View) -> _View:
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
    end = _columns(view.text, start, at, column + view.base + shift) - view.base - shift
    return _View(view.text, start, at, end - begins, view.indent + 1 + bool(follows in (" ", "\t") and follows))


def _item(view: _View, found: re.Match[str], margin: int, beyond: int) -> tuple[_Item, _View]:
    """The item that begins with this mark, and its first line behind the mark."""
    start, column = view.at + found.end(), view.indent + found.end()
    at = MARGIN.match(view.text, start).end()  # type: ignore[union-attr]
    end = _columns(view.text, start, at, column + view.base) - view.base
    is_empty = at >= len(view.text)
    after = 1 if is_empty or end - column > 4 else end - column
    item = _Item(column + after, margin, beyond, _mark(found), begun=not is_empty)
    return item, _View(view.text, view.start, at, end, view.base)
