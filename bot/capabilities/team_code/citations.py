"""Checks what an answer cites, before anybody reads it: every place must exist at the commit that the thread looks at, and must be
what the sentence around it says.

Works on the text while it streams: what was shown is never taken back, and the whole text checked at once gives the same as its
pieces. Code blocks are code and pass as they are, but for the place that their title or first comment names; what a person wrote in
this thread (a traceback, say) may be repeated. `cited/` has the parts.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.capabilities.team_code import phrases
from bot.capabilities.team_code.cited.sources import Checked, cited, sources
from bot.capabilities.team_code.cited.stream import CitationCheck
from bot.capabilities.team_code.tools.access import Access
from bot.capability import Review, Shown
from bot.conversation import Answer
from bot.events import AnswerEvent, Links, TextDelta, ToolResult
from bot.writing.links import LinkPolicy, host_of

log = logging.getLogger(__name__)


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
