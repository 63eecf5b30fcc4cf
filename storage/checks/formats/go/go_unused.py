"""Local variables of Go that nothing reads: Go's compiler refuses them ("declared and not used").

A variable counts as read when its name stands anywhere in its scope behind the declaration, but on the left of `=` or `:=`; so an
inner variable of the same name that is read speaks for the outer one too. Parameters, results and constants may go unread
(https://go.dev/ref/spec#Variable_declarations).
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats.go.go_types import declared
from storage.checks.syntax import field, text_of, walk

FUNCTIONS = ("function_declaration", "method_declaration", "func_literal")
SCOPES = (
    "block", "if_statement", "for_statement", "expression_switch_statement", "type_switch_statement", "select_statement",
    "expression_case", "default_case", "type_case", "communication_case", *FUNCTIONS,
)  # fmt: skip
MADE = ("short_var_declaration", "var_spec", "range_clause", "receive_statement", "type_switch_statement")
WORDS = ("identifier", "type_identifier", "package_identifier")
BOUND = ("parameter_declaration", "variadic_parameter_declaration", "const_spec")


def findings(root: Node) -> Iterator[Finding]:
    """Of functions that stand there whole."""
    for function in root.named_children:
        if function.type not in FUNCTIONS:
            continue
        written = _written(function)
        for node in walk(function):
            if node.type in MADE and _is_made(node):
                yield from _unread(node, written)


def _unread(node: Node, written: set[int]) -> Iterator[Finding]:
    scope = node if node.type == "type_switch_statement" else _scope(node)
    if scope is None:
        return
    start = (field(node, "alias") or node).end_byte
    names = [one for one in declared(node) if one.type == "identifier" and text_of(one) != "_"]
    before = _before(node, scope) if len(names) > 1 else set()
    inside = [one for one in walk(scope) if one.start_byte >= start]
    if any(one.type == "comment" and one.next_named_sibling is None for one in inside if one.parent == scope):
        return  # what follows is left out
    read = {text_of(one) for one in inside if one.type in WORDS and one.id not in written}
    for one in names:
        if text_of(one) not in read | before:
            said = f"`{text_of(one)}` is declared and not used: Go does not compile that"
            yield Finding(int(one.start_point[0]) + 1, "name", said)


def _is_made(node: Node) -> bool:
    """Whether it declares: `for x = range` and `case x = <-c` only assign."""
    return node.type not in ("range_clause", "receive_statement") or any(one.type == ":=" for one in node.children)


def _scope(node: Node) -> Node | None:
    above = node.parent
    while above is not None and above.type not in SCOPES:
        above = above.parent
    return above


def _before(node: Node, scope: Node) -> set[str]:
    """Names that the same scope has already: `:=` only assigns to them."""
    found = {
        text_of(name)
        for one in walk(scope)
        if one.type in MADE and one.end_byte <= node.start_byte and _scope(one) == scope
        for name in declared(one)
    }
    function = scope.parent
    if scope.type == "block" and function is not None and function.type in FUNCTIONS:
        for part in ("receiver", "parameters", "result"):
            listed = field(function, part)
            found |= {text_of(one) for one in walk(listed) if one.type in WORDS} if listed is not None else set()
    return found


def _written(function: Node) -> set[int]:
    """The places where a name is only given a value, or made."""
    found: set[int] = set()
    for node in walk(function):
        if node.type in (*MADE, *BOUND):
            found |= {one.id for one in declared(node)}
        elif node.type == "assignment_statement" and text_of(field(node, "operator")) == "=":
            left = field(node, "left")
            found |= {one.id for one in left.named_children if one.type == "identifier"} if left is not None else set()
    return found
