"""The process that finds the colours of one file: a path and a text in, its lines in coloured pieces out, as JSON.

It stands outside of the page's folder, which would take a second to load with all that it stands on.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pygments.lexers import get_lexer_for_filename
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

from bot.apart import bounded

MEMORY_BYTES = 1_000_000_000
PROCESSOR_SECONDS = 4
"""Of processor time: on a busy machine a file is no slower to read."""


def pieces(path: str, text: str) -> list[list[tuple[str, str]]]:
    """Every line of the text, in order, each as (class, text); all of it without class where no lexer knows the file."""
    try:
        lexer: Any = get_lexer_for_filename(path.rpartition("/")[2], stripnl=False, ensurenl=False)
    except ClassNotFound:
        return [[("", line)] for line in text.split("\n")]
    lines: list[list[tuple[str, str]]] = [[]]
    for kind, value in lexer.get_tokens(text):
        while kind not in STANDARD_TYPES:
            kind = kind.parent
        first, *others = value.split("\n")
        if first:
            lines[-1].append((STANDARD_TYPES[kind], first))
        lines += [[(STANDARD_TYPES[kind], line)] if line else [] for line in others]
    return lines


def main() -> None:
    bounded(MEMORY_BYTES, PROCESSOR_SECONDS)
    asked = json.loads(sys.stdin.buffer.read())
    sys.stdout.write(json.dumps(pieces(asked["path"], asked["text"])))


if __name__ == "__main__":
    main()
