"""CommonMark -> what Discord's client renders: its own fences, no tables, nothing that pings.

A Discord code block opens at any three backticks and closes at the next three, wherever they stand; its language counts only if a
line feed follows. So inner backticks are broken with a zero-width space, and such code also goes out as a file, unchanged.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from adapters import phrases
from bot.conversation import View
from bot.writing.columns import aligned, width
from bot.writing.markdown import (
    Block,
    Code,
    CodeFile,
    Rule,
    Span,
    Table,
    Text,
    leads,
    numbered,
    parse,
    parse_draft,
    split_code,
    split_spans,
    utf16,
    words,
)

PART_UNITS = 1_950
"""Of Discord's 2,000: whether it counts code points or UTF-16 units, this is within."""

CODE_UNITS = 1_850
FILE_CHARACTERS = 5_000
EXCERPT_CHARACTERS = 1_200
TABLE_COLUMNS = 55
TABLE_ROWS = 20
BREAK = "\u200b"

MARKS = re.compile(
    r"\\(?=[^\w\s]|\Z)|[*_`]|~(?=~|\Z)|(?<=~)~|\|(?=\||\Z)|(?<=\|)\||<(?=[@#:/!?A-Za-z]|\Z)|\](?=\(|\Z)|^\((?=<)"
    r"|:(?=(?:[\w+-]*[A-Za-z_][\w+-]*|100|1234|[+-]1):)"
)
"""What begins something for the client: emphasis, a spoiler, a mention, a masked link, an emoji's name. Other marks stand as typed."""

LINE_START = re.compile(r"^(\s*)(?:([-+>]|-?#{1,3})(?=\s|>>)|(\d+)([.)])(?=\s))", re.MULTILINE)
ADDRESS = re.compile(r"https?://[^\s<>|*`]+", re.IGNORECASE)
INVITE = re.compile(r"(discord)(\.gg|(?:app)?\.com/invite)", re.IGNORECASE)
LANGUAGES = {
    "tsx": "ts",
    "jsx": "js",
    "hcl": "ini",
    "vhd": "vhdl",
    "shell": "bash",
    "dockerfile": "dockerfile",
    "console": "bash",
}


@dataclass(frozen=True, slots=True)
class DiscordPart:
    """One Discord message, and perhaps a file that goes with it."""

    content: str
    file: CodeFile | None = None


def render(view: View, *, files: bool = True) -> list[DiscordPart]:
    """The view as messages. `files` False keeps long code in the messages, where attachments are not allowed."""
    document = parse(view.text, view.links) if view.final else parse_draft(view.text, view.links)
    units = list(_units(document, files=files and view.final))
    lines = [line for line in (*view.notices, view.status) if line]
    units += [Unit("-# " + _joined(words(line[:900])).replace("\n", " "), tight=True) for line in lines]
    return _pack(units)


@dataclass(frozen=True, slots=True)
class Unit:
    """Text that stays in one message. `tight`: a line feed is enough before it. `leads`: a caption of the next."""

    text: str
    file: CodeFile | None = None
    tight: bool = False
    leads: bool = False


def _units(document: Sequence[Block], *, files: bool) -> Iterator[Unit]:
    numbers: Counter[str] = Counter()
    for block, following in pairwise([*document, None]):
        match block:
            case Text():
                yield from _text(block, is_caption=leads(block, following))
            case Code():
                long = len(block.text) > FILE_CHARACTERS or _has_long_line(block.text)
                if files and (long or "```" in block.text):
                    yield from _as_file(block, numbers, whole=not long)
                else:
                    yield from _code(block)
            case Table():
                yield from _table(block, numbers, files=files)
            case Rule() | None:
                continue


def _pack(units: Sequence[Unit]) -> list[DiscordPart]:
    rows: list[list[Unit]] = [[]]
    for unit in (unit for unit in units if unit.text.strip()):
        row = rows[-1]
        if row and not _fits([*row, unit]):
            carried = _captions(row)
            carried = carried if _fits([*carried, unit]) else []
            del row[len(row) - len(carried) :]
            rows.append(carried)
        rows[-1].append(unit)
    parts = [(_content(row), next((unit.file for unit in row if unit.file), None)) for row in rows if row]
    return [DiscordPart(_kept(content), file) for content, file in parts]


def _content(row: Sequence[Unit]) -> str:
    return "".join(("\n" if unit.tight else "\n\n") * (place > 0) + unit.text for place, unit in enumerate(row))


def _fits(row: Sequence[Unit]) -> bool:
    return utf16(_content(row)) <= PART_UNITS and sum(unit.file is not None for unit in row) <= 1


def _captions(row: Sequence[Unit]) -> list[Unit]:
    """What at a message's end belongs to the next one; never all of the message."""
    count = 0
    while count < 2 and count < len(row) - 1 and row[-1 - count].leads:
        count += 1
    return list(row[len(row) - count :])


def _kept(content: str) -> str:
    """Discord trims a message's ends; indentation at its start is kept behind a character that nobody sees."""
    return BREAK + content if content[:1].isspace() else content


# --- text -------------------------------------------------------------------------------------------------------------


def _text(block: Text, *, is_caption: bool = False) -> Iterator[Unit]:
    """Cut only where it is longer than a message, measured as it is sent."""
    margin = "  " * max(0, block.indent - (1 if block.marker else 0))
    marker = "- " if block.marker == "•" else f"{block.marker} " if block.marker else ""
    lead = "> " * bool(block.quote) + margin + marker
    room = PART_UNITS - len(lead) - 8 - sum(span.text.count("\n") for span in block.spans) * (len(lead) + 2)
    for number, spans in enumerate(split_spans(block.spans, max(PART_UNITS // 2, room), _span_size) or [()]):
        text = _joined(spans)
        if block.level and block.level <= 3:
            text = "#" * block.level + " " + text.replace("\n", " ")
        elif block.level:
            text = f"**{text}**"
        lines = (margin + (marker if number == 0 else "") + text).split("\n")
        text = "\n".join(["> " + line for line in lines] if block.quote else lines)
        yield Unit(text, tight=block.tight or number > 0, leads=is_caption)


def _joined(spans: Sequence[Span]) -> str:
    """Two code spans side by side would be one to the client. What would begin a list, a quotation or a heading is escaped."""
    out = ""
    for span in spans:
        drawn = _span(span)
        if not span.code:
            drawn = LINE_START.sub(_at_line_start, drawn) if not out or out.endswith("\n") else _later_lines(drawn)
        out += (BREAK if span.code and out.endswith("`") and not out.endswith("\\`") else "") + drawn
    return out


def _later_lines(text: str) -> str:
    first, feed, rest = text.partition("\n")
    return first + feed + LINE_START.sub(_at_line_start, rest) if feed else text


def _at_line_start(found: re.Match[str]) -> str:
    return f"{found[1]}\\{found[2]}" if found[2] else f"{found[1]}{found[3]}\\{found[4]}"


def _span(span: Span) -> str:
    text = _inline_code(span.text) if span.code else _prose(span.text)
    if span.link and span.link == span.text:
        text = f"<{span.link}>"
    elif span.link:
        text = f"[{text}](<{span.link.replace('>', '%3E').replace(')', '%29')}>)"
    if span.code:
        return text
    lead, body, tail = re.fullmatch(r"(\s*)(.*?)(\s*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    for mark, on in (("~~", span.strike), ("*", span.italic), ("**", span.bold)):
        body = f"{mark}{body}{mark}" if on and body else body
    return f"{lead}{body}{tail}"


def _prose(text: str) -> str:
    """Literal text: every mark escaped, addresses without a preview, invitations and mentions dead."""
    out: list[str] = []
    at = 0
    for address in ADDRESS.finditer(text):
        out.append(_escaped(text[at : address.start()]))
        found = address[0].rstrip(".,;:!?'\")]}")
        out.append(INVITE.sub(rf"\1{BREAK}\2", found) if INVITE.search(found) else f"<{found}>")
        at = address.start() + len(found)
    return "".join((*out, _escaped(text[at:])))


def _escaped(text: str) -> str:
    text = MARKS.sub(lambda found: f"\\{found[0]}", text)
    text = re.sub(r"@(?=everyone|here|[!&]?\d)", f"@{BREAK}", text)
    return INVITE.sub(rf"\1{BREAK}\2", text)


def _inline_code(text: str) -> str:
    text = text.replace("\n", " ")
    if "`" not in text:
        return f"`{text}`"
    return f"`` {text.replace('``', f'`{BREAK}`').replace('``', f'`{BREAK}`')} ``"


def _span_size(span: Span) -> int:
    """As it is sent; without text, the marks around it."""
    return utf16(_span(span)) if span.text else utf16(_span(replace(span, text="x"))) - 1


# --- code -------------------------------------------------------------------------------------------------------------


def _code(block: Code) -> Iterator[Unit]:
    text = _unbroken(block.text)
    for piece in split_code(text, CODE_UNITS, utf16):
        if piece.strip():  # the client shows an empty block as backticks
            yield Unit(_fenced(block.language, piece))


def _fenced(language: str, text: str) -> str:
    name = language.lower()
    return f"```{LANGUAGES.get(name, name)}\n{text}{'' if text.endswith(chr(10)) else chr(10)}```"


def _unbroken(text: str) -> str:
    """Code without three backticks in a row, nor any next to our own fence."""
    return re.sub(r"`(?=``)", f"`{BREAK}", text)


def _has_long_line(text: str) -> bool:
    return any(utf16(line) > CODE_UNITS - 1 for line in text.split("\n"))


def _as_file(block: Code, numbers: Counter[str], *, whole: bool) -> Iterator[Unit]:
    """The file, and in the message all of the code (`whole`) or how it begins."""
    name = numbered(block.language, numbers)
    file = CodeFile(name, block.language, block.text)
    shown = _unbroken(block.text)
    pieces = split_code(shown, CODE_UNITS, utf16) if whole else split_code(shown, EXCERPT_CHARACTERS, utf16)[:1]
    for index, piece in enumerate(pieces):
        yield Unit(_fenced(block.language, piece), file if index == len(pieces) - 1 else None)
    if not whole:
        yield Unit("-# " + _prose(phrases.excerpt_of(name)), tight=True)


# --- tables -----------------------------------------------------------------------------------------------------------


def _table(table: Table, numbers: Counter[str], *, files: bool) -> Iterator[Unit]:
    """Aligned in a code block where it is narrow, else a list a row; a long one also as CSV."""
    rows = table.texts
    if files and len(table.rows) > TABLE_ROWS:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(rows)
        file = CodeFile(numbered("csv", numbers), "csv", out.getvalue())
        (shown, *_) = split_code(aligned(rows[: TABLE_ROWS + 1], table.alignments), CODE_UNITS, utf16)
        yield Unit(_fenced("", _unbroken(shown)), file)
        yield Unit("-# " + _prose(phrases.excerpt_of(file.name)), tight=True)
        return
    text = aligned(rows, table.alignments)
    if max(width(line) for line in text.split("\n")) <= TABLE_COLUMNS:
        for piece in split_code(text, CODE_UNITS, utf16):
            yield Unit(_fenced("", _unbroken(piece)))
        return
    for row in table.rows:
        for place, (head, cell) in enumerate(zip(table.header, row, strict=True)):
            label = (*(replace(span, bold=True) for span in head), Span(":", bold=True))
            for part in split_spans((*label, Span(" "), *cell), PART_UNITS - 250, _span_size):
                lead = "- " if place == 0 else "  "
                yield Unit(lead + _joined(part).replace("\n", " "), tight=place > 0)
