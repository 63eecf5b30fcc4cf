"""Modules that answer for names which they do not define (`__getattr__`), for the sake of a few that are deprecated: no checker objects
to any name of theirs. Of one that is imported whole all that it answers for is known; of others a name that is nearly one of theirs,
and stands nowhere in the sources, is a slip: `status.HTTP_201_CREATE`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.library.library import near
from storage.checks.python.library.members import starred
from storage.checks.python.meaning import real
from storage.checks.python.meaning.sight import Sight


def unknown(sight: Sight, lines: range) -> Iterator[Finding]:
    """For these lines of the text, from 1; lines of the findings count from 0."""
    library, whole = sight.library, real.modules(sight)
    modules = {**_modules(sight), **{name: one for name, one in whole.items() if library.owner(one)}}
    for node in sight.nodes(ast.Attribute) if modules else ():
        match node:
            case ast.Attribute(value=ast.Name(id=of), attr=name, ctx=ast.Load()) if (
                node.lineno in lines and of in modules
            ):
                module = modules[of]
                members, names = library.members(module), library.members(module).names
                if name in names or name.startswith("_") or library.file_of(f"{module}.{name}"):
                    continue
                guess = near(name, library.exports(module) if of in whole else names)
                packages = {library.owner(module), *(library.owner(one) for one in _taken(sight, module))} - {""}
                if of in whole and (members.is_open or not members.answers):
                    continue
                if of not in whole and (not guess or any(library.has_word(one, name) for one in packages)):
                    continue
                package = library.owner(module)
                said = wording.attribute(module, name, library.where(package), guess, True)
                yield library.told((node.end_lineno or node.lineno) - 1, "attribute", said, package)
            case _:
                continue


def _modules(sight: Sight) -> Mapping[str, str]:
    """The modules of libraries that the block has names for, and that answer for more than they define."""
    found: dict[str, str] = {}
    stored = {one.id for one in sight.nodes(ast.Name) if isinstance(one.ctx, ast.Store)}
    stored |= {one.arg for one in sight.nodes(ast.arg)}
    for node in sight.nodes(ast.ImportFrom):
        for alias in node.names if isinstance(node, ast.ImportFrom) and node.module and not node.level else ():
            name, above = alias.asname or alias.name, node.module or "" if isinstance(node, ast.ImportFrom) else ""
            module = _module(sight, above, alias.name) if name not in stored else ""
            if module and _is_answering(sight, module):
                found[name] = module
    return found


def _module(sight: Sight, above: str, name: str) -> str:
    """The module that another one has, or takes in from elsewhere, by this name: `fastapi.status` is Starlette's; "" for none."""
    if sight.library.file_of(f"{above}.{name}"):
        return f"{above}.{name}"
    root = sight.library.source(above)
    for one in root.body if root is not None else ():
        for alias in one.names if isinstance(one, ast.ImportFrom) and one.module and not one.level else ():
            module = f"{getattr(one, 'module', '')}.{alias.name}"
            if (alias.asname or alias.name) == name and sight.library.file_of(module):
                return module
    return ""


def _is_answering(sight: Sight, module: str) -> bool:
    return any(sight.library.members(one).answers for one in [module, *_taken(sight, module)])


def _taken(sight: Sight, module: str) -> Iterator[str]:
    """The modules that a module takes all of."""
    root = sight.library.source(module)
    return starred(module.rpartition(".")[0], root) if root is not None else iter(())
