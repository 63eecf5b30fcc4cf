"""What a decorator does to the arguments of what it decorates, read from its own source."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from storage.checks.python.library.library import Library
from storage.checks.python.library.lookup import find, imported
from storage.checks.python.meaning import real
from storage.checks.python.meaning.calls import is_plain
from storage.checks.python.meaning.sight import Callable_, Defined, Sight

Defs = ast.FunctionDef | ast.AsyncFunctionDef
MOST_STEPS = 8
TAKING = ("pop", "setdefault", "update", "popitem", "clear", "get")


def keeps(library: Library, module: str, node: Callable_, *, is_by_name: bool) -> bool:
    """Whether all that decorates a function of a module hands on what is given, in its place or by name, and takes nothing besides."""
    return all(is_plain(mark) or _is_keeping(library, module, mark, is_by_name) for mark in node.decorator_list)


def _is_keeping(library: Library, module: str, mark: ast.expr, is_by_name: bool) -> bool:
    node = _found(library, module, mark)
    if isinstance(node, ast.ClassDef):
        calls = [one for one in node.body if isinstance(one, Defs) and one.name == "__call__"]
        if not calls:
            return False
        node = calls[-1]
    inner = list(_innermost(node)) if node is not None else []
    told = [one.arg for one in node.args.args] if node is not None and is_by_name else []
    return bool(inner) and all(_hands_on(one, is_by_name, told) for one in inner)


def _found(library: Library, module: str, mark: ast.expr) -> Callable_ | None:
    name = ast.unparse(mark.func if isinstance(mark, ast.Call) else mark)
    base, _, last = name.rpartition(".")
    home = imported(library, module, base) if base else module
    found = find(library, home, last, MOST_STEPS) if home and last.isidentifier() else None
    return found[1] if found is not None else None


def names(library: Library, module: str, node: Callable_, word: str) -> bool:
    """Whether what decorates a function has this word in its source: it may take it as an argument, and put another in its place."""
    found = [made for mark in node.decorator_list if not is_plain(mark) and (made := _found(library, module, mark))]
    return any(isinstance(one, ast.Constant) and one.value == word for made in found for one in ast.walk(made))


def gives_back(node: Callable_) -> bool:
    """Whether a decorator gives back what it was given, as far as its source tells: by what it returns, or says that it does."""
    inner = list(_innermost(node))
    if any(one.returns is not None and one.args.args and _is_same_type(one) for one in inner):
        return True
    return bool(inner) and all(_returns_given(one) for one in inner)


def hands_on(node: Callable_) -> bool:
    """Whether what a decorator puts in the place of a function, or of what it makes of one, takes what that takes and hands it on as it
    came, nothing less and nothing besides: also as one that is made with words of its own."""
    if isinstance(node, ast.ClassDef):
        return False
    returned = {
        one.value.id for one in ast.walk(node) if isinstance(one, ast.Return) and isinstance(one.value, ast.Name)
    }
    made = [one for one in ast.walk(node) if isinstance(one, Defs) and one is not node and one.name in returned]
    last = [one for one in made if not any(each in made and each is not one for each in ast.walk(one))]
    if not last:
        return _returns_given(node) and not any(isinstance(one, Defs) and one is not node for one in ast.walk(node))
    return all(_returns_given(one) or _passes_all(one) for one in last)


def _passes_all(node: Defs) -> bool:
    arguments = node.args
    if arguments.vararg is None or arguments.kwarg is None or arguments.kwonlyargs or arguments.defaults:
        return False
    rest, words = arguments.vararg.arg, arguments.kwarg.arg
    placed = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    whole = [*placed, f"*{rest}", f"**{words}"]
    calls = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
    handing = {ast.unparse(one.func) for one in calls if _given(one) == whole}
    is_changed = any(_is_changed(node, one) for one in (rest, words, *placed))
    return (
        bool(handing)
        and not is_changed
        and all(_given(one) == whole for one in calls if ast.unparse(one.func) in handing)
    )


def _given(call: ast.Call) -> list[str]:
    return [*map(ast.unparse, call.args), *(f"{one.arg or ''}**{ast.unparse(one.value)}" for one in call.keywords)]


def _is_same_type(node: Defs) -> bool:
    return node.returns is not None and ast.unparse(node.returns) in [
        ast.unparse(one.annotation) for one in node.args.args if one.annotation is not None
    ]


def _innermost(node: ast.AST) -> Iterator[Defs]:
    for one in ast.walk(node):
        if isinstance(one, Defs) and not any(isinstance(each, Defs) and each is not one for each in ast.walk(one)):
            yield one


def _hands_on(node: Defs, is_by_name: bool, told: Sequence[str]) -> bool:
    """Whether it gives back the very function that it was given, or stands in its place with `*args, **kwargs` as they came, but for
    what the decorator was `told` to take out of them, which stands where it decorates."""
    if _returns_given(node):
        return True
    arguments = node.args
    rest = arguments.kwarg if is_by_name else arguments.vararg
    if rest is None:
        return False
    named = {one.arg for one in arguments.kwonlyargs}
    return not named and _is_passed(node, rest.arg, is_by_name) and not _is_changed(node, rest.arg, told)


def _returns_given(node: Defs) -> bool:
    given = {one.arg for one in (*node.args.posonlyargs, *node.args.args)}
    returned = [one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value is not None]
    return bool(returned) and all(isinstance(one, ast.Name) and one.id in given for one in returned)


def _is_passed(node: Defs, name: str, is_by_name: bool) -> bool:
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            words = [one.value for one in call.keywords if one.arg is None]
            places = [one.value for one in call.args if isinstance(one, ast.Starred)]
            if any(isinstance(one, ast.Name) and one.id == name for one in (words if is_by_name else places)):
                return True
    return False


def _is_changed(node: Defs, name: str, told: Sequence[str] = ()) -> bool:
    every = [one for one in ast.walk(node) if isinstance(one, ast.Assign) and _is_shifted(one, name)]
    shifted = {id(target) for one in every for target in one.targets}
    for one in ast.walk(node):
        match one:
            case ast.Name(id=stored, ctx=ast.Store() | ast.Del()) if stored == name and id(one) not in shifted:
                return True
            case ast.Subscript(value=ast.Name(id=of), ctx=ast.Store() | ast.Del()) if of == name:
                return True
            case ast.Call(func=ast.Attribute(value=ast.Name(id=of), attr=attr), args=given) if (
                of == name and attr in TAKING
            ):
                if attr not in ("get", "pop") or not given or ast.unparse(given[0]) not in told:
                    return True
            case _:
                continue
    return False


def _is_shifted(node: ast.Assign, name: str) -> bool:
    """`args = (other,) + args[1:]`: another object in the first place, as many arguments."""
    match node:
        case ast.Assign(
            targets=[ast.Name(id=stored)],
            value=ast.BinOp(
                left=ast.Tuple(elts=[_]),
                right=ast.Subscript(value=ast.Name(id=of), slice=ast.Slice(lower=ast.Constant(value=1))),
            ),
        ):
            return stored == of == name
        case _:
            return False


async def speaking_of(sight: Sight, called: ast.expr, home: Defined, word: str) -> str:
    """The name of a decorator that speaks of an argument: `@deprecate_kwarg(old_arg_name="sep", ...)`; "" for none."""
    every = [home.node] if home.node is not None else []
    if home.package and isinstance(called, ast.Attribute | ast.Name):
        every += [node for _, node in await real.behind(sight, called, home)]
    for node in every:
        for mark in node.decorator_list:
            values = ast.walk(mark) if isinstance(mark, ast.Call) else ()
            if isinstance(mark, ast.Call) and any(
                isinstance(one, ast.Constant) and one.value == word for one in values
            ):
                return ast.unparse(mark.func)
    return ""
