"""Arguments that a function only hands on: `get(url, **kwargs)` takes what `request` takes. Followed through the library's source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from storage.checks.python.library.library import Library
from storage.checks.python.library.lookup import find, imported, within
from storage.checks.python.meaning import decorators
from storage.checks.python.meaning.named import NAMED

MOST_STEPS = 5
ENDS = frozenset(["object", "Generic", "ABC", "Protocol", "Exception", "ValueError", "TypeError", "RuntimeError"])
"""Classes that are made of no argument by name."""

SESSION = ("bind", "class_", "autoflush", "expire_on_commit", "info", "sync_session_class")
KEPT = {
    ("sqlalchemy", "sessionmaker"): ("sqlalchemy.orm", "Session", SESSION),
    ("sqlalchemy", "async_sessionmaker"): ("sqlalchemy.orm", "Session", SESSION),
    ("click", "option"): ("click", "Option", ("cls",)),
    ("click", "argument"): ("click", "Argument", ("cls",)),
}
"""Functions that keep their arguments for another call: whose they are, and what is taken besides."""


Owner = tuple[str, ast.ClassDef]
"""A class, and the module that it stands in."""


@dataclass(frozen=True, slots=True)
class Home:
    """A function in its module, and the class around it. `is_single`: what is above the class that is made stands in one line, so that
    `super()` is what is written above. `of`: the class of the object, which may be one below that."""

    module: str
    node: ast.FunctionDef | ast.AsyncFunctionDef
    owner: ast.ClassDef | None = None
    is_single: bool = True
    of: Owner | None = None


def accepted(
    library: Library, path: Path, node: ast.AST, package: str, of: Owner | None = None
) -> frozenset[str] | None:
    """The names that may be given; None where that cannot be told. `of` is the class of the object whose method it is."""
    module = library.module_of(path)
    tree = library.tree(library.file_of(module) or path)
    if not module or tree is None:
        return None
    name = getattr(node, "name", "")
    if (package, name) in KEPT:
        return _kept(library, package, name)
    if named := NAMED.get((package, name)):
        return named | _own(node)
    if isinstance(node, ast.ClassDef):
        real = next((one for one in ast.walk(tree) if isinstance(one, ast.ClassDef) and one.name == name), None)
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
                return _of(library, Home(module, one, around and around[1], of=of or around), MOST_STEPS)
    return None


def _own(node: ast.AST) -> frozenset[str]:
    """What a function names itself."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return frozenset()
    return frozenset(one.arg for one in (*node.args.args, *node.args.kwonlyargs))


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
    for rest in _called(home.node, arguments.kwarg.arg):
        handing = [
            call
            for call in ast.walk(home.node)
            if isinstance(call, ast.Call)
            and any(
                one.arg is None and isinstance(one.value, ast.Name) and one.value.id == rest for one in call.keywords
            )
        ]
        asked_for, others = _set(home.node, rest)
        renamed = sum(1 for _ in _renamed(home.node, rest))
        uses = _uses(home.node, rest)
        if uses == 0 or uses != len(handing) + others + renamed + _refused(home.node, rest):
            return None
        calls += handing
        set_ones |= asked_for
    if any(_is_given(home, call.func) for call in calls):
        return None
    targets = [_target(library, home, call.func, steps) for call in calls]
    known = [one for one in targets if one is not None]
    return names.union(set_ones, *known) if len(known) == len(targets) else None


def _renamed(node: ast.AST, rest: str) -> Iterator[str]:
    """Other names that a function gives to the rest of its arguments: `options = kwargs`."""
    for one in ast.walk(node):
        match one:
            case ast.Assign(targets=[ast.Name(id=other)], value=ast.Name(id=name)) if name == rest:
                yield other
            case _:
                continue


def _called(node: ast.AST, rest: str) -> list[str]:
    """All that the rest of its arguments is called in a function."""
    return list(dict.fromkeys([rest, *_renamed(node, rest)]))


def _uses(node: ast.AST, name: str) -> int:
    """How often a name is read."""
    return sum(
        1
        for one in ast.walk(node)
        if isinstance(one, ast.Name) and one.id == name and not isinstance(one.ctx, ast.Store)
    )


def _refused(node: ast.AST, rest: str) -> int:
    """How often the rest is named where a function refuses what is left of it: `if kwargs: raise TypeError(...)`."""
    return sum(
        _uses(one, rest)
        for one in ast.walk(node)
        if isinstance(one, ast.If)
        and isinstance(one.test, ast.Name)
        and one.test.id == rest
        and isinstance(one.body[-1], ast.Raise)
    )


def _is_given(home: Home, called: ast.expr) -> bool:
    """Whether what is called is an argument itself: its names are its owner's."""
    arguments = home.node.args
    given = [one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return isinstance(called, ast.Name) and called.id in given


def _set(node: ast.AST, rest: str) -> tuple[frozenset[str], int]:
    """What is put into the arguments, or asked of them, by name: `kwargs.setdefault("x", ...)`, `kwargs["x"] = ...`; and how often."""
    names, count = set(), 0
    for one in ast.walk(node):
        match one:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="setdefault" | "pop" | "get"),
                args=[ast.Constant(value=str(key)), *_],
            ) if name == rest:
                names.add(key)
                count += 1
            case ast.Compare(
                left=ast.Constant(value=str()), ops=[ast.In() | ast.NotIn()], comparators=[ast.Name(id=name)]
            ) if name == rest:
                count += 1
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key))) if name == rest:
                names.add(key)
                count += 1
            case _:
                continue
    return frozenset(names), count


def asked(node: ast.FunctionDef) -> frozenset[str]:
    """The arguments that a function names itself, or looks for among those that it is given by other names."""
    return _own(node) | (_set(node, node.args.kwarg.arg)[0] if node.args.kwarg else frozenset())


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
        case ast.Name(id=name):
            return _of_found(library, within(library, home.module, home.node, name, MOST_STEPS), steps - 1)
        case ast.Attribute(value=ast.Name(id=base), attr=name):
            if module := imported(library, home.module, base):
                return _of_found(library, find(library, module, name, MOST_STEPS), steps - 1)
            made = _made(library, home, base) or _referred(library, home.module, called.value)
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


def _made(library: Library, home: Home, name: str) -> tuple[str, ast.ClassDef] | None:
    """The class of a variable that is bound once in a function, to an object made there: `with sessions.Session() as session`."""
    bound = [one for one in ast.walk(home.node) if isinstance(one, ast.Name) and one.id == name and _is_stored(one)]
    values: list[ast.expr] = []
    for node in ast.walk(home.node):
        match node:
            case ast.Assign(targets=[ast.Name(id=one)], value=value) if one == name:
                values.append(value)
            case ast.withitem(context_expr=value, optional_vars=ast.Name(id=one)) if one == name:
                values.append(value)
            case _:
                continue
    if len(bound) != 1 or len(values) != 1:
        return None
    return _referred(library, home.module, values[0].func) if isinstance(values[0], ast.Call) else None


def _is_stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


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
