"""Where a name of a library is really defined, read from its source."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from storage.checks.python.library.members import target, top

if TYPE_CHECKING:
    from storage.checks.python.library.library import Library

Callable_ = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def find(library: Library, module: str, name: str, steps: int) -> tuple[str, Callable_] | None:
    """Where a module's name is really defined, through what it takes in from others."""
    path = library.file_of(module)
    tree = library.tree(path) if path else None
    if tree is None or path is None or steps == 0:
        return None
    package = module if path.name.startswith("__init__") else module.rpartition(".")[0]
    form: Callable_ | None = None
    for node in top(tree.body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == name:
            if not any("overload" in ast.unparse(mark) for mark in node.decorator_list):
                return module, node
            form = form or node  # of several: what they stand for comes after them
        match node:
            case ast.Assign(targets=[ast.Name(id=one)], value=ast.Name(id=other)) if one == name and other != name:
                if found := find(library, module, other, steps - 1):
                    return found
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name or alias.name == "*":
                    wanted = name if alias.name == "*" else alias.name
                    if found := find(library, target(package, node), wanted, steps - 1):
                        return found
    return (module, form) if form is not None else None


def imported(library: Library, module: str, name: str) -> str:
    """The module that a name stands for: `from . import sessions`."""
    path = library.file_of(module)
    tree = library.tree(path) if path else None
    package = module if path and path.name == "__init__.py" else module.rpartition(".")[0]
    for node in tree.body if tree else ():
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    inner = ".".join(filter(None, (target(package, node), alias.name)))
                    return inner if library.file_of(inner) else ""
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    return alias.name
    return ""


def within(library: Library, module: str, node: ast.AST, name: str, steps: int) -> tuple[str, Callable_] | None:
    """What a function of a module calls by a name: what it imports itself, or what its module has."""
    path = library.file_of(module)
    package = module if path is not None and path.name == "__init__.py" else module.rpartition(".")[0]
    for one in ast.walk(node):
        if isinstance(one, ast.ImportFrom):
            for alias in one.names:
                if (alias.asname or alias.name) == name:
                    return find(library, target(package, one), alias.name, steps)
    return find(library, module, name, steps)
