"""Where a name of a library is really defined, read from its source."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from storage.checks.python.library.members import top

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
                    base = (
                        ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
                    )
                    target = ".".join(filter(None, (base, node.module or "")))
                    if found := find(library, target, name if alias.name == "*" else alias.name, steps - 1):
                        return found
    return (module, form) if form is not None else None
