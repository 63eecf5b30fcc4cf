"""Tokens of known forms that something has cut in two: a terminal at its edge, marks of bold or struck text in the middle."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from bot.writing.secrets.engine import compiled
from bot.writing.secrets.places import Found
from bot.writing.secrets.values import flips, is_words

PIECE = compiled(r"[A-Za-z0-9_\-./+=]{1,400}")
CUT = compiled(r"\*{1,3}|~{1,2}|`|[ \t]?\r?\n[ \t]{0,4}(?:[>|│][ \t]?)?")
MOST_PIECES = 24
"""So many pieces of one token are read: a JWT of 2,000 characters in a window of 80."""

LONE = compiled(r"[^A-Za-z0-9]{0,6}(?:\s|$)|[\"'`*,;)\]]")


def find_split(
    text: bytes, start: int, end: int, hints: re.Pattern[bytes], forms: Callable[[bytes], Iterable[Found]]
) -> Iterator[Found]:
    """Tokens that begin in the line from `start` to `end`, a find for each piece. `hints` finds how tokens begin, `forms` finds whole ones."""
    at = start
    while (hint := hints.search(text, at, end)) is not None:
        piece = PIECE.match(text, hint.start(), min(end, hint.start() + 400))
        at = max(hint.end(), piece.end() if piece else 0)
        if piece is None or CUT.match(text, piece.end(), piece.end() + 10) is None:
            continue
        pieces = _pieces(text, piece)
        whole = _reach(text, pieces, forms)
        if whole > 1:
            name = next(iter(forms(b"".join(text[first:last] for first, last in pieces[:whole])))).name
            yield from (Found(first, last, name) for first, last in pieces[:whole])
            at = min(end, max(at, pieces[whole - 1][1]))


def _pieces(text: bytes, piece: re.Match[bytes]) -> list[tuple[int, int]]:
    """This piece and those that may be parts of the same token; of several lines only those that hold nothing else."""
    pieces = [piece.span()]
    while len(pieces) < MOST_PIECES:
        cut = CUT.match(text, pieces[-1][1], pieces[-1][1] + 12)
        more = PIECE.match(text, cut.end(), cut.end() + 400) if cut else None
        if cut is None or more is None or not LONE.match(text, more.end(), more.end() + 8):
            break
        if b"\n" in cut[0] and is_words(more[0]) and len(more[0]) < 12:
            break
        pieces.append(more.span())
    return pieces


def _reach(text: bytes, pieces: list[tuple[int, int]], forms: Callable[[bytes], Iterable[Found]]) -> int:
    """How many of the pieces are one token: the fewest that make its form, and what follows them in as wide lines and as great disorder."""
    joined, whole = b"", 0
    for count, (first, last) in enumerate(pieces, 1):
        piece = text[first:last]
        if whole:
            before = pieces[count - 2]
            if last - first > before[1] - before[0] + 8 or flips(piece) < max(3, len(piece) // 6):
                break
            whole = count
            continue
        joined += piece
        found = next(iter(forms(joined)), None)
        if found is not None and found.start == 0:
            whole = count
    return whole
