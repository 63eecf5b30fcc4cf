"""Walking PostgreSQL's syntax trees without recursion, and the few questions that all who read them ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pglast import ast

QUERIES = (ast.SelectStmt, ast.InsertStmt, ast.UpdateStmt, ast.DeleteStmt, ast.MergeStmt)


def children(node: Any) -> Iterator[Any]:
    if isinstance(node, ast.Node):
        for name in node:
            value = getattr(node, name)
            if isinstance(value, ast.Node | tuple):
                yield value
    elif isinstance(node, tuple):
        for one in node:
            if isinstance(one, ast.Node | tuple):
                yield one


def walk(node: Any, enters: Callable[[Any], bool] = lambda _: True) -> Iterator[Any]:
    """The node and all below it; what `enters` says no to is given, but not gone into."""
    pending = [node]
    while pending:
        one = pending.pop()
        if isinstance(one, ast.Node):
            yield one
            if not enters(one):
                continue
        pending.extend(reversed(list(children(one))))


def below(node: Any, kind: type, enters: Callable[[Any], bool] = lambda _: True) -> Iterator[Any]:
    return (one for one in walk(node, enters) if isinstance(one, kind))


def within_query(node: Any) -> bool:
    """For `walk`: not into queries of their own."""
    return not isinstance(node, ast.SelectStmt)


def texts(names: Any) -> list[str]:
    """The words of a name with dots; "*" for a star."""
    return ["*" if isinstance(one, ast.A_Star) else getattr(one, "sval", "") for one in names or ()]


def function_name(call: Any) -> str:
    return texts(call.funcname)[-1].lower()


def is_own(call: Any) -> bool:
    """Called with a schema before it: not one of PostgreSQL's own, unless that says so."""
    words = texts(call.funcname)
    return len(words) > 1 and words[0] != "pg_catalog"


def relation_name(relation: Any) -> str:
    return str(relation.alias.aliasname if getattr(relation, "alias", None) else relation.relname)


def in_full(relation: Any) -> str:
    return f"{relation.schemaname}.{relation.relname}" if relation.schemaname else relation.relname


def location(node: Any) -> int:
    """The first place that anything in it has; -1 where nothing has one."""
    return next(
        (one.location for one in walk(node) if isinstance(getattr(one, "location", None), int) and one.location >= 0),
        -1,
    )
