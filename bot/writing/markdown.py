"""CommonMark as we need it, on markdown-it-py's token tree: a flat list of blocks that every platform draws in its own way.

Nothing here is a platform's; a renderer never sees Markdown again, so it cannot misread it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from markdown_it.tree import SyntaxTreeNode

from bot.writing.dialect import parser
from bot.writing.fences import FenceReader
from bot.writing.links import literal
from bot.writing.text import seen

PARSER = parser()

LABEL = re.compile(r"[A-Za-z0-9_+.#-]{1,30}")
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


def alike(one: Span, other: Span) -> bool:
    """Of one style."""
    return (
        one.bold == other.bold
        and one.italic == other.italic
        and one.code == other.code
        and one.link == other.link
        and one.strike == other.strike
    )


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


@dataclass(frozen=True, slots=True)
class Note:
    """What the bot says in its own name under the code above it; no Markdown."""

    text: str


Block = Text | Code | Table | Rule | Note

NO_NOTES: Mapping[int, str] = {}


@dataclass(frozen=True, slots=True)
class CodeFile:
    """Code that goes out as a file."""

    name: str
    language: str
    text: str


def parse(markdown: str, links: Sequence[str] = (), notes: Mapping[int, str] = NO_NOTES) -> list[Block]:
    """The document's blocks, in order. Code inside lists and quotations stands on its own, without their indent.

    `links` are the addresses that may be live; every other one is code. `notes` stand under the code blocks that they
    count, from 0.
    """
    tokens = PARSER.parse(seen(markdown), {"links": frozenset(links)})
    return list(_with_notes(_blocks(SyntaxTreeNode(tokens), indent=0, quote=0), notes))


def _with_notes(blocks: Iterable[Block], notes: Mapping[int, str]) -> Iterator[Block]:
    place = 0
    for block in blocks:
        yield block
        if isinstance(block, Code):
            if line := notes.get(place):
                yield Note(line)
            place += 1


def words(text: str) -> Spans:
    """Text that is no Markdown, as it stands; an address in it is code."""
    return tuple(Span(token.content, code=token.type == "code_inline") for token in literal(seen(text)))


@dataclass(frozen=True, slots=True)
class Fence:
    """A code block where it stands: its code is in the lines from `start` up to `end` of the document, from 0. `name` is what it says
    beside its language. `margin` stands before each of its lines; None where that is more than blanks and quotation marks."""

    language: str
    name: str
    text: str
    start: int
    end: int
    margin: str | None


def fences(markdown: str) -> list[Fence]:
    """The document's code blocks, in the order of `Code` in `parse`."""
    lines = markdown.split("\n")
    found = []
    for token in PARSER.parse(seen(markdown), {"links": frozenset()}):
        if token.type in ("fence", "code_block") and token.map:
            first, end = token.map
            is_fence = token.type == "fence"
            count = token.content.count("\n") + (not token.content.endswith("\n") and bool(token.content))
            start = first + is_fence
            margin = lines[first][: len(lines[first]) - len(lines[first].lstrip(" \t>"))] if is_fence else None
            if margin is not None and not lines[first][len(margin) :].startswith(token.markup):
                margin = None
            found.append(
                Fence(label(token.info), named(token.info), token.content, start, min(start + count, end), margin)
            )
    return found


def parse_draft(markdown: str, links: Sequence[str] = (), notes: Mapping[int, str] = NO_NOTES) -> list[Block]:
    """The blocks of a text that is still being written: what has only begun to be a fence, a link or a row waits.

    An open code block is whole as far as it goes.
    """
    last = markdown[markdown.rfind("\n") + 1 :]
    if (begun := BEGUN.fullmatch(last)) or MARK_ONLY.fullmatch(last) or "[" in last:
        waits, in_fence = bool(begun), _ends_in_fence(markdown)
        if MARK_ONLY.fullmatch(last) if in_fence else waits:
            markdown = markdown.removesuffix(last)
        elif not in_fence:
            markdown = re.sub(r"!?\[[^\]\n]*(?:\]\([^)\n]*)?\Z", "", markdown)
    return parse(markdown, links, notes)


def _ends_in_fence(markdown: str) -> bool:
    reader = FenceReader()
    reader.feed(markdown)
    return reader.is_in_fence


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
    numbers = as_numbered([one.info for one in node.children]) if node.type == "ordered_list" else None
    for place, item in enumerate(node.children):
        marker = "•" if numbers is None else f"{numbers[place]}."
        for index, block in enumerate(_blocks(item, indent + 1, quote)):
            if index == 0 and isinstance(block, Text) and not block.marker:
                yield _task(replace(block, marker=marker, tight=block.tight and (place > 0 or indent > 0)))
            else:
                if index == 0:
                    yield Text((), marker=marker, indent=indent + 1, quote=quote, tight=place > 0)
                yield block
        if not item.children:
            yield Text((), marker=marker, indent=indent + 1, quote=quote, tight=place > 0)


def as_numbered(typed: Sequence[str]) -> list[int]:
    """A list's numbers as they were typed; where one is typed again and again, it is counted on."""
    numbers: list[int] = []
    for place, one in enumerate(typed):
        numbers.append(numbers[-1] + 1 if place and int(one) == int(typed[place - 1]) else int(one))
    return numbers


def _task(item: Text) -> Text:
    if not item.spans or item.spans[0].code:
        return item
    return replace(item, spans=(replace(item.spans[0], text=boxed(item.spans[0].text)), *item.spans[1:]))


def boxed(text: str) -> str:
    """An item's beginning with `[ ]` or `[x]` as a box."""
    found = TASK.match(text)
    return text if found is None else ("☐ " if found[1] == " " else "☑ ") + text[found.end() :]


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
            if merged and not span.code and alike(merged[-1], span):
                merged[-1] = replace(span, text=merged[-1].text + span.text)
            elif span.text:
                merged.append(span)
    return tuple(merged)


def _inline(parent: SyntaxTreeNode, style: Span) -> Iterator[Span]:
    for node in parent.children:
        match node.type:
            case "text" | "text_special":
                yield _styled(style, node.content)
            case "softbreak" | "hardbreak":
                yield _styled(style, "\n")
            case "code_inline":
                yield Span(node.content, style.bold, style.italic, style.strike, True, style.link)
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


def _styled(style: Span, text: str) -> Span:
    return Span(text, style.bold, style.italic, style.strike, style.code, style.link)


def label(info: str) -> str:
    """A fence's language: its first word if that is one, without braces and a leading dot; else ""."""
    words = info.strip().split(maxsplit=1)
    word = words[0].strip("{}").lstrip(".") if words else ""
    return word if LABEL.fullmatch(word) else ""


def named(info: str) -> str:
    """What a fence says beside its language, such as a file's name."""
    language, info = label(info), seen(info).strip()
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
