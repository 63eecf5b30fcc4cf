"""Words in a text that a function's own documentation says it throws at: `@throws use \\`yyyy\\` instead of \\`YYYY\\`` of date-fns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from bot.capabilities.checks.verdicts import Finding
from storage.checks.scripts.blocks.grammars import field as part
from storage.checks.scripts.blocks.grammars import line_of, root_of, text_of, walk
from storage.checks.scripts.blocks.written import Document
from storage.checks.scripts.findings.imports import Imports
from storage.checks.scripts.packages.types import Types
from storage.checks.scripts.team.own_texts import text_of as text_in

THROWN = re.compile(r"@throws\s+use\s+`(\w+)`\s+instead\s+of\s+`(\w+)`")
TOKENS = re.compile(r"''|'[^']*'|((\w)\2*)")
"""Runs of one letter; what stands in quotes within the text is meant as it is."""
ALLOWED = re.compile(r"\buse[A-Z]\w+\s*:\s*true\b")


def found(document: Document, read: Imports, types: Types) -> Iterator[Finding]:
    """In calls of what the block imports, unless an option of the call allows them. Blocks."""
    for call in walk(document.tree.root_node):
        called, given = part(call, "function"), part(call, "arguments")
        package = read.bound.get(text_of(root_of(called)), "") if call.type == "call_expression" else ""
        held = types.held(document.folder, package) if package in read.used else None
        if called is None or given is None or held is None or not held.place or ALLOWED.search(text_of(given)):
            continue
        name = text_of(part(called, "property") or called)
        instead = _thrown_at(types.folder / held.place, name)
        for one in given.named_children if instead else ():
            text = text_of(one)[1:-1].replace("\\'", "'") if one.type == "string" else ""
            words = [each[0] for each in TOKENS.findall(text)]
            line = document.line_of(line_of(one) - 1)
            if line and (word := next((each for each in words if each in instead), "")):
                said = f"`{name}` throws at `{word}` in this text: `{instead[word]}` is meant"
                yield Finding(line, "argument", said, package, held.version)


@lru_cache(maxsize=500)
def _thrown_at(place: Path, name: str) -> Mapping[str, str]:
    """By word what is to be used instead, as the file that declares a function says."""
    files = (place / f"{name}.d.ts", place / name / "index.d.ts") if name.isidentifier() else ()
    return {word: instead for file in files for instead, word in THROWN.findall(text_in(file))}
