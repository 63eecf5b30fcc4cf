"""CommonMark -> Slack's rich text blocks.

Everything the model says goes out as rich_text elements: their text is literal, so code is exact, nothing is read as a mention or
an emoji, and nothing needs escaping. Slack's own dialect (mrkdwn.py) is for what blocks are not for.
Limits: https://docs.slack.dev/reference/block-kit/blocks; measured ones are said where they are used.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from adapters import phrases
from adapters.layout import FILE_ROWS, Chunk, CodeLayout, CodeLimits, LaidCode, Packed, pack
from adapters.slack.mrkdwn import fallback, fenced, marked_once, said, text_mrkdwn
from bot.views import View
from bot.writing.columns import aligned
from bot.writing.cutting import split_spans
from bot.writing.markdown import Block, Code, CodeFile, Note, Rule, Span, Spans, Table, Text, leads, parse, parse_draft

Json = dict[str, Any]

PART_BYTES = 9_500
"""Of one message's blocks as JSON: Slack was seen to refuse more than about 12,000 characters, and 10,600 bytes with extras."""

PART_BLOCKS = 40
UNIT_BYTES = 8_000
PART_TABLES = 1
LONGEST_NOTE = 1_900
TABLE_ROWS, TABLE_COLUMNS, TABLE_CHARACTERS = 100, 20, 8_000


def _json_size(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


CODE = CodeLimits(_json_size, UNIT_BYTES, file_characters=16_000, excerpt=UNIT_BYTES // 2, excerpt_lines=30)


@dataclass(frozen=True, slots=True)
class SlackPart:
    """One Slack message: blocks, the plain text beside them (notifications, search), and perhaps a file to upload."""

    blocks: tuple[Json, ...]
    text: str
    file: CodeFile | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks that stay together, and their text for the fallback. `alone`: what it is where they are all of a message."""

    blocks: tuple[Json, ...]
    text: str
    alone: str = ""


def render(view: View, *, files: bool = True) -> list[SlackPart]:
    """The view as messages. `files` False keeps long code in the messages, where uploads are not allowed."""
    read = parse if view.final else parse_draft
    document = read(view.text, view.links, view.notes)
    chunks = [*_chunks(document, files=files and view.final), *_tail(view)]
    return [_part(packed) for packed in pack(chunks, (PART_BYTES, PART_BLOCKS, PART_TABLES))]


def _part(packed: Packed[Section]) -> SlackPart:
    blocks = tuple(block for section in packed.drawn for block in section.blocks)
    text = "\n".join(section.text for section in packed.drawn)
    return SlackPart(blocks, fallback(packed.drawn[0].alone or text), packed.file)


def _chunk(section: Section, file: CodeFile | None = None, *, is_caption: bool = False) -> Chunk[Section]:
    tables = sum(block["type"] == "table" for block in section.blocks)
    sizes = (_size(section.blocks), len(section.blocks), tables)
    return Chunk(section, sizes, file=file, leads=is_caption)


def _tail(view: View) -> Iterator[Chunk[Section]]:
    """What the bot says in its own name goes into one message, for which Slack's limit of blocks leaves room."""
    if context := _context(view):
        alone = said(" ".join((*view.notices, view.status)).strip())
        yield Chunk(Section(tuple(context), "", alone), (_size(context), 1, 0))


def _context(view: View) -> list[Json]:
    """Notices, then the status line, as small text; plain_text is literal."""
    lines = [line for line in (*view.notices, view.status) if line]
    return [{"type": "context", "elements": [_plain_text(line[:LONGEST_NOTE])]} for line in lines[:8]]


def _plain_text(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": False}


# --- blocks -----------------------------------------------------------------------------------------------------------


def _chunks(document: Sequence[Block], *, files: bool) -> Iterator[Chunk[Section]]:
    layout = CodeLayout(CODE, files=files)
    for is_list, blocks in groupby(pairwise([*document, None]), lambda pair: _is_item(pair[0])):
        if is_list:
            yield from _list([block for block, _ in blocks if isinstance(block, Text)])
            continue
        for block, following in blocks:
            match block:
                case Text():
                    for one, spans in marked_once(block, split_spans(block.spans, UNIT_BYTES, _span_size) or [()]):
                        section = Section((_text(one, spans),), text_mrkdwn(one, spans))
                        yield _chunk(section, is_caption=leads(block, following))
                case Code():
                    yield from _code(block.language, layout.lay(block, block.text))
                case Table():
                    yield from _table(block, layout, files=files)
                case Rule():
                    yield _chunk(Section(({"type": "divider"},), ""))
                case Note(line):
                    note = {"type": "context", "elements": [_plain_text(line[:LONGEST_NOTE])]}
                    yield _chunk(Section((note,), said(line[:LONGEST_NOTE])))


def _size(blocks: Sequence[Json]) -> int:
    return len(json.dumps(list(blocks), ensure_ascii=False).encode())


def _span_size(span: Span) -> int:
    return _json_size(span.text) + _json_size(span.link) + 120


def _json_bytes(one: Json) -> int:
    return len(json.dumps(one, ensure_ascii=False).encode()) + 2


def _text(block: Text, spans: Spans) -> Json:
    elements = [_element(span, bold=bool(block.level)) for span in spans if span.text]
    margin = "    " * max(0, block.indent - (1 if block.marker else 0))
    if margin or block.marker:
        elements = [_element(Span(margin + (f"{block.marker} " if block.marker else ""))), *elements]
    kind = "rich_text_quote" if block.quote else "rich_text_section"
    return {"type": "rich_text", "elements": [{"type": kind, "elements": elements or [_element(Span(" "))]}]}


def _is_item(block: Block | None) -> bool:
    """A list's item as Slack has them; in a quotation, and with a number below one, it is text."""
    return isinstance(block, Text) and bool(block.marker) and not block.quote and block.marker != "0."


def _list(items: Sequence[Text]) -> Iterator[Chunk[Section]]:
    """Items that stand together, as few blocks as they fit into."""
    lists: list[Json] = []
    texts: list[str] = []
    used, expected = 0, 0
    for item in items:
        for piece, spans in marked_once(item, split_spans(item.spans, UNIT_BYTES, _span_size) or [()]):
            drawn = _item(piece, spans) if piece.marker else _text(piece, spans)["elements"][0]
            goes_on = bool(lists) and _goes_on(lists[-1], drawn, expected)
            size = _json_bytes(drawn["elements"][0] if goes_on else drawn)
            if lists and used + size > UNIT_BYTES:
                yield _chunk(Section(({"type": "rich_text", "elements": lists},), "\n".join(texts)))
                lists, texts, used, goes_on = [], [], 0, False
            if goes_on:
                lists[-1]["elements"] += drawn["elements"]
            else:
                lists.append(drawn)
            texts.append(text_mrkdwn(piece, spans))
            used += size
            expected = drawn.get("offset", 0) + 1
    if lists:
        yield _chunk(Section(({"type": "rich_text", "elements": lists},), "\n".join(texts)))


def _item(item: Text, spans: Spans) -> Json:
    """A list of one item; `offset` is how many stand before it."""
    section = {"type": "rich_text_section", "elements": [_element(span) for span in spans if span.text]}
    section["elements"] = section["elements"] or [_element(Span(" "))]
    drawn: Json = {
        "type": "rich_text_list",
        "style": "bullet",
        "indent": min(item.indent - 1, 8),
        "elements": [section],
    }
    if item.marker != "•":
        drawn |= {"style": "ordered", "offset": int(item.marker[:-1]) - 1}
    return drawn


def _goes_on(before: Json, drawn: Json, expected: int) -> bool:
    """Whether an item is the next one of the list before it."""
    alike = all(before.get(key) == drawn.get(key) for key in ("type", "style", "indent"))
    return alike and before["type"] == "rich_text_list" and drawn.get("offset", expected) == expected


def _element(span: Span, *, bold: bool = False) -> Json:
    names = ("bold", "italic", "strike", "code")
    style = {name: True for name in names if getattr(span, name) or (bold and name == "bold")}
    element: Json = {"type": "text", "text": span.text}
    if span.link:
        element = {"type": "link", "url": span.link, "text": span.text}
    return {**element, "style": style} if style else element


def _code(language: str, laid: LaidCode) -> Iterator[Chunk[Section]]:
    """With a file its excerpt, and a line that says so."""
    for piece in laid.pieces:
        blocks: tuple[Json, ...] = (_preformatted(language, piece),)
        if laid.file:
            blocks += ({"type": "context", "elements": [_plain_text(phrases.excerpt_of(laid.file.name))]},)
        yield _chunk(Section(blocks, fenced(piece)), laid.file)


def _preformatted(language: str, text: str) -> Json:
    block: Json = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text}]}
    if language:
        block["language"] = language.lower()
    return {"type": "rich_text", "elements": [block]}


def _table(table: Table, layout: CodeLayout, *, files: bool) -> Iterator[Chunk[Section]]:
    """A native table within Slack's limits; else aligned text, or a CSV file with its first rows."""
    texts = table.texts
    characters = sum(len(cell) for row in texts for cell in row)
    text = aligned(texts, table.alignments)
    if len(texts) <= TABLE_ROWS and len(table.header) <= TABLE_COLUMNS and characters <= TABLE_CHARACTERS:
        block = _native_table(table)
        if _size([block]) <= UNIT_BYTES:
            yield _chunk(Section((block,), fenced(text)))
            return
    if files and len(table.rows) > FILE_ROWS:
        file = layout.table(texts)
        yield from _code(file.language, layout.as_file(file, file.text))
        return
    yield from _code("", layout.as_text(text))


def _native_table(table: Table) -> Json:
    rows = (table.header, *table.rows)
    block: Json = {"type": "table", "rows": [[_cell(cell, head=row is table.header) for cell in row] for row in rows]}
    if any(table.alignments):
        block["column_settings"] = [{"align": side or "left"} for side in table.alignments]
    return block


def _cell(spans: Spans, *, head: bool) -> Json:
    """An empty cell is refused by Slack, so it holds a space."""
    elements = [_element(span, bold=head) for span in spans if span.text] or [_element(Span(" "))]
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}
