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
