"""The words and signs of a .proto file, with their lines; comments are left out."""

from __future__ import annotations

import re
from collections.abc import Iterator

TOKEN = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|[\w.]+|[^\s\w]", re.DOTALL)


def tokens(code: str) -> Iterator[tuple[str, int]]:
    line, last = 1, 0
    for one in TOKEN.finditer(code):
        line += code.count("\n", last, one.start())
        last = one.start()
        if not one[0].startswith(("//", "/*")):
            yield one[0], line


def number_of(told: str) -> int:
    """0x1f, 017, 15; what is no number in its own way is 0."""
    base = 16 if told[:2].lower() == "0x" else 8 if told.startswith("0") and told != "0" else 10
    try:
        return int(told, base)
    except ValueError:
        return 0
