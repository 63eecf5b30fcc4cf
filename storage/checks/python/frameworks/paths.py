"""Parameters in Litestar's paths: each has to name its type, and one that the framework knows, or the application does not start.
https://docs.litestar.dev/2/usage/routing/parameters.html
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.library.library import Library, near
from storage.checks.python.meaning.sight import Sight

PACKAGE = "litestar"
MODULE = "litestar.routes.base"
TYPES = "param_type_map"
"""The mapping in that module whose keys are the types that a path may name."""

TAKERS = ("litestar.handlers.", "litestar.router")
PARAMETER = re.compile(r"\{(.*?)\}")
TAKING = frozenset("get post put patch delete head route websocket websocket_stream asgi Router".split())


async def untyped(sight: Sight, lines: range) -> list[Finding]:
    """For these lines of the text, from 1; lines of the findings count from 0."""
    version = sight.library.environment.versions.get(PACKAGE, "")
    types = _types(sight.library) if version and PACKAGE in sight.text else frozenset()
    found: list[Finding] = []
    for call in sight.nodes(ast.Call) if types else ():
        if not isinstance(call, ast.Call) or ast.unparse(call.func).rpartition(".")[2] not in TAKING:
            continue
        texts = [one for one in _texts(call) if one.lineno in lines]
        home = await sight.defined(call.func) if texts else None
        if home is not None and sight.library.module_of(home.path).startswith(TAKERS):
            found += [
                Finding(one.lineno - 1, "argument", said, PACKAGE, version)
                for one in texts
                for said in _wrong(str(one.value), types, f"{PACKAGE} {version}")
            ]
    return found


def _types(library: Library) -> frozenset[str]:
    path = library.file_of(MODULE)
    tree = library.tree(path) if path is not None and path.suffix == ".py" else None
    for node in tree.body if tree is not None else ():
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict(keys=keys)) if name == TYPES:
                return frozenset(str(one.value) for one in keys if isinstance(one, ast.Constant))
            case _:
                continue
    return frozenset()


def _texts(call: ast.Call) -> Iterator[ast.Constant]:
    """The paths that a call writes out: one, or several in a list."""
    for given in (*call.args[:1], *(one.value for one in call.keywords if one.arg == "path")):
        for one in given.elts if isinstance(given, ast.List | ast.Tuple) else [given]:
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one


def _wrong(path: str, types: frozenset[str], where: str) -> Iterator[str]:
    for part in path.split("/"):
        whole = PARAMETER.fullmatch(part)
        if whole is None:
            continue
        name, *rest = (one.strip() for one in whole[1].split(":"))
        if len(rest) != 1:
            yield f"the path parameter `{name}` needs a type in {where}: `{{{name}:str}}`"
        elif rest[0] not in types:
            guess = near(rest[0], types)
            said = f"`{rest[0]}` is no type of a path parameter in {where}"
            yield said + (f"; did you mean `{guess}`?" if guess else "")
