"""Syntax trees of Go, Rust and Terraform."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import lru_cache

from tree_sitter import Language, Node, Parser

MOST_NODES = 200_000


@lru_cache(maxsize=4)
def parser(language: str) -> Parser:
    grammar = importlib.import_module(f"tree_sitter_{language}")
    return Parser(Language(grammar.language()))


def parsed(language: str, code: str) -> Node:
    return parser(language).parse(code.encode("utf-8", "replace")).root_node


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
