"""How objects of a class are made, where no `__init__` says it: by what stands above the class in a library that declares no types."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from storage.checks.python import classes
from storage.checks.python.sight import Callable_, Defined, Sight

MOST_STEPS = 6
MAKING = ("__init__", "__new__")
LEFT_OUT = re.compile(r"\s*(?:\.\.\.|pass|#.*(?:\.\.\.|other|existing|rest|more|omitted|etc).*)\s*$")


async def is_made_unseen(sight: Sight, home: Defined, steps: int = MOST_STEPS) -> bool:
    """Whether a metaclass, which no declaration describes, may give the class another making than the checkers see: graphene's."""
    if not isinstance(home.node, ast.ClassDef) or steps == 0:
        return False
    if home.package:
        return not home.is_stub and not sight.library.is_typed(home.package) and _is_meta(sight, home, home.node)
    if _is_making(home.node) or home.path != sight.path:
        return False
    for base in home.node.bases:
        above = await sight.defined(base.value if isinstance(base, ast.Subscript) else base)
        if above is not None and await is_made_unseen(sight, above, steps - 1):
            return True
    return False


def _is_meta(sight: Sight, home: Defined, node: ast.ClassDef) -> bool:
    line = classes.lineage(sight.library, classes.Known(sight.library.module_of(home.path), node))
    for one in line or ():
        if _is_making(one.node):
            return False
        if any(not ast.unparse(word.value).endswith("ABCMeta") for word in one.node.keywords):
            return True
    return line is None


def _is_making(node: ast.ClassDef) -> bool:
    return any(isinstance(one, ast.FunctionDef) and one.name in MAKING for one in node.body)


def is_partial(node: Callable_, lines: Sequence[str]) -> bool:
    """Whether the block of these lines shows only a part of the class."""
    return any(map(LEFT_OUT.match, lines[node.lineno - 1 : (node.end_lineno or node.lineno) + 1]))
