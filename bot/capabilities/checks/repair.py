"""One second question that mends what was found, and the rules by which its answer is taken."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.capabilities.checks.blocks import Placed, placed_in, with_code
from bot.capabilities.checks.verdicts import Finding, Verdict
from bot.capability import Ask

SYSTEM = """\
You mend code blocks of an answer in which a checker found names, arguments or imports that do not exist at the versions in use.
You get each block with its number, the findings, and what exists instead. Change as little as possible, and only what the findings
concern; keep the language, the names, the comments and the structure. Answer with every block that you were given, whole, as a fenced
code block, in the same order. Where a sentence of the answer names what you changed, add after the blocks one line for each:
REPLACE: <the exact words of the sentence> => <the same words, mended>
Write nothing else. Where a finding is mistaken or you cannot mend it, answer with the single word NO."""

REPLACE = re.compile(r"^REPLACE: (?P<old>.+?) => (?P<new>.+)$", re.MULTILINE)
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
WORD = re.compile(r"[A-Za-z_]\w+")
PROSE_CHARACTERS = 12_000

Check = Callable[[str], Awaitable[Mapping[int, Verdict]]]
"""The verdicts of a text's blocks, by their places."""
Api = Callable[[Finding], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Repaired:
    """The mended text, its verdicts, and what was mended in each block."""

    text: str
    verdicts: Mapping[int, Verdict]
    mended: Mapping[int, tuple[Finding, ...]]


def wanted(verdicts: Mapping[int, Verdict]) -> dict[int, tuple[Finding, ...]]:
    """What a repair may be asked for: findings that are precise."""
    precise = {place: tuple(one for one in verdict.findings if one.precise) for place, verdict in verdicts.items()}
    return {place: found for place, found in precise.items() if found}


async def repair(text: str, verdicts: Mapping[int, Verdict], ask: Ask, api: Api, check: Check) -> Repaired | None:
    """The text with its findings mended; None where that was not possible: then the first answer stands as it is."""
    findings, placed = wanted(verdicts), placed_in(text)
    concerned = [(place, placed[place]) for place in sorted(findings) if place < len(placed)]
    if not concerned:
        return None
    answer = await ask(SYSTEM, await _question(text, concerned, findings, api))
    mended = _mended(text, concerned, answer) if answer else None
    if mended is None or mended == text:
        return None
    after = await check(mended)
    return Repaired(mended, after, findings) if _is_better(verdicts, after, findings) else None


async def _question(
    text: str, concerned: Sequence[tuple[int, Placed]], findings: Mapping[int, Sequence[Finding]], api: Api
) -> str:
    parts = []
    for number, (place, one) in enumerate(concerned, 1):
        found = "\n".join(f"- line {each.line}: {each.message}" for each in findings[place])
        known = "\n".join(dict.fromkeys([said for each in findings[place] if (said := await api(each))]))
        mark = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`+", one.block.code)), 3)
        code = f"{mark}{one.block.language}\n{one.block.code.rstrip()}\n{mark}"
        parts.append(f"# Block {number}\n{code}\nFindings:\n{found}" + (f"\nWhat exists:\n{known}" if known else ""))
    return "\n\n".join([*parts, f"# The answer around them\n{_prose(text)[:PROSE_CHARACTERS]}"])


def _mended(text: str, concerned: Sequence[tuple[int, Placed]], answer: str) -> str | None:
    given = placed_in(answer)
    if len(given) != len(concerned):
        return None
    changed = [(one.fence, new.block.code) for (_, one), new in zip(concerned, given, strict=True)]
    alike = all(one.block.language == new.block.language for (_, one), new in zip(concerned, given, strict=True))
    if not alike or any(not code.strip() for _, code in changed):
        return None
    mended = with_code(text, changed)
    if mended is None:
        return None
    said = "\n".join(line for line in answer.split("\n") if line.startswith("REPLACE: "))
    for found in REPLACE.finditer(said):
        if _prose(mended).count(found["old"]) != 1 or mended.count(found["old"]) != 1 or "```" in found["new"]:
            return None
        mended = mended.replace(found["old"], found["new"])
    return mended if _prose_fits(text, mended) else None


def _prose_fits(before: str, after: str) -> bool:
    """No sentence names in backticks what stood in the code and is gone from it."""
    gone = _words(_code(before)) - _words(_code(after))
    named = {word for span in SPAN.findall(_prose(after)) for word in _words(span)}
    return not gone & named


def _is_better(
    before: Mapping[int, Verdict], after: Mapping[int, Verdict], findings: Mapping[int, Sequence[Finding]]
) -> bool:
    """Every finding that was to be mended is gone, and there is nothing that was not there before."""
    if set(before) != set(after):
        return False
    for place, verdict in after.items():
        if verdict.state in ("unchecked", "checking") and before[place].state != verdict.state:
            return False
        left = [(one.kind, one.message) for one in verdict.findings]
        had = [(one.kind, one.message) for one in before[place].findings]
        mended = {(one.kind, one.message) for one in findings.get(place, ())}
        if any(one in mended or left.count(one) > had.count(one) for one in left):
            return False
    return True


def _code(text: str) -> str:
    return "\n".join(one.block.code for one in placed_in(text))


def _prose(text: str) -> str:
    """The text without the code of its blocks."""
    lines = text.split("\n")
    for one in reversed(placed_in(text)):
        del lines[one.fence.start : one.fence.end]
    return "\n".join(lines)


def _words(text: str) -> set[str]:
    return set(WORD.findall(text))
