"""Text from outside, made safe once at the door: what cannot be stored or sent, and what cannot be seen, is taken out.

One lone surrogate ends a request to the model and an insert into a store; tag characters and bidi controls hide instructions
from the people who read along. Visible text stays as it is, byte for byte, and code keeps its zero-width characters: they may be
the bug that somebody asks about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

NEVER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff\U000e0000-\U000e007f]")
"""C0 controls but tab and line feed, DEL, lone surrogates, noncharacters, tag characters."""

BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
ZERO_WIDTH = "\u00ad\u180e\u200b\u2060-\u2064\ufeff"
UNSEEN = re.compile(
    f"[{BIDI}{ZERO_WIDTH}]|(?<![\u0300-\U0010ffff])[\u200c\u200d]|[\u200c\u200d](?![\u0300-\U0010ffff])"
)
"""Joiners stay between characters that join (emoji, Arabic, Indic scripts); they go where they can only hide something."""

UNSEEN_ANYWHERE = re.compile(f"{NEVER.pattern}|[{BIDI}{ZERO_WIDTH}]")
"""What an answer never needs."""

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
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if NEVER.search(text):
        text = NEVER.sub("", text)
    for _ in range(PASSES):
        if not UNSEEN.search(text):
            return text
        clean = "".join(part if is_code else _seen(part) for is_code, part in by_code(text))
        if clean == text:
            return text
        text = clean
    return _seen(text)


def seen(text: str) -> str:
    """A model's text without characters that nobody sees and that could carry instructions, in code too.

    Joiners, variation selectors and tabs stay: emoji and scripts need them. Byte-equal code is code as people see it; a hidden
    direction or a tag character in it would only be copied into somebody's program.
    """
    return UNSEEN_ANYWHERE.sub("", text) if UNSEEN_ANYWHERE.search(text) else text


def _seen(text: str) -> str:
    """Taking one character out may leave another without its neighbour, so this goes on until nothing is left to take."""
    while UNSEEN.search(text):
        text = UNSEEN.sub("", text)
    return text


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
