"""A text that remembers the line it stands on, and what to say of a file that cannot be read.

The standard parsers give no lines; `marked` and `events` build plain trees of dict, list and Word out of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*+@")


class Malformed(ValueError):
    """Says what is wrong with a text, in the words of a problem sentence."""


class Word(str):
    """A key or a value, and its line."""

    __slots__ = ("line",)
    line: int


def word(text: str, line: int) -> Word:
    made = Word(text)
    made.line = line
    return made


def line_of(value: object) -> int:
    """The line of a word, else that of the first word in the table or list, else the file's first."""
    inside: Iterable[object] = ()
    match value:
        case Word():
            return value.line
        case dict():
            inside = (part for pair in value.items() for part in pair)
        case list():
            inside = value
    return next((part.line for part in inside if isinstance(part, Word)), 1)


def without_credentials(text: str) -> str:
    """An address is passed on to people; the user and password that some files put into it are not."""
    return CREDENTIALS.sub("", text)
