"""A vendor's secret whose form is any string of its length, and that nothing names: the vendor's word before it in the line is all there is.

`codecov -t x`, `cohere.Client("x")`, `algoliasearch("app", "x")`. The value stands in quotes, behind a flag or a login, fits the vendor's form as a
whole, and is of great disorder. What a digest or a commit is called, or what hangs on a path or an `@`, is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.writing.secrets.engine import compiled, literals
from bot.writing.secrets.places import Found
from bot.writing.secrets.prefixed import OTHERWISE
from bot.writing.secrets.worded import VENDORS, is_of_vendor, named

PLAIN_WORDS = frozenset(
    (
        b"linear modal vault drone beamer looker sonar lob okta ocp cognitive crates cargo etsy kraken plaid privateai sumo relic"
        b" twitter telegram zoom discord gitter unleash ibm scw"
    ).split()
)
"""Words of other senses, and those whose ids look alike."""

WORD = compiled("(?i)" + literals(" ".join(word.decode() for word in VENDORS - PLAIN_WORDS)))
VALUE = compiled(
    r"(?:[\"'`]|[ \t]--?[A-Za-z][\w-]{0,24}[ =]|[ \t](?:login|auth|store)[ \t]+(?:[A-Z0-9]{16}[ \t]+)?)[\"'`]?([A-Za-z0-9_\-+/=.:]{16,120})(?:[\"'`]|[ \t;,)]|\r?\n|$)"
)
REACH = 90
"""Bytes behind the vendor's word that are looked at."""

MOST_VALUES = 3


def find_beside_vendors(text: bytes, start: int, end: int) -> Iterator[Found]:
    """In one line or several."""
    at = start
    while (word := WORD.search(text, at, end)) is not None:
        at = word.end()
        first, limit = word.end(), text.find(b"\n", word.end(), min(len(text), word.end() + REACH))
        limit = limit + 1 if limit >= 0 else min(len(text), word.end() + REACH)
        for _ in range(MOST_VALUES):
            value = VALUE.search(text, first, min(len(text), limit + 120))
            if value is None or value.start() >= limit:
                break
            first = value.end(1)
            if _is_of(text, word, value):
                yield Found(*value.span(1), named(word[0].lower()))
                at = max(at, first)


def _is_of(text: bytes, word: re.Match[bytes], value: re.Match[bytes]) -> bool:
    if not is_of_vendor(value[1], is_key=value[0][:1].isspace()):  # behind a flag or a login
        return False
    least = max(0, word.start() - 200)
    least = max(text.rfind(b"\n", least, word.start()) + 1, text.rfind(b",", word.end(), value.start()), least)
    return not OTHERWISE.search(text, least, value.start(1))
