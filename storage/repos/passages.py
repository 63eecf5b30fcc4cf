"""Cuts a file into the pieces that answer questions: definitions, sections of documents; and writes their words for ranking.

Words of names are taken apart (`parseHTTPDate`, `retry_count`), so that a question in plain words finds them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from bot.writing.fences import FenceReader, Line
from storage.repos.grammar import DOCUMENTS
from storage.repos.symbols import Symbol

HUMPS = re.compile(r"[A-Z](?:(?<=[a-z0-9].)|(?<=[A-Z].)(?=[a-z]))")
"""A capital that begins a word within a name: behind a small letter or a digit, or the last of several. Looked for by the capital,
twice as fast as by what stands around it."""

BODY_CHARACTERS = 6_000
WINDOW_LINES = 60
MOST_PASSAGES = 2_000
HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*\s*$")
UNDERLINE = re.compile(r"^([=\-~^\"'`*+#.:])\1{2,}\s*$")
COMMENT = re.compile(
    r'"""(.*?)"""|\'\'\'(.*?)\'\'\'|/\*(.*?)\*/|(?:^|\s)(?://+|#+|--)\s?(.*?)$', re.DOTALL | re.MULTILINE
)
CONTAINERS = frozenset({"class", "interface", "struct", "trait", "impl", "module", "enum", "type"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage before it is stored: where it stands, and the words it is found by."""

    kind: Literal["code", "doc"]
    start: int
    end: int
    title: str
    heads: str
    notes: str
    body: str


def words(text: str) -> str:
    """The text with the words of names taken apart; the tokeniser does the rest."""
    return HUMPS.sub(r" \g<0>", text)


def pieces(path: str, language: str, text: str, found: Sequence[Symbol]) -> list[Piece]:
    if language in DOCUMENTS:
        return list(_sections(text, is_markdown=language == "markdown"))[:MOST_PASSAGES]
    if found:
        return list(_definitions(path, text, found))[:MOST_PASSAGES]
    return list(_windows(path, text))[:MOST_PASSAGES]


def lines_of(text: str) -> list[str]:
    """A text's lines; what ends the last one begins no further line."""
    lines = text.split("\n")
    return lines[:-1] if len(lines) > 1 and not lines[-1] else lines


def _definitions(path: str, text: str, found: Sequence[Symbol]) -> Iterator[Piece]:
    """One piece for each definition, without what is defined inside it; and one for the file's head."""
    lines = lines_of(text)
    inner = _inner(found)
    covered = [False] * (len(lines) + 2)
    for symbol, children in zip(found, inner, strict=True):
        if symbol.end - symbol.start < 1 and symbol.kind in ("constant", "attribute", "variable"):
            continue
        for number in range(symbol.start, min(symbol.end, len(lines)) + 1):
            covered[number] = True
        own = _own(lines, symbol, children)
        above = _above(lines, symbol.start)
        yield Piece(
            "code",
            symbol.start,
            symbol.end,
            symbol.qualified,
            f"{symbol.qualified} {symbol.signature}",
            "\n".join([*above, *(_notes(own))]),
            own,
        )
    rest = [number for number, line in enumerate(lines, 1) if not covered[number] and line.strip()]
    if rest:
        start = rest[0]
        stop = next((number - 1 for number in range(start, len(lines) + 1) if covered[number]), len(lines))
        head = "\n".join(lines[number - 1] for number in rest)
        notes = "\n".join(_notes(head))
        yield Piece("code", start, stop, path.rsplit("/", 1)[-1], path, notes, head[:BODY_CHARACTERS])


def _inner(found: Sequence[Symbol]) -> list[list[Symbol]]:
    """For each definition those that stand directly in it."""
    inner: list[list[Symbol]] = [[] for _ in found]
    open_ones: list[int] = []
    for index, symbol in enumerate(found):
        while open_ones and found[open_ones[-1]].stop <= symbol.begin:
            open_ones.pop()
        if open_ones and symbol.end > symbol.start:
            inner[open_ones[-1]].append(symbol)
        open_ones.append(index)
    return inner


def _own(lines: Sequence[str], symbol: Symbol, children: Sequence[Symbol]) -> str:
    """A definition's own lines; of a long function what stands in it counts too, of a class only its head."""
    if symbol.kind not in CONTAINERS or not children:
        return "\n".join(lines[symbol.start - 1 : symbol.end])[:BODY_CHARACTERS]
    kept: list[str] = []
    at = symbol.start - 1
    for child in children:
        kept += lines[at : max(at, child.start - 1)]
        kept.append(child.name)
        at = max(at, child.end)
    kept += lines[at : symbol.end]
    return "\n".join(kept)[:BODY_CHARACTERS]


def _above(lines: Sequence[str], start: int) -> list[str]:
    """The comment that stands right above a definition."""
    first = start - 1
    while first > 0 and start - first <= 40 and lines[first - 1].lstrip().startswith(("//", "#", "*", "/*", "--", "@")):
        first -= 1
    return list(lines[first : start - 1])


def _notes(text: str) -> Iterator[str]:
    for found in COMMENT.finditer(text):
        yield next((group for group in found.groups() if group), "")


def _sections(text: str, *, is_markdown: bool) -> Iterator[Piece]:
    """A document by its headings (Markdown and underlined ones); Markdown's code holds no headings."""
    lines = lines_of(text)
    starts: list[tuple[int, str]] = [(1, "")]
    reader = FenceReader()
    for number, line in enumerate(lines, 1):
        if is_markdown and reader.line(line) is Line.CODE:
            continue
        if heading := HEADING.match(line):
            starts.append((number, heading[2]))
        elif (
            UNDERLINE.match(line)
            and number > 1
            and (above := lines[number - 2].strip())
            and len(line.strip()) >= len(above) - 1
        ):
            starts.append((number - 1, above))
    starts.append((len(lines) + 1, ""))
    trail = lines[0].strip("# ").strip()
    for (start, title), (following, _) in pairwise(starts):
        for first in range(start, following, WINDOW_LINES):
            last = min(first + WINDOW_LINES, following) - 1
            body = "\n".join(lines[first - 1 : last])
            if body.strip():
                yield Piece("doc", first, last, title or trail, f"{trail} {title}", "", body[:BODY_CHARACTERS])


def _windows(path: str, text: str) -> Iterator[Piece]:
    """A file without known definitions, so many lines a piece."""
    lines = lines_of(text)
    name = path.rsplit("/", 1)[-1]
    for first in range(0, len(lines), WINDOW_LINES):
        body = "\n".join(line[:500] for line in lines[first : first + WINDOW_LINES])
        if body.strip():
            yield Piece(
                "code", first + 1, min(first + WINDOW_LINES, len(lines)), name, path, "", body[:BODY_CHARACTERS]
            )
