"""Fields that validators name: a class of pydantic is not even made where one of its validators is for a field that it does not have
(https://docs.pydantic.dev/latest/concepts/validators/), and a marshmallow schema refuses to load.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.library.library import near
from storage.checks.python.meaning import made
from storage.checks.python.meaning.sight import Sight

MOST_ABOVE = 10
BASES = {"pydantic": "BaseModel", "marshmallow": "Schema"}
MARKS = {
    "pydantic": ("field_validator", "validator", "field_serializer"),
    "marshmallow": ("validates",),
}


def findings(sight: Sight, lines: range) -> Iterator[Finding]:
    """For these lines of the text, from 1; lines of the findings count from 0."""
    for package, marks in MARKS.items():
        version = sight.library.environment.versions.get(package, "")
        if not version or not _are_taken(sight, package, marks):
            continue
        for node in sight.nodes(ast.ClassDef):
            if made.is_partial(node, sight.lines):
                continue
            named = list(_named(node, marks))
            has = _fields(sight, node, BASES[package]) if named else None
            for name, line in named if has is not None else ():
                if has is not None and name not in has and name != "*" and line in lines:
                    guess = near(name, has)
                    said = f"`{node.name}` has no field `{name}` to validate"
                    said += f"; did you mean `{guess}`?" if guess else ""
                    yield Finding(line - 1, "argument", said, package, version)


def _are_taken(sight: Sight, package: str, marks: tuple[str, ...]) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and (node.module or "").partition(".")[0] == package
        and any(one.name in marks for one in node.names)
        for node in sight.nodes(ast.ImportFrom)
    )


def _named(node: ast.ClassDef, marks: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    for method in node.body:
        for mark in method.decorator_list if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) else ():
            match mark:
                case ast.Call(func=ast.Name(id=name), args=args, keywords=words) if name in marks:
                    if any(one.arg == "check_fields" for one in words):
                        continue
                    yield from (
                        (one.value, one.lineno)
                        for one in args
                        if isinstance(one, ast.Constant) and isinstance(one.value, str)
                    )
                case _:
                    continue


def _fields(sight: Sight, node: ast.ClassDef, base: str) -> frozenset[str] | None:
    """What the class and those above it declare, down to the library's own base; None where one of them is not known."""
    waiting, found, seen = [node], set[str](), 0
    while waiting and seen < MOST_ABOVE:
        one, seen = waiting.pop(), seen + 1
        for each in one.body:
            match each:
                case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                    found.add(name)
                case ast.If() | ast.Try() | ast.With():
                    return None
                case ast.ClassDef(name="Meta"):
                    return None
                case _:
                    continue
        for above in map(ast.unparse, one.bases):
            if above.rpartition(".")[2] == base:
                continue
            own = sight.own_definition(above) if above.isidentifier() and above != one.name else None
            if own is not None and isinstance(own.node, ast.ClassDef):
                waiting.append(own.node)
            elif above.partition("[")[0] != "Generic":
                return None
    return frozenset(found) if not waiting else None
