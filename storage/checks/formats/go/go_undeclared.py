"""Names of Go that a function gives a value with `=` and that nothing declares, neither the function nor its file, nor those beside it.

Only of a whole file whose folder is known; a name that any part of the function declares speaks for all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tree_sitter import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats.go.go_types import declared
from storage.checks.formats.go.go_unused import BOUND, MADE
from storage.checks.syntax import field, parsed, text_of, walk

MOST_FILES, MOST_BYTES = 80, 400_000
TOP = ("function_declaration", "var_declaration", "const_declaration", "type_declaration", "import_declaration")


def findings(root: Node, tree: Path, path: str) -> Iterator[Finding]:
    folder = (tree / path).parent
    if not any(one.type == "package_clause" for one in root.named_children) or not folder.is_dir():
        return
    beside = [one for one in sorted(folder.glob("*.go")) if one.name != path.rpartition("/")[2]]
    if len(beside) > MOST_FILES or any(one.stat().st_size > MOST_BYTES for one in beside):
        return
    asked = [(one, name) for one in root.named_children if one.type in MADE_HERE for name in _given(one)]
    told: set[str] = set()
    known: set[str] | None = None
    for function, name in asked:
        word = text_of(name)
        if word in told or word in _declared(function):
            continue
        if known is None:
            texts = [one.read_text("utf-8", "replace") for one in beside]
            known = {each for one in (root, *(parsed("go", text) for text in texts)) for each in _top(one)}
        if "." in known:
            return
        told.add(word)
        if word not in known:
            yield Finding(int(name.start_point[0]) + 1, "name", f"nothing declares `{word[:40]}`: `:=` would")


MADE_HERE = ("function_declaration", "method_declaration")


def _given(function: Node) -> Iterator[Node]:
    for node in walk(function):
        if node.type == "assignment_statement" and text_of(field(node, "operator")) == "=":
            left = field(node, "left")
            listed = left.named_children if left is not None else []
            yield from (one for one in listed if one.type == "identifier" and text_of(one) != "_")


def _declared(function: Node) -> set[str]:
    return {text_of(name) for one in walk(function) if one.type in (*MADE, *BOUND) for name in declared(one)}


def _top(root: Node) -> Iterator[str]:
    """What a file declares for its package; "." for one that takes in all of another."""
    for one in root.named_children:
        if one.type not in TOP:
            continue
        for node in walk(one) if one.type != "function_declaration" else (one,):
            if node.type in (
                "var_spec",
                "const_spec",
                "type_spec",
                "type_alias",
                "function_declaration",
                "import_spec",
            ):
                yield from (text_of(name) for name in node.children_by_field_name("name"))
