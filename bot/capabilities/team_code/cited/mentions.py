"""Lines that stand away from their path, anywhere in a unit: what they are, and which of the unit's paths they are of. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.capabilities.team_code.cited.forms import Knows, Reference
from bot.capabilities.team_code.cited.lines import (
    BETWEEN,
    CJK,
    DASH,
    DIVIDED,
    ELSEWHERE,
    FILE_OF,
    MARKED,
    NEAR,
    NUMBER,
    OF,
    ONE,
    OPENING,
    ORDINAL,
    SEVERAL,
    TIE,
    Lines,
    Span,
    each,
)
from bot.capabilities.team_code.cited.units import is_row, plain_end

COLON = rf":(?P<lines>\d{{1,7}}(?:{DASH}\d{{1,7}})?)"
COMMAND = (
    r"`(?:[$%]\s)?[a-z][\w.-]*\s[^`]*?(?<=\s)(?P<cut>(?:\+|-[Llr][\s=]?|--?[a-z-]{0,20}lines?[a-z-]{0,20}[\s=]|['\"]?(?=\d+,\d+p\b))"
    r"(?P<lines>\d{1,7}(?:[,:]\d{1,7}(?=p|[\s:`]))?)(?:p['\"]?|:\d{1,4})?(?:\s--?)?(?:\s|:(?=\S+`)|(?=`)))"
)
"""`vim +50 a.py`, `sed -n '50,60p' a.py`, `git blame -L 50,60 a.py`: lines that an argument gives."""

MENTION = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        COMMAND,
        *(rf"(?<![\w./#-]){words}" for words in (BETWEEN, SEVERAL, MARKED, ONE, ORDINAL)),
        rf"(?:(?<![A-Za-z0-9_./:#-])|(?=第)){CJK}",
        rf"(?<=[`*)\]]\s)\((?P<lines>\d{{1,7}}{DASH}\d{{1,7}})\)",
        rf"(?<![\w./:#-])`{COLON}`|(?<=[\s(]){COLON.replace('P<lines>', 'P<plain>')}(?=[\s),;]|\.?$)",
        rf"(?<=[`*)\]]:)\s?(?P<mark>`|\*\*?|__?)(?P<lines>{NUMBER})(?P=mark)",
    )
)
ITEM = re.compile(
    rf"[\s>*+-]*(?P<cut>(?:[*_]*`(?P<ticked>\d{{2,7}}(?:{DASH}\d{{1,7}})?)`[*_]*:?"
    rf"|[*_]*(?P<plain>\d{{2,7}}(?:{DASH}\d{{1,7}})?)[*_]*:|(?P<range>\d{{2,7}}{DASH}\d{{2,7}}))\s)"
)
"""`- 50: ..` below a file; items that are counted seldom come to ten."""

BEGINNING = re.compile(r"[\s>*+-]*(?:\d{1,2}[.)]\s)?(?:\[[ xX]\]\s)?")
SEPARATOR = re.compile(r"(?:[,:]|\s[@—–-])?\s")
LEADS_ON = re.compile(SEPARATOR.pattern + OPENING)
TARGET = re.compile(r"\]\([^()\s]*\)")
YOURS = re.compile(r"\b(?:your|my|deine|Ihre)\s\Z", re.IGNORECASE)
"""Lines of a text that somebody sent."""
LEAD = re.compile(rf"(?:{DIVIDED}|(?<![A-Za-z0-9_]))(?:{NEAR})\Z", re.IGNORECASE)
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
    of: int = 0
    """Behind an "of": the path follows."""


def mentions(unit: str, taken: Sequence[Span]) -> list[Mention]:
    """In order; nothing that overlaps what is `taken`."""
    shown = 0 if is_row(unit) else plain_end(unit)
    item = ITEM.match(unit) if not taken else None
    groups = [group for group in ("ticked", "plain", "range") if item and item[group]]
    found = [Mention(each(unit, *item.span(one)), item.span(one), (item.span("cut"),)) for one in groups if item]
    for pattern in MENTION:
        for one in pattern.finditer(unit):
            is_command = pattern is MENTION[0]
            at = one.span("cut") if is_command else one.span()
            if (
                at[0] >= min(shown, len(unit))
                and not YOURS.search(unit, 0, at[0])
                and not _meets(at, taken)
                and not _meets(at, [other.span for other in found])
            ):
                group = "lines" if one["lines"] else "plain"
                of = OF.match(unit, at[1])
                of_end = at[1] if is_command and unit[at[1]] != "`" else of.end() if of else 0
                cut = (at[0], of_end) if of_end else _cut(unit, *at)
                parts = each(unit, *one.span(group))
                if pattern in MENTION[:2] and len(parts) == 2:
                    parts = (Lines(parts[0].first, parts[-1].first),)
                found.append(Mention(parts, at, (cut,), of_end))
    return sorted(found, key=lambda one: one.span)


def _cut(unit: str, start: int, end: int) -> Span:
    """With the words that lead to it, the marks and the brackets that hold nothing else; nothing that readers may have already."""
    shown = plain_end(unit)
    if BEGINNING.fullmatch(unit, 0, start) and (more := SEPARATOR.match(unit, end)):
        return start, more.end()
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


def bound(
    unit: str, found: Sequence[Reference], named: Sequence[Mention], knows: Knows
) -> tuple[list[Reference], list[Reference], list[Mention]]:
    """The references, with the lines that are theirs; places of their own for other lines of the same paths; and lines of none."""
    owners = [(one, *_owner(unit, found, one)) for one in named]
    own: dict[int, Mention] = {}
    for owner in found:
        its = [(one, is_tied) for one, other, is_tied in owners if other is owner]
        first = next((one for one, is_tied in its if is_tied), None)
        if len(its) == 1 and not owner.symbol and (knows(owner.path) or not is_proposal(unit)):
            first = its[0][0]
        if first and not owner.lines:
            own[id(owner)] = first
    its_lines = [(one, own.get(id(one))) for one in found]
    with_lines = [replace(one, lines=its.parts, cut=its.cut) if its else one for one, its in its_lines]
    taken = {id(one) for one in own.values()}
    others = [apart(owner.path, one) for one, owner, _ in owners if owner and id(one) not in taken]
    return with_lines, others, [one for one, owner, _ in owners if owner is None and is_own(unit, one)]


def is_own(unit: str, one: Mention) -> bool:
    """Whether lines are not said to be of something else: of another text, of a function."""
    return not ELSEWHERE.match(unit, one.span[1])


def _owner(unit: str, found: Sequence[Reference], one: Mention) -> tuple[Reference | None, bool]:
    """The path that lines are of, and whether nothing stands between: the one behind "of", the last one before, the next one."""
    later = next((it for it in found if it.at[0] >= one.span[1]), None)
    if later and one.of and FILE_OF.fullmatch(unit, one.of, later.at[0]):
        return later, True
    if not is_own(unit, one):
        return None, False
    before = [it for it in found if it.at[1] <= one.span[0]]
    if 1 < len({it.path for it in before}) == len(one.parts):
        return None, False  # "`a.py` and `b.py`, lines 5 and 9"
    if before:
        return before[-1], bool(TIE.fullmatch(unit, before[-1].whole[1], one.span[0]))
    if found and not found[0].lines and (len(found) == 1 or LEADS_ON.fullmatch(unit, one.span[1], found[0].at[0])):
        return found[0], False
    return None, False


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
