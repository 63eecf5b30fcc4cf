"""What a library puts on a class once it is made: `add_arithmetic(Series)` or `Series._add_numbers()` at the end of its module."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from storage.checks.python.library.library import Library
from storage.checks.python.library.lookup import find, imported

MOST_STEPS = 8
NAMED = re.compile(r"['\"]([A-Za-z_]\w*)['\"]|\b([A-Za-z_]\w*)=")
SET = re.compile(r"\bcls\.([A-Za-z_]\w*)\s*=(?!=)")


def given(library: Library, module: str, name: str, above: Iterable[str]) -> set[str]:
    """Names that the class may have besides those in its body; `above` are the modules of the classes that it comes from. More than it
    has, rather than fewer: all that the functions which are called with the class, or on it, name or set."""
    tree = library.source(module)
    found: set[str] = set()
    for node in tree.body if tree is not None else ():
        match node:
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=owner)))) if owner == name:
                for one in {module, *above}:
                    found |= set(SET.findall(_text(library, one)))
            case ast.Expr(value=ast.Call(func=called, args=args)) if name in map(ast.unparse, args):
                inner, _, last = ast.unparse(called).rpartition(".")
                place = find(library, imported(library, module, inner) if inner else module, last, MOST_STEPS)
                text = _text(library, place[0]) if place is not None else ""
                found |= {one or other for one, other in NAMED.findall(text)}
            case _:
                continue
    return found


def _text(library: Library, module: str) -> str:
    path = library.file_of(module)
    return path.read_text("utf-8", "replace") if path is not None and path.suffix == ".py" else ""
