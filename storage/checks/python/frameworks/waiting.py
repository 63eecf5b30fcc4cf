"""Coroutines that no declaration tells of and nobody awaits: Django's asynchronous queries behind managers of the team's own, and what
is next in a middleware of Starlette's.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.frameworks.held import QUERY
from storage.checks.python.frameworks.managers import Managers
from storage.checks.python.meaning import whereabouts
from storage.checks.python.meaning.calls import short
from storage.checks.python.meaning.sight import Sight

USED = ast.Attribute | ast.Subscript | ast.Compare
"""Where a coroutine is taken for its outcome."""

NEXT = "call_next"
"""What a middleware calls the rest by: https://www.starlette.io/middleware/#basehttpmiddleware."""


async def unawaited(sight: Sight, managers: Managers, lines: range) -> list[Finding]:
    """For these lines of the text, from 1; lines of the findings count from 0."""
    found = list(_of_middleware(sight, lines))
    home = whereabouts.in_module(sight, QUERY, "QuerySet") if "django" in sight.library.environment.versions else None
    names = {one.name for one in home.node.body if isinstance(one, ast.AsyncFunctionDef)} if home is not None else set()
    for call in sight.nodes(ast.Call) if names else ():
        match call:
            case ast.Call(func=ast.Attribute(value=of, attr=name)) if call.lineno in lines and name in names:
                held = await managers.held(of) if is_left(sight, call) else None
                if held is not None and held.kind != "object":
                    version = sight.library.environment.versions["django"]
                    found.append(_finding(call, "django", version))
            case _:
                continue
    return found


def _of_middleware(sight: Sight, lines: range) -> Iterator[Finding]:
    version = sight.library.environment.versions.get("starlette", "")
    for node in sight.nodes(ast.AsyncFunctionDef) if version else ():
        if NEXT not in [one.arg for one in node.args.args]:
            continue
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == NEXT and call.lineno in lines:
                is_returned = isinstance(sight.parents.get(id(call)), ast.Return)
                if is_returned or is_left(sight, call):
                    yield _finding(call, "starlette", version)


def _finding(call: ast.Call, package: str, version: str) -> Finding:
    line = (call.func.end_lineno or call.lineno) - 1
    return Finding(line, "await", wording.not_awaited(short(call)), package, version)


def is_left(sight: Sight, call: ast.Call) -> bool:
    """Whether what a call gives is lost, or looked at, without anybody who could await it."""
    parent = sight.parents.get(id(call))
    match parent:
        case ast.Expr() | ast.Attribute() | ast.Subscript() | ast.Compare() | ast.FormattedValue() | ast.BinOp():
            return True
        case ast.If(test=test) | ast.While(test=test):
            return test is call
        case ast.Assign(targets=[ast.Name(id=name)]):
            uses = [one for one in ast.walk(_around(sight, call)) if isinstance(one, ast.Name) and one.id == name]
            read = [sight.parents.get(id(one)) for one in uses if isinstance(one.ctx, ast.Load)]
            is_once = sum(isinstance(one.ctx, ast.Store) for one in uses) == 1
            used = [one for one in read if not isinstance(one, ast.Return)]
            return is_once and bool(used) and all(isinstance(one, USED) for one in used)
        case _:
            return False


def _around(sight: Sight, node: ast.AST) -> ast.AST:
    """The function that something stands in, or the whole text."""
    at = node
    while (above := sight.parents.get(id(at))) is not None:
        at = above
        if isinstance(at, ast.FunctionDef | ast.AsyncFunctionDef):
            break
    return at
