"""The line of a block that a fault is said at, where the compiler says it at several."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.capabilities.checks.verdicts import Finding
from storage.checks.scripts.blocks.grammars import line_of, parsed, text_of, walk
from storage.checks.scripts.blocks.written import Document

IMPORTING = ("import_statement", "object_pattern")
NAMED = re.compile(r"`([\w$]+)` is deprecated")


def deprecated_at_use(findings: Sequence[Finding], document: Document) -> list[Finding]:
    """What is deprecated is said where it is first used, and at its import only where nothing uses it."""
    imported = {line for one in document.snippet.imports for line in (one.line, *(at for _, at in one.names))}
    return [
        replace(one, line=_first_use(one, document) or one.line)
        if one.kind == "deprecated" and one.line in imported
        else one
        for one in findings
    ]


def _first_use(finding: Finding, document: Document) -> int:
    """0 for none."""
    named = NAMED.match(finding.message)
    root = parsed(document.snippet.text, document.snippet.is_jsx).root_node
    for node in walk(root) if named else ():
        if named is None or node.type not in ("identifier", "type_identifier") or text_of(node) != named[1]:
            continue
        here = node.parent
        while here is not None and here.type not in IMPORTING:
            here = here.parent
        if here is None:
            return line_of(node)
    return 0


def once(findings: list[Finding]) -> list[Finding]:
    """Of one line and kind one finding: the compiler tells some faults twice."""
    seen: set[tuple[int, str, str]] = set()
    kept = []
    for one in findings:
        named = re.search(r"`[^`]*`", one.message)
        key = (one.line, one.kind, named[0] if named else one.message)
        if key not in seen:
            seen.add(key)
            kept.append(one)
    return kept
