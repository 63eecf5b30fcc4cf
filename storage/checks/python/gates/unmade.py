"""Classes that a block writes below one of the team's with something abstract, and that leave some of it undefined: a decorator or a
registry makes them elsewhere, and fails.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.library.members import class_names
from storage.checks.python.meaning import made, whereabouts
from storage.checks.python.meaning.sight import Sight
from storage.checks.python.meaning.whereabouts import Found

PLAIN = frozenset(["ABC", "object", "Generic", "Protocol"])
UNFINISHED = ("Base", "Abstract", "Mixin")
"""How classes are called that others are made below of."""

Defs = ast.FunctionDef | ast.AsyncFunctionDef


def findings(sight: Sight, lines: range) -> Iterator[Finding]:
    """For these lines of the text, from 1; lines of the findings count from 0."""
    below = {
        ast.unparse(base).partition("[")[0] for one in sight.nodes(ast.ClassDef) for base in getattr(one, "bases", ())
    }
    made_here = {ast.unparse(one.func) for one in sight.nodes(ast.Call)}
    for node in sight.nodes(ast.ClassDef):
        if node.lineno not in lines or node.name in below | made_here:
            continue
        if not node.bases or node.keywords or any(word in node.name for word in UNFINISHED):
            continue
        if made.is_partial(node, sight.lines) or any(ast.unparse(one) in PLAIN for one in node.bases):
            continue
        lacking = _left(sight, node)
        if lacking:
            listed = ", ".join(f"`{one}`" for one in lacking)
            said = f"`{node.name}` cannot be made: it does not define {listed}, which is abstract"
            yield Finding(node.lineno - 1, "attribute", said)


def _left(sight: Sight, node: ast.ClassDef) -> list[str]:
    """What is abstract above a class, which defines some of it and not all; nothing where one of those above is not known."""
    if _abstract(node):
        return []
    above = [one for one in whereabouts.above(sight, Found(sight.path, node)) if one is None or one.node is not node]
    found: dict[str, None] = {}
    has = set(class_names(node))
    for one in above:
        if one is None or one.module or not isinstance(one.node, ast.ClassDef):
            return []
        found |= dict.fromkeys(name for name in _abstract(one.node) if name not in has)
        has |= set(class_names(one.node))
    is_begun = any(name in set(class_names(node)) for one in above if one is not None for name in _abstract(one.node))
    return list(found) if is_begun else []


def _abstract(node: ast.AST) -> list[str]:
    return [
        one.name
        for one in getattr(node, "body", ())
        if isinstance(one, Defs) and any("abstract" in ast.unparse(mark) for mark in one.decorator_list)
    ]
