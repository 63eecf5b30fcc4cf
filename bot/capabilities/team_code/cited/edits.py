"""Changes to a unit of text, by offsets. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.capabilities.team_code.cited.claims import Verdict
from bot.capabilities.team_code.cited.forms import Reference
from bot.capabilities.team_code.cited.lines import DASH, Span

Edit = tuple[int, int, str]
"""What stands instead of a span."""


def renumbered(one: Reference, verdict: Verdict) -> Iterable[Edit]:
    """Other lines in the form of those that stand there."""
    if one.lines:
        head = one.lines[0]
        yield (*head.first, str(verdict.start))
        if head.last:
            yield (*head.last, str(max(verdict.start, verdict.end)))
        if head.end < one.lines[-1].end:
            yield (head.end, one.lines[-1].end, "")
    if one.column:
        yield (*one.column, "")


NUMBER = re.compile(
    rf"[`*\s]*(?:(?:on|at|in|see|from)\s)?(?:lines?\s|L)?(?P<first>\d{{1,7}})(?:{DASH}L?(?P<last>\d{{1,7}}))?[`*\s]*",
    re.IGNORECASE,
)


def is_number(unit: str, words: Span) -> bool:
    """Whether a link's words are the lines and nothing else: `[40](src/pay.py#L40)`."""
    return NUMBER.fullmatch(unit, *words) is not None


def renumbered_words(unit: str, words: Span | None, verdict: Verdict) -> Iterable[Edit]:
    """The words of a link that are its lines follow them."""
    found = NUMBER.fullmatch(unit, *words) if words else None
    if found:
        yield (*found.span("first"), str(verdict.start))
        if found["last"]:
            yield (*found.span("last"), str(max(verdict.start, verdict.end)))


def followed(unit: str, words: Span, verdict: Verdict, lines: tuple[int, int]) -> Iterable[Edit]:
    """The numbers among a link's words that are the old lines of its address."""
    new = {lines[1]: max(verdict.start, verdict.end), lines[0]: verdict.start}
    for one in re.compile(r"(?<![\w.])L?(\d{1,7})(?![\w.])").finditer(unit, *words):
        if int(one[1]) in new and NUMBER.fullmatch(unit, *words) is None:
            yield (*one.span(1), str(new[int(one[1])]))


def edited(unit: str, edits: Sequence[Edit]) -> str:
    out, at = [], 0
    for start, end, text in sorted(edits):
        if start >= at:
            out += [unit[at:start], text]
            at = end
    return "".join(out) + unit[at:]
