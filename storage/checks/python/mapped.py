"""Arguments of the team's SQLAlchemy models: the constructor that a declarative base brings takes any words, and refuses those that are
no attributes of the class (https://docs.sqlalchemy.org/en/20/orm/mapping_styles.html#default-constructor).
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.python.snippet import parsed
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python import bestowed
from storage.checks.python.library import near
from storage.checks.python.members import class_names
from storage.checks.python.sight import Sight

MOST_ABOVE = 20
OWN_MAKING = frozenset(["__init__", "__new__", "__getattr__", "registry", "__init_subclass__"])
"""In a class of which the constructor may be another."""


async def refused(sight: Sight, lines: range, words: str) -> list[Finding]:
    """For the calls on these lines of the text, from 1; lines of the findings count from 0. `words` are those of the team's tree."""
    found: list[Finding] = []
    for node in list(sight.nodes(ast.Call)):
        if not isinstance(node, ast.Call) or node.lineno not in lines or not node.keywords or sight.tree is None:
            continue
        home = await sight.defined(node.func)
        if home is None or not isinstance(home.node, ast.ClassDef) or not sight.is_own(home):
            continue
        has = _names(home.node, sight.tree, words)
        for one in node.keywords if has is not None else ():
            if one.arg and has is not None and one.arg not in has and not _is_given(one.arg, sight.text, words):
                said = wording.keyword(one.arg, home.node.name, "", near(one.arg, has))
                found.append(Finding(one.lineno - 1, "argument", said))
    return found


def _is_given(name: str, *texts: str) -> bool:
    return any(bestowed.is_bestowed(text, name) for text in texts)


def _names(node: ast.ClassDef, tree: Path, words: str) -> frozenset[str] | None:
    """All attributes of a model; None where one above it is no class of the team's, or not the only one of its name, or makes
    its objects in its own way."""
    waiting, found, is_model = [node], set[str](), False
    for _ in range(MOST_ABOVE):
        if not waiting:
            return frozenset(found) if is_model else None
        one = waiting.pop()
        own = set(class_names(one))
        if own & OWN_MAKING or one.decorator_list or one.keywords:
            return None
        found |= own
        for base in map(ast.unparse, one.bases):
            if base == "DeclarativeBase":
                is_model = True
                continue
            above = _classes(base, tree, words)
            if len(above) != 1:
                return None
            waiting += above
    return None


def _classes(name: str, tree: Path, words: str) -> list[ast.ClassDef]:
    pattern = re.compile(rf"^class {re.escape(name)}\b", re.M)
    if len(pattern.findall(words)) != 1:
        return []
    texts = (path.read_text("utf-8", "replace") for path in sorted(tree.rglob("*.py")))
    roots = [parsed(text) for text in texts if pattern.search(text)]
    return [
        one for root in roots if root for one in ast.walk(root) if isinstance(one, ast.ClassDef) and one.name == name
    ]
