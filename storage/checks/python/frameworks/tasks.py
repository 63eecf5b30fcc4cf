"""Calls of tasks that are sent away: what `delay` and the like are given is held against the function behind it, as Celery does it
before it sends (https://docs.celeryq.dev/en/stable/userguide/tasks.html#argument-checking), and as it fails elsewhere with dramatiq.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.library.library import near
from storage.checks.python.meaning.calls import is_elided, short
from storage.checks.python.meaning.sight import Sight

MAKERS = {"celery": ("task", "shared_task"), "dramatiq": ("actor",)}
SENDING = {"delay": "celery", "apply_async": "celery", "send": "dramatiq", "send_with_options": "dramatiq"}
LISTED = frozenset(["apply_async", "send_with_options"])
"""Those that take the task's arguments as a list and a dictionary."""

Defs = ast.FunctionDef | ast.AsyncFunctionDef


async def misfits(sight: Sight, lines: range) -> list[Finding]:
    """For the calls on these lines of the text, from 1; lines of the findings count from 0."""
    found: list[Finding] = []
    for call in sight.nodes(ast.Call):
        match call:
            case ast.Call(func=ast.Attribute(value=ast.Name() as task, attr=method)) if method in SENDING:
                package = SENDING[method]
                if call.lineno not in lines or package not in sight.library.environment.versions or is_elided(call):
                    continue
                home = await sight.defined(task)
                if home is not None and not home.package and isinstance(home.node, Defs):
                    is_bound = _is_bound(home.node, MAKERS[package])
                    given = _given(call, method)
                    if is_bound is not None and given is not None:
                        found += held_against(call, given, home.node, is_bound)
            case _:
                continue
    return found


SELF = frozenset("self task _self _task _ __ cls this celery_task current_task".split())
OF_TASKS = frozenset(
    "request retry update_state name app backend max_retries delay apply_async replace signature s si".split()
)
"""What a function asks the task for that it is handed first."""


async def defined(sight: Sight, lines: range, words: str) -> list[Finding]:
    """Of Celery's tasks on these lines: those that are handed themselves and take something else first, and options that Celery does
    not know at this version. `words` are those of the team's tree."""
    version = sight.library.environment.versions.get("celery", "")
    found: list[Finding] = []
    for node in sight.nodes(ast.FunctionDef, ast.AsyncFunctionDef) if version else ():
        for mark in node.decorator_list if isinstance(node, Defs) and node.lineno in lines else ():
            if not isinstance(mark, ast.Call) or not await _is_celerys(sight, mark.func):
                continue
            if isinstance(node, Defs) and is_bound(mark) and _is_without_itself(node):
                said = f"`{node.name}` is handed its task first (`bind=True`): `self` is missing"
                found.append(Finding(node.lineno - 1, "argument", said, "celery", version))
            found += _options(sight, mark, version, words)
    return found


async def _is_celerys(sight: Sight, maker: ast.expr) -> bool:
    """Whether a decorator makes a task of Celery's, and none of another library's or the reader's own; of an object that nobody knows,
    where the block speaks of Celery."""
    if ast.unparse(maker).rpartition(".")[2] not in MAKERS["celery"]:
        return False
    home = await sight.defined(maker)
    return home.package == "celery" if home is not None else "celery" in sight.text.lower()


def _is_without_itself(node: Defs) -> bool:
    placed = [*node.args.posonlyargs, *node.args.args]
    if not placed:
        return node.args.vararg is None
    first = placed[0].arg
    asked = {
        one.attr
        for one in ast.walk(node)
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id == first
    }
    declared = ast.unparse(placed[0].annotation) if placed[0].annotation is not None else ""
    if first in SELF or asked & OF_TASKS or declared.endswith("Task"):
        return False
    loaded = sum(isinstance(one, ast.Name) and one.id == first for one in ast.walk(node))
    return bool(declared) or loaded > len(asked)  # it is used for what it holds


def _options(sight: Sight, mark: ast.Call, version: str, words: str) -> Iterator[Finding]:
    """Options that stand nowhere in Celery: a task keeps them, and nothing comes of it."""
    named = {one.arg for one in mark.keywords}
    if (
        "base" in named
        or None in named
        or "task_cls" in f"{sight.text}{words}"
        or not sight.library.file_of("celery.app.task")
    ):
        return
    for one in mark.keywords:
        if not one.arg or sight.library.has_word("celery", one.arg):
            continue
        if re.search(rf"\.{re.escape(one.arg)}\b|['\"]{re.escape(one.arg)}['\"]", f"{sight.text}\n{words}"):
            continue
        said = f"a task has no option `{one.arg}` in celery {version}"
        yield Finding(one.value.lineno - 1, "argument", said, "celery", version)


def _is_bound(node: Defs, makers: Sequence[str]) -> bool | None:
    """Whether the task is handed itself first; None for what is no task, is decorated besides, or is not checked."""
    if len(node.decorator_list) != 1:
        return None
    mark = node.decorator_list[0]
    name = ast.unparse(mark.func if isinstance(mark, ast.Call) else mark).rpartition(".")[2]
    words = {one.arg: one.value for one in mark.keywords} if isinstance(mark, ast.Call) else {}
    if name not in makers or None in words or "typing" in words:
        return None
    return is_bound(mark)


def is_bound(mark: ast.expr) -> bool:
    """Whether a task is handed itself first."""
    words = {one.arg: one.value for one in mark.keywords} if isinstance(mark, ast.Call) else {}
    bound = words.get("bind")
    return isinstance(bound, ast.Constant) and bound.value is True


def _given(call: ast.Call, method: str) -> ast.Call | None:
    """The call that the function gets in the end; None where it is not written out."""
    if any(isinstance(one, ast.Starred) for one in call.args) or any(one.arg is None for one in call.keywords):
        return None
    if method not in LISTED:
        return call
    words = {one.arg: one.value for one in call.keywords}
    listed = call.args[0] if call.args else words.get("args", ast.List(elts=[]))
    named = call.args[1] if len(call.args) > 1 else words.get("kwargs", ast.Dict(keys=[], values=[]))
    match listed, named:
        case ((ast.List(elts=args) | ast.Tuple(elts=args)), ast.Dict(keys=keys, values=values)):
            if any(isinstance(one, ast.Starred) for one in args) or not all(
                isinstance(one, ast.Constant) for one in keys
            ):
                return None
            pairs = zip(keys, values, strict=True)
            words_given = [
                ast.keyword(arg=str(key.value), value=value, lineno=key.lineno)
                for key, value in pairs
                if isinstance(key, ast.Constant)
            ]
            return ast.Call(func=call.func, args=list(args), keywords=words_given)
        case _:
            return None


def held_against(call: ast.Call, given: ast.Call, node: Defs, is_bound: bool) -> list[Finding]:
    """A call, and what the function is given in the end; `is_bound`: without its first argument, which it is handed."""
    arguments = node.args
    placed = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    needed = placed[: len(placed) - len(arguments.defaults)]
    needed += [
        one.arg for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if default is None
    ]
    placed, needed = placed[is_bound:], [one for one in needed if not is_bound or one != placed[0]]
    named = [*placed, *(one.arg for one in arguments.kwonlyargs)]
    line = (call.func.end_lineno or call.lineno) - 1
    if arguments.kwarg is None:
        for one in given.keywords:
            if one.arg and one.arg not in named:
                said = wording.keyword(one.arg, node.name, "", near(one.arg, named))
                return [Finding(one.lineno - 1, "argument", said)]
    if arguments.vararg is None and len(given.args) > len(placed):
        return [Finding(line, "argument", wording.too_many(short(call.func), ""))]
    words = {one.arg for one in given.keywords} | set(placed[: len(given.args)])
    lacking = [one for one in needed if one not in words]
    return [Finding(line, "argument", wording.lacking(lacking, short(call.func), ""))] if lacking else []
