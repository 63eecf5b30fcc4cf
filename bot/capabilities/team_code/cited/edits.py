"""Changes to a unit of text, by offsets. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.capabilities.team_code.cited.claims import Verdict
from bot.capabilities.team_code.cited.forms import Reference

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


def edited(unit: str, edits: Sequence[Edit]) -> str:
    out, at = [], 0
    for start, end, text in sorted(edits):
        if start >= at:
            out += [unit[at:start], text]
            at = end
    return "".join(out) + unit[at:]
