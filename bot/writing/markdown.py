"""CommonMark as we need it, on markdown-it-py's token tree: a flat list of blocks that every platform draws in its own way.

Nothing here is a platform's; a renderer never sees Markdown again, so it cannot misread it. Cutting what is too long is here as
well: at words and lines, never inside a character, and code exactly.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from markdown_it.tree import SyntaxTreeNode

from bot.writing.dialect import parser
from bot.writing.fences import FenceReader
from bot.writing.links import literal
from bot.writing.text import seen

PARSER = parser()

LABEL = re.compile(r"[A-Za-z0-9_+.#-]{1,30}")
SENTENCE_END = re.compile(r"[.!?:;…。！？：；][\"'”’)\]]*\Z")
LONGEST_INFO = 300
LONGEST_CAPTION = 300
TASK = re.compile(r"\[([ xX])\] ")

BEGUN = re.compile(r"[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*(?:`{1,2}|~{1,2}|\|.*|[-+*]|\d{1,9}[.)]|#{1,6})")
"""A line that may still become a fence, a row, an item or a heading."""

MARK_ONLY = re.compile(r"[ \t>]*(?:`+|~+)")
"""A line in a fence that may still close it."""

EXTENSIONS = {
    "python": "py", "py": "py", "typescript": "ts", "ts": "ts", "tsx": "tsx", "javascript": "js", "js": "js", "jsx": "jsx",
    "go": "go", "rust": "rs", "rs": "rs", "sql": "sql", "bash": "sh", "sh": "sh", "shell": "sh", "yaml": "yaml", "yml": "yaml",
    "json": "json", "toml": "toml", "java": "java", "kotlin": "kt", "ruby": "rb", "php": "php", "c": "c", "cpp": "cpp",
    "csharp": "cs", "css": "css", "html": "html", "xml": "xml", "dockerfile": "Dockerfile", "diff": "diff", "csv": "csv",
    "graphql": "graphql", "proto": "proto", "markdown": "md", "md": "md", "hcl": "tf", "ini": "ini", "lua": "lua",
    "swift": "swift",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style. `link` is an http or https address, or ""."""

    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    link: str = ""


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph, heading (`level` 1-6) or list item (`marker` such as "•" or "3.", empty on its later paragraphs).

    `indent` counts the lists around it, `quote` the quotations. `tight`: no empty line before it.
    """

    spans: Spans
    level: int = 0
    marker: str = ""
    indent: int = 0
    quote: int = 0
    tight: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """A code block, exactly; `text` ends with its line feed. `language` is a clean label or ""."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Cells by row; every row has as many as the header. An alignment is left, right, center or ""."""

    header: tuple[Spans, ...]
    rows: tuple[tuple[Spans, ...], ...]
    alignments: tuple[str, ...] = ()

    @property
    def texts(self) -> list[list[str]]:
        """All rows, the header first, as plain text."""
        return [[plain(cell).replace("\n", " ") for cell in row] for row in (self.header, *self.rows)]


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across."""


Block = Text | Code | Table | Rule


@dataclass(frozen=True, slots=True)
class CodeFile:
    """Code that goes out as a file."""

    name: str
    language: str
    text: str


def parse(markdown: str, links: Sequence[str] = ()) -> list[Block]:
    """The document's blocks, in order. Code inside lists and quotations stands on its own, without their indent.

    `links` are the addresses that may be live; every other one is code.
    """
    tokens = PARSER.parse(seen(markdown), {"links": frozenset(links)})
    return list(_blocks(SyntaxTreeNode(tokens), indent=0, quote=0))


def words(text: str) -> Spans:
    """Text that is no Markdown, as it stands; an address in it is code."""
    return tuple(Span(token.content, code=token.type == "code_inline") for token in literal(seen(text)))


def parse_draft(markdown: str, links: Sequence[str] = ()) -> list[Block]:
    """The blocks of a text that is still being written: what has only begun to be a fence, a link or a row waits.

    An open code block is whole as far as it goes.
    """
    reader = FenceReader()
    reader.feed(markdown)
    waits = MARK_ONLY if reader.is_in_fence else BEGUN
    if waits.fullmatch(reader.rest):
        markdown = markdown.removesuffix(reader.rest)
    elif not reader.is_in_fence:
        markdown = re.sub(r"!?\[[^\]\n]*(?:\]\([^)\n]*)?\Z", "", markdown)
    return parse(markdown, links)


def _blocks(parent: SyntaxTreeNode, indent: int, quote: int) -> Iterator[Block]:
    for node in parent.children:
        match node.type:
            case "paragraph":
                yield Text(_spans(node), indent=indent, quote=quote, tight=bool(node.hidden))
            case "heading":
                yield Text(_spans(node), level=int(node.tag[1]), indent=indent, quote=quote)
            case "fence" | "code_block":
                if said := named(node.info):
                    yield Text((Span(said, code=True),), indent=indent, quote=quote)
                yield Code(label(node.info), node.content if node.content.endswith("\n") else node.content + "\n")
            case "bullet_list" | "ordered_list":
                yield from _list(node, indent, quote)
            case "blockquote":
                yield from _blocks(node, indent, quote + 1)
            case "table":
                yield _table(node)
            case "hr":
                yield Rule()
            case _:
                yield Text((Span(node.content.rstrip("\n")),), indent=indent, quote=quote)


def _list(node: SyntaxTreeNode, indent: int, quote: int) -> Iterator[Block]:
    number = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    for place, item in enumerate(node.children):
        marker = "•" if number is None else f"{number + place}."
        for index, block in enumerate(_blocks(item, indent + 1, quote)):
            if index == 0 and isinstance(block, Text) and not block.marker:
                yield _task(replace(block, marker=marker, tight=block.tight and (place > 0 or indent > 0)))
            else:
                if index == 0:
                    yield Text((), marker=marker, indent=indent + 1, quote=quote, tight=place > 0)
                yield block
        if not item.children:
            yield Text((), marker=marker, indent=indent + 1, quote=quote, tight=place > 0)


def _task(item: Text) -> Text:
    """`[ ]` and `[x]` at an item's start as boxes."""
    if not item.spans or item.spans[0].code or not (found := TASK.match(item.spans[0].text)):
        return item
    box = "☐ " if found[1] == " " else "☑ "
    first = replace(item.spans[0], text=box + item.spans[0].text[found.end() :])
    return replace(item, spans=(first, *item.spans[1:]))


def _table(node: SyntaxTreeNode) -> Table:
    rows = [tuple(_spans(cell) for cell in row.children) for part in node.children for row in part.children]
    sides = [
        str(cell.attrs.get("style", "")).removeprefix("text-align:") for cell in node.children[0].children[0].children
    ]
    return Table(rows[0], tuple(rows[1:]), tuple(sides))


def _spans(node: SyntaxTreeNode) -> Spans:
    merged: list[Span] = []
    for inline in node.children:
        for span in _inline(inline, Span("")):
            if merged and replace(merged[-1], text="") == replace(span, text="") and not span.code:
                merged[-1] = replace(span, text=merged[-1].text + span.text)
            elif span.text:
                merged.append(span)
    return tuple(merged)


def _inline(parent: SyntaxTreeNode, style: Span) -> Iterator[Span]:
    for node in parent.children:
        match node.type:
            case "text" | "text_special":
                yield replace(style, text=node.content)
            case "softbreak" | "hardbreak":
                yield replace(style, text="\n")
            case "code_inline":
                yield replace(style, text=node.content, code=True)
            case "strong":
                yield from _inline(node, replace(style, bold=True))
            case "em":
                yield from _inline(node, replace(style, italic=True))
            case "s":
                yield from _inline(node, replace(style, strike=True))
            case "link":
                yield from _inline(node, replace(style, link=str(node.attrs["href"])))
            case _:
                yield replace(style, text=node.content)


def label(info: str) -> str:
    """A fence's language: its first word if that is one, without braces and a leading dot; else ""."""
    words = info.strip().split(maxsplit=1)
    word = words[0].strip("{}").lstrip(".") if words else ""
    return word if LABEL.fullmatch(word) else ""


def named(info: str) -> str:
    """What a fence says beside its language, such as a file's name."""
    language, info = label(info), info.strip()
    beside = info.split(maxsplit=1)[1:] if language else [info]
    return "".join(beside)[:LONGEST_INFO]


def plain(spans: Spans) -> str:
    return "".join(span.text for span in spans)


def file_name(language: str, number: int) -> str:
    """answer.py, answer-2.py ...; answer.txt for a language that we do not know."""
    extension = EXTENSIONS.get(language.lower(), "txt")
    suffix = f"-{number}" if number > 1 else ""
    return f"answer{suffix}.{extension}" if extension != "Dockerfile" else f"Dockerfile{suffix}"


def numbered(language: str, numbers: Counter[str]) -> str:
    """A name for the answer's next file in this language; no two of one answer are the same."""
    extension = EXTENSIONS.get(language.lower(), "txt")
    numbers[extension] += 1
    return file_name(language, numbers[extension])


def leads(block: Block, following: Block | None) -> bool:
    """Whether a block belongs to what follows it, so that no message should end behind it: a heading, or a caption."""
    if not isinstance(block, Text) or following is None or block.marker:
        return False
    text = plain(block.spans).rstrip()
    is_caption = isinstance(following, Table) or (isinstance(following, Code) and text.endswith(":"))
    return bool(block.level) or (is_caption and len(text) <= LONGEST_CAPTION)


# --- cutting ----------------------------------------------------------------------------------------------------------

Size = Callable[[str], int]
"""How much of a platform's limit a text takes; of two texts put together, no more than of both."""


def utf16(text: str) -> int:
    """The length in UTF-16 units, which is never less than in code points."""
    return len(text) + sum(character > "\uffff" for character in text)


def split_code(text: str, limit: int, size: Size) -> list[str]:
    """The code in pieces within the limit that join to the same text; cut behind lines, and inside one only if it is too long."""
    pieces: list[str] = []
    piece: list[str] = []
    used = 0
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        for bit in hard_cut(line, limit, size):
            taken = size(bit)
            if piece and used + taken > limit:
                pieces.append("".join(piece))
                piece, used = [], 0
            piece.append(bit)
            used += taken
    if piece:
        pieces.append("".join(piece))
    return pieces


def split_spans(spans: Spans, limit: int, size: Callable[[Span], int]) -> list[Spans]:
    """The spans in rows within the limit: cut behind a sentence or a word; a code span or a link stays whole where it fits."""
    whole = [span for span in spans if span.text or span.code or span.link]
    if whole and sum(map(size, whole)) <= limit:
        return [_joined(whole)]
    rows: list[Spans] = []
    row: list[Span] = []
    used = 0
    for atom in _atoms(spans, limit, size):
        taken = size(atom)
        if row and replace(row[-1], text="") == replace(atom, text=""):
            taken -= size(replace(atom, text=""))  # the marks around a style stand once
        if row and used + taken > limit:
            row, rest = _at_sentence(row)
            rows.append(_joined(row))
            rest = [*rest, atom]
            if not rest[0].code:
                rest[0] = replace(rest[0], text=rest[0].text.lstrip())
            row, used = [one for one in rest if one.text], sum(map(size, rest))
            continue
        row.append(atom)
        used += taken
    if row:
        rows.append(_joined(row))
    return rows


def _at_sentence(row: list[Span]) -> tuple[list[Span], list[Span]]:
    """The row up to its last whole sentence, where that is most of it, and the rest."""
    for end in range(len(row), max(1, len(row) * 2 // 3), -1):
        if not row[end - 1].code and SENTENCE_END.search(row[end - 1].text):
            return row[:end], row[end:]
    return row, []


def _atoms(spans: Spans, limit: int, size: Callable[[Span], int]) -> Iterator[Span]:
    for span in spans:
        if (span.code or span.link) and size(span) <= limit:
            yield span
            continue
        empty = size(replace(span, text=""))
        for word in re.findall(r"\s*\S+|\s+\Z", span.text):
            for bit in hard_cut(word, max(1, limit - empty), lambda text, span=span: size(replace(span, text=text))):  # type: ignore[misc]
                yield replace(span, text=bit)


def _joined(row: Sequence[Span]) -> Spans:
    """Neighbours of one style put together again."""
    out: list[Span] = []
    for span in row:
        if out and replace(out[-1], text="") == replace(span, text=""):
            out[-1] = replace(span, text=out[-1].text + span.text)
        else:
            out.append(span)
    return tuple(out)


def hard_cut(text: str, limit: int, size: Size) -> Iterator[str]:
    """Bits within the limit, cut between characters as people see them. A single character may be over it."""
    if size(text) <= limit:
        yield text
        return
    start = used = 0
    for at, character in enumerate(text):
        taken = size(character)
        if used + taken > limit and at > start:
            end = _character_start(text, start, at)
            yield text[start:end]
            used = size(text[end:at])
            start = end
        used += taken
    yield text[start:]


def _character_start(text: str, start: int, at: int) -> int:
    """The nearest cut at or before `at` that tears no combined character; `at` itself where that would take too long."""
    for end in range(at, max(start, at - 16), -1):
        if not (_joins(text[end]) or text[end - 1] == "\u200d" or _is_flag_half(text, end)):
            return end
    return at


def _joins(character: str) -> bool:
    return (
        character in "\u200d\ufe0e\ufe0f"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or unicodedata.combining(character) > 0
    )


def _is_flag_half(text: str, at: int) -> bool:
    """Two regional indicators make one flag."""
    if not "\U0001f1e6" <= text[at] <= "\U0001f1ff":
        return False
    before = 0
    while before < at and before < 8 and "\U0001f1e6" <= text[at - 1 - before] <= "\U0001f1ff":
        before += 1
    return before % 2 == 1
