"""A name and a value that stand in two fields of one entry: `{name: DB_PASSWORD, value: x}`, in either order, with others between them.

Lists of variables in manifests, requests that a browser or a client kept, settings in XML and TOML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.writing.secrets.engine import compiled

NEAR = 400
"""Bytes of an entry before and behind the name that are looked at."""

_NAMES = "name|key|id|field|label|variable|env|header|parameter(?:key|name)?|param-name|setting(?:name)?|env-entry-name|secret_?name|ref"
NAMED = compiled(
    rf"(?i)(?:^|[\s{{(,\"'<\[@-])(?:{_NAMES})(?:[\"'`]?[ \t]*(?::|=>?)[ \t]*|[^<>\n]{{0,40}}>[ \t]*)[\"'`]?[\w./:#\- ]{{0,60}}$"
)
"""What stands before a name that is the value of such a field."""

VALUED = compiled(
    r"(?i)(?:^|[\s{(,\"'<\[@-])(?:value|val|default(?:value)?|parametervalue|param-value|(?:string|secret|plain)value|plaintext|content|env-entry-value|currentvalue|initial_?value)"
    r"(?:[\"'`]?[ \t]*(?::|=>?)[ \t]*|[^<>\n]{0,40}>[ \t]*)(?:\"([^\"\n]{1,300})\"|'([^'\n]{1,300})'|([^\s\"'`,;<>{}\[\]]{4,300}))"
)
QUOTED = (1, 2)
BOUNDARY = compiled(r"[{}\]]|/>|\n[ \t\r]*\n|\n[ \t]*-[ \t]|\n[ \t]*\[|</(?i:entry|item|property|parameter|variable)>")
SCHEME = compiled(r"(?i)(?:bearer|basic|token|apikey)[ \t]+")


def values_of(text: bytes, start: int, stop: int) -> Iterator[tuple[int, int, bool]]:
    """Where the values of the entry stand that the name between these places names, and whether they are quoted."""
    before = max(0, start - NEAR)
    if text[start - 1 : start].isalnum() or NAMED.search(text[max(0, start - 80) : start]) is None:
        return
    behind = BOUNDARY.search(text, stop, stop + NEAR)
    end = behind.start() if behind else min(len(text), stop + NEAR)
    for edge in BOUNDARY.finditer(text, before, start):
        before = edge.end()
    for first, last in ((stop, end), (before, start)):
        if (found := VALUED.search(text, first, last)) is not None:
            yield _span(found)
            return


def _span(found: re.Match[bytes]) -> tuple[int, int, bool]:
    group = next(number for number in (1, 2, 3) if found[number] is not None)
    begin, end = found.span(group)
    if scheme := SCHEME.match(found[group]):
        begin += scheme.end()
    return begin, end, group in QUOTED
