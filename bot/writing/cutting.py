"""Cuts what is too long for a message: at sentences, words and lines, never inside a character, and code exactly."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from bot.writing.markdown import Span, Spans, alike

SENTENCE_END = re.compile(r"[.!?:;…。！？：；][\"'”’)\]]*\Z")

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
    """The spans in rows within the limit: cut behind a sentence or a word; a code span or a link stays whole where it fits. Where an
    address is too long to be live, it is code, which may be cut: what is cut leads nowhere, and joins to the address."""
    whole = [one for span in spans for one in _as_it_fits(span, limit, size) if one.text or one.code or one.link]
    if whole and sum(map(size, whole)) <= limit:
        return [_joined(whole)]
    rows: list[Spans] = []
    row: list[Span] = []
    used = 0
    for atom in _atoms(whole, limit, size):
        taken = size(atom)
        if row and alike(row[-1], atom):
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


def _as_it_fits(span: Span, limit: int, size: Callable[[Span], int]) -> Iterator[Span]:
    if not span.link or size(span) <= limit:
        yield span
        return
    if span.text != span.link:
        yield replace(span, link="")
        yield Span(" ")
    yield Span(span.link, code=True)


def _at_sentence(row: list[Span]) -> tuple[list[Span], list[Span]]:
    """The row up to its last whole sentence, where that is most of it, and the rest."""
    for end in range(len(row), max(1, len(row) * 2 // 3), -1):
        if not row[end - 1].code and SENTENCE_END.search(row[end - 1].text):
            return row[:end], row[end:]
    return row, []


def _atoms(spans: Sequence[Span], limit: int, size: Callable[[Span], int]) -> Iterator[Span]:
    for span in spans:
        if span.link or (span.code and size(span) <= limit):
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
        if out and alike(out[-1], span):
            out[-1] = replace(span, text=out[-1].text + span.text)
        else:
            out.append(span)
    return tuple(out)


def hard_cut(text: str, limit: int, size: Size) -> Iterator[str]:
    """Bits within the limit, cut between characters as people see them. A single character may be over it."""
    if (whole := size(text)) <= limit:
        yield text
        return
    for bit in _cut(text, limit, size):
        if (taken := size(bit)) <= limit or len(bit) == len(text):
            yield bit
        else:  # its characters take more together than each alone: a colon is escaped where a name stands before another
            yield from hard_cut(bit, min(limit - 1, limit * limit // min(taken, whole)), size)


def _cut(text: str, limit: int, size: Size) -> Iterator[str]:
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
