"""Arguments that a function only hands on: `get(url, **kwargs)` takes what `request` takes. Followed through the library's source."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from pathlib import Path

from storage.checks.python.library.library import Library
from storage.checks.python.library.lookup import find, imported, within
from storage.checks.python.meaning import decorators, rest
from storage.checks.python.meaning.named import NAMED

MOST_STEPS = 5
ENDS = frozenset(["object", "Generic", "ABC", "Protocol", "Exception", "ValueError", "TypeError", "RuntimeError"])
"""Classes that are made of no argument by name."""

SESSION = ("bind", "class_", "autoflush", "expire_on_commit", "info", "sync_session_class")
KEPT = {
    ("sqlalchemy", "sessionmaker"): ("sqlalchemy.orm", "Session", SESSION),
    ("sqlalchemy", "async_sessionmaker"): ("sqlalchemy.orm", "Session", SESSION),
}
"""Functions that keep their arguments for another call: whose they are, and what is taken besides."""


Owner = tuple[str, ast.ClassDef]
"""A class, and the module that it stands in."""


@dataclass(frozen=True, slots=True)
class Home:
    """A function in its module, and the class around it. `is_single`: what is above the class that is made stands in one line, so that
    `super()` is what is written above. `of`: the class of the object, which may be one below that. `is_usual`: nobody chooses another
    class than the function's usual one."""

    module: str
    node: ast.FunctionDef | ast.AsyncFunctionDef
    owner: ast.ClassDef | None = None
    is_single: bool = True
    of: Owner | None = None
    is_usual: bool = False


def accepted(
    library: Library, path: Path, node: ast.AST, package: str, of: Owner | None = None, call: ast.Call | None = None
) -> frozenset[str] | None:
    """The names that may be given; None where that cannot be told. `of` is the class of the object whose method it is, `call` what
    calls it."""
    module = library.module_of(path)
    tree = library.tree(library.file_of(module) or path)
    if not module or tree is None:
        return None
    name = getattr(node, "name", "")
    if (package, name) in KEPT:
        return _kept(library, package, name)
    if named := NAMED.get((package, name)):
        return named | rest.own(node)
    if isinstance(node, ast.ClassDef):
        real = next((one for one in ast.walk(tree) if isinstance(one, ast.ClassDef) and one.name == name), None)
        making = (
            [one for one in real.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"] if real else []
        )
        if real and making and not making[-1].decorator_list:
            single = _is_single(library, module, real)
            return _of(
                library,
                Home(module, making[-1], real, single, (module, real), rest.is_usual(making[-1], call)),
                MOST_STEPS,
            )
        return _of_class(library, module, real, MOST_STEPS) if real else None
    for owner in ast.walk(tree):
        body = getattr(owner, "body", ())
        for one in body if isinstance(body, list) else ():
            if (
                isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
                and one.name == name
                and (one.lineno == getattr(node, "lineno", 0) or one is node)
            ):
                around = (module, owner) if isinstance(owner, ast.ClassDef) else None
                home = Home(module, one, around and around[1], of=of or around, is_usual=rest.is_usual(one, call))
                return _of(library, home, MOST_STEPS)
    return None


def _kept(library: Library, package: str, name: str) -> frozenset[str] | None:
    module, owner, besides = KEPT[(package, name)]
    found = find(library, module, owner, MOST_STEPS)
    if found is None or not isinstance(found[1], ast.ClassDef):
        return None
    inner = _of_class(library, found[0], found[1], MOST_STEPS)
    return inner | frozenset(besides) if inner is not None else None


def _of(library: Library, home: Home, steps: int) -> frozenset[str] | None:
    """What the function names itself, asks of the rest by name, and what all those take that it hands the rest on to."""
    arguments = home.node.args
    names = frozenset(one.arg for one in (*arguments.args, *arguments.kwonlyargs))
    if arguments.kwarg is None:
        return names
    if steps == 0:
        return None
    calls: list[ast.Call] = []
    set_ones: set[str] = set()
    for other in dict.fromkeys([arguments.kwarg.arg, *rest.renamed(home.node, arguments.kwarg.arg)]):
        handing = [
            call
            for call in ast.walk(home.node)
            if isinstance(call, ast.Call)
            and any(
                one.arg is None and isinstance(one.value, ast.Name) and one.value.id == other for one in call.keywords
            )
        ]
        asked_for, others = rest.set_in(home.node, other)
        renamed = sum(1 for _ in rest.renamed(home.node, other))
        uses = rest.uses(home.node, other)
        if uses == 0 or uses != len(handing) + others + renamed + rest.refused(home.node, other):
            return None
        calls += handing if not any(rest.is_refusal(one, other) for one in home.node.body) else []
        set_ones |= asked_for - rest.forbidden(home.node, other)
    targets = [_target(library, home, call.func, steps) for call in calls]
    known = [one for one in targets if one is not None]
    return names.union(set_ones, *known) if len(known) == len(targets) else None


def _target(library: Library, home: Home, called: ast.expr, steps: int) -> frozenset[str] | None:
    match called:
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name) if home.of is not None:
            if kept := _class_of(library, home.of, name):
                return _of_class(library, *kept, steps - 1)
            return _method(library, *home.of, name, steps - 1, is_single=home.is_single, of=home.of)
        case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr=name) if home.owner is not None:
            above = (home.module, home.owner)
            return _method(library, *above, name, steps - 1, is_single=home.is_single, skip_own=True, of=home.of)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name), args=[]) if home.of is not None:
            given = _class_of(library, home.of, name)
            return _of_class(library, *given, steps - 1) if given else None
        case ast.Name(id=name) if rest.is_bound(home.node, name):
            usual = rest.chosen(home.node, name) if home.is_usual else None
            return _target(library, replace(home, is_usual=False), usual, steps) if usual else None
        case ast.Name(id=name):
            return _of_found(library, within(library, home.module, home.node, name, MOST_STEPS), steps - 1)
        case ast.Attribute(value=ast.Name(id=base), attr=name):
            if module := imported(library, home.module, base):
                return _of_found(library, find(library, module, name, MOST_STEPS), steps - 1)
            made = _referred(library, home.module, called.value)
            made = made or _object(library, home.module, home.node, called.value, steps - 1)
            return _method_of(library, *made, name, steps - 1) if made else None
        case ast.Attribute(value=ast.Call() as value, attr=name):
            made = _object(library, home.module, home.node, value, steps - 1)
            return _method_of(library, *made, name, steps - 1) if made else None
        case _:
            return None


def _class_of(library: Library, of: Owner, name: str, steps: int = MOST_STEPS) -> Owner | None:
    """The class that a class names by one of its own attributes, or by a method that gives nothing else: `rule_class = Rule`."""
    module, node = of
    for one in node.body:
        match one:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                return _referred(library, module, value)
            case ast.FunctionDef(name=target, body=[*_, ast.Return(value=ast.expr() as value)]) if target == name:
                is_bare = len([each for each in one.body if not isinstance(each, ast.Expr)]) == 1
                return _referred(library, module, value) if is_bare and not one.decorator_list else None
            case ast.FunctionDef(name=target) | ast.AsyncFunctionDef(name=target) if target == name:
                return None
            case _:
                continue
    above = [_referred(library, module, one) for one in node.bases] if steps else []
    found = (_class_of(library, one, name, steps - 1) for one in above if one is not None)
    return next(filter(None, found), None)


def _object(library: Library, module: str, node: ast.AST, value: ast.expr, steps: int) -> Owner | None:
    """The class of an object that a function makes (`with Session() as session`), asks another for, or finds in its module."""
    if steps < 0:
        return None
    match value:
        case ast.Call(func=called):
            if made := _referred(library, module, called):
                return made
            name = called.id if isinstance(called, ast.Name) else ""
            found = within(library, module, node, name, MOST_STEPS) if name else None
            given = (
                [one.value for one in ast.walk(found[1]) if isinstance(one, ast.Return) and one.value] if found else []
            )
            return _object(library, found[0], found[1], given[0], steps - 1) if found and len(given) == 1 else None
        case ast.Name(id=name):
            path = library.file_of(module)
            values = rest.given(node, name) or rest.given(library.tree(path) if path else None, name)
            calls = [one for one in values if isinstance(one, ast.Call)]
            is_one = len(calls) == 1 and all(one in calls or ast.unparse(one) == "None" for one in values)
            return _object(library, module, node, calls[0], steps - 1) if is_one else None
        case _:
            return None


def _of_found(library: Library, found: tuple[str, ast.AST] | None, steps: int) -> frozenset[str] | None:
    if found is None:
        return None
    module, node = found
    if isinstance(node, ast.ClassDef):
        return _of_class(library, module, node, steps)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        if (key := (library.owner(module), node.name)) in KEPT:
            return _kept(library, *key)
        is_kept = decorators.keeps(library, module, node, is_by_name=True)
        return _of(library, Home(module, node), steps) if is_kept else None
    return None


def _of_class(library: Library, module: str, node: ast.ClassDef, steps: int) -> frozenset[str] | None:
    return _method_of(library, module, node, "__init__", steps)


def _method_of(library: Library, module: str, owner: ast.ClassDef, name: str, steps: int) -> frozenset[str] | None:
    """Of an object that is of this very class."""
    return _method(library, module, owner, name, steps, is_single=_is_single(library, module, owner))


def _is_single(library: Library, module: str, node: ast.ClassDef, steps: int = MOST_STEPS) -> bool:
    """Whether each class has one above it at most."""
    above = [one for one in node.bases if ast.unparse(one).partition("[")[0] not in ENDS]
    found = [_referred(library, module, one) for one in above]
    return len(above) < 2 and all(
        one is None or steps == 0 or _is_single(library, one[0], one[1], steps - 1) for one in found
    )


def _referred(library: Library, module: str, whole: ast.expr) -> Owner | None:
    """The class that an expression at the top of a module names: a base of a class."""
    node = whole.value if isinstance(whole, ast.Subscript) else whole
    inner, _, last = ast.unparse(node).rpartition(".")
    home = imported(library, module, inner) if inner else module
    found = find(library, home, last, MOST_STEPS) if home and last.isidentifier() else None
    return (found[0], found[1]) if found is not None and isinstance(found[1], ast.ClassDef) else None


def _method(
    library: Library,
    module: str,
    owner: ast.ClassDef,
    name: str,
    steps: int,
    *,
    is_single: bool,
    skip_own: bool = False,
    of: Owner | None = None,
) -> frozenset[str] | None:
    """A method of a class, or of the first of its bases that has it."""
    if steps < 0:
        return None
    own = [one for one in owner.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name == name]
    if own and not skip_own:
        if not decorators.keeps(library, module, own[-1], is_by_name=True):
            return None
        return _of(library, Home(module, own[-1], owner, is_single, of or (module, owner)), steps)
    if owner.keywords or any(
        ast.unparse(mark).rpartition(".")[2].startswith(("dataclass", "attrs", "define"))
        for mark in owner.decorator_list
    ):
        return None
    if all(ast.unparse(one).partition("[")[0] in ENDS for one in owner.bases):
        is_plain = not owner.decorator_list and not any(getattr(one, "name", "") == "__new__" for one in owner.body)
        return frozenset() if name == "__init__" and is_single and is_plain else None
    for whole in owner.bases:
        above = _referred(library, module, whole)
        if above is None:
            return None
        got = _method(library, *above, name, steps - 1, is_single=is_single, of=of or (module, owner))
        if got is not None or any(isinstance(one, ast.FunctionDef) and one.name == name for one in above[1].body):
            return got
    return None
