"""Text from outside, made safe once at the door: what cannot be stored or sent, and what cannot be seen, is taken out.

One lone surrogate ends a request to the model and an insert into a store; tag characters and bidi controls hide instructions
from the people who read along. Visible text stays as it is, byte for byte, and code keeps its zero-width characters: they may be
the bug that somebody asks about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    f"{chr(0x10000 * plane + 0xFFFE)}-{chr(0x10000 * plane + 0xFFFF)}" for plane in range(17)
)
NEVER = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u206a-\u206f\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    f"\ud800-\udfff{NONCHARACTERS}\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
"""C0 and C1 controls but tab and the ends of lines, DEL, format controls that nobody types, lone surrogates, noncharacters, tag
characters and what is reserved beside them."""

SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
SELECTOR_RUNS = re.compile(f"[{SELECTORS}]{{2,}}")
"""Variation selectors in a row, which vary nothing and can spell any hidden text."""

BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
ZERO_WIDTH = "\u00ad\u180e\u200b\u2060-\u2065\ufeff"
FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
JOINERS = "\u200c\u200d"
MONGOLIAN_SELECTORS = "\u180b-\u180d\u180f"

SUSPECT = re.compile(f"[{BIDI}{ZERO_WIDTH}{FILLERS}{JOINERS}{MONGOLIAN_SELECTORS}{SELECTORS}]")
"""What nobody sees: some of it joins or varies its neighbours, and all the rest can only hide something."""

FENCE = re.compile(r"(?:[ >]|[-+*] |\d{1,9}[.)] )*(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)")
RUN = re.compile("`+")

TROUBLE = re.compile(
    r"error|exception|traceback|fatal|panic|critical|fail|denied|refused|timed? ?out|abort|killed|oom", re.I
)
PASSES = 4
"""Taking a character out may end what looked like code; text that is still not settled after this is made to hide things."""

LINES_BEFORE, LINES_AFTER = 3, 12


def sanitise(text: str) -> str:
    """Clean text; linear time. Cleaning what is clean changes nothing."""
    text = _without_never(text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n"))
    for _ in range(PASSES):
        if not SUSPECT.search(text):
            return text
        clean = "".join(part if is_code else _seen(part) for is_code, part in by_code(text))
        if clean == text:
            return text
        text = clean
    return _seen(text)


def seen(text: str) -> str:
    """A model's text without characters that nobody sees and that could carry instructions, in code too.

    Joiners and variation selectors stay where emoji and scripts need them. Byte-equal code is code as people see it; a hidden
    direction or a tag character in it would only be copied into somebody's program.
    """
    text = _without_never(text)
    return _seen(text) if SUSPECT.search(text) else text


def _without_never(text: str) -> str:
    for pattern in (NEVER, SELECTOR_RUNS):
        if pattern.search(text):
            text = pattern.sub("", text)
    return text


def _seen(text: str) -> str:
    """Taking one character out may leave another without its neighbour, so this goes on until nothing is left to take."""
    while (clean := SUSPECT.sub(_kept, text)) != text:
        text = clean
    return text


def _kept(found: re.Match[str]) -> str:
    """The character, where its neighbours need it: joiners between emoji or letters of scripts that join, selectors behind a character
    that has variants."""
    character, text, at = found[0], found.string, found.start()
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    match character:
        case "\u200c" | "\u200d":
            is_needed = before >= "\u0300" and after >= "\u0300" and not {before, after} & set(JOINERS)
        case "\u180b" | "\u180c" | "\u180d" | "\u180f":
            is_needed = "\u1820" <= before <= "\u18aa"
        case _ if "\ufe00" <= character <= "\ufe0f":
            has_variants = before >= "\u203c" or before in set("0123456789#*©®")
            is_needed = has_variants and not SELECTOR_RUNS.match(before + character)
        case _ if character >= "\U000e0100":
            ideographs = ("\u3400", "\u9fff"), ("\uf900", "\ufaff"), ("\U00020000", "\U0003ffff")
            is_needed = any(first <= before <= last for first, last in ideographs)
        case _:
            is_needed = False
    return character if is_needed else ""


def by_code(text: str) -> Iterator[tuple[bool, str]]:
    """The text in pieces, each code or not: fenced blocks, and spans between equal runs of backticks in a paragraph."""
    prose: list[str] = []
    fence = ""
    for line in text.splitlines(keepends=True):
        found = FENCE.match(line)
        mark = found["fence"] if found else ""
        if fence:
            yield True, line
            if mark.startswith(fence) and found and not found["info"].strip():
                fence = ""
        elif mark and found and not ("`" in mark and "`" in found["info"]):
            yield from _spans("".join(prose))
            prose.clear()
            fence = mark
            yield True, line
        else:
            prose.append(line)
            if not line.strip():
                yield from _spans("".join(prose))
                prose.clear()
    yield from _spans("".join(prose))


def _spans(text: str) -> Iterator[tuple[bool, str]]:
    runs = [(run.start(), run.end()) for run in RUN.finditer(text)]
    next_same: dict[int, int] = {}
    closing: list[int | None] = [None] * len(runs)
    for index in range(len(runs) - 1, -1, -1):
        length = runs[index][1] - runs[index][0]
        closing[index] = next_same.get(length)
        next_same[length] = index
    at = index = 0
    while index < len(runs):
        end = closing[index]
        if end is None:
            index += 1
            continue
        yield False, text[at : runs[index][0]]
        yield True, text[runs[index][0] : runs[end][1]]
        at, index = runs[end][1], end + 1
    yield False, text[at:]


@dataclass(frozen=True, slots=True)
class Cut:
    """How many characters of a long text were kept."""

    kept: int
    total: int


def excerpt(text: str, limit_chars: int) -> tuple[str, Cut | None]:
    """A long text's beginning, end, and the places in between that look like trouble, with a line wherever something is left out.

    At most `limit_chars` of the text itself; linear time. A text within the limit stays as it is.
    """
    if len(text) <= limit_chars:
        return text, None
    head, tail = limit_chars * 4 // 10, limit_chars * 3 // 10
    pieces = [
        (0, head),
        *_windows(text, head, len(text) - tail, limit_chars - head - tail),
        (len(text) - tail, len(text)),
    ]
    out, kept, at = [], 0, 0
    for start, end in pieces:
        start = max(start, at)
        if start >= end:
            continue
        if start > at:
            out.append(f"\n[… {start - at:,} characters left out …]\n")
        out.append(text[start:end])
        kept += end - start
        at = end
    return "".join(out), Cut(kept, len(text))


def _windows(text: str, start: int, end: int, room: int) -> Iterator[tuple[int, int]]:
    """Lines around what looks like trouble, the first ones first, as long as there is room."""
    at = start
    for found in TROUBLE.finditer(text, start, end):
        if found.start() < at:
            continue
        begin, stop = found.start(), found.end()
        for _ in range(LINES_BEFORE + 1):
            begin = max(at, text.rfind("\n", at, begin))
        for _ in range(LINES_AFTER + 1):
            stop = text.find("\n", stop + 1, end)
            if stop < 0:
                stop = end
                break
        stop = min(stop, begin + room)
        if stop <= begin:
            return
        yield begin, stop
        room -= stop - begin
        at = stop


def fence_for(code: str) -> str:
    """Backticks that may stand around this code: more than any run of them in it, and at least three."""
    return "`" * max(3, 1 + max((len(run) for run in re.findall("`+", code)), default=0))
