"""Where a reply goes on that was cut with its worker: what of it stands, what the model is told, and what of the rest is new.

Models newer than 4.5 do not go on with an assistant's text, they have to be asked to; and asked, they may begin by saying again what
stands there already, or begin anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.events import AnswerEvent, Restart, TextDelta
from bot.writing.fences import Line, code_lines
from bot.writing.text import is_blank

LEAST_CHARACTERS = 200
"""Less than this is not worth a seam."""

HELD_CHARACTERS = 600
"""So much of the rest is looked at before it is shown: what is said again is a paragraph, rarely two."""

LEAST_OVERLAP, LEAST_ANEW = 12, 40

END = "[end]"

GO_ON = (
    "Your reply above was cut off by a restart of the program that shows it to its readers; all of it stands before them. Write only "
    "what comes next, beginning with a new paragraph. Do not repeat anything, do not mention the interruption. If nothing is missing, "
    f"reply {END}."
)


def standing(text: str) -> str:
    """What stands of a reply that was cut: its whole paragraphs, none of a code block that was open; "" when that is too little."""
    end = at = 0
    for line, kind in code_lines(text):
        if kind is Line.EMPTY:
            end = at
        at += len(line)
    stands = text[:end].rstrip()
    return stands if len(stands) >= LEAST_CHARACTERS else ""


@dataclass(frozen=True, slots=True)
class Rest:
    """What is new in the rest of a reply. `is_anew`: it is no rest, but the reply from its beginning."""

    text: str
    is_anew: bool = False


def rest(before: str, text: str) -> Rest:
    """What of `text` follows `before`. It is decided by the first HELD_CHARACTERS, white space before them left out."""
    body = text.lstrip()
    if body.strip() == END or is_blank(body):
        return Rest("")
    beginning = body[: min(len(body), HELD_CHARACTERS)]
    enough = max(LEAST_ANEW, min(len(before) // 2, HELD_CHARACTERS))
    if len(beginning) >= enough and before.startswith(beginning[:enough]):
        return Rest(body, is_anew=True)
    for size in range(min(len(beginning), len(before)), LEAST_OVERLAP - 1, -1):
        if before.endswith(beginning[:size]):
            return Rest(body[size:].lstrip())
    return Rest(body)


class Seam:
    """The rest of a reply on its way: held until it is known what of it is new. `texts`: all that stands, `before` the last of it."""

    def __init__(self, before: str, texts: Sequence[str]) -> None:
        self._before = before
        self._texts = tuple(texts)
        self._held = ""
        self._is_open = False
        self._gap = "\n\n"

    def feed(self, piece: str) -> Iterator[AnswerEvent]:
        """What can be shown now."""
        if self._is_open:
            yield from self._shown(piece)
            return
        self._held += piece
        if len(self._held.lstrip()) >= HELD_CHARACTERS:
            yield from self.end()

    def end(self) -> Iterator[AnswerEvent]:
        """What was held back, once."""
        if self._is_open:
            return
        self._is_open = True
        found = rest(self._before, self._held)
        if not found.is_anew:
            yield from self._shown(found.text)
            return
        yield Restart()
        self._gap = ""
        yield TextDelta("\n\n".join([*self._texts[:-1], found.text]))

    def _shown(self, piece: str) -> Iterator[AnswerEvent]:
        """White space before the first word is left out, as `rest` does."""
        piece = piece.lstrip() if self._gap else piece
        if piece:
            yield TextDelta(self._gap + piece)
            self._gap = ""
