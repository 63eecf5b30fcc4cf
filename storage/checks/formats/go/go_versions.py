"""What the language itself took later than the version in go.mod, which the compiler refuses (https://go.dev/ref/spec#Language_versions)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats.go.go_types import Scope
from storage.checks.syntax import field, text_of, walk

BUILTINS = {"min": 21, "max": 21, "clear": 21}
INTEGER = re.compile(r"u?int(?:8|16|32|64|ptr)?|byte|rune")


def declarations(root: Node, minor: int) -> Iterator[Finding]:
    """Of a file: `minor` is the 1.x of go.mod, 0 for none."""
    for node in walk(root) if 0 < minor < 24 else ():
        if node.type == "type_parameter_list" and minor < 18:
            yield _finding(node, "type parameters", 18, minor)
        elif node.type == "type_alias" and field(node, "type_parameters") is not None:
            yield _finding(node, "an alias with type parameters", 24, minor)


def findings(function: Node, scope: Scope, minor: int, made: frozenset[str]) -> Iterator[Finding]:
    """Of a function. `made` are names that the block's package declares."""
    for node in walk(function) if 0 < minor < 23 else ():
        if node.type == "range_clause":
            what, since = _ranged(field(node, "right"), scope)
            if minor < since:
                yield _finding(node, what, since, minor)
        elif node.type == "call_expression":
            name = text_of(field(node, "function"))
            if minor < BUILTINS.get(name, 0) and name not in made and name not in scope.typed:
                yield _finding(node, f"`{name}`", BUILTINS[name], minor)


def _ranged(over: Node | None, scope: Scope) -> tuple[str, int]:
    if over is None:
        return "", 0
    called = text_of(field(over, "function")) if over.type == "call_expression" else ""
    kind = scope.kind(over)
    if over.type == "int_literal" or called in ("len", "cap") or (kind is not None and INTEGER.fullmatch(kind.text)):
        return "a loop over a number", 22
    if kind is not None and re.match(r"iter\.Seq2?\[|func\(yield\b", kind.text):
        return "a loop over a function", 23
    return "", 0


def _finding(node: Node, what: str, since: int, minor: int) -> Finding:
    return Finding(int(node.start_point[0]) + 1, "syntax", f"{what} came with Go 1.{since}; go.mod says 1.{minor}")
