"""What a name stands for in a file, be it the block, one of the team's, or a library's; and what stands above a class, through all of
them. A name that several files of the team define, and that no import tells apart, is not known.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from storage.checks.python.library.lookup import find
from storage.checks.python.library.members import target
from storage.checks.python.meaning.sight import Callable_, Sight

MOST_STEPS = 8
MOST_ABOVE = 60
PLAIN = frozenset(["object", "Generic", "Protocol", "ABC"])


@dataclass(frozen=True, slots=True)
class Found:
    """A class or function with its file; `module` only of a library's."""

    path: Path
    node: Callable_
    module: str = ""


def found(sight: Sight, path: Path, name: str) -> Found | None:
    """What a dotted name means at the top of a file."""
    inner, _, last = name.rpartition(".")
    if not last.isidentifier():
        return None
    if module := sight.library.module_of(path):
        return in_module(sight, _module(sight, path, inner) if inner else module, last)
    if inner:
        return in_module(sight, _module(sight, path, inner), last)
    root = _root(sight, path)
    mine = [one for one in root.body if isinstance(one, Callable_) and one.name == last] if root else []
    if mine:
        return Found(path, mine[-1])
    for one in root.body if root else ():
        match one:
            case ast.Assign(targets=[ast.Name(id=own)], value=value) if own == last and (made := _parts(value)):
                return Found(path, ast.ClassDef(last, made, [], [ast.Pass()], []))
            case _:
                continue
    for node in ast.walk(root) if root else ():
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == last:
                    return _taken(sight, path, node, alias.name)
    return None


def _root(sight: Sight, path: Path) -> ast.Module | None:
    return sight.root if path == sight.path else sight.library.tree(path)


def _taken(sight: Sight, path: Path, node: ast.ImportFrom, name: str) -> Found | None:
    if not node.level and sight.library.file_of(node.module or ""):
        return in_module(sight, node.module or "", name)
    parts = tuple((node.module or "").split("."))
    files = sight.defining(name)
    if len(files) > 1:
        ends = len(parts)
        files = [
            one for one in files if one.with_suffix("").parts[-ends:] == parts or one.parent.parts[-ends:] == parts
        ]
    root = sight.library.tree(files[0]) if len(files) == 1 and files[0] != path else None
    nodes = [one for one in root.body if isinstance(one, Callable_) and one.name == name] if root else []
    return Found(files[0], nodes[-1]) if nodes else None


def in_module(sight: Sight, module: str, name: str) -> Found | None:
    """What a library's module has by this name."""
    home = find(sight.library, module, name, MOST_STEPS) if module else None
    path = sight.library.file_of(home[0]) if home is not None else None
    return Found(path, home[1], home[0]) if home is not None and path is not None else None


def _module(sight: Sight, path: Path, name: str) -> str:
    """The library's module that a file calls by this name; "" for anything else."""
    first, _, rest = name.partition(".")
    package = sight.library.module_of(path)
    package = package if path.name == "__init__.py" else package.rpartition(".")[0]
    root = _root(sight, path)
    for node in ast.walk(root) if root else ():
        for alias in node.names if isinstance(node, ast.Import | ast.ImportFrom) else ():
            if isinstance(node, ast.ImportFrom) and (alias.asname or alias.name) == first:
                made = f"{target(package, node)}.{alias.name}"
            elif isinstance(node, ast.Import) and alias.asname == first:
                made = alias.name
            elif isinstance(node, ast.Import) and not alias.asname and alias.name.partition(".")[0] == first:
                made = first
            else:
                continue
            module = f"{made}.{rest}" if rest else made
            return module if sight.library.file_of(module) else ""
    return ""


def is_standard(sight: Sight, path: Path, name: str) -> bool:
    """Whether a file imports what it calls by this name, or the module that has it, from the standard library."""
    first = name.partition(".")[0]
    root = _root(sight, path)
    for node in root.body if root else ():
        for alias in node.names if isinstance(node, ast.Import | ast.ImportFrom) else ():
            if (alias.asname or alias.name) == first and not getattr(node, "level", 0):
                module = node.module or "" if isinstance(node, ast.ImportFrom) else alias.name
                return module.partition(".")[0] in sys.stdlib_module_names
    return False


def method(sight: Sight, path: Path, name: str, steps: int = MOST_STEPS) -> Found | None:
    """The method of a library's class that a file asks an object for which it makes at its top, or takes in from another of the team's:
    `app.command` of `app = Typer()`."""
    of, _, last = name.rpartition(".")
    root = _root(sight, path)
    if not of.isidentifier() or root is None or steps == 0:
        return None
    for node in root.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=own)], value=ast.Call(func=made))
                | ast.AnnAssign(target=ast.Name(id=own), value=ast.Call(func=made))
            ) if own == of:
                home = found(sight, path, ast.unparse(made))
                every = above(sight, home) if home is not None else ()
                return next((one for each in every if each is not None for one in _methods(each, last)), None)
            case ast.ImportFrom(names=names, module=str(module)):
                for alias in names:
                    if (alias.asname or alias.name) == of and (there := _file(sight, module)):
                        return method(sight, there, f"{alias.name}.{last}", steps - 1)
            case _:
                continue
    return None


def _methods(of: Found, name: str) -> Iterator[Found]:
    for one in of.node.body:
        if not isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) or one.name != name:
            continue
        if not any("overload" in ast.unparse(mark) for mark in one.decorator_list):
            yield Found(of.path, one, of.module)


def _file(sight: Sight, module: str) -> Path | None:
    """The one file of the team's that may be the module."""
    name = module.replace(".", "/")
    forms = [f"{name}.py", f"{name}/__init__.py", f"*/{name}.py", f"*/{name}/__init__.py"]
    files = [path for form in forms for path in (sight.tree.glob(form) if sight.tree else ())]
    return files[0] if len(files) == 1 else None


def above(sight: Sight, of: Found, *, is_own: bool = False) -> Iterator[Found | None]:
    """The class and all that stand above it, nearest first; None for each of which nobody knows where it is. With `is_own` those of
    libraries are left out."""
    waiting: list[Found] = [of]
    seen: set[tuple[Path, str]] = set()
    while waiting and len(seen) < MOST_ABOVE:
        one = waiting.pop(0)
        if (one.path, one.node.name) in seen:
            continue
        seen.add((one.path, one.node.name))
        yield one
        for base in bases(one.node):
            name = ast.unparse(base.value if isinstance(base, ast.Subscript) else base)
            home = found(sight, one.path, name)
            if home is not None and isinstance(home.node, ast.ClassDef):
                waiting += [home] if not (is_own and home.module) else []
            elif name.rpartition(".")[2] not in PLAIN:
                yield None
    if waiting:
        yield None


def bases(node: Callable_) -> Iterator[ast.expr]:
    """What a class is made of; of Django's `Manager.from_queryset(OrderQuerySet)` both."""
    for one in node.bases if isinstance(node, ast.ClassDef) else ():
        yield from _parts(one) or [one]


def _parts(node: ast.expr) -> list[ast.expr]:
    match node:
        case ast.Call(func=ast.Attribute(value=base, attr="from_queryset"), args=[query, *_]):
            return [base, query]
        case _:
            return []
