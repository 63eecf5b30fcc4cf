"""The text of an answer on its way through the check: what can be shown at once, what waits for the end of its sentence, and what
waits for the line behind it.

A sentence is held back from its first place on until it is whole, so what was shown is never taken back. A place with nothing beside it
(a heading, the title or the first comment of a code block) waits for what it is the place of: the sentence or the line of code behind.
"""

from __future__ import annotations

import re

from bot.capabilities.team_code import phrases
from bot.capabilities.team_code.cited import units
from bot.capabilities.team_code.cited.lines import LINE
from bot.capabilities.team_code.cited.places import Places
from bot.capabilities.team_code.cited.sources import Checked
from bot.capabilities.team_code.cited.unit import ANY_LINE, UnitCheck
from bot.capabilities.team_code.tools.access import Access
from bot.writing.fences import FenceReader, Line
from bot.writing.text import seen

FENCE = re.compile(r"[^`~]*(?:`{3,}[^`]*|~{3,}.*)[\r\n]*\Z")
FENCE_PLACE = re.compile(
    r"(?P<margin>[ ]*)(?P<fence>`{3,})(?P<first>\d{1,7}):(?P<last>\d{1,7}):(?P<path>[^\s`]+)[ \t]*(?P<end>[\r\n]*)\Z"
)
"""How coding assistants quote code that is there."""

COMMENT = re.compile(r"\s*(?://+|#+|--+|/\*+|<!--|;+|%+|\(\*)\s?.*[\w)\]][./]\w")
QUOTED = re.compile(r"\A\s{0,3}(?:>\s?)+")
LINES_BELOW = re.compile(rf"\s*(?://+|#+|--+|;+|%+)\s?{LINE}\d", re.IGNORECASE)
WORDY = re.compile(r"[^\W\d_]")
NO_TITLE = re.compile(r"[ \t:]*(?:\w+=)?[\"'{]?" + re.escape(phrases.reference_removed()) + r"[\"'}]?")
"""A path that went from the words behind a fence."""


class CitationCheck:
    """One answer's text on its way to the reader. `said` is what people wrote in the thread."""

    def __init__(self, access: Access, said: str) -> None:
        self._access = access
        self._units = UnitCheck(Places(access), said)
        self.restart()

    def restart(self) -> None:
        """The text begins anew."""
        self._reader = FenceReader()
        self._in_code = self._opens_block = False
        """Whether the last whole line was code, and whether it was the fence that begins it."""
        self._titled = False
        """Whether it was a comment below the fence that names a path and no lines."""
        self._done = self._shown = 0
        """Characters of the line that is not whole yet: in units that are whole, and shown."""
        self._held: list[tuple[str, int | None]] = []
        """What waits for the next line: a unit and how much of it was shown; None for what stands behind it and is not checked."""
        self._code_before = self._held_behind = ""
        """The first line of the code that ended right before; and of that before what is held."""
        self._units.restart()

    @property
    def checked(self) -> Checked:
        return self._units.checked

    @property
    def built(self) -> dict[str, None]:
        return self._units.built

    async def feed(self, piece: str) -> str:
        """The next piece of the text; gives back what can be shown now: whole lines and units, and words that are no place."""
        if not self._access.granted:
            return piece
        out = [await self._rest_of(line, kind) for line, kind in self._reader.feed(seen(piece))]
        rest = self._reader.rest
        if self._reader.in_code and not self._held and not self._opens_block:
            out.append(rest[self._shown :])
            self._done = self._shown = len(rest)
        elif self._reader.in_code is False:
            out.append(await self._whole_units(rest, is_whole=False))
            waits = units.is_row(rest) or self._held  # the lines may stand in a cell before their path
            end = self._shown + (0 if waits else units.plain_end(rest[self._shown :]))
            out.append(rest[self._shown : end])
            self._shown = end
        return "".join(out)

    async def end(self) -> str:
        """What was held back."""
        return "".join([await self._rest_of(line, kind) for line, kind in self._reader.end()]) + await self._released()

    async def _rest_of(self, line: str, kind: Line) -> str:
        """What was not shown yet of a line that is whole now."""
        begins, self._in_code = kind is Line.CODE and not self._in_code, kind is Line.CODE
        if kind is not Line.CODE:
            self._opens_block = False
            out = await self._whole_units(line, is_whole=True)
        elif begins and FENCE.match(line) and not self._shown:
            self._opens_block = True
            out = self._fence(line)
        else:
            out = await self._code(line)
        self._done = self._shown = 0
        return out

    def _fence(self, line: str) -> str:
        """The line that begins a block. Where it says where its code stands before its language, that becomes a line of its own."""
        if opened := FENCE_PLACE.match(line):
            ending = opened["path"].rpartition(".")[2]
            self._held.append((f"{opened['margin']}`{opened['path']}:{opened['first']}-{opened['last']}`", 0))
            self._held.append(
                (f"\n\n{opened['margin']}{opened['fence']}{ending if ending.isalnum() else ''}{opened['end']}", None)
            )
        elif ANY_LINE.search(line) and units.SUSPECT.search(line):
            self._held.append((line, 0))
        elif self._held:
            self._held.append((line, None))
        else:
            return line
        return ""

    async def _code(self, line: str) -> str:
        """A line of code: the first may be a comment that says where the code stands."""
        self._units.code += line
        is_first = self._opens_block and not self._titled
        self._opens_block = self._opens_block and not line.strip()
        if is_first and not line.strip():
            self._held.append((line, None))
            return ""
        if is_first and COMMENT.match(line) and ANY_LINE.search(line):
            self._held.append((line, 0))
            return ""
        if is_first and COMMENT.match(line):  # the lines may stand in the comment below
            self._held.append((line, None))
            self._titled = self._opens_block = True
            return ""
        titled, self._titled = self._titled, False
        if titled and LINES_BELOW.match(line):
            self._held.append((self._held.pop()[0] + line, 0))
            return ""
        if is_first or titled:
            self._code_before = line
        return await self._released(quote=QUOTED.sub("", line)) + line[self._shown :]

    async def _whole_units(self, line: str, *, is_whole: bool) -> str:
        """The units that are whole by now, checked, without what was shown of the first one."""
        out, is_row = [], units.is_row(line)
        while end := units.unit_end(line[self._done :], is_whole=is_whole, is_row=is_row):
            unit, shown = line[self._done : self._done + end], self._shown - self._done
            out.append(await self._unit(unit, shown))
            self._done = self._shown = self._done + end
        return "".join(out)

    async def _unit(self, unit: str, shown: int) -> str:
        if self._held and not WORDY.search(unit):
            self._held.append((unit, None))
            return ""
        out = await self._released(after=unit)
        code, self._code_before = self._code_before, self._code_before if not WORDY.search(unit) else ""
        if self._units.waits(unit):
            self._held.append((unit, shown))
            self._held_behind = "" if re.search(r"(?i)\b(?:see|siehe|voir)\b", unit) else code  # "see" leads elsewhere
            return out
        return out + (await self._units.check(unit))[shown:]

    async def _released(self, *, after: str = "", quote: str = "") -> str:
        held, self._held = self._held, []
        before, self._held_behind = self._held_behind, ""
        return "".join([await self._checked(unit, shown, after, quote, before) for unit, shown in held])

    async def _checked(self, unit: str, shown: int | None, after: str, quote: str, before: str) -> str:
        if shown is None:
            return unit
        checked = await self._units.check(unit, after=after, quote=quote, before=before)
        return (NO_TITLE.sub("", checked) if FENCE.match(unit) else checked)[shown:]
