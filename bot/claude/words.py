"""What readers see of a reply while it streams: the same text, piece by piece, as the reply's text is at its end.

Apart from client.py because both sides of that promise can be tested without a stream.
"""

from __future__ import annotations

from bot.claude import wire
from bot.claude.stream import Delta
from bot.writing.text import is_blank


class Words:
    """One reply's text: an empty line between two blocks, and nothing of a block in which there is nothing to see.

    `follows`: something stands before it already.
    """

    def __init__(self, *, follows: bool) -> None:
        self._halves = Halves()
        self._follows = self._followed = follows
        self._is_worded = False
        self._held = ""

    def withdraw(self) -> None:
        """What was shown of it is taken back."""
        self._follows, self._is_worded, self._held = self._followed, False, ""

    def join(self, delta: Delta) -> str:
        """What can be shown now. The white space that a block begins with waits for its first word."""
        if delta.begins:
            self._is_worded, self._held = False, ""
        text = self._halves.join(delta.text)
        if self._is_worded:
            return text
        self._held += text
        if is_blank(text):
            return ""
        gap = "\n\n" if self._follows else ""
        self._is_worded = self._follows = True
        return gap + self._held


class Halves:
    """Joins surrogate pairs that were cut in two by the stream, and drops halves that stay alone."""

    def __init__(self) -> None:
        self._half = ""

    def join(self, piece: str) -> str:
        piece, self._half = self._half + piece, ""
        if piece and "\ud800" <= piece[-1] <= "\udbff":
            piece, self._half = piece[:-1], piece[-1]
        return str(wire.whole(piece))
