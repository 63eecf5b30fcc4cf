"""Checks one unit of an answer: each reference in it stands, gets other lines or another file, loses its lines, or goes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.capabilities.team_code.cited import lines, units
from bot.capabilities.team_code.cited.carried import Carried, is_place_alone, named_after
from bot.capabilities.team_code.cited.claims import Claims, Verdict
from bot.capabilities.team_code.cited.edits import Edit, edited
from bot.capabilities.team_code.cited.forms import ENDINGS, FILE, SCHEME, Reference, is_frame, is_outside, references
from bot.capabilities.team_code.cited.lines import Span
from bot.capabilities.team_code.cited.mentions import Mention, apart, bound, is_new, is_proposal, mentions
from bot.capabilities.team_code.cited.outcomes import Outcomes
from bot.capabilities.team_code.cited.places import Found, Places
from bot.capabilities.team_code.cited.sources import Checked
from bot.capabilities.team_code.cited.spans import (
    Place,
    is_same_link,
    is_same_place,
    own_words,
    ranges_of,
    span_of,
    stood,
    words_at,
)
from bot.capabilities.team_code.cited.symbols import (
    LOCATES,
    NAME,
    Context,
    context,
    last_name,
    says_defined,
    with_names_inside,
)

ANY_LINE = re.compile(r"[:#(=`\sL]\d")
PLACEHOLDER = re.compile(r"[<>{}*…]|\.\.\.|(?:^|/)path/to/")
"""`src/**/*.py`, `grammars/<name>.so`: a pattern for paths claims none."""


Parts = Sequence[Reference | re.Match[str]]
"""What stands in a unit, in order: places, and addresses."""


class UnitCheck:
    """`said` is what people wrote in the thread, `code` what the answer showed: that may define what is nowhere yet."""

    def __init__(self, places: Places, said: str) -> None:
        self._places = places
        self._claims = Claims(places)
        self._said = said
        self._after = self._quote = self._behind = ""
        self.outcomes = Outcomes(places)
        self.restart()

    @property
    def checked(self) -> Checked:
        return self.outcomes.checked

    @property
    def built(self) -> dict[str, None]:
        return self.outcomes.built

    def restart(self) -> None:
        self.outcomes.checked = Checked()
        self._carried = Carried()
        self.code = ""

    def waits(self, unit: str) -> bool:
        """Whether what comes next may tell what a unit's place is said of: a place with nothing beside it, or a code block's title."""
        if not units.SUSPECT.search(unit) or units.is_row(unit) or not ANY_LINE.search(unit):
            return False
        if unit.rstrip(" \r\n*_").endswith((":", "：")):
            return True  # code may follow
        return is_place_alone(unit) or not last_name(unit, len(unit)) or bool(self._homeless(unit))

    def _homeless(self, unit: str) -> list[Mention]:
        """Lines in a sentence that names no path, and none was named before it: the next one may."""
        if self._carried.found or self._carried.is_gone or next(references(unit, self._places.knows), None):
            return []
        return mentions(unit, ())

    async def check(self, unit: str, *, after: str = "", quote: str = "", before: str = "") -> str:
        """`after` is the sentence that follows a unit that waits, `quote` the line of code that does, `before` one before it."""
        self._after = named_after(unit, after)
        self._quote = (quote or ("" if self._after else before)).strip()
        self._carried.enter(unit)
        self._behind = after
        if not units.SUSPECT.search(unit):
            self._carried.leave(unit, ())
            return unit
        await self._places.load()
        is_behind = any(references(after, self._places.knows)) and bool(self._homeless(unit))
        if not self._places.trees and (is_behind or units.MAYBE.search(unit)):
            await self._places.ground(unit + after, is_cited=False)
        parts, away = self._bound(unit, list(references(unit, self._places.knows)))
        while wanting := [one for one in parts if self._needs_more(unit, one)]:
            if not await self._places.ground(unit, is_cited=any(self._cites(unit, one) for one in wanting)):
                break
            parts, away = self._bound(unit, list(references(unit, self._places.knows)))
        spans = [(span_of(one), one) for one in parts if self._is_place(one)]
        same = {span_of(one): self._meant(unit, one) for one in parts}
        edits: list[Edit] = []
        for one in away:
            others = [other.at for other in away if other is not one]
            others += [span for span, other in spans if not isinstance(other, Reference) or other.lines]
            edits += await self._apart(unit, one, self._about(unit, one.at, others))
        named = [one for _, one in spans if isinstance(one, Reference)]
        alone = own_words(named)
        if not away and len(spans) == len(named) and len(alone) <= 1:
            edits += await self._beside(unit, alone[0] if alone else None)
        for part in parts:
            at = span_of(part)
            others = [
                span for span, other in spans
                if span != at and not is_same_link(part, other) and not is_same_place(same[at], same[span])
            ]  # fmt: skip
            others += [other.at for other in away]
            about = self._about(unit, words_at(part, named) or at, others)
            if isinstance(part, Reference):
                edits += await self._reference(unit, part, about)
            else:
                edits += await self._page(part, about)
        files = [file for one in named for file in self._places.find(one.path)]
        is_gone = any(self._is_gone(unit, one) for one in named)
        self._carried.leave(unit, files, is_gone=is_gone)
        shown = 0 if units.is_row(unit) else units.plain_end(unit)  # by now, maybe
        return edited(unit, [edit for edit in edits if edit[0] >= shown])

    def _meant(self, unit: str, one: Reference | re.Match[str]) -> Place | None:
        if isinstance(one, Reference):
            found, start = self._places.find(one.path), ranges_of(unit, one)[0][0] if one.lines else 0
            return (found[0].tree.name, found[0].entry.path, start) if len(found) == 1 and not one.symbol else None
        page = self._places.page(one.string[slice(*span_of(one))])
        return (page[0].tree.name, page[0].entry.path, page[1]) if page and page[0] else None

    def _about(self, unit: str, at: Span, others: Sequence[Span]) -> Context:
        about = with_names_inside(unit, at, self._carried.about(unit, context(unit, at, others)))
        if self._after and not about.near:
            is_first = unit.lstrip().startswith("#") or not about.weak
            about = replace(about, weak=(self._after,)) if is_first else replace(about, later=(self._after,))
        maybe = tuple(name for name in about.near if self._places.knows(name))
        return replace(about, maybe=maybe, quote=self._quote or about.quote)

    # --- lines away from their path -----------------------------------------------------------------------------------

    def _bound(self, unit: str, found: Parts) -> tuple[Parts, list[Reference]]:
        """The references with the lines that are theirs; and lines that are places of their own, with the path that is meant."""
        named = own_words([one for one in found if isinstance(one, Reference) and self._is_place(one)])
        taken = [span for one in found for span in (span_of(one), *(one.cut if isinstance(one, Reference) else ()))]
        cells = self._carried.cells(unit)
        there = [*cells, *mentions(unit, [*taken, *(one.span for one in cells)])]
        if not there or (not named and len(found) > 0 and not self._carried.in_table):
            return found, []
        with_lines, others, loose = bound(unit, named, there, self._places.knows)
        file, is_gone = self._carried.found, self._carried.is_gone
        if loose and self._places.trees and not named and not file and not is_gone:
            file, is_gone = self._named_behind()
        if file or is_gone:
            others += [apart(file.entry.path if file else "", one) for one in loose]
        if others and named and self._is_gone(unit, named[0]):
            first = with_lines[0]
            cut = tuple(span for one in (first, *others) for span in one.cut)
            with_lines, others = [replace(first, lines=first.lines or others[0].lines, cut=cut), *with_lines[1:]], []
        changed = {id(old): new for old, new in zip(named, with_lines, strict=True)}
        return [changed.get(id(one), one) if isinstance(one, Reference) else one for one in found], others

    def _named_behind(self) -> tuple[Found | None, bool]:
        """The only file that the next sentence names, or that it is nowhere."""
        behind = [one for one in references(self._behind, self._places.knows) if isinstance(one, Reference)]
        if len({one.path for one in behind}) != 1:
            return None, False
        files = self._places.find(behind[0].path)
        return files[0] if len(files) == 1 else None, self._is_gone(self._behind, behind[0])

    def _is_gone(self, unit: str, one: Reference) -> bool:
        """Whether a path says that it is in the repository, and is not."""
        if self._places.knows(one.path) or self._places.may_be_there(one.path) or is_proposal(unit):
            return False
        is_none = PLACEHOLDER.search(one.path) or self._places.is_no_file(one.path) or self._is_outside(unit, one)
        return bool(FILE.search(one.path)) and not is_none

    def _is_outside(self, unit: str, one: Reference) -> bool:
        """`Shop.Tests/` is written like a host, and may be a folder of the repository."""
        return is_outside(unit, one) and not (one.is_file and self._places.claims(one.path))

    async def _apart(self, unit: str, one: Reference, about: Context) -> list[Edit]:
        """Lines said of a symbol that the file defines; of others it is known only that the file ends before them."""
        is_label = lines.is_label(unit) and not about.near
        if not one.path:
            return self.outcomes.dropped(unit, one, None) if is_label or about.names else []
        found = self._places.find(one.path)
        if len(found) != 1 or found[0].entry.kind != "text" or len(one.lines) > 1:
            return []
        if not is_label and not await self._claims.holds(found[0], about):
            return []
        ((start, end),) = ranges_of(unit, one)
        verdict = await self._claims.judge(found[0], start, end, about)
        if verdict.elsewhere or verdict.is_gone or stood(verdict) == (start, end):
            return []
        return self.outcomes.settled(unit, one, replace(found[0], is_exact=True), verdict, (start, end))

    async def _beside(self, unit: str, path: Reference | None) -> list[Edit]:
        """A number with no word for a line, of the path of its sentence or of the file before."""
        if path and (path.lines or path.symbol):
            return []
        found = lines.beside(unit, span_of(path) if path else None)
        if units.is_row(unit) and (not path or not found or "|" in unit[path.at[1] : found[1][1]]):
            return []  # a table's headings tell which of its cells hold lines
        before = self._carried.found.entry.path if self._carried.found else ""
        if not found or not (path or before or self._carried.is_gone):
            return []
        one = Reference(found[1], found[1], path.path if path else before, found[0], (found[1],))
        at = (path.at[0], one.at[1]) if path and not found[2] else one.at
        about = self._about(unit, at, [])
        if len({*about.own, *about.near}) > 1 or len(one.lines) > 1:
            return []  # a count of them, maybe
        if path and self._is_gone(unit, path) and (about.near or (path.is_file and about.names)):
            return await self._reference(unit, replace(path, lines=one.lines, cut=one.cut), about)
        number = unit[slice(*one.lines[0].first)]
        if found[2] and any([await self._claims.says(file, number) for file in self._places.find(one.path)]):
            return []  # a value of the file, maybe
        return await self._apart(unit, one, about)

    def _needs_more(self, unit: str, one: Reference | re.Match[str]) -> bool:
        """Whether a place is cited that cannot be checked against what is open."""
        if not isinstance(one, Reference):
            return self._places.is_page_of_unopened(one["bare"] or one["url"])
        if not (one.is_file or self._cites(unit, one)) or is_frame(unit, one) or unit[slice(*one.whole)] in self._said:
            return False
        if self._places.find(one.path):
            return False
        is_abroad = one.path.startswith(("/", "~")) or SCHEME.match(one.path)
        is_from_root = bool(is_abroad and one.lines) and not self._places.trees
        return is_from_root or self._places.names_granted(one.path) or not is_outside(unit, one)

    def _cites(self, unit: str, one: Reference | re.Match[str]) -> bool:
        """Whether it says that something is there: a path alone may be a proposal."""
        return not isinstance(one, Reference) or bool(one.lines or one.symbol or self._is_located(unit, one))

    def _is_place(self, one: Reference | re.Match[str]) -> bool:
        """Whether this is surely a place: `Invoice.total` may be a file or a name."""
        if not isinstance(one, Reference) or one.lines or one.symbol or one.is_file:
            return True
        if FILE.search(one.path) and one.path.rpartition(".")[2].lower() in ENDINGS:
            return True
        return self._places.knows(one.path) and not (NAME.fullmatch(one.path) and not FILE.search(one.path))

    def _is_located(self, unit: str, one: Reference) -> bool:
        return bool(LOCATES.search(unit, max(0, one.at[0] - 60), one.at[0]))

    # --- a path -------------------------------------------------------------------------------------------------------

    async def _reference(self, unit: str, one: Reference, about: Context) -> list[Edit]:
        if is_frame(unit, one):
            return []
        ranges = ranges_of(unit, one) or [(0, 0)]
        meant = self._places.find(one.path) or await self._claims.namesake(one.path, *ranges[0], about)
        found = self._places.chosen(meant, unit, *ranges[0])
        is_said = bool(one.lines) and unit[slice(*one.whole)] in self._said
        if meant and found is None:
            return []  # in several repositories: it stands, and leads nowhere
        if found is None:
            return [] if is_said else await self._unknown(unit, one, about)
        verdicts = [await self._verdict(unit, one, found, start, end, about) for start, end in ranges]
        if len(ranges) > 1:
            is_each = len(set(about.near)) == len(ranges) and not about.maybe
            kept = await self._kept(found, ranges, verdicts, is_each=is_each)
            if any(kept) or is_said:
                return self.outcomes.listed(unit, one, found, ranges, kept)
        if is_said and verdicts[0] is not None and stood(verdicts[0]) != ranges[0]:
            return []
        return self.outcomes.settled(unit, one, found, verdicts[0], ranges[0])

    async def _kept(
        self, found: Found, ranges: Sequence[tuple[int, int]], verdicts: Sequence[Verdict | None], *, is_each: bool
    ) -> list[bool]:
        """Which of several lines stand: once one of them is what the sentence says, of the others it is enough to be there; not where
        as many names stand beside as many lines."""
        kept = [verdict is not None and stood(verdict) == one for verdict, one in zip(verdicts, ranges, strict=True)]
        if is_each or not any(kept):
            return kept
        nothing = Context((), (), False)
        return [
            stands or stood(await self._claims.judge(found, *one, nothing)) == one
            for stands, one in zip(kept, ranges, strict=True)
        ]

    async def _verdict(
        self, unit: str, one: Reference, found: Found, start: int, end: int, about: Context
    ) -> Verdict | None:
        """None for a file without lines that stands."""
        if one.symbol and not start:
            return await self._claims.symbol(found, one.symbol)
        if one.symbol:
            about = Context((one.symbol,), (one.symbol,), is_definition=False)
        if start:
            return await self._claims.judge(found, start, end, about)
        if self._is_located(unit, one) or about.is_definition:
            is_new = is_proposal(unit) or any(name in self._said or name in self.code for name in about.own)
            return await self._claims.file(found, about, is_sure=not is_new and says_defined(unit, one.at))
        return None

    async def _unknown(self, unit: str, one: Reference, about: Context) -> list[Edit]:
        """A path that is nowhere."""
        is_located = self._is_located(unit, one)
        is_dead_link = one.words is not None and not is_proposal(unit) and self._places.claims(one.path)
        if self._places.is_folder(one.path) or not (self._cites(unit, one) or is_dead_link) or is_new(unit, one):
            return []
        is_from_root = one.words is not None and self._places.claims(one.path.lstrip("/"))
        if one.lines and (is_from_root or self._places.is_in_a_checkout(one.path)):
            return self.outcomes.removed(unit, one)
        if self._is_outside(unit, one) or PLACEHOLDER.search(one.path) or self._places.is_no_file(one.path):
            return []
        if self._places.may_be_there(one.path) or re.search(r"\w=\Z", unit[: one.at[0]]):
            return []  # a line of a log: `caller=main.go:5`
        if not self._places.trees:
            self.checked.unchecked += 1
            return []
        if (is_located or about.is_definition) and about.own:
            verdict = await self._claims.elsewhere(about, several=bool(one.lines and one.lines[0].last))
            if verdict and verdict.elsewhere:
                return self.outcomes.moved(unit, one, verdict.elsewhere, verdict)
        if is_located or self._places.claims(one.path):
            return self.outcomes.removed(unit, one)
        return self.outcomes.dropped(unit, one, None)

    # --- a web address ------------------------------------------------------------------------------------------------

    async def _page(self, part: re.Match[str], about: Context) -> list[Edit]:
        """A link into a repository's own pages stands only when it leads to a place that exists."""
        at = span_of(part)
        if (page := self._places.page(part.string[slice(*at)])) is None:
            return []
        found, start, end = page
        if found is None:
            return self.outcomes.page_removed(part, at)
        verdict = await self._claims.judge(found, start, end, about) if start else Verdict(0, 0)
        if verdict.is_gone:
            return self.outcomes.page_removed(part, at)
        moved: Sequence[Edit] = ()
        if stood(verdict) != (start, max(start, end)):
            moved = self.outcomes.page_mended(part, found, verdict, (start, max(start, end)))
        return [*moved, *self.outcomes.page_settled(part, at, verdict.elsewhere or found, verdict)]
