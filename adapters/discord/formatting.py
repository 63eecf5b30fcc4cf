"""CommonMark -> what Discord's client renders: its own fences, no tables, nothing that pings.

A Discord code block opens at any three backticks and closes at the next three, wherever they stand; its language counts only if a
line feed follows. So inner backticks are broken with a zero-width space, and such code also goes out as a file, unchanged.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from adapters import phrases
from bot.conversation import View
from bot.writing.markdown import (
    Block,
    Code,
    CodeFile,
    Rule,
    Span,
    Table,
    Text,
    file_name,
    parse,
    parse_draft,
    plain,
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

MARKS = re.compile(r"([\\*_~`|<>\[\]()#@:])")
LINE_START = re.compile(r"^(\s*)([-+]|\d+[.)])(?=\s|#)", re.MULTILINE)
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
    """Text that stays in one message. `tight`: a line feed is enough before it."""

    text: str
    file: CodeFile | None = None
    tight: bool = False


def _units(document: Sequence[Block], *, files: bool) -> Iterator[Unit]:
    count = 0
    for block in document:
        match block:
            case Text():
                yield from _text(block)
            case Code():
                long = len(block.text) > FILE_CHARACTERS or _has_long_line(block.text)
                if files and (long or "```" in block.text):
                    count += 1
                    yield from _as_file(block, count, whole=not long)
                else:
                    yield from _code(block)
            case Table():
                yield from _table(block, files=files)
            case Rule():
                continue


def _pack(units: Sequence[Unit]) -> list[DiscordPart]:
    parts: list[DiscordPart] = []
    text, file = "", None
    for unit in units:
        if not unit.text.strip():
            continue
        joint = "\n" if unit.tight or not text else "\n\n"
        fits = utf16(text) + len(joint) + utf16(unit.text) <= PART_UNITS and not (file and unit.file)
        if text and not fits:
            parts.append(DiscordPart(text, file))
            text, file = "", None
        text = text + joint + unit.text if text else unit.text
        file = file or unit.file
    if text:
        parts.append(DiscordPart(text, file))
    return [DiscordPart(_kept(part.content), part.file) for part in parts]


def _kept(content: str) -> str:
    """Discord trims a message's ends; indentation at its start is kept behind a character that nobody sees."""
    return BREAK + content if content[:1].isspace() else content


# --- text -------------------------------------------------------------------------------------------------------------


def _text(block: Text) -> Iterator[Unit]:
    for number, spans in enumerate(split_spans(block.spans, PART_UNITS - 250, _span_size) or [()]):
        text = _joined(spans)
        if block.level and block.level <= 3:
            text = "#" * block.level + " " + text.replace("\n", " ")
        elif block.level:
            text = f"**{text}**"
        margin = "  " * max(0, block.indent - (1 if block.marker else 0))
        marker = "- " if block.marker == "•" else f"{block.marker} " if block.marker else ""
        lines = (margin + (marker if number == 0 else "") + text).split("\n")
        text = "\n".join(["> " + line for line in lines] if block.quote else lines)
        yield Unit(text, tight=block.tight)


def _joined(spans: Sequence[Span]) -> str:
    """Two code spans side by side would be one to the client."""
    out = ""
    for span in spans:
        text = _span(span)
        out += (BREAK if span.code and out.endswith("`") and not out.endswith("\\`") else "") + text
    return out


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
    text = MARKS.sub(r"\\\1", text)
    text = LINE_START.sub(lambda found: f"{found[1]}\\{found[2]}", text)
    text = re.sub(r"@(?=everyone|here|[!&]?\d)", f"@{BREAK}", text)
    return INVITE.sub(rf"\1{BREAK}\2", text)


def _inline_code(text: str) -> str:
    text = text.replace("\n", " ")
    if "`" not in text:
        return f"`{text}`"
    return f"`` {text.replace('``', f'`{BREAK}`').replace('``', f'`{BREAK}`')} ``"


def _span_size(span: Span) -> int:
    """Every character may become two, and an address may be put between brackets."""
    return 2 * utf16(span.text) + 3 * span.text.count("://") + utf16(span.link) + 14


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


def _as_file(block: Code, number: int, *, whole: bool) -> Iterator[Unit]:
    """The file, and in the message all of the code (`whole`) or how it begins."""
    name = file_name(block.language, number)
    file = CodeFile(name, block.language, block.text)
    shown = _unbroken(block.text)
    pieces = split_code(shown, CODE_UNITS, utf16) if whole else split_code(shown, EXCERPT_CHARACTERS, utf16)[:1]
    for index, piece in enumerate(pieces):
        yield Unit(_fenced(block.language, piece), file if index == len(pieces) - 1 else None)
    if not whole:
        yield Unit("-# " + _prose(phrases.excerpt_of(name)), tight=True)


# --- tables -----------------------------------------------------------------------------------------------------------


def _table(table: Table, *, files: bool) -> Iterator[Unit]:
    """Aligned in a code block where it is narrow, else a list a row; a long one also as CSV."""
    rows = [[plain(cell).replace("\n", " ") for cell in row] for row in (table.header, *table.rows)]
    if files and len(table.rows) > TABLE_ROWS:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(rows)
        file = CodeFile(file_name("csv", 1), "csv", out.getvalue())
        (shown, *_) = split_code(aligned(rows[: TABLE_ROWS + 1]), CODE_UNITS, utf16)
        yield Unit(_fenced("", _unbroken(shown)), file)
        yield Unit("-# " + _prose(phrases.excerpt_of(file.name)), tight=True)
        return
    text = aligned(rows)
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


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows in columns by display width, a line under the first."""
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(cell + " " * (w - width(cell)) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    lines.insert(1, "  ".join("-" * w for w in widths))
    return "\n".join(lines) + "\n"


def width(text: str) -> int:
    """Columns in a monospaced font: wide characters take two, combining ones none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
