"""Functions of Go with results that may end without a `return`: its compiler refuses them ("missing return").

What ends a function is told by the language itself (https://go.dev/ref/spec#Terminating_statements). A function of which something is
left out is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.syntax import field, text_of, walk

FUNCTIONS = ("function_declaration", "method_declaration", "func_literal")
SWITCHES = ("expression_switch_statement", "type_switch_statement", "select_statement")
CASES = ("expression_case", "default_case", "type_case", "communication_case")


def findings(root: Node) -> Iterator[Finding]:
    for function in walk(root):
        body = field(function, "body") if function.type in FUNCTIONS else None
        if body is None or field(function, "result") is None or _is_left_out(body):
            continue
        if not _ends(_last(body)):
            yield Finding(int(body.end_point[0]) + 1, "syntax", "`return` is missing: the function has results")


def _is_left_out(body: Node) -> bool:
    """Nothing stands there, or a comment after the last statement, which may stand for what is not shown."""
    listed = [one for one in _listed(body) if one.type != "empty_statement"]
    inside = [one for part in (body, *body.named_children) for one in part.named_children]
    after = [one for one in inside if one.type == "comment" and listed and one.start_byte >= listed[-1].end_byte]
    return not listed or bool(after)


def _listed(node: Node) -> list[Node]:
    """The statements of a block or a case."""
    found = []
    for one in node.named_children:
        found += _listed(one) if one.type == "statement_list" else [one] if one.type != "comment" else []
    return found


def _last(node: Node) -> Node | None:
    return next((one for one in reversed(_listed(node)) if one.type != "empty_statement"), None)


def _ends(node: Node | None, label: str = "") -> bool:
    if node is None:
        return False
    match node.type:
        case "return_statement" | "goto_statement":
            return True
        case "expression_statement":
            call = node.named_children[0] if node.named_children else node
            return call.type == "call_expression" and text_of(field(call, "function")) == "panic"
        case "block":
            return _ends(_last(node))
        case "if_statement":
            return _ends(field(node, "consequence")) and _ends(field(node, "alternative"))
        case "labeled_statement":
            return _ends(node.named_children[-1], text_of(field(node, "label")))
        case "for_statement":
            return _is_endless(node) and not _is_left(node, label)
    if node.type not in SWITCHES or _is_left(node, label):
        return False
    cases = [one for one in node.named_children if one.type in CASES]
    has_default = node.type == "select_statement" or any(one.type == "default_case" for one in cases)
    return has_default and all(_case_ends(one) for one in cases)


def _case_ends(case: Node) -> bool:
    last = _last(case)
    return last is not None and (last.type == "fallthrough_statement" or _ends(last))


def _is_endless(loop: Node) -> bool:
    heads = [one for one in loop.named_children if one.type not in ("block", "comment")]
    return all(one.type == "for_clause" and field(one, "condition") is None for one in heads)


def _is_left(node: Node, label: str) -> bool:
    """By a `break` of its own, or with its label."""
    for one in walk(node):
        if one.type != "break_statement":
            continue
        if one.named_children:
            if text_of(one.named_children[0]) == label:
                return True
            continue
        above = one.parent
        while above is not None and above.type not in ("for_statement", "func_literal", *SWITCHES):
            above = above.parent
        if above == node:
            return True
    return False
