"""Lines that stand away from their path, anywhere in a unit: what they are, and which of the unit's paths they are of. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.capabilities.team_code.cited.forms import Reference
from bot.capabilities.team_code.cited.lines import (
    CJK,
    DASH,
    DIVIDED,
    ELSEWHERE,
    MARKED_ONE,
    NEAR,
    ONE,
    ORDINAL,
    SEVERAL,
    TICKED,
    TICKED_WHOLE,
    Lines,
    Span,
    each,
)
from bot.capabilities.team_code.cited.units import is_row, plain_end

COLON = rf":(?P<lines>\d{{1,7}}(?:{DASH}\d{{1,7}})?)"
MENTION = tuple(
    re.compile(rf"(?<![\w./:#-])(?:{pattern}){ELSEWHERE}", re.IGNORECASE)
    for pattern in (
        SEVERAL,
        TICKED,
        TICKED_WHOLE,
        ONE,
        MARKED_ONE,
        rf"{ORDINAL}|(?P<plain>\d{{1,7}})\.\s(?:Zeile|satır\w*|sor\w{{0,4}}|rivi\w{{0,4}}|rad(?:en)?|linj\w{{1,3}})\b",
        CJK,
        rf"(?<=[`*)]\s)\((?P<lines>\d{{1,7}}{DASH}\d{{1,7}})\)",
        rf"`{COLON}`|(?<=[\s(]){COLON.replace('P<lines>', 'P<plain>')}(?=[\s),;]|\.?$)",
    )
)
ITEM = re.compile(
    rf"[\s>*+-]*(?P<cut>(?:[*_]*`(?P<ticked>\d{{2,7}}(?:{DASH}\d{{1,7}})?)`[*_]*:?"
    rf"|[*_]*(?P<plain>\d{{2,7}}(?:{DASH}\d{{1,7}})?)[*_]*:|(?P<range>\d{{2,7}}{DASH}\d{{2,7}}))\s)"
)
"""`- 50: ..` below a file; items that are counted seldom come to ten."""

ITEMS = ("ticked", "plain", "range")

TARGET = re.compile(r"\]\([^()\s]*\)")
LEAD = re.compile(rf"(?:(?:{DIVIDED})?{NEAR})\Z", re.IGNORECASE)
MADE = re.compile(
    r"\b(?:creat|add|new\b|mak(?:e|ing)\b|writ(?:e|ing)\b|introduc|renam|mov(?:e|ing)\b|extract|generat|scaffold|plac(?:e|ing)\b|put\b|propos"
    r"|suggest|split|would|could|should|erstell|anleg|neue|cré|nouve|crea)"
    r"|新建|创建|新增|作成|追加",
    re.IGNORECASE,
)
"""What makes of a path that is nowhere a proposal."""

NEW = re.compile(
    r"(?:\b(?:new|neuen?|nouveau|nuevo|nuovo)\s(?:[a-z]+\s){0,2}|新しい|新的?)[`*_\"'(\[]*\Z", re.IGNORECASE
)
QUOTED = re.compile(r"`[^`\n]*`|\([^()\s]*\)|\S*[/._]\S*")


@dataclass(frozen=True, slots=True)
class Mention:
    """Lines without a path. `cut` is what goes with them."""

    parts: tuple[Lines, ...]
    span: Span
    cut: tuple[Span, ...]


def mentions(unit: str, taken: Sequence[Span]) -> list[Mention]:
    """In order; nothing that overlaps what is `taken`."""
    shown = 0 if is_row(unit) else plain_end(unit)
    item = ITEM.match(unit) if not taken else None
    found = (
        [_mention(unit, item.span(group), item.span("cut")) for group in ITEMS if item and item[group]] if item else []
    )
    for pattern in MENTION:
        for one in pattern.finditer(unit):
            at = one.span()
            if (
                at[0] >= min(shown, len(unit))
                and not _meets(at, taken)
                and not _meets(at, [other.span for other in found])
            ):
                group = "lines" if one["lines"] else "plain"
                found.append(Mention(each(unit, *one.span(group)), at, (_cut(unit, *at),)))
    return sorted(found, key=lambda one: one.span)


def _mention(unit: str, at: Span, cut: Span) -> Mention:
    return Mention(each(unit, *at), at, (cut,))


def _cut(unit: str, start: int, end: int) -> Span:
    """With the words that lead to it, the marks and the brackets that hold nothing else; nothing that readers may have already."""
    shown = plain_end(unit)
    while start and end < len(unit) and unit[start - 1] == unit[end] and unit[end] in "*_`":
        start, end = start - 1, end + 1
    if found := LEAD.search(unit, max(0, start - 60), start):
        start = found.start()
    if unit[start - 1 : start] == "[" and (target := TARGET.match(unit, end)):
        start, end = start - 1, target.end()
    if unit[start - 1 : start] in ("(", "[", "（") and unit[end : end + 1] in (")", "]", "）"):
        start, end = start - 1 - (unit[start - 2 : start - 1] == " "), end + 1
    elif unit[start - 1 : start] in ("(", "[") and (more := re.compile(r"[,;:]\s").match(unit, end)):
        end = more.end()
    return max(start, min(shown, len(unit))), end


def bound(unit: str, found: Sequence[Reference], named: Sequence[Mention]) -> tuple[list[Reference], list[Reference]]:
    """The references, the only one of a path with the lines that are its; and places of their own for other lines of such a path."""
    paths = {one.path for one in found}
    if len(paths) == 1 and len(named) == 1 and not any(one.lines or one.symbol for one in found):
        before = [one for one in found if one.at[1] <= named[0].span[0]]
        owner = (before or found)[-1 if before else 0]
        return [_with(one, named) if one is owner else one for one in found], []
    if len(paths) == 1:
        return list(found), [apart(found[0].path, one) for one in named]
    return list(_each_with_its_own(found, named)), []


def _each_with_its_own(found: Sequence[Reference], named: Sequence[Mention]) -> Iterator[Reference]:
    """Of several paths: the lines behind a path and before the next one."""
    for one, later in zip(found, [*found[1:], None], strict=True):
        own = [it for it in named if one.at[1] <= it.span[0] and (later is None or it.span[1] <= later.at[0])]
        yield _with(one, own) if len(own) == 1 and not one.lines and not one.symbol else one


def _with(one: Reference, named: Sequence[Mention]) -> Reference:
    return replace(one, lines=named[0].parts, cut=named[0].cut)


def apart(path: str, one: Mention) -> Reference:
    """Lines as a place of their own."""
    return Reference(one.span, one.span, path, one.parts, one.cut)


def is_proposal(unit: str) -> bool:
    """Whether a path that is not there may be one that should be."""
    return bool(MADE.search(QUOTED.sub(" ", unit)))


def is_new(unit: str, one: Reference) -> bool:
    """Whether a path is said to be new right before it."""
    return bool(NEW.search(unit, max(0, one.at[0] - 40), one.at[0]))


def _meets(span: Span, others: Sequence[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)
