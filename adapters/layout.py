"""From blocks to messages: what stays together, how much goes into one message, when code becomes a file, tables as CSV.

Shared by every platform and knowing none: each gives its limits, and draws.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.writing.cutting import Size, split_code
from bot.writing.markdown import Code, CodeFile, numbered

Drawn = TypeVar("Drawn")

FILE_ROWS = 20
"""A table of more rows goes out as CSV, too."""

Rows = Sequence[Sequence[str]]


MOST_CAPTIONS = 2


@dataclass(frozen=True, slots=True)
class Chunk(Generic[Drawn]):
    """What stays in one message, and perhaps a file that goes with it. `sizes`: what it takes of each of the platform's limits;
    `joint`: what it takes more of the first one behind another chunk. `leads`: a heading or a caption of what comes next."""

    drawn: Drawn
    sizes: tuple[int, ...]
    joint: int = 0
    file: CodeFile | None = None
    leads: bool = False


@dataclass(frozen=True, slots=True)
class Packed(Generic[Drawn]):
    """The chunks of one message, in order, with its file."""

    drawn: tuple[Drawn, ...]
    file: CodeFile | None


def pack(chunks: Iterable[Chunk[Drawn]], limits: tuple[int, ...]) -> Iterator[Packed[Drawn]]:
    """As many chunks in each message as its limits take, one file a message. A chunk that is over a limit stands alone; what leads to
    the next chunk goes with it where there is room."""
    row: list[Chunk[Drawn]] = []
    for chunk in chunks:
        if row and not _fits([*row, chunk], limits):
            carried = _captions(row)
            carried = carried if _fits([*carried, chunk], limits) else []
            yield _packed(row[: len(row) - len(carried)])
            row = carried
        row.append(chunk)
    if row:
        yield _packed(row)


def _fits(row: Sequence[Chunk[Drawn]], limits: tuple[int, ...]) -> bool:
    used = [sum(taken) for taken in zip(*(chunk.sizes for chunk in row), strict=True)]
    used[0] += sum(chunk.joint for chunk in row[1:])
    files = sum(chunk.file is not None for chunk in row)
    return files <= 1 and all(have <= limit for have, limit in zip(used, limits, strict=True))


def _captions(row: Sequence[Chunk[Drawn]]) -> list[Chunk[Drawn]]:
    """What at a message's end belongs to the next one; never all of the message."""
    count = 0
    while count < min(MOST_CAPTIONS, len(row) - 1) and row[-1 - count].leads:
        count += 1
    return list(row[len(row) - count :])


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
        self._numbers: Counter[str] = Counter()

    def lay(self, code: Code, shown: str, *, is_long: bool = False, is_exact: bool = True) -> LaidCode:
        """`shown`: the code as the platform can show it. What is not exact there goes out as a file, too; of what is too long in any
        way only the beginning is shown."""
        is_long = is_long or len(code.text) > self._limits.file_characters
        if not self._files or (is_exact and not is_long):
            return self.as_text(shown)
        return self.as_file(self._named(code.language, code.text), shown, is_long)

    def table(self, rows: Rows) -> CodeFile:
        """The rows as CSV."""
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(rows)
        return self._named("csv", out.getvalue())

    def _named(self, language: str, text: str) -> CodeFile:
        return CodeFile(numbered(language, self._numbers), language, text)

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
