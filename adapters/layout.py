"""From blocks to messages: what stays together, how much goes into one message, when code becomes a file, tables as text and as CSV.

Shared by every platform and knowing none: each gives its limits, and draws.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.writing.markdown import Code, CodeFile, Size, Table, file_name, plain, split_code

Drawn = TypeVar("Drawn")

FILE_ROWS = 20
"""A table of more rows goes out as CSV, too."""


@dataclass(frozen=True, slots=True)
class Chunk(Generic[Drawn]):
    """What stays in one message, and perhaps a file that goes with it. `sizes`: what it takes of each of the platform's limits;
    `joint`: what it takes more of the first one behind another chunk."""

    drawn: Drawn
    sizes: tuple[int, ...]
    joint: int = 0
    file: CodeFile | None = None


@dataclass(frozen=True, slots=True)
class Packed(Generic[Drawn]):
    """The chunks of one message, in order, with its file."""

    drawn: tuple[Drawn, ...]
    file: CodeFile | None


def pack(chunks: Iterable[Chunk[Drawn]], limits: tuple[int, ...]) -> Iterator[Packed[Drawn]]:
    """As many chunks in each message as its limits take, one file a message. A chunk that is over a limit stands alone."""
    row: list[Chunk[Drawn]] = []
    used = (0,) * len(limits)
    for chunk in chunks:
        taken = (chunk.sizes[0] + (chunk.joint if row else 0), *chunk.sizes[1:])
        is_full = any(have + more > limit for have, more, limit in zip(used, taken, limits, strict=True))
        if row and (is_full or (chunk.file and any(one.file for one in row))):
            yield _packed(row)
            row, used, taken = [], (0,) * len(limits), chunk.sizes
        row.append(chunk)
        used = tuple(have + more for have, more in zip(used, taken, strict=True))
    if row:
        yield _packed(row)


def _packed(row: Sequence[Chunk[Drawn]]) -> Packed[Drawn]:
    return Packed(tuple(chunk.drawn for chunk in row), next((chunk.file for chunk in row if chunk.file), None))


# --- code -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CodeLimits:
    """What a platform takes of code, measured by `size`. More than `file_characters` becomes a file, of which `excerpt` is shown."""

    size: Size
    piece: int
    file_characters: int
    excerpt: int
    excerpt_lines: int | None = None


@dataclass(frozen=True, slots=True)
class LaidCode:
    """Code as it is shown, in pieces, and the file that goes with the last of them. `is_excerpt`: only its beginning is shown."""

    pieces: tuple[str, ...]
    file: CodeFile | None = None
    is_excerpt: bool = False


class CodeLayout:
    """Lays out the code of one answer; its files are numbered."""

    def __init__(self, limits: CodeLimits, *, files: bool) -> None:
        self._limits = limits
        self._files = files
        self._count = 0

    def lay(self, code: Code, shown: str, *, is_long: bool = False, is_exact: bool = True) -> LaidCode:
        """`shown`: the code as the platform can show it. What is not exact there goes out as a file, too; of what is too long in any
        way only the beginning is shown."""
        is_long = is_long or len(code.text) > self._limits.file_characters
        if not self._files or (is_exact and not is_long):
            return self.as_text(shown)
        self._count += 1
        return self.as_file(CodeFile(file_name(code.language, self._count), code.language, code.text), shown, is_long)

    def as_text(self, shown: str) -> LaidCode:
        return LaidCode(self._pieces(shown))

    def as_file(self, file: CodeFile, shown: str, is_long: bool = True) -> LaidCode:
        pieces = (self._excerpt(shown),) if is_long else self._pieces(shown)
        return LaidCode(pieces, file, is_long)

    def _pieces(self, text: str) -> tuple[str, ...]:
        return tuple(split_code(text, self._limits.piece, self._limits.size))

    def _excerpt(self, text: str) -> str:
        lines = "".join(text.splitlines(keepends=True)[: self._limits.excerpt_lines])
        return split_code(lines, self._limits.excerpt, self._limits.size)[0]


# --- tables -----------------------------------------------------------------------------------------------------------

Rows = Sequence[Sequence[str]]


def cells(table: Table) -> list[list[str]]:
    """Its rows as text, the header first, each cell in one line."""
    return [[plain(cell).replace("\n", " ") for cell in row] for row in (table.header, *table.rows)]


def as_csv(rows: Rows) -> CodeFile:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return CodeFile(file_name("csv", 1), "csv", out.getvalue())


def aligned(rows: Rows) -> str:
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
