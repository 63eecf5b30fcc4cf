"""Checks one unit of an answer: each reference in it stands, gets other lines or another file, loses its lines, or goes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.capabilities.team_code import phrases
from bot.capabilities.team_code.cited import lines, pages, units
from bot.capabilities.team_code.cited.carried import Carried
from bot.capabilities.team_code.cited.claims import LOCATES, Claims, Context, Verdict, context, with_names_inside
from bot.capabilities.team_code.cited.edits import Edit, edited, is_number, renumbered, renumbered_words
from bot.capabilities.team_code.cited.forms import Reference, is_frame, is_outside, references
from bot.capabilities.team_code.cited.lines import Span
from bot.capabilities.team_code.cited.places import Found, Places
from bot.capabilities.team_code.cited.sources import Checked, Source
from bot.capabilities.team_code.cited.spans import is_same_link, ranges_of, span_of, stood
from bot.capabilities.team_code.permalinks import permalink

MAYBE = re.compile(
    r"`[^`\n]*/[^`\n]* [^`\n]*\.\w{1,10}[^`\n]{0,20}`|/[\w.-]*\.[A-Za-z]\w{0,9}(?:#[A-Za-z_]|[*_'\"]{1,3}:\d|(?![\s–—…’”])[^\x00-\x7f])"
)
"""What may be a path with spaces, or one that another script or a name is glued to: only the files that are there can tell."""

PLACEHOLDER = re.compile(r"[<>{}*…]|\.\.\.|(?:^|/)path/to/")
"""`src/**/*.py`, `grammars/<name>.so`: a pattern for paths claims none."""


class UnitCheck:
    """`said` is what people wrote in the thread."""

    def __init__(self, places: Places, said: str) -> None:
        self._places = places
        self._claims = Claims(places)
        self._said = said
        self._carried = Carried()
        self.checked = Checked()
        self.built: dict[str, None] = {}
        """Links of our own making, kept over a restart."""

    def restart(self) -> None:
        self.checked = Checked()
        self._carried = Carried()

    async def check(self, unit: str) -> str:
        self._carried.enter(unit)
        if not units.SUSPECT.search(unit):
            self._carried.leave(unit, ())
            return unit
        await self._places.load()
        if not self._places.trees and MAYBE.search(unit):
            await self._places.ground(unit, is_cited=False)
        found = list(references(unit, self._places.knows))
        while wanting := [one for one in found if self._needs_more(unit, one)]:
            if not await self._places.ground(unit, is_cited=any(self._cites(unit, one) for one in wanting)):
                break
            found = list(references(unit, self._places.knows))
        if sum(isinstance(one, Reference) for one in found) == 1:
            found = [self._carried.with_cell(unit, one) if isinstance(one, Reference) else one for one in found]
        spans = [(span_of(one), one) for one in found if self._is_place(one)]
        edits: list[Edit] = []
        if (file := self._meant(spans)) is not None:
            edits += await self._bare(unit, file, [span for span, _ in spans])
        for one in found:
            at = span_of(one)
            others = [span for span, other in spans if span != at and not is_same_link(one, other)]
            about = with_names_inside(unit, at, self._carried.about(unit, context(unit, at, others)))
            if isinstance(one, Reference):
                edits += await self._reference(unit, one, about)
            else:
                edits += await self._page(one, about)
        self._carried.leave(
            unit, [file for _, one in spans if isinstance(one, Reference) for file in self._places.find(one.path)]
        )
        return edited(unit, edits)

    def _meant(self, spans: Sequence[tuple[Span, Reference | re.Match[str]]]) -> Found | None:
        """The file that lines without a path are of: the only one of the unit, if that has no lines itself, else the one named last."""
        if not spans:
            return self._carried.found
        one = spans[0][1]
        if len(spans) > 1 or not isinstance(one, Reference) or one.lines or one.symbol:
            return None
        found = self._places.find(one.path)
        return found[0] if len(found) == 1 else None

    async def _bare(self, unit: str, file: Found, others: Sequence[Span]) -> list[Edit]:
        """Lines without a path, said of a symbol that the file defines; of others it is known only that the file ends before them."""
        named = lines.alone(unit) or self._carried.cell(unit)
        bare = named or (lines.beside(unit, others[0][1]) if others else None)
        if bare is None or len(bare[0]) > 1 or file.entry.kind != "text":
            return []
        parts, span = bare
        one = Reference(span, span, file.entry.path, parts, (span,))
        about = self._carried.about(unit, context(unit, span, others))
        is_label = lines.is_label(unit) and not about.near
        if not is_label and not await self._claims.defines(file, about):
            return []
        if named is None and len({*about.own, *about.near}) > 1:
            return []  # a count of them, maybe
        ((start, end),) = ranges_of(unit, one)
        verdict = await self._claims.judge(file, start, end, about)
        if verdict.elsewhere or verdict.is_gone or stood(verdict) == (start, end):
            return []
        return self._settled(unit, one, replace(file, is_exact=True), verdict, (start, end))

    def _needs_more(self, unit: str, one: Reference | re.Match[str]) -> bool:
        """Whether a place is cited that cannot be checked against what is open."""
        if not isinstance(one, Reference):
            return self._places.is_page_of_unopened(one["bare"] or one["url"])
        if not (one.is_file or self._cites(unit, one)) or is_frame(unit, one) or unit[slice(*one.whole)] in self._said:
            return False
        if self._places.find(one.path):
            return False
        is_from_root = one.path.startswith("/") and bool(one.lines) and not self._places.trees
        return is_from_root or self._places.names_granted(one.path) or not is_outside(unit, one)

    def _cites(self, unit: str, one: Reference | re.Match[str]) -> bool:
        """Whether it says that something is there: a path alone may be a proposal."""
        return not isinstance(one, Reference) or bool(one.lines or one.symbol or self._is_located(unit, one))

    def _is_place(self, one: Reference | re.Match[str]) -> bool:
        """Whether this is surely a place: `Invoice.total` may be a file or a name."""
        return (
            not isinstance(one, Reference)
            or bool(one.lines or one.symbol or one.is_file)
            or self._places.knows(one.path)
        )

    def _is_located(self, unit: str, one: Reference) -> bool:
        return bool(LOCATES.search(unit, max(0, one.at[0] - 60), one.at[0]))

    # --- a path -------------------------------------------------------------------------------------------------------

    async def _reference(self, unit: str, one: Reference, about: Context) -> list[Edit]:
        if is_frame(unit, one):
            return []
        ranges = ranges_of(unit, one) or [(0, 0)]
        meant = self._places.find(one.path)
        found = self._places.chosen(meant, unit, *ranges[0])
        is_said = bool(one.lines) and unit[slice(*one.whole)] in self._said
        if meant and found is None:
            return []  # in several repositories: it stands, and leads nowhere
        if found is None:
            return [] if is_said else await self._unknown(unit, one, about)
        verdicts = [await self._verdict(unit, one, found, start, end, about) for start, end in ranges]
        if len(ranges) > 1:
            kept = await self._kept(found, ranges, verdicts)
            if any(kept) or is_said:
                return self._listed(unit, one, found, ranges, kept)
        if is_said and verdicts[0] is not None and stood(verdicts[0]) != ranges[0]:
            return []
        return self._settled(unit, one, found, verdicts[0], ranges[0])

    async def _kept(
        self, found: Found, ranges: Sequence[tuple[int, int]], verdicts: Sequence[Verdict | None]
    ) -> list[bool]:
        """Which of several lines stand: once one of them is what the sentence says, of the others it is enough to be there."""
        kept = [verdict is not None and stood(verdict) == one for verdict, one in zip(verdicts, ranges, strict=True)]
        if not any(kept):
            return kept
        nothing = Context((), (), False)
        return [
            stands or stood(await self._claims.judge(found, *one, nothing)) == one
            for stands, one in zip(kept, ranges, strict=True)
        ]

    def _listed(
        self, unit: str, one: Reference, found: Found, ranges: Sequence[tuple[int, int]], kept: Sequence[bool]
    ) -> list[Edit]:
        """Several lines of one file, of which those that do not stand go."""
        for (start, end), stands in zip(ranges, kept, strict=True):
            if stands:
                self._cite(found, start, end)
        whole_path = [] if found.is_exact or one.is_spaced else [(*one.at, found.entry.path)]
        if all(kept) or not any(kept):
            return whole_path if any(kept) else []
        texts = [unit[part.first[0] : part.end] for part, stands in zip(one.lines, kept, strict=True) if stands]
        self.checked.dropped += len(kept) - len(texts)
        self._note(unit, one, f"{found.entry.path}:{','.join(texts)}")
        return [*whole_path, (one.lines[0].first[0], one.lines[-1].end, ", ".join(texts))]

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
            return await self._claims.file(found, about)
        return None

    def _settled(
        self, unit: str, one: Reference, found: Found, verdict: Verdict | None, lines: tuple[int, int]
    ) -> list[Edit]:
        if verdict is None:
            if found.is_exact:
                self._cite(found, 0, 0)
            return []
        if verdict.elsewhere and not one.is_spaced:
            return self._moved(unit, one, verdict.elsewhere, verdict)
        if verdict.elsewhere:
            return self._dropped(unit, one, found)
        if verdict.is_gone and not one.is_spaced:
            return self._removed(unit, one) if not one.symbol else self._dropped(unit, one, found)
        whole_path = [] if found.is_exact or one.is_spaced or not lines[0] else [(*one.at, found.entry.path)]
        self._cite(found, verdict.start, verdict.end)
        if (one.symbol and not lines[0]) or stood(verdict) == lines:
            return whole_path
        if not verdict.start:
            return [*whole_path, *self._dropped(unit, one, found)]
        edits = [*whole_path, *renumbered(one, verdict)]
        self.checked.corrected += 1
        self._note(unit, one, f"{found.entry.path}:{verdict.start}")
        return [*edits, *renumbered_words(unit, one, verdict)]

    async def _unknown(self, unit: str, one: Reference, about: Context) -> list[Edit]:
        """A path that is nowhere."""
        is_located = self._is_located(unit, one)
        if not self._cites(unit, one) or self._places.is_folder(one.path) or is_outside(unit, one):
            return []
        if PLACEHOLDER.search(one.path) or self._places.is_no_file(one.path):
            return []
        if self._places.is_one_of_several(one.path):
            return []
        if not self._places.trees:
            self.checked.unchecked += 1
            return []
        if (is_located or about.is_definition) and about.own:
            verdict = await self._claims.elsewhere(about, several=bool(one.lines and one.lines[0].last))
            if verdict and verdict.elsewhere:
                return self._moved(unit, one, verdict.elsewhere, verdict)
        if is_located or self._places.claims(one.path):
            return self._removed(unit, one)
        return self._dropped(unit, one, None)

    def _moved(self, unit: str, one: Reference, found: Found, verdict: Verdict) -> list[Edit]:
        """To another file, where that is defined what the sentence names."""
        several = len(self._places.trees) > 1
        path = f"{found.tree.name}/{found.entry.path}" if several else found.entry.path
        self.checked.corrected += 1
        self._cite(found, verdict.start, verdict.end)
        self._note(unit, one, f"{path}:{verdict.start}")
        return [(*one.at, path), *renumbered(one, verdict)]

    def _dropped(self, unit: str, one: Reference, found: Found | None) -> list[Edit]:
        self.checked.dropped += 1
        self._note(unit, one, found.entry.path if found else one.path)
        if found and one.symbol:
            self._cite(found, 0, 0)
        words = [(*one.words, found.entry.path)] if found and one.words and is_number(unit, one.words) else []
        return [*words, *((*span, "") for span in one.cut)]

    def _removed(self, unit: str, one: Reference) -> list[Edit]:
        self.checked.removed += 1
        self._note(unit, one, "")
        if one.words:  # a link's words stay
            return [(one.whole[0], one.words[0], ""), (one.words[1], one.whole[1], "")]
        return [(*one.at, phrases.reference_removed()), *((*span, "") for span in one.cut)]

    def _note(self, unit: str, one: Reference, shown: str) -> None:
        edges = [one.whole, *one.cut]
        self.checked.note(unit[min(start for start, _ in edges) : max(end for _, end in edges)], shown)

    def _cite(self, found: Found, start: int, end: int) -> None:
        self.checked.sources[Source(found.tree.name, found.entry.path, start, end if start else 0)] = None

    # --- a web address ------------------------------------------------------------------------------------------------

    async def _page(self, part: re.Match[str], about: Context) -> list[Edit]:
        """A link into a repository's own pages stands only when it leads to a place that exists."""
        at = span_of(part)
        address = part.string[slice(*at)]
        tree = self._places.tree_of_page(address)
        if tree is None or not (paths := list(pages.paths(address))):
            return []
        entry = next((entry for path in paths if (entry := tree.by_path.get(path))), None)
        if entry is None:
            return [] if any(path.strip("/") in tree.folders for path in paths) else self._page_removed(part, at)
        start, end = pages.lines(address)
        found = Found(tree, entry, True)
        verdict = await self._claims.judge(found, start, end, about) if start else Verdict(0, 0)
        if verdict.is_gone:
            return self._page_removed(part, at)
        if (verdict.start, verdict.end) != (start, max(start, end)):
            self.checked.corrected += 1 if verdict.start else 0
            self.checked.dropped += 0 if verdict.start else 1
            self.checked.note(address, f"{entry.path}:{verdict.start}" if verdict.start else entry.path)
        return self._page_settled(part, at, verdict.elsewhere or found, verdict)

    def _page_settled(self, part: re.Match[str], at: Span, found: Found, verdict: Verdict) -> list[Edit]:
        self._cite(found, verdict.start, verdict.end)
        snapshot = found.tree.snapshot
        address = permalink(snapshot.repository, snapshot.commit, found.entry.path, verdict.start, verdict.end)
        self.built[address] = None
        has_words = part["url"] is not None and part["text"].strip()
        return [(*at, address)] if has_words else [(*part.span(), f"[{found.entry.path}]({address})")]

    def _page_removed(self, part: re.Match[str], at: Span) -> list[Edit]:
        self.checked.removed += 1
        self.checked.note(part.string[slice(*at)], "")
        if part["url"] is not None and part["text"].strip():
            words = part.span("text")
            return [(part.start(), words[0], ""), (words[1], part.end(), "")]
        return [(*(part.span() if part["url"] else at), phrases.reference_removed())]
