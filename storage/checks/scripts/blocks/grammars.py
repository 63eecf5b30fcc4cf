"""The syntax trees of blocks, and small questions to their nodes."""

from __future__ import annotations

from tree_sitter import Node, Tree

from storage.checks import syntax
from storage.checks.syntax import parser, text_of, walk

__all__ = ["field", "line_of", "parsed", "root_of", "text_of", "unquoted", "walk"]


def field(node: Node | None, name: str) -> Node | None:
    """The function of `await load<Row>(x)` is `load`: the grammar takes `await load` for it, where a type stands before the
    arguments."""
    found = syntax.field(node, name)
    if found is not None and found.type == "await_expression" and name == "function":
        return found.named_children[0] if found.named_children else None
    return found


def parsed(text: str, is_jsx: bool) -> Tree:
    """JavaScript is read as TypeScript, which it is by its syntax."""
    return parser("tsx" if is_jsx else "typescript").parse(text.encode())


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
