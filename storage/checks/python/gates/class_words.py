"""Words behind the bases of a class (`class Event(Struct, frozen=True)`): they are held against what the base takes when a class is
made below it, by its `__init_subclass__`.
"""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.library.library import near
from storage.checks.python.meaning.calls import parameters
from storage.checks.python.meaning.sight import Defined, Sight


async def findings(sight: Sight, lines: range) -> AsyncIterator[Finding]:
    """For these lines of the text, from 1; lines of the findings count from 0."""
    for node in sight.nodes(ast.ClassDef):
        if len(node.bases) != 1 or node.lineno not in lines:
            continue
        words = [one for one in node.keywords if one.arg != "metaclass"]
        if not words or any(one.arg is None for one in node.keywords):
            continue
        home = await sight.defined(node.bases[0])
        base = _class(sight, home, node.bases[0]) if home is not None and home.package else None
        if home is None or base is None:
            continue
        taking = [one for one in base.body if isinstance(one, ast.FunctionDef) and one.name == "__init_subclass__"]
        names, is_open = parameters(taking[0]) if len(taking) == 1 else ([], True)
        for word in words:
            if not is_open and word.arg is not None and word.arg not in names:
                said = wording.keyword(word.arg, base.name, sight.library.where(home.package), near(word.arg, names))
                yield sight.library.told(word.lineno - 1, "argument", said, home.package)


def _class(sight: Sight, home: Defined, name: ast.expr) -> ast.ClassDef | None:
    """The class that a base is; of one that is compiled, its declaration beside the module that takes it in."""
    if home.node is not None:
        return home.node if isinstance(home.node, ast.ClassDef) else None
    declared = sight.library.tree(home.path.with_suffix(".pyi"))
    called = ast.unparse(name).partition("[")[0].rpartition(".")[2]
    found = [one for one in (declared.body if declared else ()) if isinstance(one, ast.ClassDef) and one.name == called]
    return found[0] if len(found) == 1 else None
