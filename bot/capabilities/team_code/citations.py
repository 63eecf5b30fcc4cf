"""Checks what an answer cites, before anybody reads it: every place must exist at the commit that the thread looks at, and must be
what the sentence around it says.

Works on the text while it streams: a sentence is held back from its first place on until it is whole, so what was shown is never
taken back, and the whole text checked at once gives the same as its pieces. Code blocks are code and pass as they are; what a person
wrote in this thread (a traceback, say) may be repeated. `cited/` has the parts.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.capabilities.team_code import phrases
from bot.capabilities.team_code.cited import units
from bot.capabilities.team_code.cited.places import Places
from bot.capabilities.team_code.cited.sources import Checked, cited, sources
from bot.capabilities.team_code.cited.unit import UnitCheck
from bot.capabilities.team_code.tools.access import Access
from bot.capability import Review, Shown
from bot.conversation import Answer
from bot.events import AnswerEvent, Links, TextDelta, ToolResult
from bot.writing.fences import FenceReader, Line
from bot.writing.links import LinkPolicy, host_of
from bot.writing.text import seen

log = logging.getLogger(__name__)

FENCE_PLACE = re.compile(
    r"(?P<margin>[ ]*)(?P<fence>`{3,})(?P<first>\d{1,7}):(?P<last>\d{1,7}):(?P<path>[^\s`]+)[ \t]*(?P<end>[\r\n]*)\Z"
)
"""How coding assistants quote code that is there."""


class CitationCheck:
    """One answer's text on its way to the reader. `said` is what people wrote in the thread."""

    def __init__(self, access: Access, said: str) -> None:
        self._access = access
        self._reader = FenceReader()
        self._units = UnitCheck(Places(access), said)
        self._in_code = False
        """Whether the last whole line was code."""
        self._done = self._shown = 0
        """Characters of the line that is not whole yet: in units that are whole, and shown."""

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
        if self._reader.in_code:
            out.append(rest[self._shown :])
            self._done = self._shown = len(rest)
        elif self._reader.in_code is False:
            out.append(await self._whole_units(rest, is_whole=False))
            is_row = units.is_row(rest)  # the lines may stand in a cell before their path
            end = self._shown + (0 if is_row else units.plain_end(rest[self._shown :]))
            out.append(rest[self._shown : end])
            self._shown = end
        return "".join(out)

    async def end(self) -> str:
        """What was held back."""
        return "".join([await self._rest_of(line, kind) for line, kind in self._reader.end()])

    def restart(self) -> None:
        """The text begins anew."""
        self._reader = FenceReader()
        self._in_code = False
        self._done = self._shown = 0
        self._units.restart()

    async def _rest_of(self, line: str, kind: Line) -> str:
        """What was not shown yet of a line that is whole now."""
        opened = FENCE_PLACE.match(line) if kind is Line.CODE and not self._in_code and not self._shown else None
        self._in_code = kind is Line.CODE
        if opened:
            return await self._placed(opened)
        rest = line[self._shown :] if kind is Line.CODE else await self._whole_units(line, is_whole=True)
        self._done = self._shown = 0
        return rest

    async def _placed(self, opened: re.Match[str]) -> str:
        """A fence that says where its code stands: the place becomes a line of its own, checked like any, and the fence a language."""
        place = await self._units.check(f"`{opened['path']}:{opened['first']}-{opened['last']}`")
        ending = opened["path"].rpartition(".")[2]
        self._done = self._shown = 0
        return f"{opened['margin']}{place}\n\n{opened['margin']}{opened['fence']}{ending if ending.isalnum() else ''}{opened['end']}"

    async def _whole_units(self, line: str, *, is_whole: bool) -> str:
        """The units that are whole by now, checked, without what was shown of the first one."""
        out, is_row = [], units.is_row(line)
        while end := units.unit_end(line[self._done :], is_whole=is_whole, is_row=is_row):
            unit, shown = line[self._done : self._done + end], self._shown - self._done
            out.append((await self._units.check(unit))[shown:])
            self._done = self._shown = self._done + end
        return "".join(out)


class CitationReview(Review):
    """One answer's citations on their way to its readers, with its sources and the commits it looked at under it.

    Addresses on the hosts of the repositories may be live where they were seen, and our own permalinks always.
    """

    def __init__(self, access: Access, said: str) -> None:
        self._access = access
        self._check = CitationCheck(access, said)
        self._links = LinkPolicy(host_of(one.web) for one in access.granted.values() if one.web)
        self._links.hear(said)

    async def feed(self, piece: str) -> Sequence[Shown]:
        return self._shown(await self._check.feed(piece))

    async def end(self) -> Sequence[Shown]:
        return self._shown(await self._check.end())

    def _shown(self, text: str) -> Sequence[Shown]:
        if not text:
            return ()
        self._links.build(self._check.built)
        news = self._links.news()
        return (Links(news), TextDelta(text)) if news else (TextDelta(text),)

    def restart(self) -> None:
        self._check.restart()

    def see(self, event: AnswerEvent) -> None:
        if isinstance(event, ToolResult):
            self._links.hear(event.text)

    async def finish(self, answer: Answer) -> Answer:
        checked = self._check.checked
        await self._access.pinned()
        listed = "" if self._access.lists_its_places else sources(checked, self._access, self._check.built)
        text = "\n\n".join(part for part in (answer.text.rstrip() if listed else answer.text, listed) if part)
        self._links.build(self._check.built)
        self._log(checked)
        return replace(
            answer,
            text=text,
            notices=(*answer.notices, *self._notices(checked)),
            links=(*answer.links, *self._links.used_in(text)),
            mended=(*answer.mended, *checked.mended),
            cites=(*answer.cites, *cited(checked, self._access, text)),
        )

    def _notices(self, checked: Checked) -> Iterator[str]:
        opened = [(one.repository.name, one.commit, one.repository.branch) for one in self._access.opened.values()]
        looked = [one for one in opened if one[0] in self._access.looked]
        if looked:
            yield phrases.looked_at(looked)
        elif self._access.granted:
            yield phrases.not_looked(opened)
        if checked.removed:
            yield phrases.references_removed(checked.removed)
        if checked.corrected or checked.dropped:
            yield phrases.lines_mended(checked.corrected, checked.dropped)
        if checked.unchecked:
            yield phrases.references_unchecked(checked.unchecked)

    def _log(self, checked: Checked) -> None:
        counts = {
            "removed": checked.removed, "corrected": checked.corrected, "dropped": checked.dropped, "unchecked": checked.unchecked
        }  # fmt: skip
        if any(counts.values()):
            log.warning("citations mended", extra={"thread_id": str(self._access.thread), **counts})
