"""Paths of routes that a router throws at: those of path-to-regexp before its version 8, whose wildcards have names and whose optional
parts stand in braces (https://expressjs.com/en/guide/migrating-5.html#path-syntax)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.scripts.blocks.grammars import field as part
from storage.checks.scripts.blocks.grammars import line_of, root_of, text_of, unquoted, walk
from storage.checks.scripts.blocks.reading import origin
from storage.checks.scripts.blocks.written import Document
from storage.checks.scripts.findings.imports import Imports

SINCE = {"express": 5, "router": 2, "@koa/router": 14}
"""The major version of a package from which path-to-regexp 8 reads its paths."""
TAKING = frozenset({"all", "delete", "get", "head", "options", "patch", "post", "put", "route", "use"})
PIECE = re.compile(r"\\.|[:*](?:[^\W\d][\w$]*|\$[\w$]*|\"[^\"]+\")|[{}]|[^\\:*{}()\[\]+?!]+", re.DOTALL)
"""https://github.com/pillarjs/path-to-regexp#errors"""
INSTEAD = {"*": "a wildcard needs a name (`/*rest`)", "?": "what may be missing stands in braces (`/one{/:two}`)"}


def found(document: Document, read: Imports) -> Iterator[Finding]:
    for call in walk(document.tree.root_node):
        called, given = part(call, "function"), part(call, "arguments")
        if call.type != "call_expression" or text_of(part(called, "property")) not in TAKING or given is None:
            continue
        root = text_of(root_of(called))
        package = read.bound.get(root) or read.bound.get(origin(document.tree.root_node, root), "")
        version = read.used.get(package, "")
        if package not in SINCE or int(re.match(r"\d*", version)[0] or 0) < SINCE[package]:  # type: ignore[index]
            continue
        for one in _paths(given):
            line, path = document.line_of(line_of(one) - 1), unquoted(one).replace("\\\\", "\\")
            if line and (letter := refused(path)):
                hint = INSTEAD.get(letter, "such patterns are gone")
                said = f"`{path[:60]}` is no path for {package} {version}, which throws at its `{letter}`: {hint}"
                yield Finding(line, "argument", said, package, version)


def _paths(given: Node) -> Iterator[Node]:
    """The first argument, or what it lists."""
    first = given.named_children[0] if given.named_children else None
    listed = first.named_children if first is not None and first.type == "array" else [first]
    yield from (one for one in listed if one is not None and one.type == "string")


def refused(path: str) -> str:
    """The letter at which path-to-regexp 8 throws; "" for none."""
    at = depth = 0
    while at < len(path):
        piece = PIECE.match(path, at)
        if piece is None:
            return path[at]
        depth += {"{": 1, "}": -1}.get(piece[0], 0)
        if depth < 0:
            return "}"
        at = piece.end()
    return "{" if depth else ""
