"""CommonMark -> Slack's rich text blocks.

Everything the model says goes out as rich_text elements: their text is literal, so code is exact, nothing is read as a mention or
an emoji, and nothing needs escaping. Slack's own dialect (mrkdwn.py) is for what blocks are not for.
Limits: https://docs.slack.dev/reference/block-kit/blocks; measured ones are said where they are used.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from adapters import phrases
from adapters.slack.mrkdwn import aligned, fallback, fenced, said, text_mrkdwn
from bot.conversation import View
from bot.writing.markdown import (
    Block,
    Code,
    CodeFile,
    Rule,
    Span,
    Spans,
    Table,
    Text,
    file_name,
    parse,
    parse_draft,
    plain,
    split_code,
    split_spans,
)

Json = dict[str, Any]

PART_BYTES = 9_500
"""Of one message's blocks as JSON: Slack was seen to refuse more than about 12,000 characters, and 10,600 bytes with extras."""

PART_BLOCKS = 40
UNIT_BYTES = 8_000
FILE_CHARACTERS = 16_000
EXCERPT_LINES = 30
TABLE_ROWS, TABLE_COLUMNS, TABLE_CHARACTERS = 100, 20, 8_000


@dataclass(frozen=True, slots=True)
class SlackPart:
    """One Slack message: blocks, the plain text beside them (notifications, search), and perhaps a file to upload."""

    blocks: tuple[Json, ...]
    text: str
    file: CodeFile | None = None


def render(view: View, *, files: bool = True) -> list[SlackPart]:
    """The view as messages. `files` False keeps long code in the messages, where uploads are not allowed."""
    document = parse(view.text, view.links) if view.final else parse_draft(view.text, view.links)
    parts = _pack(_units(document, files=files and view.final))
    tail = _context(view)
    if tail:
        *before, last = parts or [SlackPart((), "")]
        if _size([*last.blocks, *tail]) > PART_BYTES or len(last.blocks) >= PART_BLOCKS:
            before, last = [*before, last], SlackPart((), "")
        text = last.text or said(" ".join((*view.notices, view.status)).strip())
        parts = [*before, SlackPart((*last.blocks, *tail), fallback(text), last.file)]
    return parts


def _context(view: View) -> list[Json]:
    """Notices, then the status line, as small text; plain_text is literal."""
    lines = [line for line in (*view.notices, view.status) if line]
    return [{"type": "context", "elements": [_plain_text(line[:1_900])]} for line in lines[:8]]


def _plain_text(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": False}


# --- blocks -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unit:
    """Blocks that stay together, their text for the fallback, and a file that goes with them."""

    blocks: tuple[Json, ...]
    text: str
    file: CodeFile | None = None


def _units(document: Sequence[Block], *, files: bool) -> Iterator[Unit]:
    count = 0
    for block in document:
        match block:
            case Text():
                for spans in split_spans(block.spans, UNIT_BYTES, _span_size) or [()]:
                    yield Unit((_text(block, spans),), text_mrkdwn(block, spans))
            case Code():
                if files and len(block.text) > FILE_CHARACTERS:
                    count += 1
                    yield _as_file(block, count)
                else:
                    yield from (
                        _code(block.language, piece) for piece in split_code(block.text, UNIT_BYTES, _json_size)
                    )
            case Table():
                yield from _table(block, files=files)
            case Rule():
                yield Unit(({"type": "divider"},), "")


def _pack(units: Iterator[Unit]) -> list[SlackPart]:
    parts: list[SlackPart] = []
    blocks: list[Json] = []
    texts: list[str] = []
    file: CodeFile | None = None
    used = 0
    for unit in units:
        size = _size(unit.blocks)
        tables = sum(block["type"] == "table" for block in (*blocks, *unit.blocks))
        full = used + size > PART_BYTES or len(blocks) + len(unit.blocks) > PART_BLOCKS
        if blocks and (full or tables > 1 or (file and unit.file)):
            parts.append(SlackPart(tuple(blocks), fallback("\n".join(texts)), file))
            blocks, texts, file, used = [], [], None, 0
        blocks += unit.blocks
        texts.append(unit.text)
        file = file or unit.file
        used += size
    if blocks:
        parts.append(SlackPart(tuple(blocks), fallback("\n".join(texts)), file))
    return parts


def _size(blocks: Sequence[Json]) -> int:
    return len(json.dumps(list(blocks), ensure_ascii=False).encode())


def _json_size(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


def _span_size(span: Span) -> int:
    return _json_size(span.text) + _json_size(span.link) + 120


def _text(block: Text, spans: Spans) -> Json:
    elements = [_element(span, bold=bool(block.level)) for span in spans if span.text]
    lead = f"{block.marker} " if block.marker and block.marker != "•" else ""
    if block.marker == "•" and not block.quote:
        item = {"type": "rich_text_section", "elements": elements or [_element(Span(" "))]}
        style: Json = {
            "type": "rich_text_list",
            "style": "bullet",
            "indent": min(block.indent - 1, 8),
            "elements": [item],
        }
        return {"type": "rich_text", "elements": [style]}
    margin = "    " * max(0, block.indent - (1 if block.marker else 0))
    if margin or lead or block.marker:
        elements = [_element(Span(margin + (lead or ("• " if block.marker else "")))), *elements]
    kind = "rich_text_quote" if block.quote else "rich_text_section"
    return {"type": "rich_text", "elements": [{"type": kind, "elements": elements or [_element(Span(" "))]}]}


def _element(span: Span, *, bold: bool = False) -> Json:
    names = ("bold", "italic", "strike", "code")
    style = {name: True for name in names if getattr(span, name) or (bold and name == "bold")}
    element: Json = {"type": "text", "text": span.text}
    if span.link:
        element = {"type": "link", "url": span.link, "text": span.text}
    return {**element, "style": style} if style else element


def _code(language: str, text: str) -> Unit:
    block: Json = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text}]}
    if language:
        block["language"] = language.lower()
    return Unit(({"type": "rich_text", "elements": [block]},), fenced(text))


def _as_file(block: Code, number: int) -> Unit:
    excerpt = "".join(block.text.splitlines(keepends=True)[:EXCERPT_LINES])
    (shown, *_) = split_code(excerpt, UNIT_BYTES // 2, _json_size)
    name = file_name(block.language, number)
    unit = _code(block.language, shown)
    note = {"type": "context", "elements": [_plain_text(phrases.excerpt_of(name))]}
    return Unit((*unit.blocks, note), unit.text, CodeFile(name, block.language, block.text))


def _table(table: Table, *, files: bool) -> Iterator[Unit]:
    """A native table within Slack's limits; else aligned text, or a CSV file with its first rows."""
    rows = [table.header, *table.rows]
    characters = sum(len(plain(cell)) for row in rows for cell in row)
    if len(rows) <= TABLE_ROWS and len(table.header) <= TABLE_COLUMNS and characters <= TABLE_CHARACTERS:
        cells = [[_cell(cell, head=row is table.header) for cell in row] for row in rows]
        block = {"type": "table", "rows": cells}
        if _size([block]) <= UNIT_BYTES:
            yield Unit((block,), fenced(aligned(rows)))
            return
    text = aligned(rows)
    if files and len(rows) > 20:
        out = io.StringIO()
        csv.writer(out).writerows([plain(cell) for cell in row] for row in rows)
        yield _as_file(Code("csv", out.getvalue().replace("\r\n", "\n")), 1)
        return
    for piece in split_code(text + "\n", UNIT_BYTES, _json_size):
        yield _code("", piece)


def _cell(spans: Spans, *, head: bool) -> Json:
    """An empty cell is refused by Slack, so it holds a space."""
    elements = [_element(span, bold=head) for span in spans if span.text] or [_element(Span(" "))]
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}
