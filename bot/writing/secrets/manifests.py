"""Kubernetes' Secrets: every value of their data is secret, whatever its name.

See https://kubernetes.io/docs/concepts/configuration/secret/.
"""

from __future__ import annotations

import itertools

from bot.writing.secrets.engine import compiled
from bot.writing.secrets.places import Found

KIND = compiled(r"(?m)^[ \t]*(?:- )?kind:[ \t]*[\"']?Secret[\"']?[ \t\r]*$|\"kind\"[ \t]*:[ \t]*\"Secret\"")
DOCUMENT = compiled(r"(?m)^---")
DATA = compiled(r"(?m)^([ \t]*)(?:data|stringData|\"data\"|\"stringData\"):[ \t]*(?:\{[ \t]*)?\r?$")
ENTRY = compiled(r"(?m)^([ \t]+)(?:[\"']?[A-Za-z0-9._\-]+[\"']?)[ \t]*:[ \t]*[\"']?([^\s\"'#][^\n\"'#]{2,})")
DEEPER = compiled(r"(?m)^([ \t]*)\S")
GIVEN = compiled(r"[{$<|>&*!].*")


def find_in_manifests(text: bytes, found: list[Found]) -> list[Found]:
    """What was found before, and the values of each Secret that it leaves."""
    if b"Secret" not in text or not KIND.search(text):
        return found
    more: list[Found] = []
    edges = [0, *(edge.start() for edge in DOCUMENT.finditer(text)), len(text)]
    for start, end in itertools.pairwise(edges):
        if KIND.search(text, start, end):
            for block in DATA.finditer(text, start, end):
                more += _entries(text, block.end() + 1, end, len(block[1]))
    free = [one for one in more if not any(one.start < other.end and other.start < one.end for other in found)]
    return sorted([*found, *free], key=lambda one: one.start)


def _entries(text: bytes, at: int, end: int, indent: int) -> list[Found]:
    found = []
    while at < end:
        line_end = text.find(b"\n", at, end)
        line_end = end if line_end < 0 else line_end
        deeper = DEEPER.match(text, at, line_end)
        if deeper and len(deeper[1]) <= indent:
            break
        entry = ENTRY.match(text, at, line_end)
        if entry and not GIVEN.fullmatch(entry[2]) and not entry[2].startswith(b"[masked"):
            first, last = entry.span(2)
            found.append(Found(first, first + len(text[first:last].rstrip(b" \t\r,")), "secret"))
        at = line_end + 1
    return found
