"""Iterators of Go (`iter.Seq`, https://pkg.go.dev/iter) that are used as slices: `maps.Keys` gives one, as `strings.SplitSeq` does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tree_sitter import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats.go.go_types import Scope, Typed
from storage.checks.syntax import field, text_of, walk

OF_SLICES = re.compile(r"\[\].*", re.DOTALL)
GENERIC = re.compile(r"S\d?|Slice")
"""The type parameters of `slices` that stand for slices."""


def findings(function: Node, results: Sequence[str], scope: Scope) -> Iterator[Finding]:
    """Told where the iterator is made, once for each."""
    told: set[int] = set()
    for node in walk(function):
        for value, how in _uses(node, scope, function, results):
            kind = scope.kind(value)
            if not _is_iterator(kind):
                continue
            made = _made(value, function)
            line, used = int(made.start_point[0]) + 1, int(value.start_point[0]) + 1
            if line not in told:
                told.add(line)
                where = "" if line == used else f" (line {used})"
                called = " ".join(text_of(made).split())[:60]
                said = f"`{called}` gives an iterator, no slice, and {how}{where}; `slices.Collect(...)` makes a slice of it"
                yield Finding(line, "argument", said)


def _is_iterator(kind: Typed | None) -> bool:
    return kind is not None and kind.text.startswith("iter.Seq[")


def _uses(node: Node, scope: Scope, function: Node, results: Sequence[str]) -> Iterator[tuple[Node, str]]:
    """Values that must be slices where they stand, or may be anything but an iterator, with what is done with them."""
    match node.type:
        case "call_expression":
            yield from _given(node, scope)
        case "index_expression" | "slice_expression":
            if operand := field(node, "operand"):
                yield operand, "it is indexed"
        case "range_clause":
            left, right = field(node, "left"), field(node, "right")
            if left is not None and right is not None and len(left.named_children) == 2:
                yield right, "a loop takes two values of it"
        case "return_statement" if len(node.named_children) == 1 and not is_inner(node, function):
            listed = [one for one in node.named_children[0].named_children if one.type != "comment"]
            for one, wanted in zip(listed, results, strict=False):
                if OF_SLICES.fullmatch(wanted):
                    yield one, "the function gives a slice"
        case "var_spec":
            values = field(node, "value")
            if OF_SLICES.fullmatch(text_of(field(node, "type"))) and values is not None:
                yield from ((one, "a slice is declared") for one in values.named_children)


def _given(call: Node, scope: Scope) -> Iterator[tuple[Node, str]]:
    function, listed = text_of(field(call, "function")), field(call, "arguments")
    values = [one for one in listed.named_children if one.type != "comment"] if listed is not None else []
    if function in ("len", "cap", "append", "copy") and values and function not in scope.own.functions:
        yield values[0], f"`{function}` takes none"
        if function == "append" and text_of(listed).rstrip(") ,\n\t").endswith("..."):
            yield (
                values[-1].named_children[0] if values[-1].type == "variadic_argument" else values[-1],
                "`...` takes none",
            )
        return
    called = scope.called(call)
    for value, wanted in zip(values, called[1].parameters if called is not None else (), strict=False):
        is_generic = called is not None and called[0].path == "slices" and GENERIC.fullmatch(wanted)
        if OF_SLICES.fullmatch(wanted) or is_generic:
            yield value, f"`{function[:60]}` takes none"


def _made(value: Node, function: Node) -> Node:
    """The call that a variable was made by."""
    if value.type != "identifier":
        return value
    for node in walk(function):
        if node.type == "short_var_declaration":
            left, right = field(node, "left"), field(node, "right")
            names = [text_of(one) for one in left.named_children] if left is not None else []
            if right is not None and text_of(value) in names and len(right.named_children) == len(names):
                return right.named_children[names.index(text_of(value))]
    return value


def is_inner(node: Node, function: Node) -> bool:
    """Whether it is a function's within this one."""
    at = node.parent
    while at is not None and at.id != function.id:
        if at.type == "func_literal":
            return True
        at = at.parent
    return False
