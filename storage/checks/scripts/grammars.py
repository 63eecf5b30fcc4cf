"""The syntax trees of blocks, and small questions to their nodes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import tree_sitter_typescript
from tree_sitter import Language, Node, Parser, Tree

MOST_NODES = 200_000


@cache
def _parser(is_jsx: bool) -> Parser:
    which = tree_sitter_typescript.language_tsx if is_jsx else tree_sitter_typescript.language_typescript
    return Parser(Language(which()))


def parsed(text: str, is_jsx: bool) -> Tree:
    """JavaScript is read as TypeScript, which it is by its syntax."""
    return _parser(is_jsx).parse(text.encode())


def walk(node: Node) -> Iterator[Node]:
    """All nodes below and this one, in the order of the text; no deeper than a cursor goes, so nothing overflows."""
    cursor = node.walk()
    count = 0
    while count < MOST_NODES:
        count += 1
        if cursor.node is not None:
            yield cursor.node
        if cursor.goto_first_child() or cursor.goto_next_sibling():
            continue
        while True:
            if not cursor.goto_parent() or cursor.node == node:
                return
            if cursor.goto_next_sibling():
                break


def text_of(node: Node | None) -> str:
    return node.text.decode("utf-8", "replace") if node is not None and node.text is not None else ""


def field(node: Node | None, name: str) -> Node | None:
    return node.child_by_field_name(name) if node is not None else None


def line_of(node: Node) -> int:
    """From 1."""
    return int(node.start_point[0]) + 1


def unquoted(node: Node | None) -> str:
    return text_of(node).strip("\"'`")


def root_of(node: Node | None) -> Node | None:
    """The innermost object of a chain: `a` of `a.b().c`."""
    while node is not None:
        match node.type:
            case "call_expression":
                node = field(node, "function")
            case "member_expression" | "subscript_expression":
                node = field(node, "object")
            case (
                "await_expression"
                | "parenthesized_expression"
                | "non_null_expression"
                | "as_expression"
                | "satisfies_expression"
            ):
                node = node.named_children[0] if node.named_children else None
            case "new_expression":
                node = field(node, "constructor")
            case _:
                return node
    return None
