"""What a Go program puts into a text or a list, wherever in a block: whether it writes every piece of it itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from storage.checks.syntax import text_of, walk

WRITTEN = ("interpreted_string_literal", "raw_string_literal", "int_literal", "rune_literal")
NUMBERS = re.compile(r"(?:strconv\.(?:Itoa|Format(?:Int|Uint))|len|cap|make)$")
HANDED_ON = re.compile(r"(?:strings\.(?:Join|Repeat|Trim\w*)|append)$")
"""What gives back nothing but what it is given."""

VERB = re.compile(r"%(?:\[\d+\])?[+#0-9. -]*([a-zA-Z%])")
OF_NUMBERS = "dbtxXc"
DEEPEST = 200


def is_written(node: Node) -> bool:
    """Whether all of an expression is the program's own: literals, numbers, and lists, texts and builders that are filled with such."""
    root = node
    while root.parent is not None:
        root = root.parent
    pending, seen = [node], set[str]()
    for _ in range(DEEPEST):
        if not pending:
            return True
        one = pending.pop()
        inner = _filled(root, text_of(one), seen) if one.type == "identifier" else _inner(root, one, seen)
        if inner is None:
            return False
        pending += inner
    return False


def _inner(root: Node, node: Node, seen: set[str]) -> list[Node] | None:
    """The expressions of which it is made; None where nobody knows."""
    match node.type:
        case "binary_expression" | "literal_value" | "literal_element" | "parenthesized_expression" | "expression_list":
            return node.named_children
        case "composite_literal" | "slice_expression" | "index_expression":
            kept = node.child_by_field_name("body") or node.child_by_field_name("operand")
            return [kept] if kept is not None else None
        case "call_expression":
            called = text_of(node.child_by_field_name("function"))
            arguments = node.child_by_field_name("arguments")
            given = arguments.named_children if arguments is not None else []
            if NUMBERS.match(called):
                return []
            if called in ("fmt.Sprintf", "fmt.Fprintf"):
                return _printed(given[called == "fmt.Fprintf" :])
            if called.endswith(".String") and not given:
                return _filled(root, called.removesuffix(".String"), seen)
            return (given[:1] if called == "strings.Repeat" else given) if HANDED_ON.match(called) else None
    return [] if node.type in WRITTEN else None


def _printed(given: list[Node]) -> list[Node] | None:
    if not given or given[0].type not in WRITTEN:
        return None
    verbs = [one for one in VERB.findall(text_of(given[0])) if one != "%"]
    return [one for one, verb in zip(given[1:], verbs, strict=False) if verb not in OF_NUMBERS]


def _filled(root: Node, name: str, seen: set[str]) -> list[Node] | None:
    """What is put into a variable; None where it is handed over from elsewhere, or nothing is seen of it."""
    if name in seen:
        return []
    seen.add(name)
    return list(_put(root, name)) or None if not _is_given(root, name) else None


def _is_given(root: Node, name: str) -> bool:
    """As an argument, or by a loop over something."""
    given = (
        one.child_by_field_name("left") or one
        for one in walk(root)
        if one.type in ("parameter_declaration", "range_clause")
    )
    return any(each.type == "identifier" and text_of(each) == name for one in given for each in walk(one))


def _put(root: Node, name: str) -> Iterator[Node]:
    for node in walk(root):
        if node.type in ("short_var_declaration", "assignment_statement"):
            left, right = (node.child_by_field_name(side) for side in ("left", "right"))
            for target, assigned in (
                zip(left.named_children, right.named_children, strict=False) if left and right else ()
            ):
                into = target.child_by_field_name("operand") or target
                if text_of(into) == name:
                    yield assigned
        elif node.type in ("const_spec", "var_spec") and text_of(node.child_by_field_name("name")) == name:
            if (value := node.child_by_field_name("value")) is not None:
                yield value
        elif node.type == "call_expression" and (given := node.child_by_field_name("arguments")) is not None:
            called = text_of(node.child_by_field_name("function"))
            if called in (f"{name}.WriteString", f"{name}.WriteByte", f"{name}.WriteRune"):
                yield from given.named_children
            elif called == "fmt.Fprintf" and text_of(given.named_children[0]) in (name, f"&{name}"):
                yield node
