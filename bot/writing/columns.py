"""Rows of text in columns, for doors that show a table as monospaced text."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]], alignments: Sequence[str] = ()) -> str:
    """Rows in columns by display width, a line under the first; ends with a line feed."""
    rows = [[cell.replace("\n", " ") for cell in row] for row in rows]
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]))]
    sides = [*alignments, *[""] * len(widths)]
    lines = ["  ".join(map(_padded, row, widths, sides)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * w for w in widths))
    return "\n".join(lines) + "\n"


def _padded(cell: str, columns: int, alignment: str) -> str:
    room = columns - width(cell)
    before = {"right": room, "center": room // 2}.get(alignment, 0)
    return " " * before + cell + " " * (room - before)


def width(text: str) -> int:
    """Columns in a monospaced font: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
