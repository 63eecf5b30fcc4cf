"""Tokens of known forms that something has cut in two: a terminal at its edge, marks of bold or struck text in the middle."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from bot.writing.secrets.engine import compiled
from bot.writing.secrets.places import Found
from bot.writing.secrets.values import flips, is_words

PIECE = compiled(r"[A-Za-z0-9_\-./+=]{1,400}")
CUT = compiled(r"\*{1,3}|~{1,2}|`|[ \t]?\r?\n[ \t]{0,4}(?:[>|│][ \t]?)?")
ASSIGNS = compiled(r"[A-Za-z_][\w.\-]*=[^=]")
"""The next setting of a file. Within a token such a sign stands at its end alone."""

MOST_PIECES = 24
"""So many pieces of one token are read: a JWT of 2,000 characters in a window of 80."""

NARROWEST = 16
"""Characters of a piece between two others: a window is wider."""

NARROW_WINDOW = 40

SAID = compiled(r"(?:(?:[A-Z]?[a-z]+|[A-Z]+|[0-9]+)(?:[_\-./+=]+|$))+")
"""Words with their capitals where people put them, and numbers."""

LONE = compiled(r"[^A-Za-z0-9]{0,6}(?:\s|$)|[\"'`*,;)\]]")


class Split:
    """The pieces of one text, whose lines are asked for from the first to the last: none is read twice.

    `hints` finds how tokens begin, `forms` finds whole ones.
    """

    def __init__(self, text: bytes, hints: re.Pattern[bytes], forms: Callable[[bytes], Iterable[Found]]) -> None:
        self._text = text
        self._hints = hints
        self._forms = forms
        self._read = 0

    def find(self, start: int, end: int) -> Iterator[Found]:
        """Tokens that begin in the line from `start` to `end`, a find for each piece."""
        text, at = self._text, max(start, self._read)
        while (hint := self._hints.search(text, at, end)) is not None:
            piece = PIECE.match(text, hint.start(), min(end, hint.start() + 400))
            at = max(hint.end(), piece.end() if piece else 0)
            if piece is None or not _begins_token(text, hint) or CUT.match(text, piece.end(), piece.end() + 10) is None:
                continue
            pieces = _pieces(text, piece)
            whole, name = _reach(text, pieces, self._hints, self._forms)
            if whole > 1:
                yield from (Found(first, last, name) for first, last in pieces[:whole])
                self._read = pieces[whole - 1][1]
                at = max(at, self._read)


def _begins_token(text: bytes, hint: re.Match[bytes]) -> bool:
    """Letters that do not stand in any base64, and nothing before them that could belong to the same."""
    before = text[hint.start() - 1 : hint.start()]
    return PIECE.match(before.replace(b"=", b"")) is None and _is_telling(hint)


def _is_telling(hint: re.Match[bytes]) -> bool:
    return len(hint[0]) > 3 or not hint[0].isalnum() or hint[0] == b"eyJ"


def _pieces(text: bytes, piece: re.Match[bytes]) -> list[tuple[int, int]]:
    """This piece and those that may be parts of the same token; of several lines only those that hold nothing else."""
    pieces = [piece.span()]
    while len(pieces) < MOST_PIECES:
        cut = CUT.match(text, pieces[-1][1], pieces[-1][1] + 12)
        more = PIECE.match(text, cut.end(), cut.end() + 400) if cut else None
        if cut is None or more is None or not LONE.match(text, more.end(), more.end() + 8):
            break
        if ASSIGNS.match(more[0]):
            break
        if more.start() - pieces[0][0] < 16 and is_words(more[0]) and len(more[0]) < 12:
            break
        if len(pieces) > 1 and pieces[-1][1] - pieces[-1][0] < NARROWEST:
            break
        pieces.append(more.span())
    return pieces


def _reach(
    text: bytes,
    pieces: list[tuple[int, int]],
    hints: re.Pattern[bytes],
    forms: Callable[[bytes], Iterable[Found]],
) -> tuple[int, str]:
    """How many of the pieces are one token, and its name: the fewest that make its form, and what follows them in as wide lines and as great disorder.

    A further piece may begin as another token does, by chance; it is one only where it has that token's whole form.
    """
    joined, whole, name = b"", 0, ""
    for count, (first, last) in enumerate(pieces, 1):
        piece = text[first:last]
        hint = hints.match(piece) if count > 1 else None
        if whole:
            width = pieces[count - 2][1] - pieces[count - 2][0]
            is_rest = not _is_said(piece) if width >= NARROW_WINDOW else flips(piece) >= max(3, len(piece) // 6)
            is_other = hint is not None and _is_telling(hint) and _begins_whole(piece, forms)
            if last - first > width + 8 or not is_rest or is_other:
                break
            whole = count
            continue
        if hint and _is_telling(hint) and not joined.endswith(b"."):
            break
        joined += piece
        if found := _begins_whole(joined, forms):
            whole, name = count, found
    return whole, name


def _is_said(piece: bytes) -> bool:
    """What stands on the line behind a token as people write it: a thanks, a date, the name of the next thing."""
    return bool(SAID.fullmatch(piece)) and is_words(piece)


def _begins_whole(piece: bytes, forms: Callable[[bytes], Iterable[Found]]) -> str:
    """The name of the form that it has from its first letter on; empty where it has none."""
    found = next(iter(forms(piece)), None)
    return found.name if found is not None and found.start == 0 else ""
