"""The answer to a question in plain words: the files it may mean, a line each with the reason, then the text of the best few.

A long bare list finds more for its tokens than a short one with much text, so the list comes first and is never cut for the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.capabilities.team_code.code import Candidate, Candidates
from bot.capabilities.team_code.repositories import Snapshot
from bot.capabilities.team_code.tools.access import Access
from bot.capabilities.team_code.tools.sheet import CHARACTERS_PER_TOKEN, Sheet

MOST_FILES, MOST_TEXTS = 40, 5
RESULT_TOKENS = 1_800
LIST_CHARACTERS = 1_050 * CHARACTERS_PER_TOKEN
LEAST_TEXT = 240
MOST_UNKNOWN = 6
TITLE_CHARACTERS, REASON_CHARACTERS, LINE_CHARACTERS = 48, 76, 140
LICENCE = re.compile(r"(?i)licen[cs]e|copyright|spdx")
COMMENT = re.compile(r"\s*(//|#|/?\*|--|<!--|;|%|\"\"\"|''')")
SIGNATURE_LINES = 2


async def listed_candidates(access: Access, snapshot: Snapshot, question: str, found: Candidates) -> str:
    sheet = Sheet(RESULT_TOKENS)
    name, files = snapshot.repository.name, found.files
    sheet.add(f"{len(files)} files of {name} at {snapshot.commit[:12]} that may be meant, the likeliest first")
    for line in _advice(found):
        sheet.add(line)
    for one, line in zip(files, _lines(files), strict=True):
        if sheet.add(line) and one.start:
            access.saw(name, one.path, one.start, one.start)
    shown = [one for one in files if one.start][:MOST_TEXTS]
    for place, one in enumerate(shown):
        room = sheet.room // (len(shown) - place)
        if room >= LEAST_TEXT:
            await _text(sheet, access, snapshot, one, question, room)
    return sheet.text()


def _advice(found: Candidates) -> Iterator[str]:
    for word, near in [one for one in found.unknown if one[1]][:MOST_UNKNOWN]:
        yield f"“{word}” stands nowhere here; nearest: {', '.join(near)}"
    if far := [f"“{word}”" for word, near in found.unknown if not near][:MOST_UNKNOWN]:
        yield f"{', '.join(far)} {'stands' if len(far) == 1 else 'stand'} nowhere here"
    if found.unknown:
        yield "If the list looks wrong, ask once more with names that this code would use."
    if not found.has_history:
        yield "No history is known here: only the files' own words were compared."


def _lines(files: Sequence[Candidate]) -> list[str]:
    """Each with title and reason as far as the room goes: the later a file, the sooner it stands bare."""
    bare = [f"{one.path}:{one.start}-{one.end}" if one.start else one.path for one in files]
    room = LIST_CHARACTERS - sum(len(line) + 1 for line in bare)
    lines = []
    for one, line in zip(files, bare, strict=True):
        more = _about(one)
        taken = more if len(more) <= room else ""
        room -= len(taken)
        lines.append(line + taken)
    return lines


def _about(one: Candidate) -> str:
    title = "" if one.path.endswith(one.title) else f"  {_one_line(one.title, TITLE_CHARACTERS)}"
    copies = f"  (and {one.copies} more of this name and title)" if one.copies else ""
    reason = f"  [{_one_line(one.reason, REASON_CHARACTERS)}]" if one.reason else ""
    return title + copies + reason


def _one_line(text: str, most: int) -> str:
    """Titles and subjects are other people's text: one line of it, cut."""
    plain = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return plain if len(plain) <= most else plain[: most - 1] + "…"


async def _text(sheet: Sheet, access: Access, snapshot: Snapshot, one: Candidate, question: str, room: int) -> None:
    lines = (await snapshot.text(one.path) or "").split("\n")
    chosen = excerpt(lines, one.start, min(one.end, len(lines)), question, room - len(one.path) - 4)
    if not chosen or not sheet.add(f"## {one.path}"):
        return
    last = 0
    for number in chosen:
        gap = "…" if last and number > last + 1 else ""
        if not sheet.add(f"{gap}{number}: {lines[number - 1][:LINE_CHARACTERS]}"):
            return
        access.saw(snapshot.repository.name, one.path, number, number)
        last = number


def excerpt(lines: Sequence[str], start: int, end: int, question: str, room: int) -> list[int]:
    """The numbers of the lines to show of a passage: all of a short one, else its head and where the question's words stand."""
    start = _after_licence(lines, start, end)
    numbers = [number for number in range(start, end + 1) if lines[number - 1].strip()]
    stems = {word[:5].lower() for word in re.findall(r"[^\W_]{3,}", question)}
    worth = {number: _hits(lines[number - 1], stems) for number in numbers}
    near = {number: worth[number] + 0.5 * max(worth.get(number - 1, 0), worth.get(number + 1, 0)) for number in numbers}
    order = sorted(numbers, key=lambda number: (number >= start + SIGNATURE_LINES, -near[number], number))
    kept = []
    for number in order:
        cost = min(len(lines[number - 1]), LINE_CHARACTERS) + len(str(number)) + 4
        if cost > room:
            break
        kept.append(number)
        room -= cost
    return sorted(kept)


def _hits(line: str, stems: set[str]) -> int:
    low = line.lower()
    return sum(stem in low for stem in stems)


def _after_licence(lines: Sequence[str], start: int, end: int) -> int:
    """Past the comment at the head of a file that says who owns it."""
    at = start
    while at <= end and (not lines[at - 1].strip() or COMMENT.match(lines[at - 1])):
        at += 1
    head = "\n".join(lines[start - 1 : at - 1])
    return at if start == 1 and at <= end and LICENCE.search(head) else start
