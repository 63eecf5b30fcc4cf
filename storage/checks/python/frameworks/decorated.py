"""Calls of functions that decorators stand above which declare nothing (`@transaction.atomic`, `@shared_task`, `@cached(...)`): a type
checker knows nothing of those. Where every decorator's source hands on what it is given, or it is known to, the call is held against
the function itself; of a library's function the words.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.frameworks import tasks
from storage.checks.python.library.library import near
from storage.checks.python.meaning import classes, decorators, whereabouts
from storage.checks.python.meaning.calls import is_elided, is_plain, short
from storage.checks.python.meaning.sight import Defined, Sight

Defs = ast.FunctionDef | ast.AsyncFunctionDef
STANDARD = frozenset(["lru_cache", "cache", "contextmanager", "asynccontextmanager"])
"""Of functools and contextlib: they hand on all that they are given."""

HANDING_ON = {
    "django": frozenset(
        """
        atomic login_required permission_required user_passes_test staff_member_required csrf_exempt csrf_protect never_cache
        cache_page require_http_methods require_POST require_GET require_safe
        """.split()
    ),
    "flask-login": frozenset(["login_required", "fresh_login_required"]),
    "cachetools": frozenset(["cached"]),
    "celery": frozenset(["task", "shared_task"]),
    "dramatiq": frozenset(["actor"]),
    "tenacity": frozenset(["retry"]),
    "backoff": frozenset(["on_exception", "on_predicate"]),
    "flask-caching": frozenset(["memoize", "cached"]),
    "asgiref": frozenset(["sync_to_async", "async_to_sync"]),
}
"""By their documentation, where classes stand between that no reading follows."""


async def misfits(sight: Sight, lines: range) -> list[Finding]:
    """For the calls on these lines of the text, from 1; lines of the findings count from 0."""
    found: list[Finding] = []
    for call in sight.nodes(ast.Call):
        if call.lineno not in lines or is_elided(call) or _is_open(call):
            continue
        home = await sight.defined(call.func) if isinstance(call.func, ast.Name | ast.Attribute) else None
        node = home.node if home is not None else None
        if home is None or not isinstance(node, Defs) or not node.decorator_list:
            continue
        if home.package:
            found += _of_library(sight, call, home, node)
            continue
        first = await _first(sight, home, node, call.func)
        if first is not None and all(_is_handing_on(sight, home, mark) for mark in node.decorator_list):
            found += _held(call, node, first + any(map(tasks.is_bound, node.decorator_list)))
    return found


def _of_library(sight: Sight, call: ast.Call, home: Defined, node: Defs) -> Iterator[Finding]:
    """Words that a function of a library without types does not take, where all that decorates it hands on what is given by name."""
    library, module = sight.library, sight.library.module_of(home.path)
    marks = [one for one in node.decorator_list if not is_plain(one)]
    if not marks or not module or home.is_stub or library.is_typed(home.package) or node.args.kwarg is not None:
        return
    if len(marks) < len(node.decorator_list) or not decorators.keeps(library, module, node, is_by_name=True):
        return
    named = [one.arg for one in (*node.args.args, *node.args.kwonlyargs)]
    told = {one.value for mark in marks for one in ast.walk(mark) if isinstance(one, ast.Constant)}
    for one in call.keywords:
        if one.arg and one.arg not in (*named, *told) and not decorators.names(library, module, node, one.arg):
            said = wording.keyword(one.arg, short(call.func), library.where(home.package), near(one.arg, named))
            yield library.told(one.lineno - 1, "argument", said, home.package)


async def _first(sight: Sight, home: Defined, node: Defs, called: ast.expr) -> int | None:
    """How many arguments stand before those of the call: none of a function, the object of a method; None where that is not plain."""
    root = sight.root if home.path == sight.path else sight.library.tree(home.path)
    if root is None or node in root.body:
        return None if root is None else 0
    is_method = any(isinstance(one, ast.ClassDef) and node in one.body for one in root.body)
    if not is_method or not isinstance(called, ast.Attribute):
        return None
    of = await sight.defined(called.value) if isinstance(called.value, ast.Name | ast.Attribute) else None
    return None if of is not None and isinstance(of.node, ast.ClassDef) else 1


def _is_open(call: ast.Call) -> bool:
    return any(isinstance(one, ast.Starred) for one in call.args) or any(one.arg is None for one in call.keywords)


def _is_handing_on(sight: Sight, home: Defined, mark: ast.expr) -> bool:
    named = mark.func if isinstance(mark, ast.Call) else mark
    name = ast.unparse(named)
    last = name.rpartition(".")[2]
    if last in STANDARD and whereabouts.is_standard(sight, home.path, name):
        return True
    if is_plain(mark):
        return False  # a method, or a property: it is not called so
    made = whereabouts.found(sight, home.path, name) or whereabouts.method(sight, home.path, name)
    if made is None:
        return False
    package = sight.library.owner(made.module) if made.module else ""
    return last in HANDING_ON.get(package, ()) or decorators.hands_on(made.node)


def _held(call: ast.Call, node: Defs, first: int) -> Sequence[Finding]:
    arguments = node.args
    placed = [one.arg for one in (*arguments.posonlyargs, *arguments.args)][first:]
    named = [*placed[max(0, len(arguments.posonlyargs) - first) :], *(one.arg for one in arguments.kwonlyargs)]
    line = (call.func.end_lineno or call.lineno) - 1
    if arguments.kwarg is None:
        for one in call.keywords:
            if one.arg not in named:
                return [
                    Finding(
                        one.lineno - 1,
                        "argument",
                        wording.keyword(str(one.arg), node.name, "", near(str(one.arg), named)),
                    )
                ]
    if arguments.vararg is None and len(call.args) > len(placed):
        return [Finding(line, "argument", wording.too_many(short(call.func), ""))]
    lacking = classes.wanted(call, node, first)
    return [Finding(line, "argument", wording.lacking(lacking, short(call.func), ""))] if lacking else []
