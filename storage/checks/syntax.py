"""Syntax trees of source text, one grammar a language, and small questions to their nodes. Nothing here runs or executes code."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import lru_cache

from tree_sitter import Language, Node, Parser

MOST_NODES = 200_000
ENTRIES = {"php": "language_php", "typescript": "language_typescript"}
PACKAGES = {"tsx": ("typescript", "language_tsx")}


@lru_cache(maxsize=6)
def parser(language: str) -> Parser:
    package, entry = PACKAGES.get(language, (language, ENTRIES.get(language, "language")))
    return Parser(Language(getattr(importlib.import_module(f"tree_sitter_{package}"), entry)()))


def parsed(language: str, code: str) -> Node:
    return parser(language).parse(code.encode("utf-8", "replace")).root_node


def nesting(code: str) -> int:
    """How deep brackets stand in brackets; those in texts count, too."""
    depth = most = 0
    for letter in code:
        depth += 1 if letter in "([{" else -1 if letter in ")]}" else 0
        most = max(most, depth)
    return most


def walk(node: Node) -> Iterator[Node]:
    """All nodes below and this one, in the order of the text; no deeper than a cursor goes, so nothing overflows."""
    cursor = node.walk()
    for _ in range(MOST_NODES):
        if cursor.node is not None:
            yield cursor.node
        if cursor.goto_first_child() or cursor.goto_next_sibling():
            continue
        while True:
            if not cursor.goto_parent():
                return
            if cursor.goto_next_sibling():
                break


def text_of(node: Node | None) -> str:
    return node.text.decode("utf-8", "replace") if node is not None and node.text is not None else ""


def field(node: Node | None, name: str) -> Node | None:
    return node.child_by_field_name(name) if node is not None else None
