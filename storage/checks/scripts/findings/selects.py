"""Columns that Supabase's generated types do not have: the compiler says so where a row is used, in the name of its type. It is told at
the text of the `select` that names the column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node, Tree

from storage.checks.scripts.blocks.grammars import field as part
from storage.checks.scripts.blocks.grammars import text_of, unquoted, walk
from storage.checks.servers import Diagnostic

ERROR = re.compile(r"SelectQueryError<\"(.*?)\">")
WORD = re.compile(r"[`']([\w.]+)[`']|\bbetween ([\w.]+) and ([\w.]+)|column (?:named )?([\w.]+)")


def wrong(one: Diagnostic, tree: Tree) -> tuple[int, str] | None:
    """The line, from 0, and the sentence; None for what is no fault of a select."""
    found = ERROR.search(one.message)
    if found is None:
        return None
    said = found[1].rstrip(".")
    words = [each for match in WORD.finditer(said) for each in match.groups() if each]
    column = words[-1] if " between " in said else words[0] if words else ""
    for text, table in _selects(tree.root_node):
        if column and re.search(rf"\b{re.escape(column)}\b", text_of(text)):
            line = text.start_point[0] + text_of(text).partition(column)[0].count("\n")
            is_column = "column" in said and table
            return line, f"`{table}` has no column `{column}`" if is_column else said.replace("`", "").replace("'", "")
    return one.line, said.replace("`", "").replace("'", "")


def _selects(root: Node) -> Iterator[tuple[Node, str]]:
    """The text of each `select`, with the table that its chain begins at."""
    for node in walk(root):
        called = part(node, "function") if node.type == "call_expression" else None
        if called is None or text_of(part(called, "property")) != "select":
            continue
        given = part(node, "arguments")
        texts = [one for one in given.named_children if one.type in ("string", "template_string")] if given else []
        if texts:
            yield texts[0], _table(part(called, "object"))


def _table(node: Node | None) -> str:
    while node is not None:
        called = part(node, "function") if node.type == "call_expression" else None
        if called is not None and text_of(part(called, "property")) == "from":
            given = part(node, "arguments")
            return unquoted(given.named_children[0]) if given is not None and given.named_children else ""
        node = part(called, "object") if called is not None else part(node, "object")
    return ""
