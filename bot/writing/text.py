"""Text from outside, made safe once at the door: what cannot be stored or sent, and what cannot be seen, is taken out.

One lone surrogate ends a request to the model and an insert into a store; tag characters and bidi controls hide instructions
from the people who read along. Visible text stays as it is, byte for byte, and code keeps its zero-width characters: they may be
the bug that somebody asks about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.writing.fences import Line, code_lines

NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF)
)
NEVER = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u2065\u206a-\u206f\ufff0-\ufffb"
    f"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff{NONCHARACTERS}]"
)
"""Control characters but tab and line feed, lone surrogates, noncharacters, and formatting that no text in a chat needs: bytes hide
in tags and variation selectors, words between annotation marks. Private characters stay: they are drawn, as a glyph or as a box."""

BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
ZERO_WIDTH = "\u00ad\u180e\u200b\u2060-\u2064\ufeff"
BLANK = "\u17b4\u17b5\u3164\ufe00-\ufe0d\uffa0"
"""Letters and variants without a shape."""

JOINING = "\u0300-\u200b\u200e-\U0010ffff"
VIRAMAS = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca"
EMOJI = "\u00a9\u00ae\u203c-\u32ff\U0001f000-\U0001fbff"
UNSEEN = re.compile(
    f"[{BIDI}{ZERO_WIDTH}{BLANK}]"
    f"|(?<![{JOINING}])[\u200c\u200d]|(?<![{VIRAMAS}])[\u200c\u200d](?![{JOINING}])"  # joins two, or makes a half letter
    f"|(?<![{EMOJI}])[\ufe0e\ufe0f](?!\u20e3)|(?<![#*0-9{EMOJI}])[\ufe0e\ufe0f]"  # behind an emoji, and in a keycap: one
    "|(?<![\u0591-\u05c7])\u034f|\u034f(?![\u0591-\u05c7])"  # between Hebrew points
    "|\u115f(?![\u1161-\u11ff])|(?<![\u1100-\u115e])\u1160"  # in an old Korean syllable
    "|(?<![\u1820-\u18aa])[\u180b-\u180d\u180f]"  # behind a Mongolian letter
    "|(?<![\U00013000-\U0001342f])[\U00013430-\U0001343f]"  # behind a hieroglyph
)
"""What scripts and emoji need stays where they need it, one at a time; it goes where it can only hide something."""

UNSEEN_ANYWHERE = re.compile(
    f"{NEVER.pattern}|[{BIDI}{ZERO_WIDTH}{BLANK}\u034f\u115f\u1160\u180b-\u180d\u180f\U00013430-\U0001343f]"
)
"""What an answer never needs. It looks at one character at a time, so that a text in pieces loses what the whole would lose."""

NOTHING_TO_SEE = re.compile(rf"(?:[\s\u200c\u200d\u2800\ufe0e\ufe0f]|{UNSEEN_ANYWHERE.pattern})*+")
"""White space of any kind, what `UNSEEN_ANYWHERE` takes, joiners and variants with nothing to join or vary, the empty Braille cell."""

NO_TEXT = "(no text)"
"""What stands where somebody wrote nothing, for a reader that takes no empty text."""

RUN = re.compile("`+")

TROUBLE = re.compile(
    r"error|exception|traceback|fatal|panic|critical|fail|denied|refused|timed? ?out|abort|killed|oom", re.I
)
PASSES = 4
"""Taking a character out may end what looked like code; text that is still not settled after this is made to hide things."""

LINES_BEFORE, LINES_AFTER = 3, 12
PIECE = 64 * 1024


def sanitise(text: str) -> str:
    """Clean text; linear time. Cleaning what is clean changes nothing."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if NEVER.search(text):
        text = NEVER.sub("", text)
    for _ in range(PASSES):
        if text.isascii() or not any(UNSEEN.search(piece) for piece in _pieces(text)):
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


def is_blank(text: str) -> bool:
    """Whether nobody would see anything of it; looks no further than to the first character that is seen."""
    found = NOTHING_TO_SEE.match(text)
    return found is not None and found.end() == len(text)


def _seen(text: str) -> str:
    """Taking one character out may leave another without its neighbour, so this goes on until nothing is left to take."""
    pieces = list(_pieces(text))
    for place, piece in enumerate(pieces):
        while UNSEEN.search(piece):
            piece = UNSEEN.sub("", piece)
        pieces[place] = piece
    return "".join(pieces)


def _pieces(text: str) -> Iterator[str]:
    """The text cut behind spaces and line feeds, which nothing unseen needs as a neighbour."""
    return (text[start:end] for start, end in _ranges(text, 0, len(text), " \n"))


def _ranges(text: str, start: int, end: int, gaps: str) -> Iterator[tuple[int, int]]:
    """Where to cut behind one of the gaps, about every `PIECE` characters: an expression lets no other thread run while it searches,
    so a megabyte in one go would stop the event loop from a thread of its own."""
    while start < end:
        stop = start + PIECE
        cut = max(text.rfind(gap, start, stop) for gap in gaps) + 1 if stop < end else end
        if cut <= start:
            cut = min((at + 1 for at in (text.find(gap, stop, end) for gap in gaps) if at >= 0), default=end)
        yield start, cut
        start = cut


def by_code(text: str) -> Iterator[tuple[bool, str]]:
    """The text in pieces, each code or not: the lines of code blocks, and spans between equal runs of backticks in a paragraph."""
    prose: list[str] = []
    for line, kind in code_lines(text):
        if kind is not Line.MORE:
            yield from _spans("".join(prose))
            prose.clear()
        if kind is Line.CODE:
            yield True, line
        else:
            prose.append(line)
    yield from _spans("".join(prose))


def _spans(text: str) -> Iterator[tuple[bool, str]]:
    if "`" not in text:
        if text:
            yield False, text
        return
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
    ranges = _ranges(text, start, end, "\n")
    for found in (found for begin, stop in ranges for found in TROUBLE.finditer(text, begin, stop)):
        if found.start() < at:
            continue
        begin, stop = found.start(), found.end()
        for _ in range(LINES_BEFORE + 1):
            begin = max(at, text.rfind("\n", at, begin))
        begin = max(begin, found.start() - room // 4)  # a line may be longer than all the room
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
