"""Names that a block uses and does not define: a slip, an import that is missing, or something of the reader's own."""

from __future__ import annotations

import ast
import difflib
import importlib
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

_TABLES = json.loads(files(__package__).joinpath("names.json").read_text())

STANDARD = frozenset(word for line in _TABLES["standard"] for word in line.split())
"""Modules of the standard library that a block may use under their own names."""

EXPORTS: Mapping[str, list[str]] = {module: names.split() for module, names in _TABLES["exports"].items()}
"""What is often imported from them."""

UNMISTAKABLE: Mapping[str, str] = {
    name: module for module, names in _TABLES["unmistakable"].items() for name in names.split()
}
"""Names that hardly anybody gives to something of their own, with the module of a library that they are imported from."""

ALIASES = {"pd": "pandas", "np": "numpy", "sa": "sqlalchemy"}
"""What everybody calls a module."""

HOME = {name: module for module, names in EXPORTS.items() for name in names}
GIVEN = frozenset(
    [
        "__file__",
        "__name__",
        "__doc__",
        "__builtins__",
        "_",
        "__",
        "___",
        "get_ipython",
        "display",
        "reveal_type",
        "reveal_locals",
        "unicode",
        "WindowsError",
    ]
)
TOO_COMMON = frozenset(word for line in _TABLES["common"] for word in line.split())
"""Names that people give to things of their own, whoever else exports them."""

OBJECTS = frozenset(["app", "client", "db", "engine", "session"])
"""Of those, what people call an object that they made; a library's module may happen to be called so, too."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A name that is used without being defined. `near` is one of the block's own that it may stand for, `home` what exports it."""

    name: str
    line: int
    near: str = ""
    home: str = ""


@dataclass(slots=True)
class Judged:
    missing: list[Missing] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)


def judge(
    unresolved: Mapping[str, int],
    tree: ast.Module | None,
    known: Iterable[str],
    is_excerpt: bool,
    exports: Callable[[str, str], str],
    modules: Iterable[str],
    inner: Callable[[str, set[str]], str] = lambda name, asked: "",
    is_theirs: Callable[[str], bool] = lambda name: False,
) -> Judged:
    """`unresolved` are names with their first lines, `known` what is defined in the whole answer. `exports(name, attribute)` gives the
    module to import a name from, as the block's own imports and the environment suggest; with an attribute the name is a module.
    `inner(name, attributes)` gives the one module of that name within the imported packages that has them all. What `is_theirs(name)`,
    as the team's code defines it, is no slip of the pen.
    """
    judged = Judged()
    own = set(known)
    has_imports = tree is not None and any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(tree))
    is_whole = not is_excerpt and has_imports and not _takes_all(tree)
    for name, line in unresolved.items():
        if name in GIVEN or name in own:
            continue
        if not is_excerpt and (near := _near(name, own)) and not is_theirs(name) and not _makes(tree, name, near):
            judged.missing.append(Missing(name, line, near=near))
            continue
        home = _home(name, tree, exports, set(modules), inner) if is_whole and tree is not None else ""
        if home:
            judged.missing.append(Missing(name, line, home=home))
        else:
            judged.assumed.append(name)
    return judged


def _makes(tree: ast.Module | None, name: str, other: str) -> bool:
    """Whether a call of it makes the other: `calculated_limit = calculate_limit(1)` means two things."""
    for one in ast.walk(tree) if tree is not None else ():
        match one:
            case (
                ast.Assign(targets=[ast.Name(id=made)], value=ast.Call(func=ast.Name(id=called)))
                | ast.Assign(targets=[ast.Name(id=made)], value=ast.Await(value=ast.Call(func=ast.Name(id=called))))
            ) if (made, called) == (other, name):
                return True
            case _:
                continue
    return False


def _takes_all(tree: ast.Module | None) -> bool:
    """Whether a block takes in all names of a module: of one of the reader's own a checker may not see all."""
    taken = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)) if tree is not None else ()
    return any(alias.name == "*" for node in taken for alias in node.names)


def _home(
    name: str,
    tree: ast.Module,
    exports: Callable[[str, str], str],
    modules: set[str],
    inner: Callable[[str, set[str]], str],
) -> str:
    used = attributes(tree, name)
    if used and name in STANDARD and all(has(name, attribute) for attribute in used):
        return name
    if used and name in modules and name not in TOO_COMMON and all(exports(name, attribute) for attribute in used):
        return name
    if name in ALIASES and ALIASES[name] in modules and used:
        return f"{ALIASES[name]} as {name}"
    if name in HOME:
        if used and not all(_has_inner(HOME[name], name, one) for one in used):
            return inner(name, used)
        return f"{HOME[name]}.{name}"
    if name in TOO_COMMON:
        return (inner(name, used) or _of_settings(name, used, tree)) if used and name not in OBJECTS else ""
    return exports(name, "") or (inner(name, used) if used else "")


def _of_settings(name: str, used: set[str], tree: ast.Module) -> str:
    """Django's settings, by their spelling, in a block that takes something from Django: nobody else's are written so there."""
    is_djangos = any(
        isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "django"
        for node in ast.walk(tree)
    )
    return "django.conf.settings" if name == "settings" and is_djangos and all(map(str.isupper, used)) else ""


def attributes(tree: ast.Module, name: str) -> set[str]:
    """What is asked of a name directly; empty where it is also used otherwise, as a module seldom is."""
    asked = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name
    }
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    bare = any(isinstance(node, ast.Name) and node.id == name and id(node) not in inner for node in ast.walk(tree))
    return set() if bare else asked


@lru_cache(maxsize=512)
def _has_inner(module: str, name: str, attribute: str) -> bool:
    """Whether what a module of the standard library calls so has this attribute, here."""
    return has(module, name) and hasattr(getattr(importlib.import_module(module), name), attribute)


@lru_cache(maxsize=512)
def has(module: str, attribute: str) -> bool:
    """Whether a module of the standard library has this name, here."""
    if module not in STANDARD:
        return False
    try:
        return hasattr(importlib.import_module(module), attribute) or f"{module}.{attribute}" in sys.modules
    except ImportError:
        return False


def _near(name: str, own: set[str]) -> str:
    if len(name) < 4:
        return ""
    for one in difflib.get_close_matches(name, sorted(own), n=3, cutoff=0.8):
        if _is_slip(name, one):
            return one
    return ""


def _is_slip(name: str, other: str) -> bool:
    """One letter left out, doubled or changed with its neighbour: not a plural, a number, another case or another word."""
    if (
        re.sub(r"\d+", "", name) == re.sub(r"\d+", "", other)
        or name.lower() == other.lower()
        or abs(len(name) - len(other)) > 1
    ):
        return False
    if (
        {name, other} == {name, name + "s"}
        or {name, other} == {other, other + "s"}
        or name.strip("_") == other.strip("_")
    ):
        return False
    if len(name) == len(other):
        differing = [place for place in range(len(name)) if name[place] != other[place]]
        return (
            len(differing) == 2
            and name[differing[0]] == other[differing[1]]
            and name[differing[1]] == other[differing[0]]
        )
    long, short = sorted((name, other), key=len, reverse=True)
    place = next((at for at in range(len(short)) if long[at] != short[at]), len(short))
    return place > 0 and long[:place] + long[place + 1 :] == short


def defined(tree: ast.Module) -> Iterator[str]:
    """Every name that a block gives a meaning to, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield (alias.asname or alias.name).partition(".")[0]
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name


def made(tree: ast.Module) -> Iterator[str]:
    """The functions, classes and variables that a block makes at its top: what others may import from it."""
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Assign(targets=targets):
                yield from (one.id for one in targets if isinstance(one, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case _:
                continue
