"""What becomes of a reference in the text, and in the account of the answer: it is cited, gets other lines or another file, or goes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.capabilities.team_code import phrases
from bot.capabilities.team_code.cited.carried import NOTE
from bot.capabilities.team_code.cited.claims import Verdict
from bot.capabilities.team_code.cited.edits import Edit, followed, is_number, renumbered, renumbered_words
from bot.capabilities.team_code.cited.forms import Reference
from bot.capabilities.team_code.cited.lines import Span
from bot.capabilities.team_code.cited.mentions import mentions
from bot.capabilities.team_code.cited.places import Found, Places
from bot.capabilities.team_code.cited.sources import Checked, Source
from bot.capabilities.team_code.cited.spans import span_of, stood
from bot.capabilities.team_code.permalinks import permalink


class Outcomes:
    """Of one answer."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self.checked = Checked()
        self.built: dict[str, None] = {}
        """Links of our own making, kept over a restart."""

    def listed(
        self, unit: str, one: Reference, found: Found, ranges: Sequence[tuple[int, int]], kept: Sequence[bool]
    ) -> list[Edit]:
        """Several lines of one file, of which those that do not stand go."""
        for (start, end), stands in zip(ranges, kept, strict=True):
            if stands:
                self.cite(found, start, end)
        whole_path = [] if found.is_exact or one.is_spaced else [(*one.at, found.entry.path)]
        if all(kept) or not any(kept):
            return whole_path if any(kept) else []
        texts = [unit[part.first[0] : part.end] for part, stands in zip(one.lines, kept, strict=True) if stands]
        self.checked.dropped += len(kept) - len(texts)
        self.note(unit, one, f"{found.entry.path}:{','.join(texts)}")
        return [*whole_path, (one.lines[0].first[0], one.lines[-1].end, ", ".join(texts))]

    def settled(
        self, unit: str, one: Reference, found: Found, verdict: Verdict | None, lines: tuple[int, int]
    ) -> list[Edit]:
        if verdict is None:
            if found.is_exact:
                self.cite(found, 0, 0)
            return self._linked(one, found, 0, 0)
        if verdict.elsewhere and not one.is_spaced:
            return self.moved(unit, one, verdict.elsewhere, verdict)
        if verdict.elsewhere:
            return self.dropped(unit, one, found)
        if verdict.is_gone and not one.is_spaced:
            return self.removed(unit, one) if not one.symbol else self.dropped(unit, one, found)
        whole_path = [] if found.is_exact or one.is_spaced or not lines[0] else [(*one.at, found.entry.path)]
        whole_path = self._linked(one, found, verdict.start, verdict.end) or whole_path
        self.cite(found, verdict.start, verdict.end)
        if (one.symbol and not lines[0]) or stood(verdict) == lines:
            return whole_path
        if not verdict.start:
            return [*whole_path, *self.dropped(unit, one, found)]
        edits = [*whole_path, *renumbered(one, verdict)]  # of a link that is new the first alone counts
        self.checked.corrected += 1
        self.note(unit, one, f"{found.entry.path}:{verdict.start}")
        return [*edits, *renumbered_words(unit, one.words, verdict)]

    def moved(self, unit: str, one: Reference, found: Found, verdict: Verdict) -> list[Edit]:
        """To another file, where that is defined what the sentence names."""
        several = self._places.are_several
        path = f"{found.tree.name}/{found.entry.path}" if several else found.entry.path
        self.checked.corrected += 1
        self.cite(found, verdict.start, verdict.end)
        self.note(unit, one, f"{path}:{verdict.start}")
        return [*self._linked(one, found, verdict.start, verdict.end), (*one.at, path), *renumbered(one, verdict)]

    def dropped(self, unit: str, one: Reference, found: Found | None) -> list[Edit]:
        self.checked.dropped += 1
        self.note(unit, one, found.entry.path if found else one.path)
        if found and one.symbol:
            self.cite(found, 0, 0)
        words = (
            [(*one.words, found.entry.path if found else one.path)] if one.words and is_number(unit, one.words) else []
        )
        linked = self._linked(one, found, 0, 0) if found else []
        return [*words, *linked, *((*span, "") for span in one.cut)]

    def _linked(self, one: Reference, found: Found, start: int, end: int) -> list[Edit]:
        """A link to a path leads to its page, where the repository has pages."""
        snapshot = found.tree.snapshot
        if one.words is None or not snapshot.repository.web or found.entry.kind != "text":
            return []
        address = permalink(snapshot.repository, snapshot.commit, found.entry.path, start, end)
        self.built[address] = None
        return [(one.words[1] + 2, one.whole[1] - 1, address)]

    def removed(self, unit: str, one: Reference) -> list[Edit]:
        self.checked.removed += 1
        self.note(unit, one, "")
        if one.words and is_number(unit, one.words):
            return [(*one.whole, phrases.reference_removed())]
        if one.words:  # a link's words stay
            behind = [(*span, "") for span in one.cut if span[0] >= one.whole[1]]
            return [
                (one.whole[0], one.words[0], ""),
                (one.words[1], one.whole[1], ""),
                *behind,
                *_lines_within(unit, one.words),
            ]
        return [(*one.at, phrases.reference_removed()), *((*span, "") for span in one.cut)]

    def note(self, unit: str, one: Reference, shown: str) -> None:
        edges = [one.whole, *one.cut]
        self.checked.note(unit[min(start for start, _ in edges) : max(end for _, end in edges)], shown)

    def cite(self, found: Found, start: int, end: int) -> None:
        self.checked.sources[Source(found.tree.name, found.entry.path, start, end if start else 0)] = None

    def page_mended(
        self, part: re.Match[str], found: Found, verdict: Verdict, lines: tuple[int, int]
    ) -> Sequence[Edit]:
        """Other lines for an address, or none: its words follow."""
        self.checked.corrected += 1 if verdict.start else 0
        self.checked.dropped += 0 if verdict.start else 1
        path = found.entry.path
        self.checked.note(part.string[slice(*span_of(part))], f"{path}:{verdict.start}" if verdict.start else path)
        if part["url"] is None:
            return ()
        words = part.span("text")
        if not verdict.start:
            return [(*words, path)] if is_number(part.string, words) else ()
        return [*renumbered_words(part.string, words, verdict), *followed(part.string, words, verdict, lines)]

    def page_settled(self, part: re.Match[str], at: Span, found: Found, verdict: Verdict) -> list[Edit]:
        self.cite(found, verdict.start, verdict.end)
        snapshot = found.tree.snapshot
        address = permalink(snapshot.repository, snapshot.commit, found.entry.path, verdict.start, verdict.end)
        self.built[address] = None
        has_words = part["url"] is not None and part["text"].strip()
        is_target = part.string[at[0] - 2 : at[0]] in ('="', "='", "](")  # of HTML, or of words on the line before
        if has_words or is_target or NOTE.match(part.string):
            return [(*at, address)]
        start, end = part.span()
        is_bracketed = part.string[start - 1 : start] + part.string[end : end + 1] == "<>"
        return [(start - is_bracketed, end + is_bracketed, f"[{found.entry.path}]({address})")]

    def page_removed(self, part: re.Match[str], at: Span) -> list[Edit]:
        self.checked.removed += 1
        self.checked.note(part.string[slice(*at)], "")
        if part["url"] is not None and part["text"].strip():
            words = part.span("text")
            if is_number(part.string, words):
                return [(*part.span(), phrases.reference_removed())]
            return [(part.start(), words[0], ""), (words[1], part.end(), ""), *_lines_within(part.string, words)]
        return [(*(part.span() if part["url"] else at), phrases.reference_removed())]


def _lines_within(unit: str, words: Span) -> list[Edit]:
    """The lines that a link's words name go with its target."""
    return [(*one.cut[0], "") for one in mentions(unit, ()) if words[0] <= one.cut[0][0] and one.cut[0][1] <= words[1]]
