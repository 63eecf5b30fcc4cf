"""What really stands behind a name that a stub declares otherwise, or not at all: read from the library's own source."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from storage.checks.python.library.library import Library
from storage.checks.python.library.lookup import find
from storage.checks.python.library.members import top
from storage.checks.python.meaning.classes import Known, Method, line
from storage.checks.python.meaning.sight import Callable_, Defined, Sight

MOST_STEPS = 8


async def behind(sight: Sight, node: ast.Attribute | ast.Name, home: Defined | None) -> Iterator[tuple[str, Callable_]]:
    """Real definitions of what an expression names, each with its module: one, or a class's own making with those above it."""
    library = sight.library
    if home is not None and home.node is not None and home.package:
        module = library.module_of(home.path)
        if isinstance(home.node, ast.ClassDef):
            return methods(library, module, home.node.name, "__init__")
        owner = _owner(library, home)
        if owner:
            return _first(methods(library, module, owner, home.node.name))
        found = find(library, module, home.node.name, MOST_STEPS) if _is_form(home.node) else None
        return iter([found] if found else [])
    if home is not None or not isinstance(node, ast.Attribute):
        return iter(())
    if isinstance(node.value, ast.Name) and (module := modules(sight).get(node.value.id, "")):
        found = find(library, module, node.attr, MOST_STEPS)
        return iter([found] if found else [])
    of = await sight.type_named(node.value, "")
    if of is None or not of.package or not isinstance(of.node, ast.ClassDef):
        return iter(())
    return _first(methods(library, library.module_of(of.path), of.node.name, node.attr))


def handed(library: Library, home: Defined, steps: int = 3) -> Iterator[tuple[str, Callable_]]:
    """The methods of its own object that a method hands on what it does not name to: `self._find(name, **kwargs)`."""
    node, owner = home.node, _owner(library, home)
    if node is None or isinstance(node, ast.ClassDef) or node.args.kwarg is None or not owner or not steps:
        return
    module = library.module_of(home.path)
    for call in ast.walk(node):
        match call:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name), keywords=words) if any(
                one.arg is None and ast.unparse(one.value) == node.args.kwarg.arg for one in words
            ):
                for inner, found in _first(methods(library, module, owner, name)):
                    yield inner, found
                    if path := library.file_of(inner):
                        yield from handed(library, Defined(path, home.package, found), steps - 1)
            case _:
                continue


def _is_form(node: Callable_) -> bool:
    """One of several ways to call a function, which stands below them."""
    return any("overload" in ast.unparse(mark) for mark in node.decorator_list)


def methods(library: Library, module: str, name: str, method: str) -> Iterator[tuple[str, Callable_]]:
    """The methods of this name of a class and of those above it, as far as each only hands its arguments on to the next."""
    found = find(library, module, name, MOST_STEPS)
    known = Known(found[0], found[1]) if found is not None and isinstance(found[1], ast.ClassDef) else None
    for one in line(library, known) if known is not None else ():
        own = [each for each in one.node.body if isinstance(each, Method) and each.name == method] if one else []
        if one is not None and own:
            yield one.module, own[-1]
            if own[-1].args.kwarg is None:
                return


def _first(found: Iterator[tuple[str, Callable_]]) -> Iterator[tuple[str, Callable_]]:
    one = next(found, None)
    return iter([one] if one else [])


def _owner(library: Library, home: Defined) -> str:
    """The class around a method."""
    tree = library.tree(home.path)
    for node in top(tree.body) if tree else ():
        if isinstance(node, ast.ClassDef) and home.node in node.body:
            return node.name
    return ""


def modules(sight: Sight) -> dict[str, str]:
    """What the block calls the modules that it imports whole."""
    return {
        alias.asname or alias.name: alias.name
        for node in sight.nodes(ast.Import)
        for alias in node.names
        if alias.asname or "." not in alias.name
    }
