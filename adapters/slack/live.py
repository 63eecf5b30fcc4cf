"""The text of a native stream: only what will stay as it is, safe before its first byte is sent.

A stream can be added to and not changed, so what is not settled is held back: the last word, a mark that is open, a row of a table, a
fence that has only begun. What is sent is written anew from the parsed tokens: nothing in it is read as a mention, and no address is
live but those that may be. Zero-width spaces keep inert what could begin something; the exact text replaces all of it when the
answer is whole.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

from adapters.slack.mrkdwn import LOOKALIKE, escape, fenced, in_fence
from bot.writing.columns import aligned
from bot.writing.emphasis import FORMULA
from bot.writing.fences import FenceReader, Line
from bot.writing.markdown import Block, Code, Note, Rule, Span, Table, Text, parse_draft

STREAM_BYTES = 9_000
"""Of one streamed message: Slack takes about 12,000 characters, and 10,600 bytes with extras."""

CODE_SPAN = re.compile(r"(`+)(?:(?!\1).)+?\1(?!`)", re.DOTALL)
LINK = re.compile(r"!?\[[^\]\[]*\](?:\([^()\s]*(?:\([^()]*\)[^()\s]*)*\)|(?=[^(\[]))")
LONE_MARK = re.compile(r"(?<=\s)[*_~](?=\s)|(?<=\w)_(?=\w)")
ANGLES = re.compile(r"<[^<>\s]*>")
OPENERS = re.compile(r"\\.|\*+|_+|~~|`+|!?\[|<(?=[A-Za-z])")
BEGINNING = re.compile(
    r"\*(?!\s|\Z)|(?<!\s)\*|(?<![^\W_])[_~]|[_~](?![^\W_])|@(?!\s|\Z)|#(?!\s|\Z)|(?m:^)[ \t]*#{1,6}(?=\s|\Z)"
    r"|:(?=//|(?:[^\s:]*[^\W\d][^\s:]*|100|1234|[+-]1):)|\](?=[(\[:])|\|(?=[ \t:]*-)|(?<=-)\||\\(?=[^\w\s])"
)
"""What could begin something in Slack's Markdown: emphasis, a mention, a heading, an emoji's name, an address, a link, a table, an
escape. Any other mark stands as it is, for whoever copies it."""

PENDING_LINE = re.compile(r"[ >]*(?:[-+*=_#~`]+|\d{1,9}[.)]?|\|.*|(?:[-+*]|\d{1,9}[.)])[ \t]+\[[ xX]?\]?)?\s*")
"""What may still become the mark of a block, a row, or a box in a list of tasks."""

OPEN_FORMULA = re.compile(r"(?<!\\)(?:\\\\)*\\[\[(]")


@dataclass(frozen=True, slots=True)
class StreamPart:
    """The beginning of an answer, as a stream has it."""

    text: str


def settled(draft: str) -> str:
    """The beginning of a text in progress that what comes will not change."""
    reader = FenceReader()
    lines = paragraph = 0
    for line, kind in reader.feed(draft):
        lines += len(line)
        paragraph = paragraph if kind in (Line.TEXT, Line.MORE) else lines  # behind the last empty line, or behind code
    whole, last = draft[:lines], draft[lines:]
    if reader.is_in_fence or (last and reader.in_code):
        return whole
    tail = whole[paragraph:] + last
    if tail.lstrip(" >").startswith("|") or "\n|" in tail:
        return whole[:paragraph]
    for cut in _cuts(tail):
        if _is_closed(tail[:cut]):
            return whole[:paragraph] + tail[:cut]
    return whole[:paragraph]


def _ends_in_code(text: str) -> bool:
    reader = FenceReader()
    reader.feed(text)
    return reader.is_in_code_block


def _cuts(tail: str) -> list[int]:
    """Ends of words, the last one first; not within a line that may be anything yet."""
    begin = tail.rfind("\n") + 1
    ends = [found.start() for found in re.finditer(r"\s", tail)]
    pending = PENDING_LINE.fullmatch(tail[begin:]) is not None
    return sorted((end for end in ends if end <= begin or not pending), reverse=True)[:40]


def _is_closed(text: str) -> bool:
    """True when no mark is open that a later one may close."""
    if PENDING_LINE.fullmatch(text[text.rfind("\n") + 1 :]):
        return not text.strip()
    text = FORMULA.sub("", CODE_SPAN.sub("", text))
    if OPEN_FORMULA.search(text) or "$$" in text:
        return False
    text = ANGLES.sub("", LINK.sub("", text + " "))
    text = LONE_MARK.sub("", text)
    marks = [mark for mark in OPENERS.findall(re.sub(r"(?m)^[ >]*[-+*] ", "", text)) if not mark.startswith("\\")]
    open_marks: list[str] = []
    for mark in marks:
        if open_marks and open_marks[-1] == mark:
            open_marks.pop()
        else:
            open_marks.append(mark)
    return not open_marks


def live_text(draft: str, links: Collection[str]) -> str:
    """What of a text in progress may be sent now, as Slack's Markdown."""
    text = settled(draft)
    is_open = _ends_in_code(text)
    blocks = parse_draft(text, tuple(links))
    pieces: list[str] = []
    for number, block in enumerate(blocks):
        before = blocks[number - 1] if number else None
        pieces.append(_between(before, block) if before else "")
        pieces.append(_written(block, links, is_open=is_open and number == len(blocks) - 1))
    return _within("".join(pieces).rstrip(" "))


def _between(before: Block, block: Block) -> str:
    in_list = isinstance(before, Text) and isinstance(block, Text) and bool(before.indent and block.indent)
    return "\n" if in_list else "\n\n"


def _within(text: str) -> str:
    """No more than one message takes; what was cut comes at the end."""
    data = text.encode()
    if len(data) <= STREAM_BYTES:
        return text
    return data[:STREAM_BYTES].decode(errors="ignore").rpartition("\n")[0]


def _written(block: Block, links: Collection[str], *, is_open: bool) -> str:
    match block:
        case Text():
            return _text(block, _joined([_span(span, links) for span in block.spans]))
        case Code():
            text = "" if is_open and block.text == "\n" else block.text  # its first line has yet to come
            return f"```{block.language}\n{in_fence(text)}{'' if is_open else '```'}"
        case Table():
            return fenced(aligned(block.texts, block.alignments))
        case Rule():
            return "———"
        case Note(line):
            return _inert(line)


def _joined(pieces: list[str]) -> str:
    """A mark that begins the next piece must not belong to the end of this one."""
    return "".join(
        piece + "\u200b" * ((piece[-1:] in ("\\", "]") and bool(after)) or (piece[-1:] == after[:1] == "`"))
        for piece, after in pairwise([*pieces, ""])
    )


def _text(block: Text, text: str) -> str:
    if block.level:
        text = f"{'#' * block.level} {text}"
    marker = {"": "", "•": "- "}.get(block.marker, f"{block.marker} ")
    margin = "    " * max(0, block.indent - (1 if block.marker else 0))
    text = margin + marker + text
    return "\n".join("> " + line for line in text.split("\n")) if block.quote else text


def _span(span: Span, links: Collection[str]) -> str:
    if span.code:
        return "`" + escape(span.text).replace("`", LOOKALIKE) + "`"
    text = _inert(span.text)
    if span.link and span.link in links:
        text = escape(span.link) if span.text == span.link else re.sub(r"(?<=\w)\.(?=\w)", ".\u200b", text)
        address = span.link.replace("<", "%3C").replace(">", "%3E").replace("(", "%28").replace(")", "%29")
        return f"[{text}]({address.replace(' ', '%20')})"
    lead, body, tail = re.fullmatch(r"(\s*)(.*?)(\s*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    for mark, on in (("**", span.bold), ("_", span.italic), ("~~", span.strike)):
        body = f"{mark}{body}{mark}" if on and body else body
    return f"{lead}{body}{tail}"


def _inert(text: str) -> str:
    """Text that shows itself: no mention, no mark, no emoji, and no address that a client makes live by itself."""
    return BEGINNING.sub("\\g<0>\u200b", escape(text).replace("`", LOOKALIKE))
