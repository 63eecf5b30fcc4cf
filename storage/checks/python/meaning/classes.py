"""Classes of libraries as their sources show them: what stands above one, all that its objects have, and which method a name is."""

from __future__ import annotations

import abc
import ast
import builtins
import collections.abc
import re
import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from storage.checks.python.library.library import Library
from storage.checks.python.library.lookup import find, imported, within
from storage.checks.python.library.members import class_names

MOST = 120
MOST_STEPS = 8
BASES = (builtins, collections.abc, typing, abc)
"""Modules of the standard library whose classes give their objects nothing but what the classes themselves have."""

MADE_LATER = re.compile(
    r"\bsetattr\(|__dict__\.update\(|__dict__\[[^\]]*\] = |\bvars\(\w*\)\.update|\bexec\(|\b__class__ = |\bdef __new__\b"
)
"""What gives objects names that no source names."""

COPYING = ("__copy__", "__deepcopy__", "__getstate__", "__setstate__", "__reduce__", "__reduce_ex__")
"""Methods that give an object the names which another of its class has."""

Method = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Known:
    """A class in its module; `is_read` where only the source of a function tells that an object is of it, and no type."""

    module: str
    node: ast.ClassDef
    is_read: bool = False


def line(library: Library, known: Known) -> Iterator[Known | None]:
    """The class and all that stand above it, nearest first; None for each that cannot be read, or where they are too many."""
    waiting, seen = [known], set[tuple[str, str]]()
    while waiting and len(seen) < MOST:
        one = waiting.pop(0)
        if (one.module, one.node.name) in seen:
            continue
        seen.add((one.module, one.node.name))
        yield one
        for base in one.node.bases:
            inner, _, last = ast.unparse(base).partition("[")[0].rpartition(".")
            module = imported(library, one.module, inner) if inner else one.module
            home = find(library, module, last, MOST_STEPS) if module else None
            if home is not None and isinstance(home[1], ast.ClassDef):
                waiting.append(Known(home[0], home[1]))
            elif standard(last) is None:
                yield None
    if waiting:
        yield None


def lineage(library: Library, known: Known) -> list[Known] | None:
    """The same as a list; None where one of them cannot be read, or they are too many."""
    found: list[Known] = []
    for one in line(library, known):
        if one is None:
            return None
        found.append(one)
    return found


def standard(name: str) -> frozenset[str] | None:
    """What the objects of a plain class of the standard library have by its name, `Mapping`; None for what is no such class."""
    for module in BASES:
        one = getattr(module, name, None)
        of = typing.get_origin(one) or one
        if isinstance(of, type) and of is not typing.Any:
            return frozenset(dir(of))
    return None


def written(library: Library, known: Known) -> frozenset[str] | None:
    """What the class and all that stand above it name in their sources; None where one of those cannot be read."""
    line = lineage(library, known)
    bases = (ast.unparse(base).partition("[")[0].rpartition(".")[2] for one in line or () for base in one.node.bases)
    own = (name for one in line or () for name in class_names(one.node))
    return None if line is None else frozenset(own).union(*(standard(one) or () for one in bases))


def names(library: Library, known: Known) -> frozenset[str] | None:
    """All that an object of the class has; None where there may be more than its sources name."""
    for one in lineage(library, known) or ():
        if any(not ast.unparse(word.value).endswith("ABCMeta") for word in one.node.keywords) or any(
            not _is_harmless(mark) for mark in one.node.decorator_list
        ):
            return None
        if any(
            MADE_LATER.search(ast.unparse(each)) for each in one.node.body if getattr(each, "name", "") not in COPYING
        ):
            return None
        if any(_is_answering(each) for each in one.node.body) or is_filled(library, one):
            return None
    return written(library, known)


def is_filled(library: Library, known: Known, methods: Sequence[str] = ("__init__",)) -> bool:
    """Whether the making of an object, or with no `methods` any of its own, sets names on it that are computed, itself or by a function
    that it is handed to."""
    line = lineage(library, known) or [known]
    for one in line:
        for each in one.node.body:
            if not isinstance(each, Method) or (methods and each.name not in methods) or not each.args.args:
                continue
            if each.name in COPYING or (each.name[:1] == "_" != each.name[1:2] and _is_given_texts(line, each.name)):
                continue
            if is_setting(library, one.module, each, each.args.args[0].arg, 2):
                return True
    return False


def _is_given_texts(line: Sequence[Known], name: str) -> bool:
    """Whether the classes call a method of their own with nothing but written names: `self._keep("rows", rows)`."""
    calls = [one for each in line for one in ast.walk(each.node) if isinstance(one, ast.Call) and one.args]
    given = [one.args[0] for one in calls if ast.unparse(one.func) == f"self.{name}"]
    return all(isinstance(one, ast.Constant) for one in given)


def is_setting(library: Library, module: str, node: Method, name: str, steps: int) -> bool:
    """Whether a function sets names that it computes on the object which it calls `name`, itself or by a function that it calls."""
    own = f"{name}.__dict__", f"vars({name})"
    for one in ast.walk(node):
        match one:
            case ast.Call(func=ast.Attribute(value=of, attr="update")) if ast.unparse(of) in own:
                return True
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=of), attr="__dict__")]) if of == name:
                return True
            case ast.Subscript(value=of, slice=key, ctx=ast.Store()) if ast.unparse(of) in own:
                if not isinstance(key, ast.Constant):
                    return True
            case ast.Call(func=ast.Name(id="setattr"), args=[ast.Name(id=of), key, *_]) if of == name:
                if not isinstance(key, ast.Constant):
                    return True
            case ast.Call(func=ast.Name(id=called), args=args) if steps:
                places = [at for at, arg in enumerate(args) if isinstance(arg, ast.Name) and arg.id == name]
                home = find(library, module, called, MOST_STEPS) if places else None
                if home is None or not isinstance(home[1], Method):
                    continue
                taken = [each.arg for each in (*home[1].args.posonlyargs, *home[1].args.args)]
                if any(
                    at < len(taken) and is_setting(library, home[0], home[1], taken[at], steps - 1) for at in places
                ):
                    return True
            case _:
                continue
    return False


def _is_answering(node: ast.stmt) -> bool:
    """Whether it gives something for names that nothing else names; one that only raises gives nothing."""
    if isinstance(node, Method) and node.name in ("__getattr__", "__getattribute__"):
        return any(isinstance(one, ast.Return) for one in ast.walk(node))
    if isinstance(node, Method) and node.name in ("__getitem__", "get"):
        return "self.__dict__" in ast.unparse(node)  # made to be filled from outside
    targets = node.targets if isinstance(node, ast.Assign) else ()
    return any(isinstance(one, ast.Name) and one.id in ("__getattr__", "__getattribute__") for one in targets)


def fields(library: Library, known: Known) -> frozenset[str] | None:
    """What a class whose arguments are its fields can be given by name, as attrs has them: without a leading `_`. None where one
    above it cannot be read."""
    line = lineage(library, known)
    if line is None:
        return None
    found: set[str] = set()
    for one in line:
        for each in one.node.body:
            match each:
                case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                    found |= {name, name.lstrip("_")}
                    found |= set(_aliases(each))
                case _:
                    continue
    return frozenset(found)


def _aliases(node: ast.AST) -> Iterator[str]:
    """Other names that a field says it is given by: `field(alias="to")`."""
    for one in ast.walk(node):
        if isinstance(one, ast.keyword) and one.arg == "alias" and isinstance(one.value, ast.Constant):
            yield str(one.value.value)


def _is_harmless(mark: ast.expr) -> bool:
    name = ast.unparse(mark.func if isinstance(mark, ast.Call) else mark).rpartition(".")[2]
    return name in ("total_ordering", "final", "runtime_checkable", "python_2_unicode_compatible", "dataclass")


def method(library: Library, known: Known, name: str) -> tuple[Known, Method] | None:
    """The method of this name, with the class that has it."""
    for one in lineage(library, known) or ():
        own = [each for each in one.node.body if isinstance(each, Method) and each.name == name]
        if own:
            return one, own[-1]
    return None


# --- what is given back ------------------------------------------------------------------------------------------------


def given(library: Library, module: str, node: Method, owner: Known | None, steps: int = 3) -> Known | None:
    """The one class of which a function without types always gives back an object, read from what it returns."""
    if owner is not None and _is_itself(node):
        return replace(owner, is_read=True)
    plain = ("property", "cached_property", "staticmethod", "classmethod")
    if any(ast.unparse(mark).rpartition(".")[2] not in plain for mark in node.decorator_list):
        return None
    found: dict[tuple[str, str], Known] = {}
    for value in _returned(node.body):
        known = _made(library, module, node, owner, value, steps)
        if known is None:
            return None
        found[(known.module, known.node.name)] = known
    return replace(next(iter(found.values())), is_read=True) if len(found) == 1 else None


def _is_itself(node: Method) -> bool:
    """Whether it is declared to give an object of the class that is asked, or decorated so, as SQLAlchemy's `_generative` does."""
    declared = ast.unparse(node.returns) if node.returns is not None else ""
    return declared in ("Self", "typing.Self", "te.Self") or "_generative" in map(ast.unparse, node.decorator_list)


def _returned(body: Sequence[ast.AST]) -> Iterator[ast.expr]:
    """What a function returns itself, a bare return and None left out; a generator returns something else."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.Yield | ast.YieldFrom):
            yield ast.Constant(...)
        is_none = isinstance(node, ast.Return) and isinstance(node.value, ast.Constant) and node.value.value is None
        if isinstance(node, ast.Return) and node.value is not None and not is_none:
            yield node.value
        yield from _returned(list(ast.iter_child_nodes(node)))


def _first(node: Method) -> str:
    """What a function calls its first argument."""
    return node.args.args[0].arg if node.args.args else ""


def _made(
    library: Library, module: str, node: Method, owner: Known | None, value: ast.expr, steps: int
) -> Known | None:
    match value:
        case ast.Name(id=name) | ast.Call(func=ast.Name(id=name)) if name == _first(node) and name in ("self", "cls"):
            return owner if isinstance(value, ast.Name) == (name == "self") else None
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name)) if owner is not None and steps:
            own = method(library, owner, name)
            return given(library, own[0].module, own[1], owner, steps - 1) if own else None
        case ast.Name(id=name):
            values = [
                one.value
                for one in ast.walk(node)
                if isinstance(one, ast.Assign) and [ast.unparse(target) for target in one.targets] == [name]
            ]
            stored = sum(
                1
                for one in ast.walk(node)
                if isinstance(one, ast.Name) and one.id == name and isinstance(one.ctx, ast.Store)
            )
            is_call = len(values) == 1 == stored and isinstance(values[0], ast.Call)
            return _made(library, module, node, owner, values[0], steps) if is_call else None
        case ast.Call(func=ast.Name(id=name)):
            home = within(library, module, node, name, MOST_STEPS)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=base), attr=name)) if base not in ("self", "cls"):
            inner = imported(library, module, base)
            home = find(library, inner, name, MOST_STEPS) if inner else None
            above = within(library, module, node, base, MOST_STEPS) if not inner and steps else None
            if above is not None and isinstance(above[1], ast.ClassDef):
                return _given_by(library, Known(above[0], above[1]), name, steps - 1)
        case _:
            return None
    return Known(home[0], home[1]) if home is not None and isinstance(home[1], ast.ClassDef) else None


def _given_by(library: Library, owner: Known, name: str, steps: int) -> Known | None:
    """What a class gives that is asked by its own name: `Redis.from_url(url)`."""
    home = method(library, owner, name)
    if home is None or "classmethod" not in map(ast.unparse, home[1].decorator_list):
        return None
    return given(library, home[0].module, home[1], owner, steps)


def lacking(call: ast.Call, method: Method) -> list[str]:
    """What a method of an object cannot do without, and a call does not give."""
    is_static = any(ast.unparse(mark) == "staticmethod" for mark in method.decorator_list)
    return wanted(call, method, 0 if is_static else 1)


def wanted(call: ast.Call, method: Method, first: int) -> list[str]:
    """The same of a function of which the arguments before the `first` are none of the call's."""
    given = {one.arg for one in call.keywords}
    if None in given or any(isinstance(one, ast.Starred) for one in call.args):
        return []
    placed = [one.arg for one in (*method.args.posonlyargs, *method.args.args)][first:]
    needed = placed[: max(0, len(placed) - len(method.args.defaults))]
    named = zip(method.args.kwonlyargs, method.args.kw_defaults, strict=True)
    wanted_by_name = [one.arg for one, default in named if default is None]
    return [one for one in [*needed[len(call.args) :], *wanted_by_name] if one not in given]
