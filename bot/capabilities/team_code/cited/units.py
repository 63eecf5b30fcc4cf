"""Cuts a line of an answer into what is checked at once: a sentence, or a table's row. Pure.

A place is tied to the words around it, so a sentence is checked when it is whole; what stands before anything that could be a
place is shown word by word. Where a unit ends depends on the text alone, never on the pieces in which it came.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.capabilities.team_code.cited.lines import DASH, WORDS

LONGEST = 2_000
"""Characters of a unit: a longer one is cut at its last space."""

ATOM = re.compile(
    r"(?<!`)(?P<ticks>`+)(?!`)(?:.*?[^`])??(?P=ticks)(?!`)"  # a code span
    r"|\[[^\[\]\n]*\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*\)"  # a link
    r"|(?P<mark>\*\*|__)[\w.:#]+[?!](?P=mark)"  # a name of Ruby or Elixir
)
OPEN = re.compile(r"\[[^\[\]\n]*(?:\](?:\([^()\s]*(?:\([^()\s]*\)?[^()\s]*)*)?)?\Z")
"""What may still become a link."""

STOP = re.compile(r"[.!?]+[\"'”’»)\]*_]*[ \t]|[。！？]")
SHORT = re.compile(
    r"(?:^|[\s(\[])(?:e\.g|i\.e|cf|vs|etc|approx|resp|incl|no|nos|fig|ca|l|ll|ln|p|pp|z|s|vgl|cfr|стр|z\.B|bzw|\d{1,7} ?ff?)\.\Z"
    r"|^[\s>]*\d{1,2}\.\Z",
    re.IGNORECASE,
)
"""A point that ends no sentence."""

ORDINAL = re.compile(r"\w\s\d{1,7}\.\Z")
ROW = re.compile(r"[\s>]*\|")
SUSPECT = re.compile(
    rf"[`\[/\\#]|\w[.:：]\w|::|\w\(\d|file\b|\b(?:{WORDS}|ll?|Z|행)\b|第\s?\d|\bL\d|\d(?:st|nd|rd|th)\b|\d:(?:\s|\Z)|\d{DASH}\d"
    r"|(?<!\S)[(\[]?\d{2,7}[)\],:]*(?!\S)",
    re.IGNORECASE,
)
"""What a word has that may belong to a place."""

WORD = re.compile(r"\S+")
MAYBE = re.compile(
    r"`[^`\n]*/[^`\n]* [^`\n]*\.\w{1,10}[^`\n]{0,20}`|/[\w.-]*\.[A-Za-z]\w{0,9}(?:#[A-Za-z_]|[*_'\"]{1,3}:\d|(?![\s–—…’”])[^\x00-\x7f])"
)
"""What may be a path with spaces, or one that another script or a name is glued to: only the files that are there can tell."""


def unit_end(text: str, *, is_whole: bool, is_row: bool = False) -> int:
    """Where the first unit of a line's rest ends; 0 where that cannot be said yet. `is_whole`: the line goes no further."""
    is_cut = len(text) > LONGEST
    if is_cut:
        text, is_whole = text[:LONGEST], True
    closed = list(_atoms(text))
    if not is_row:
        sure = len(text) if is_whole else _open_at(text, closed)
        for stop in STOP.finditer(text):
            if stop.end() > sure:
                break
            point = stop.start() + 1
            behind = text[stop.end() : stop.end() + 1] if ORDINAL.search(text, 0, point) else "A"
            if not behind and not is_whole:
                return 0
            if behind.islower():
                continue  # a number in order: `5. satır`
            if not SHORT.search(text, max(0, point - 12), point) and not _is_within(stop.start(), closed):
                return stop.end()
    if is_cut:
        gaps = [found.end() for found in re.finditer(r"\s", text) if not _is_within(found.start(), closed)]
        return gaps[-1] if gaps else len(text)
    return len(text) if is_whole else 0


def is_row(line: str) -> bool:
    return bool(ROW.match(line))


def plain_end(text: str) -> int:
    """How much of a unit that is still written holds no part of a place, whatever follows: whole words only."""
    end = 0
    for word in WORD.finditer(text):
        if word.end() == len(text) or SUSPECT.search(word[0]):
            return end
        end = word.end() + 1
    return len(text)


def _atoms(text: str) -> Iterator[tuple[int, int]]:
    """Code spans and links: no sentence ends within one."""
    return (found.span() for found in ATOM.finditer(text))


def _open_at(text: str, closed: list[tuple[int, int]]) -> int:
    """Where something begins that may still be closed: what stands behind it is not sure yet."""
    places = [len(text)]
    at = 0
    for start, end in [*closed, (len(text), len(text))]:
        if (tick := text.find("`", at, start)) >= 0:
            places.append(tick)
        at = end
    if found := OPEN.search(text):
        places.append(found.start())
    return min(places)


def _is_within(place: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= place < end for start, end in spans)
