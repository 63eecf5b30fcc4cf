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

from bot.writing.containers import (
    DEEPEST,
    FENCE,
    HEADING,
    MARGIN,
    MARKER,
    RULER,
    Containers,
    Item,
    Quote,
    View,
    begins,
    columns_to,
    depth,
    inside,
    item_of,
    margins_in,
    mark_of,
)
from bot.writing.tables import MOST_PADDED, cells, header

LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*")
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


class FenceReader:
    """Reads a text from its beginning, in pieces or by lines."""

    def __init__(self) -> None:
        self._open: Containers = ()
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
        if not self._open and (kind := self._at_once(text)):
            return kind
        margin = MARGIN.match(text).end()  # type: ignore[union-attr]
        view = View(text, 0, margin, columns_to(text, 0, margin, 0) if margin else 0)
        return self._line(view)

    def _at_once(self, text: str) -> Line | None:
        """What most lines of most texts are, outside of quotations and lists."""
        leaf, first = self._leaf, text[:1]
        if leaf is None or isinstance(leaf, _Paragraph):
            if not first:
                self._leaf = None
                return Line.EMPTY
            if first.isalpha() and "|" not in text:
                self._leaf = PLAIN
                return Line.MORE if leaf else Line.TEXT
        elif isinstance(leaf, _Fence) and (not first or first not in f"{leaf.mark[0]} \t"):
            return Line.CODE
        return None

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

    @property
    def is_in_code_block(self) -> bool:
        """Whether a fence is open now, or what was indented may go on."""
        return isinstance(self._leaf, _Fence | _Indented)

    def closing(self) -> str:
        """The line that closes the fence that is open; "" for none."""
        if not isinstance(self._leaf, _Fence):
            return ""
        margin, before = "", 0
        for one in self._open:
            if isinstance(one, Quote):
                margin, before = margin + "> ", 0
            else:
                margin, before = margin + " " * (one.indent - before), one.indent
        return margin + self._leaf.mark

    # --- a line, from the outermost container inwards and back --------------------------------------------------------

    def _line(self, view: View) -> Line:
        views = [view]
        for place, one in enumerate(self._open):
            if isinstance(one, Item):
                if one.over:
                    return self._begin(place + 1, views, view)
                if not one.begun:
                    self._replace(place, replace(one, begun=not view.is_empty, over=view.is_empty))
            else:
                margin, beyond = margins_in(self._open[:place])
                if view.is_empty:
                    self._open, self._leaf = self._open[:place], None
                    return Line.EMPTY
                if view.text[view.at] == ">" and view.indent >= margin:
                    view = inside(view)
                    self._replace(place, Quote(view.is_empty))
                elif one.ends_empty or begins(view, margin, beyond, depth(self._open[:place])):
                    return self._begin(place, views, view)
                else:
                    view = view._replace(indent=-1)
            views.append(view)
        return self._leaf_line(view) or self._begin(len(self._open), views, view)

    def _replace(self, place: int, one: Quote | Item) -> None:
        if self._open[place] != one:
            self._open = (*self._open[:place], one, *self._open[place + 1 :])

    def _leaf_line(self, view: View) -> Line | None:
        """What the line is to what is open in the innermost container; None when that ends before it."""
        margin, beyond = margins_in(self._open)
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

    def _fence_line(self, leaf: _Fence, view: View, margin: int) -> Line | None:
        if view.indent < margin:
            return None
        may_close = view.indent - margin < 4 and view.text.startswith(leaf.mark, view.at)
        if may_close and not view.text[view.at :].lstrip(leaf.mark[0]).strip(" \t"):
            self._leaf = None
        return Line.CODE

    def _paragraph_line(self, leaf: _Paragraph, view: View, margin: int, beyond: int) -> Line | None:
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
        if begins(view, margin, beyond, depth(self._open), in_paragraph=True):
            return None
        may_be_header = "|" in text and view.indent >= margin and not begins(view, margin, beyond, depth(self._open))
        self._leaf = _Paragraph(text if may_be_header else "")
        return Line.MORE

    def _table_line(self, leaf: _Table, view: View, margin: int, beyond: int) -> Line | None:
        if view.indent < margin or view.indent - margin >= 4 or begins(view, margin, beyond, depth(self._open)):
            return None
        padded = leaf.padded + leaf.columns - len(cells(view.text[view.at :], leaf.columns))
        if padded > MOST_PADDED:
            return None
        self._leaf = replace(leaf, padded=padded)
        return Line.TEXT

    def _begin(self, kept: int, views: list[View], view: View) -> Line:
        """Ends what the line does not go on with, then begins what it begins."""
        stack, self._leaf = list(self._open[:kept]), None
        while stack:
            one, view = stack[-1], views[min(len(stack), len(views) - 1)]
            if isinstance(one, Quote):
                if view.indent >= 0:
                    break
            elif not one.over and (view.is_empty or view.indent >= one.indent):
                break
            if isinstance(one, Item) and (next_item := self._next_item(stack, one, view)):
                stack[-1], view = next_item
                break
            stack.pop()
        else:
            view = views[0]
        self._open = tuple(stack)
        return Line.EMPTY if view.is_empty else self._block(view)

    def _next_item(self, stack: list[Quote | Item], one: Item, view: View) -> tuple[Item, View] | None:
        margin = one.around
        if view.is_empty or view.indent < margin or view.indent - margin >= 4:
            return None
        text = view.text[view.at :]
        if FENCE.match(text) or RULER.fullmatch(text) or (text[0] == ">" and depth(stack) - 1 < DEEPEST):
            return None
        found = MARKER.match(text)
        return item_of(view, found, margin, one.beyond) if found and mark_of(found) == one.mark else None

    def _block(self, view: View) -> Line:
        """What a line begins in the innermost container."""
        while True:
            margin, beyond = margins_in(self._open)
            if view.is_empty:
                return Line.TEXT
            text = view.text[view.at :]
            if view.indent - margin >= 4:
                self._leaf = _Indented()
                return Line.CODE
            if found := FENCE.match(text):
                self._leaf = _Fence(found[1] or found[2])
                return Line.CODE
            deep = depth(self._open) >= DEEPEST
            if text[0] == ">" and not deep:
                view = inside(view)
                self._open = (*self._open, Quote(view.is_empty))
                continue
            if RULER.fullmatch(text):
                return Line.TEXT
            if (found := MARKER.match(text)) and not deep:
                item, view = item_of(view, found, margin, beyond)
                self._open = (*self._open, item)
                continue
            if not HEADING.match(text):
                self._leaf = _Paragraph(text if "|" in text else "")
            return Line.TEXT


def code_lines(text: str) -> Iterator[tuple[str, Line]]:
    """Each line of a whole text, with its end."""
    reader = FenceReader()
    return ((line, reader.line(line)) for line in LINE.findall(text))
