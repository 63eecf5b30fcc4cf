"""CommonMark -> what Discord's client renders: its own fences, no tables, nothing that pings.

A Discord code block opens at any three backticks and closes at the next three, wherever they stand; its language counts only if a
line feed follows. So inner backticks are broken with a zero-width space, and such code also goes out as a file, unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from adapters import phrases
from adapters.layout import FILE_ROWS, Chunk, CodeLayout, CodeLimits, LaidCode, Packed, pack
from bot.views import Button, View
from bot.writing.columns import aligned, width
from bot.writing.cutting import split_spans, utf16
from bot.writing.markdown import Block, Code, CodeFile, Note, Rule, Span, Table, Text, leads, parse, parse_draft, words

PART_UNITS = 1_950
"""Of Discord's 2,000: whether it counts code points or UTF-16 units, this is within."""

CODE_UNITS = 1_850
CODE = CodeLimits(utf16, CODE_UNITS, file_characters=5_000, excerpt=1_200)
TABLE_COLUMNS = 55
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
    """One Discord message, and perhaps a file that goes with it; the last one of an answer has buttons."""

    content: str
    file: CodeFile | None = None
    buttons: tuple[Button, ...] = ()


def render(view: View, *, files: bool = True) -> list[DiscordPart]:
    """The view as messages. `files` False keeps long code in the messages, where attachments are not allowed."""
    read = parse if view.final else parse_draft
    document = read(view.text, view.links, view.notes)
    chunks = [*_chunks(document, files=files and view.final), *_tail(view)]
    return [_part(packed) for packed in pack(chunks, (PART_UNITS,))]


@dataclass(frozen=True, slots=True)
class Passage:
    """Text that stays in one message. `tight`: a line feed is enough before it."""

    text: str
    tight: bool = False

    @property
    def joint(self) -> str:
        return "\n" if self.tight else "\n\n"


def _part(packed: Packed[Passage]) -> DiscordPart:
    first, *others = packed.drawn
    return DiscordPart(_kept(first.text + "".join(one.joint + one.text for one in others)), packed.file)


def _chunk(text: str, *, tight: bool = False, file: CodeFile | None = None, is_caption: bool = False) -> Chunk[Passage]:
    passage = Passage(text, tight)
    return Chunk(passage, (utf16(text),), len(passage.joint), file, is_caption)


def _tail(view: View) -> Iterator[Chunk[Passage]]:
    """What the bot says in its own name."""
    for line in (*view.notices, view.status):
        if line:
            yield _small(line)


def _small(line: str) -> Chunk[Passage]:
    return _chunk("-# " + _joined(words(line[:900])).replace("\n", " "), tight=True)


def _chunks(document: Sequence[Block], *, files: bool) -> Iterator[Chunk[Passage]]:
    layout = CodeLayout(CODE, files=files)
    for block, following in pairwise([*_as_numbered(document), None]):
        match block:
            case Text():
                chunks = _text(block, is_caption=leads(block, following))
                yield from (chunk for chunk in chunks if chunk.drawn.text.strip())
            case Code():
                is_long, is_exact = _has_long_line(block.text), "```" not in block.text
                laid = layout.lay(block, _unbroken(block.text), is_long=is_long, is_exact=is_exact)
                yield from _code(block.language, laid)
            case Table():
                yield from _table(block, layout, files=files)
            case Note(line):
                yield _small(line)
            case Rule() | None:
                continue


def _as_numbered(document: Sequence[Block]) -> Iterator[Block]:
    """The client counts a list on from its first number: an item that does not follow the one before it is text."""
    numbers: dict[int, int] = {}
    for block in document:
        level = block.indent if isinstance(block, Text) else 0
        number = int(block.marker[:-1]) if isinstance(block, Text) and block.marker[:-1].isdigit() else 0
        before = numbers.get(level)
        numbers = {one: last for one, last in numbers.items() if one < level}
        if isinstance(block, Text) and block.marker[:-1].isdigit():
            numbers[level] = number
            jumps = block.tight and before is not None and number != before + 1
            yield replace(block, marker=f"{number}\\.") if jumps else block
        else:
            yield block


def _kept(content: str) -> str:
    """Discord trims a message's ends; indentation at its start is kept behind a character that nobody sees."""
    return BREAK + content if content[:1].isspace() else content


# --- text -------------------------------------------------------------------------------------------------------------


def _text(block: Text, *, is_caption: bool = False) -> Iterator[Chunk[Passage]]:
    """Cut only where it is longer than a message, measured as it is sent."""
    margin = "  " * max(0, block.indent - (1 if block.marker else 0))
    marker = "- " if block.marker == "•" else f"{block.marker} " if block.marker else ""
    lead = "> " * bool(block.quote) + margin + marker
    room = PART_UNITS - len(lead) - 8 - sum(span.text.count("\n") for span in block.spans) * (len(lead) + 2)
    whole = block.spans if block.level <= 3 else tuple(_bold(span) for span in block.spans)
    for number, spans in enumerate(split_spans(whole, max(PART_UNITS // 2, room), _span_size) or [()]):
        text = _joined(spans)
        if block.level and block.level <= 3:
            text = "#" * block.level + " " + text.replace("\n", " ")
        lines = (margin + (marker if number == 0 else "") + text).split("\n")
        text = "\n".join(["> " + line for line in lines] if block.quote else lines)
        yield _chunk(text, tight=block.tight or number > 0, is_caption=is_caption)


def _bold(span: Span) -> Span:
    """Of a deep heading, which the client has no size for. Code stays outside of the marks: asterisks in it would end them."""
    return span if span.code else replace(span, bold=True)


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


def _code(language: str, laid: LaidCode) -> Iterator[Chunk[Passage]]:
    """The file goes with the last piece; where that is an excerpt, a line says so."""
    pieces = [
        piece for piece in laid.pieces if piece.strip() or laid.file
    ]  # the client shows an empty block as backticks
    for number, piece in enumerate(pieces, 1):
        yield _chunk(_fenced(language, piece), file=laid.file if number == len(pieces) else None)
    if laid.file and laid.is_excerpt:
        yield _chunk("-# " + _prose(phrases.excerpt_of(laid.file.name)), tight=True)


def _fenced(language: str, text: str) -> str:
    name = language.lower()
    return f"```{LANGUAGES.get(name, name)}\n{text}{'' if text.endswith(chr(10)) else chr(10)}```"


def _unbroken(text: str) -> str:
    """Code without three backticks in a row, nor any next to our own fence."""
    return re.sub(r"`(?=``)", f"`{BREAK}", text)


def _has_long_line(text: str) -> bool:
    return any(utf16(line) > CODE_UNITS - 1 for line in text.split("\n"))


# --- tables -----------------------------------------------------------------------------------------------------------


def _table(table: Table, layout: CodeLayout, *, files: bool) -> Iterator[Chunk[Passage]]:
    """Aligned in a code block where it is narrow, else a list a row; a long one also as CSV."""
    rows = table.texts
    if files and len(table.rows) > FILE_ROWS:
        shown = layout.as_text(_unbroken(aligned(rows[: FILE_ROWS + 1], table.alignments))).pieces[0]
        yield from _code("", LaidCode((shown,), layout.table(rows), is_excerpt=True))
        return
    text = aligned(rows, table.alignments)
    if max(width(line) for line in text.split("\n")) <= TABLE_COLUMNS:
        yield from _code("", layout.as_text(_unbroken(text)))
        return
    for row in table.rows or [table.header]:
        for place, (head, cell) in enumerate(zip(table.header, row, strict=True)):
            label = (*(replace(span, bold=True) for span in head), Span(":" * bool(table.rows), bold=True))
            cell = cell if table.rows else ()
            for part in split_spans((*label, Span(" "), *cell), PART_UNITS - 250, _span_size):
                lead = "- " if place == 0 else "  "
                yield _chunk(lead + _joined(part).replace("\n", " "), tight=place > 0)
