"""Types of a Go block's values, as far as the declarations at hand tell them: of variables that are made, declared or handed in once,
of fields, elements, and what calls give back. A type is kept as it is written, with the package where it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from storage.checks.formats.go.go_packages import Call, Package, Type
from storage.checks.syntax import field as part
from storage.checks.syntax import text_of, walk

DEEPEST = 10
NAMED = re.compile(r"(?:(\w+)\.)?(\w+)(?:\[.+\])?", re.DOTALL)
"""A type's words, with what a generic one is made for."""

DECLARING = tuple(
    """
    short_var_declaration var_spec parameter_declaration variadic_parameter_declaration range_clause const_spec
    receive_statement type_switch_statement
    """.split()
)
LISTED = ("short_var_declaration", "range_clause", "receive_statement")


@dataclass(frozen=True, slots=True)
class Typed:
    """`where` is the package in which the type's words are read."""

    where: Package
    text: str

    @property
    def bare(self) -> str:
        return self.text.lstrip("*")


Found = tuple[Package, str, Type]
"""A named type: its package, its name there, what it has."""


@dataclass(frozen=True, slots=True)
class Scope:
    """`own` is what the block and its package declare, `known` the imported packages by the names that they have here. `reach` gives
    the package of an import path."""

    own: Package
    known: dict[str, Package]
    reach: Callable[[str], Package | None]
    typed: dict[str, Typed] = field(default_factory=dict)

    def named(self, typed: Typed | None) -> Found | None:
        """The type that its words name; None for one that is not at hand."""
        told = NAMED.fullmatch(typed.bare) if typed is not None else None
        if told is None or typed is None:
            return None
        package: Package | None = typed.where
        if told[1] and typed.where is self.own:
            package = self.known.get(told[1])
        elif told[1]:
            path = typed.where.imports.get(told[1])
            package = self.reach(path) if path else None
        found = package.types.get(told[2]) if package is not None else None
        return (package, told[2], found) if package is not None and found is not None else None

    def kind(self, node: Node | None, depth: int = 0) -> Typed | None:
        """Of a value; None for one that cannot be told."""
        if node is None or depth > DEEPEST:
            return None
        match node.type:
            case "identifier":
                return self.typed.get(text_of(node))
            case "parenthesized_expression":
                return self.kind(node.named_children[0] if node.named_children else None, depth + 1)
            case "unary_expression":
                return self._unary(node, depth + 1)
            case "composite_literal":
                return Typed(self.own, text_of(part(node, "type")))
            case "type_assertion_expression":
                return Typed(self.own, text_of(part(node, "type")))
            case "selector_expression":
                owner = self.named(self.kind(part(node, "operand"), depth + 1))
                told = owner[2].fields.get(text_of(part(node, "field")), "") if owner else ""
                return Typed(owner[0], told) if owner and told else None
            case "index_expression":
                return _element(self.kind(part(node, "operand"), depth + 1))
            case "call_expression":
                results = self.results(node, depth + 1)
                return results[0] if results else None
        return None

    def _unary(self, node: Node, depth: int) -> Typed | None:
        inner = self.kind(part(node, "operand"), depth)
        sign = text_of(node)[:1]
        if inner is None or sign not in "&*":
            return None
        return Typed(inner.where, f"*{inner.text}" if sign == "&" else inner.text.removeprefix("*"))

    def results(self, call: Node, depth: int = 0) -> list[Typed] | None:
        """What a call gives back; None where that cannot be told."""
        function = part(call, "function")
        given = part(call, "arguments")
        first = given.named_children[0] if given is not None and given.named_children else None
        if function is not None and function.type == "identifier" and first is not None:
            match text_of(function):
                case "new":
                    return [Typed(self.own, f"*{text_of(first)}")]
                case "make":
                    return [Typed(self.own, text_of(first))]
                case "append":
                    one = self.kind(first, depth + 1)
                    return [one] if one is not None else None
        called = self.called(call, depth)
        return [Typed(called[0], one) for one in called[1].results] if called is not None else None

    def called(self, call: Node, depth: int = 0) -> tuple[Package, Call] | None:
        """The function or method, with its package."""
        function = part(call, "function")
        if function is None:
            return None
        if function.type == "identifier":
            name = text_of(function)
            told = self.own.functions.get(name) if name not in self.typed else None
            return (self.own, told) if told is not None else None
        if function.type != "selector_expression":
            return None
        operand, name = part(function, "operand"), text_of(part(function, "field"))
        owner = self.named(self.kind(operand, depth + 1))
        if owner is not None:
            told = owner[2].methods.get(name)
            return (owner[0], told) if told is not None else None
        package = self.known.get(text_of(operand)) if operand is not None and operand.type == "identifier" else None
        told = package.functions.get(name) if package is not None else None
        return (package, told) if package is not None and told is not None else None


def _element(typed: Typed | None) -> Typed | None:
    """Of a slice, an array or a map."""
    found = re.match(r"(?:\[\d*\]|\[\.\.\.\]|map\[[\w.*]+\])(.+)", typed.text) if typed is not None else None
    return Typed(typed.where, found[1]) if typed is not None and found else None


def declared(node: Node) -> Iterator[Node]:
    """The names that it binds."""
    if node.type in LISTED:
        left = part(node, "left")
        yield from (one for one in left.named_children if one.type == "identifier") if left is not None else ()
    elif node.type == "type_switch_statement":
        alias = part(node, "alias")
        yield from alias.named_children if alias is not None else ()
    else:
        yield from node.children_by_field_name("name")


def fill(function: Node, scope: Scope) -> None:
    """Notes the types of variables that are declared once in a function, its parameters among them."""
    counts: dict[str, int] = {}
    for node in walk(function):
        if node.type not in DECLARING:
            continue
        names = [text_of(one) for one in declared(node)]
        for name in names:
            counts[name] = counts.get(name, 0) + 1
        for name, kind in zip(names, _types(node, len(names), scope), strict=False):
            if kind is not None and name != "_" and name not in scope.known:
                scope.typed[name] = kind
    for name, count in counts.items():
        if count > 1:
            scope.typed.pop(name, None)


def _types(node: Node, count: int, scope: Scope) -> list[Typed | None]:
    told = part(node, "type")
    if node.type in ("parameter_declaration", "var_spec") and told is not None:
        return [Typed(scope.own, text_of(told))] * count
    if node.type == "variadic_parameter_declaration" and told is not None:
        return [Typed(scope.own, f"[]{text_of(told)}")] * count
    if node.type == "range_clause":
        over = scope.kind(part(node, "right"))
        element = _element(over)
        return [None, element] if element is not None and count == 2 else []
    if node.type not in ("short_var_declaration", "var_spec"):
        return []
    right = part(node, "right") or part(node, "value")
    values = right.named_children if right is not None else []
    if len(values) == 1 and count > 1:
        found = scope.results(values[0]) if values[0].type == "call_expression" else None
        return list(found) if found and len(found) == count else []
    return [scope.kind(one) for one in values] if len(values) == count else []
