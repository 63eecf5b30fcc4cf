"""Holds each code block of one answer against the versions in use while the answer is still written, and says so under it.

The text passes at once, whatever a check takes. A block is checked as soon as it is closed; what was found in this turn is kept, so
that nothing is checked twice. At the end what can be mended is, once.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, replace

from bot.capabilities.checks import phrases
from bot.capabilities.checks.blocks import cited_in, placed_in
from bot.capabilities.checks.checking import Checker, Ground
from bot.capabilities.checks.log import CheckLog
from bot.capabilities.checks.repair import Repaired, repair, wanted
from bot.capabilities.checks.verdicts import Block, Finding, Verdict
from bot.capability import Ask, Notes, Review, Shown
from bot.conversation import Answer, Mark
from bot.events import Marks, Revised, Status, TextDelta
from bot.writing.fences import FenceReader, Line

log = logging.getLogger(__name__)

GRACE_SECONDS = 0.2
"""How long the end of an answer waits before it says that its code is being checked."""

MOST_SECONDS = 30
"""How long a check may take: an environment that is being built, for instance."""

BUILDING_SECONDS = 0.5
"""How often an environment that is being built is asked for again."""

MOST_BLOCKS = 40
PLAIN = ("", "text", "txt", "plain", "plaintext", "output", "log", "none", "console")

FindGround = Callable[[], Awaitable[Ground]]


class CheckReview(Review):
    """`mends`: whether what was found may be mended by a second question."""

    def __init__(
        self, checker: Checker, ground: FindGround, ask: Ask, notes: Notes, checks: CheckLog, *, mends: bool
    ) -> None:
        self._checker = checker
        self._find_ground = ground
        self._ask = ask
        self._notes = notes
        self._log = checks
        self._mends = mends
        self._ground: Ground | None = None
        self._verdicts: dict[int, Verdict] = {}
        self._mended: Mapping[int, tuple[Finding, ...]] = {}
        self._checking: asyncio.Task[None] | None = None
        self._wanted = ""
        self._told: tuple[Mark, ...] = ()
        self._marked: tuple[Mapping[int, Verdict], Mapping[int, tuple[Finding, ...]]] = ({}, {})
        self._text = ""
        self._reader = FenceReader()

    def restart(self) -> None:
        self._cancel()
        self._text, self._reader = "", FenceReader()
        self._verdicts, self._mended = {}, {}

    async def feed(self, piece: str) -> Sequence[Shown]:
        self._text += piece
        has_code = any(kind is Line.CODE for _, kind in self._reader.feed(piece))
        if has_code and not self._reader.is_in_fence:
            self._look()
        return (*self._news(), TextDelta(piece)) if piece else self._news()

    async def end(self) -> Sequence[Shown]:
        self._look()
        return self._news()

    async def settle(self) -> AsyncIterator[Shown | Status]:
        if self._checking is None:
            return
        try:
            if not await self._done_in(GRACE_SECONDS):
                yield Marks(self._marks(is_checking=True))
                yield Status(phrases.checking_the_code())
                if not await self._done_in(MOST_SECONDS):
                    self._give_up(phrases.too_late())
            for shown in self._news():
                yield shown
            if self._mends and (findings := wanted(self._verdicts)):
                yield Status(phrases.repairing(sum(len(one) for one in findings.values())))
                if mended := await self._repaired():
                    self._text, self._verdicts, self._mended = mended.text, dict(mended.verdicts), mended.mended
                    yield Revised(mended.text)
                    for shown in self._news():
                        yield shown
        finally:
            self._cancel()

    async def finish(self, answer: Answer) -> Answer:
        self._cancel()
        self._give_up(phrases.ended_early())
        marks = self._marks()
        if self._verdicts:
            await self._log.checked(self._verdicts.values())
        mended = [phrases.mended(found) for _, found in sorted(self._mended.items())]
        return replace(answer, marks=(*answer.marks, *marks), mended=(*answer.mended, *mended))

    # --- checking ------------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Check what stands there by now; a check that runs goes on with it."""
        self._wanted = self._text
        if placed_in(self._wanted) and (self._checking is None or self._checking.done()):
            self._checking = asyncio.create_task(self._run())

    async def _run(self) -> None:
        """Until the newest text has been checked, and nothing in it waits for an environment."""
        checked = ""
        while checked != self._wanted or any(one.state == "checking" for one in self._verdicts.values()):
            if checked == self._wanted:
                await asyncio.sleep(BUILDING_SECONDS)
            checked = self._wanted
            self._verdicts = await self.check(checked)

    async def check(self, text: str) -> dict[int, Verdict]:
        """The verdicts of a text's blocks by their places; whatever happens to the checker, each block gets one."""
        blocks = [one.block for one in placed_in(text)][:MOST_BLOCKS]
        if not blocks:
            return {}
        try:
            if self._ground is None or self._ground.unknown:
                self._ground = await self._find_ground()
            if self._ground.unknown:
                return {place: Verdict("unchecked", reasons=(self._ground.unknown,)) for place in range(len(blocks))}
            ground = replace(self._ground, paths=cited_in(text)) if self._ground.repository else self._ground
            key = _key(blocks, ground)
            if kept := self._notes.get(key):
                return dict(enumerate(_read(kept)))
            verdicts = await self._checker.check(blocks, ground)
        except Exception:  # whatever a checker does, an answer stands
            log.exception("code not checked")
            return {place: Verdict("unchecked", reasons=(phrases.checker_failed(),)) for place in range(len(blocks))}
        if all(one.state != "checking" for one in verdicts):
            await self._notes.put(key, json.dumps([asdict(one) for one in verdicts]))
        return dict(enumerate(verdicts))

    async def _done_in(self, seconds: float) -> bool:
        if self._checking is None:
            return True
        done, _ = await asyncio.wait((self._checking,), timeout=seconds)
        return bool(done)

    def _give_up(self, reason: str) -> None:
        """What has no verdict by now stays unchecked."""
        late = Verdict("unchecked", reasons=(reason,))
        known = {place: one for place, one in self._verdicts.items() if one.state != "checking"}
        self._verdicts = {place: known.get(place, late) for place in range(len(placed_in(self._text)))}

    def _cancel(self) -> None:
        if self._checking:
            self._checking.cancel()
            self._checking = None

    # --- what is said --------------------------------------------------------------------------------------------------

    def _news(self) -> tuple[Shown, ...]:
        """Looked for only where something has come in since: the text is read for it from its beginning."""
        if self._marked == (self._verdicts, self._mended):
            return ()
        self._marked = (dict(self._verdicts), self._mended)
        marks = self._marks()
        if marks == self._told:
            return ()
        self._told = marks
        return (Marks(marks),)

    def _marks(self, *, is_checking: bool = False) -> tuple[Mark, ...]:
        verdicts = dict(self._verdicts)
        if is_checking:
            waiting = {place: Verdict("checking") for place in range(len(placed_in(self._text)))}
            verdicts = waiting | verdicts
        own = (self._ground.repository if self._ground else None) or ""
        languages = [one.block.language for one in placed_in(self._text)]
        said = [
            (place, verdict, phrases.line(verdict, self._mended.get(place, ()), own))
            for place, verdict in sorted(verdicts.items())
            if place < len(languages) and not _is_plain(languages[place], verdict)
        ]
        return tuple(
            Mark(place, line, phrases.detail(verdict, own), json.dumps(asdict(verdict)))
            for place, verdict, line in said
            if line
        )

    # --- mending -------------------------------------------------------------------------------------------------------

    async def _repaired(self) -> Repaired | None:
        return await repair(self._text, self._verdicts, self._ask, self._api, self.check)

    async def _api(self, finding: Finding) -> str:
        """What exists instead, as far as the finding's own package tells."""
        names = _names(finding.message)[:3]
        if not finding.package or self._ground is None:
            return ""
        return "\n".join([await self._checker.api(finding.package, name, self._ground) for name in names])


def _is_plain(language: str, verdict: Verdict) -> bool:
    """A block that nobody would expect to be checked: output, a tree of files."""
    return language in PLAIN and verdict.state in ("unchecked", "checking") and not verdict.warnings


def _names(message: str) -> list[str]:
    return [word.strip("`'\".,()") for word in message.split() if "." in word.strip(".") or word.startswith("`")]


def _key(blocks: Sequence[Block], ground: Ground) -> str:
    written = json.dumps([asdict(ground), *(asdict(one) for one in blocks)])
    return "checks:" + hashlib.sha256(written.encode()).hexdigest()


def _read(kept: str) -> list[Verdict]:
    return [as_verdict(one) for one in json.loads(kept)]


def as_verdict(written: dict[str, object]) -> Verdict:
    """What `asdict` made of one, read from JSON."""
    tuples: dict[str, tuple[str, ...]] = {
        name: tuple(written[name])  # type: ignore[arg-type]
        for name in ("assumed", "reasons", "warnings")
    }
    findings = tuple(Finding(**one) for one in written["findings"])  # type: ignore[attr-defined]
    return Verdict(written["state"], written["versions"], findings=findings, **tuples)  # type: ignore[arg-type]
