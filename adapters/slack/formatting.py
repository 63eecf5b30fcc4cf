"""CommonMark -> Slack's rich text blocks.

Everything the model says goes out as rich_text elements: their text is literal, so code is exact, nothing is read as a mention or
an emoji, and nothing needs escaping. Slack's own dialect (mrkdwn.py) is for what blocks are not for.
Limits: https://docs.slack.dev/reference/block-kit/blocks; measured ones are said where they are used.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Any

from adapters import phrases
from adapters.slack.mrkdwn import fallback, fenced, said, text_mrkdwn
from bot.conversation import View
from bot.writing.columns import aligned
from bot.writing.markdown import (
    Block,
    Code,
    CodeFile,
    Rule,
    Span,
    Spans,
    Table,
    Text,
    leads,
    numbered,
    parse,
    parse_draft,
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
    """Blocks that stay together, their text for the fallback, and a file that goes with them. `leads`: a caption of the next."""

    blocks: tuple[Json, ...]
    text: str
    file: CodeFile | None = None
    leads: bool = False
    size: int = 0


def _units(document: Sequence[Block], *, files: bool) -> Iterator[Unit]:
    numbers: Counter[str] = Counter()
    for is_list, blocks in groupby(pairwise([*document, None]), lambda pair: _is_item(pair[0])):
        if is_list:
            yield from _list([block for block, _ in blocks if isinstance(block, Text)])
            continue
        for block, following in blocks:
            match block:
                case Text():
                    for spans in split_spans(block.spans, UNIT_BYTES, _span_size) or [()]:
                        text = text_mrkdwn(block, spans)
                        yield Unit((_text(block, spans),), text, leads=leads(block, following))
                case Code():
                    if files and len(block.text) > FILE_CHARACTERS:
                        yield _as_file(block, numbers)
                    else:
                        pieces = split_code(block.text, UNIT_BYTES, _json_size)
                        yield from (_code(block.language, piece) for piece in pieces)
                case Table():
                    yield from _table(block, numbers, files=files)
                case Rule():
                    yield Unit(({"type": "divider"},), "")


def _pack(units: Iterator[Unit]) -> list[SlackPart]:
    rows: list[list[Unit]] = [[]]
    for unit in (replace(unit, size=_size(unit.blocks)) for unit in units):
        row = rows[-1]
        if row and not _fits([*row, unit]):
            carried = _captions(row)
            carried = carried if _fits([*carried, unit]) else []
            del row[len(row) - len(carried) :]
            rows.append(carried)
        rows[-1].append(unit)
    return [_part(row) for row in rows if row]


def _fits(row: Sequence[Unit]) -> bool:
    """Whether these are one message: within its size, with one table and one file at most."""
    tables = sum(block["type"] == "table" for unit in row for block in unit.blocks)
    return (
        sum(unit.size for unit in row) <= PART_BYTES
        and sum(len(unit.blocks) for unit in row) <= PART_BLOCKS
        and tables <= 1
        and sum(unit.file is not None for unit in row) <= 1
    )


def _captions(row: Sequence[Unit]) -> list[Unit]:
    """What at a message's end belongs to the next one; never all of the message."""
    count = 0
    while count < 2 and count < len(row) - 1 and row[-1 - count].leads:
        count += 1
    return list(row[len(row) - count :])


def _part(row: Sequence[Unit]) -> SlackPart:
    blocks = tuple(block for unit in row for block in unit.blocks)
    file = next((unit.file for unit in row if unit.file), None)
    return SlackPart(blocks, fallback("\n".join(unit.text for unit in row)), file)


def _size(blocks: Sequence[Json]) -> int:
    return len(json.dumps(list(blocks), ensure_ascii=False).encode())


def _json_bytes(one: Json) -> int:
    return len(json.dumps(one, ensure_ascii=False).encode()) + 2


def _json_size(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


def _span_size(span: Span) -> int:
    return _json_size(span.text) + _json_size(span.link) + 120


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


def _list(items: Sequence[Text]) -> Iterator[Unit]:
    """Items that stand together, as few blocks as they fit into."""
    lists: list[Json] = []
    texts: list[str] = []
    used, expected = 0, 0
    for item in items:
        for place, spans in enumerate(split_spans(item.spans, UNIT_BYTES, _span_size) or [()]):
            piece = item if place == 0 else replace(item, marker="")
            drawn = _item(item, spans) if place == 0 else _text(piece, spans)["elements"][0]
            size = _json_bytes(drawn)
            if lists and used + size > UNIT_BYTES:
                yield Unit(({"type": "rich_text", "elements": lists},), "\n".join(texts))
                lists, texts, used = [], [], 0
            if lists and _goes_on(lists[-1], drawn, expected):
                lists[-1]["elements"] += drawn["elements"]
            else:
                lists.append(drawn)
            texts.append(text_mrkdwn(piece, spans))
            used += size
            expected = drawn.get("offset", 0) + 1
    if lists:
        yield Unit(({"type": "rich_text", "elements": lists},), "\n".join(texts))


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


def _code(language: str, text: str) -> Unit:
    block: Json = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text}]}
    if language:
        block["language"] = language.lower()
    return Unit(({"type": "rich_text", "elements": [block]},), fenced(text))


def _as_file(block: Code, numbers: Counter[str]) -> Unit:
    excerpt = "".join(block.text.splitlines(keepends=True)[:EXCERPT_LINES])
    (shown, *_) = split_code(excerpt, UNIT_BYTES // 2, _json_size)
    name = numbered(block.language, numbers)
    unit = _code(block.language, shown)
    note = {"type": "context", "elements": [_plain_text(phrases.excerpt_of(name))]}
    return Unit((*unit.blocks, note), unit.text, CodeFile(name, block.language, block.text))


def _table(table: Table, numbers: Counter[str], *, files: bool) -> Iterator[Unit]:
    """A native table within Slack's limits; else aligned text, or a CSV file with its first rows."""
    texts = table.texts
    characters = sum(len(cell) for row in texts for cell in row)
    text = aligned(texts, table.alignments)
    if len(texts) <= TABLE_ROWS and len(table.header) <= TABLE_COLUMNS and characters <= TABLE_CHARACTERS:
        rows = (table.header, *table.rows)
        block: Json = {
            "type": "table",
            "rows": [[_cell(cell, head=row is table.header) for cell in row] for row in rows],
        }
        if any(table.alignments):
            block["column_settings"] = [{"align": side or "left"} for side in table.alignments]
        if _size([block]) <= UNIT_BYTES:
            yield Unit((block,), fenced(text))
            return
    if files and len(texts) > 20:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(texts)
        yield _as_file(Code("csv", out.getvalue()), numbers)
        return
    for piece in split_code(text, UNIT_BYTES, _json_size):
        yield _code("", piece)


def _cell(spans: Spans, *, head: bool) -> Json:
    """An empty cell is refused by Slack, so it holds a space."""
    elements = [_element(span, bold=head) for span in spans if span.text] or [_element(Span(" "))]
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}
