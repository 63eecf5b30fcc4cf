"""Which call or chain of members a node stands in."""

from __future__ import annotations

from tree_sitter import Node

from storage.checks.scripts.blocks.grammars import field as part
from storage.checks.scripts.blocks.grammars import line_of, text_of
from storage.checks.scripts.blocks.statements import MARKERS

INNER = (
    "pair", "object", "array", "string", "string_fragment", "property_identifier", "shorthand_property_identifier", "number", "true",
    "false",
)  # fmt: skip
STATEMENTS = ("expression_statement", "program", "statement_block", "lexical_declaration")
CALLS = (
    "call_expression", "new_expression", "jsx_self_closing_element", "jsx_opening_element", "variable_declarator",
)  # fmt: skip
CHAIN = (*INNER, "member_expression", "call_expression", "new_expression", "arguments", "import_specifier")


def lines_of_call(node: Node) -> tuple[int, int]:
    """The first and the last line of the call that it stands in, from 1."""
    call: Node | None = node
    while call is not None and call.type not in CALLS:
        call = call.parent
    call = call or node
    return line_of(call), int(call.end_point[0]) + 1


def outermost(node: Node | None) -> Node | None:
    """The whole chain that it stands in, or the call that it is an argument of."""
    target = node
    while target is not None and target.parent is not None and target.type not in STATEMENTS:
        above = target.parent
        if above.type == "call_expression" and text_of(part(above, "function")) in MARKERS:
            break
        if above.type == "arguments" and target.type not in INNER:
            break
        if above.type not in CHAIN:
            break
        target = above
    return target


def call_of(node: Node | None) -> Node | None:
    """The call or `new` that it stands in, or is."""
    while node is not None and node.type not in ("call_expression", "new_expression"):
        node = node.parent
    return node


def called_in(node: Node | None) -> Node | None:
    """What is called or built there."""
    call = call_of(node)
    return part(call, "function") or part(call, "constructor")


def built(node: Node) -> str:
    """The class that `new` builds here; "" for another call."""
    call = call_of(node)
    return text_of(part(call, "constructor")) if call is not None and call.type == "new_expression" else ""
