"""Calls and what is called, as their trees show them: parameters, forms, what is left out, what decorators may change."""

from __future__ import annotations

import ast
import re

from storage.checks.python.meaning.sight import Callable_, Defined, Sight

SETTINGS = ("BaseSettings",)


def parameters(node: Callable_) -> tuple[list[str], bool]:
    """The names of what may be given, and whether anything else may be as well."""
    if isinstance(node, ast.ClassDef):
        inits = [one for one in node.body if isinstance(one, ast.FunctionDef) and one.name in ("__init__", "__new__")]
        if not inits:
            return [], True
        found = [parameters(one) for one in inits]
        return [name for names, _ in found for name in names], any(is_open for _, is_open in found)
    arguments = node.args
    names = [one.arg for one in (*arguments.args, *arguments.kwonlyargs)]
    rest = arguments.kwarg
    is_open = rest is not None and not (rest.annotation is not None and "_EmptyKwargs" in ast.unparse(rest.annotation))
    return names, is_open


def forms(sight: Sight, home: Defined, call: ast.Call | None = None) -> list[tuple[list[str], bool]]:
    """Every form of an overloaded function, or of a class's own making; with a call those that it can mean."""
    tree = sight.root if home.path == sight.path else sight.library.tree(home.path)
    if tree is None or home.node is None:
        return []
    if isinstance(home.node, ast.ClassDef):
        inits = [
            one for one in home.node.body if isinstance(one, ast.FunctionDef) and one.name in ("__init__", "__new__")
        ]
        return [parameters(one) for one in inits]
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and home.node in body:
            kinds = ast.FunctionDef | ast.AsyncFunctionDef
            same = [one for one in body if isinstance(one, kinds) and one.name == home.node.name]
            overloads = [one for one in same if is_overload(one)]
            return [
                parameters(one) for one in overloads or same if call is None or not overloads or is_meant(one, call)
            ]
    return []


def is_overload(node: Callable_ | None) -> bool:
    return node is not None and any("overload" in ast.unparse(mark) for mark in node.decorator_list)


def is_meant(node: Callable_, call: ast.Call) -> bool:
    """Whether a form can be the one that a call uses: all that it wants in its place is given."""
    if isinstance(node, ast.ClassDef) or any(isinstance(one, ast.Starred) for one in call.args):
        return True
    arguments = node.args
    placed = [one.arg for one in (*arguments.posonlyargs, *arguments.args) if one.arg not in ("self", "cls")]
    wanted = placed[: len(placed) - len(arguments.defaults)] if arguments.defaults else placed
    given = {one.arg for one in call.keywords}
    return None in given or all(name in given for name in wanted[len(call.args) :])


def short(node: ast.expr) -> str:
    """An expression as people would name it: calls without their arguments, no longer than a line."""
    text = (
        ast.unparse(node.func) + "(...)"
        if isinstance(node, ast.Call) and (node.args or node.keywords)
        else ast.unparse(node)
    )
    text = re.sub(r"\([^()]{12,}\)", "(...)", text)
    return text if len(text) <= 60 else text[:57] + "..."


def is_elided(call: ast.Call) -> bool:
    values = [*call.args, *(one.value for one in call.keywords)]
    return any(isinstance(one, ast.Constant) and one.value is Ellipsis for one in values) and not (
        len(values) > 1 and isinstance(values[0], ast.Constant) and values[0].value is Ellipsis and call.keywords
    )


PLAIN_MARKS = frozenset(
    """
    staticmethod classmethod overload dataclass final abstractmethod override validate_call
    deprecated override_settings runtime_checkable total_ordering contextmanager asynccontextmanager
    """.split()
)
"""Decorators that leave alone what can be given. A property does not: what is called is what it gives."""


def is_plain(mark: ast.expr) -> bool:
    """Whether a decorator is known to leave alone what can be given."""
    return ast.unparse(mark.func if isinstance(mark, ast.Call) else mark).rpartition(".")[2] in PLAIN_MARKS


def is_wrapped(node: Callable_) -> bool:
    """Whether decorators may change what can be given."""
    return not all(map(is_plain, node.decorator_list))


def is_settings(node: Callable_) -> bool:
    return isinstance(node, ast.ClassDef) and any(
        ast.unparse(base).rpartition(".")[2] in SETTINGS for base in node.bases
    )
