"""Whether an answer holds anything to read: marks alone (`---`, an empty fence, `&nbsp;`) draw an empty message."""

from __future__ import annotations

import re

from bot.writing.markdown import Block, Code, Note, Rule, Table, Text, parse, plain
from bot.writing.text import is_blank, seen

WORDED = re.compile(r"^(?![ \t>*+\d.)-]*(?:`{3}|~{3}))[^\n&]*?[^\W\d_]{2}", re.MULTILINE)
"""A line that begins no fence and holds two letters, none of them in an entity: whatever it is, they are drawn."""

COMMENT = re.compile(r"<!--\W*?-->")


def shows_nothing(markdown: str) -> bool:
    """True where nobody would see a character of it on any door. Cheap for whatever holds a word."""
    if is_blank(markdown):
        return True
    if WORDED.search(seen(markdown)):
        return False
    return not any(map(_shows, parse(markdown)))


def _shows(block: Block) -> bool:
    match block:
        case Text(spans):
            return not is_blank(COMMENT.sub("", plain(spans)))
        case Code(text=text):
            return not is_blank(text)
        case Table():
            return not all(is_blank(cell) for row in block.texts for cell in row)
        case Rule() | Note():
            return False
