"""Clients of which one declaration serves for a plain kind and for one to await, as redis-py's: which of them is called, and whether
what a call gives is used as the value that only awaiting brings.
"""

from __future__ import annotations

import ast
import re

from storage.checks.python.library.lookup import find
from storage.checks.python.library.members import class_names
from storage.checks.python.meaning import classes
from storage.checks.python.meaning.calls import is_overload, is_wrapped
from storage.checks.python.meaning.inferred import Inferred
from storage.checks.python.meaning.sight import Defined, Sight

ASYNCHRONOUS = re.compile(r"\.(?:asyncio|aio|async_\w+|_async)\b")
"""In the name of a module: its classes are for code that awaits."""

SEVERAL = re.compile(r"\bAwaitable\b|\bResponseT\b")
"""In what such a declaration gives."""

PLAIN = frozenset(
    "str bytes bytearray memoryview int float bool complex None Buffer ReadableBuffer SupportsInt SupportsIndex".split()
)
"""Types of arguments that no coroutine can stand for."""

Defs = ast.FunctionDef | ast.AsyncFunctionDef


COMPARED = frozenset(["__lt__", "__gt__", "__eq__", "__bool__", "__len__", "__str__", "__contains__"])
"""Methods of what may be held against a value where it stands."""

MOST_STEPS = 8


class Both:
    """For one opened document."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._library = sight.library
        self._inferred = Inferred(sight)

    async def package_of(self, call: ast.Call, home: Defined | None) -> str:
        """The package of a client to await, whose method is called; "" for any other, and for a pipeline, whose commands only wait in
        a row. `home` is where a checker has the method."""
        if not isinstance(call.func, ast.Attribute):
            return ""
        if home is not None and not _is_several(home.node):
            return ""
        client = await self._client(call.func.value)
        if client is None or "Pipeline" in client.node.name or not ASYNCHRONOUS.search(client.module):
            return ""
        if home is None:
            found = classes.method(self._library, client, call.func.attr)
            if found is None or not _is_several(found[1]):
                return ""
        return self._library.owner(client.module)

    def stands_for(self, home: Defined) -> str:
        """The package of a function that gives an object to be awaited, of a class that has nothing else to hold against a value."""
        node, module = home.node, self._library.module_of(home.path)
        if not isinstance(node, ast.FunctionDef) or not home.package or is_wrapped(node) or is_overload(node):
            return ""
        declared = ast.unparse(node.returns).strip("'").partition("[")[0] if node.returns is not None else ""
        found = find(self._library, module, declared, MOST_STEPS) if declared.isidentifier() else None
        known = classes.given(self._library, module, node, None) if not declared else None
        if found is not None and isinstance(found[1], ast.ClassDef):
            known = classes.Known(found[0], found[1])
        line = classes.lineage(self._library, known) if known is not None else None
        has = {name for one in line or () for name in class_names(one.node)}
        return home.package if "__await__" in has and not has & COMPARED else ""

    async def _client(self, node: ast.expr) -> classes.Known | None:
        home = await self._sight.type_of(node) if isinstance(node, ast.Name | ast.Attribute) else None
        if home is not None and home.package and isinstance(home.node, ast.ClassDef):
            return classes.Known(self._library.module_of(home.path), home.node)
        return await self._inferred.class_of(node) if home is None or home.node is None else None

    async def is_taken_as_value(self, node: ast.expr) -> bool:
        """Whether an expression is handed to a function that is declared to take plain values in its place: `json.loads(raw)`."""
        call = self._sight.parents.get(id(node))
        if (
            not isinstance(call, ast.Call)
            or node not in call.args
            or any(isinstance(one, ast.Starred) for one in call.args)
        ):
            return False
        home = await self._sight.defined(call.func)
        if home is None or not isinstance(home.node, Defs):
            return False
        taken = [*home.node.args.posonlyargs, *home.node.args.args]
        if taken and taken[0].arg in ("self", "cls"):
            taken = taken[1:]
        place = call.args.index(node)
        annotation = taken[place].annotation if place < len(taken) else None
        return annotation is not None and set(re.findall(r"\w+", ast.unparse(annotation))) <= PLAIN


def _is_several(node: ast.AST | None) -> bool:
    return (
        isinstance(node, ast.FunctionDef)
        and node.returns is not None
        and bool(SEVERAL.search(ast.unparse(node.returns)))
    )
