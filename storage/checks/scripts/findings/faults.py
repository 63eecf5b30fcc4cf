"""What the compiler said of a block's imports."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from storage.checks.scripts.blocks.written import Document
from storage.checks.scripts.findings import wording
from storage.checks.servers import Diagnostic

SPECIFIER = re.compile(r"'([^']+)'|\"([^\"]+)\"")
NO_MODULE = "2306"
"""The file is there and declares nothing; it is named by its path instead of the specifier."""
UNTYPED = "7016"


@dataclass(frozen=True, slots=True)
class Faults:
    """Modules that it did not find, and that declare nothing."""

    missing: frozenset[str]
    untyped: frozenset[str]


def of(document: Document, said: Sequence[Diagnostic]) -> Faults:
    """The compiler names the line of the specifier, which is the last one of a long import."""
    missing: set[str] = set()
    untyped: set[str] = set()
    every = document.snippet.imports
    for one in said:
        line = document.line_of(one.line)
        found = SPECIFIER.search(one.message) if line and one.code in wording.MODULES - wording.ENDINGS else None
        if found is None:
            continue
        (untyped if one.code == UNTYPED else missing).add(found[1] or found[2])
        if one.code == NO_MODULE:
            untyped |= {each.specifier for each in every if each.at == line}
    return Faults(frozenset(missing), frozenset(untyped))
