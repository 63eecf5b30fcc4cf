"""Where a reference stands in its unit, and the lines that it names. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.capabilities.team_code.cited.claims import Verdict
from bot.capabilities.team_code.cited.forms import TRAILING, Reference
from bot.capabilities.team_code.cited.lines import Span


def span_of(one: Reference | re.Match[str]) -> Span:
    """The place itself: a path with its tail, or an address without the punctuation behind it."""
    if isinstance(one, Reference):
        return one.whole if not one.words else one.at
    start, end = one.span("url") if one["bare"] is None else one.span("bare")
    if one["bare"]:
        while one.string[end - 1] in TRAILING:
            end -= 1
    return start, end


def is_same_link(one: Reference | re.Match[str], other: Reference | re.Match[str]) -> bool:
    """A link's words and its target say the same of the same symbol."""
    links = [(_link(a), span_of(b)) for a, b in ((one, other), (other, one))]
    return any(link and link[0] <= span[0] and span[1] <= link[1] for link, span in links)


Place = tuple[str, str, int]
"""The repository, the path and the first line that are named; 0 for none."""


def is_same_place(one: Place | None, other: Place | None) -> bool:
    """An address and a path may name the same, and a file without lines is where those of its name are."""
    return (
        one is not None
        and other is not None
        and one[:2] == other[:2]
        and (one[2] == other[2] or not (one[2] and other[2]))
    )


def _link(one: Reference | re.Match[str]) -> Span | None:
    if isinstance(one, Reference):
        return one.whole if one.words else None
    return one.span() if one["url"] is not None else None


def own_words(named: Sequence[Reference]) -> list[Reference]:
    """Without the target of a link whose words name the path already."""
    within = [(one, one.words) for one in named if one.words]
    doubled = [one for one, (start, end) in within if any(start <= it.at[0] and it.at[1] <= end for it in named)]
    return [one for one in named if one not in doubled]


def ranges_of(unit: str, one: Reference) -> list[tuple[int, int]]:
    """The lines of a reference, the lower first."""
    numbers = [(int(unit[slice(*part.first)]), int(unit[slice(*(part.last or part.first))])) for part in one.lines]
    return [(min(pair), max(pair)) for pair in numbers]


def stood(verdict: Verdict) -> tuple[int, int]:
    return verdict.start, verdict.end


def words_at(part: Reference | re.Match[str], named: Sequence[Reference]) -> Span | None:
    """Where the words of an address name its place: both are said of the same."""
    if isinstance(part, Reference) or part["url"] is None:
        return None
    start, end = part.span("text")
    return next((one.at for one in named if start <= one.at[0] and one.at[1] <= end), None)
