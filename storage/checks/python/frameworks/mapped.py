"""Arguments of models: the constructor that a declarative base brings takes any words, and refuses those that are no attributes of
the class: SQLAlchemy's (https://docs.sqlalchemy.org/en/20/orm/mapping_styles.html#default-constructor),
Django's, mongoengine's, graphene's.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from pathlib import Path

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.python.snippet import parsed
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.gates import bestowed
from storage.checks.python.library.library import near
from storage.checks.python.library.members import class_names
from storage.checks.python.meaning import made
from storage.checks.python.meaning.sight import Defined, Sight

MOST_ABOVE = 20
OWN_MAKING = frozenset(["__init__", "__new__", "__getattr__", "registry", "__init_subclass__", "__table__"])
"""In a class of which the constructor may be another, or the attributes may be more."""

OPEN = re.compile(r"^\s*interfaces\s*=|['\"]strict['\"]\s*:\s*False", re.M)
"""In a class that has attributes from elsewhere, or takes any."""

BASES = {
    "sqlalchemy": ("DeclarativeBase",),
    "django": ("Model",),
    "mongoengine": ("Document", "EmbeddedDocument"),
    "graphene": ("ObjectType", "Mutation"),
}
HOMES = {"django": r"django\.db(?:\.models)?", "sqlalchemy": r"sqlalchemy\.orm"}
BESIDES = {"django": ("id", "pk"), "mongoengine": ("id", "pk")}
"""Attributes that no class names."""


async def refused(sight: Sight, lines: range, words: str) -> list[Finding]:
    """For the calls on these lines of the text, from 1; lines of the findings count from 0. `words` are those of the team's tree."""
    found: list[Finding] = []
    for node in list(sight.nodes(ast.Call)):
        if node.lineno not in lines or not node.keywords:
            continue
        home = await sight.defined(_model(node))
        if home is None or not isinstance(home.node, ast.ClassDef) or not is_theirs(sight, home):
            continue
        has = Names(sight, words).of(home.node, "objects" if _model(node) is not node.func else "")
        for one in node.keywords if has is not None else ():
            if one.arg and has is not None and one.arg not in has and not is_given(one.arg, sight.text, words):
                said = wording.keyword(one.arg, home.node.name, "", near(one.arg, has))
                found.append(Finding(one.lineno - 1, "argument", said))
    return found


def is_theirs(sight: Sight, home: Defined) -> bool:
    """Whether the class is of the block, or of the team's tree, and whole."""
    if home.path == sight.path and isinstance(home.node, ast.ClassDef):
        return not made.is_partial(home.node, sight.lines)
    return sight.is_own(home)


def _model(call: ast.Call) -> ast.expr:
    """What makes the object: the class itself, or Django's `User.objects.create(...)`."""
    match call.func:
        case ast.Attribute(value=ast.Attribute(value=ast.Name() as model, attr="objects"), attr="create"):
            return model
        case _:
            return call.func


def is_given(name: str, *texts: str) -> bool:
    return any(bestowed.is_bestowed(text, name) for text in texts)


class Names:
    """All attributes of models, of the block and of the tree."""

    def __init__(self, sight: Sight, words: str) -> None:
        self._root = sight.root
        self._tree = sight.tree
        self._words = words
        self._text = f"{sight.text}\n{words}"
        self._versions = sight.library.environment.versions

    def of(self, node: ast.ClassDef, without: str = "") -> frozenset[str] | None:
        """None where a class above it is not known, or not the only one of its name, or makes its objects in its own way; or where
        it has itself what it must do `without`."""
        waiting, found, kinds = [node], set[str](), set[str]()
        for _ in range(MOST_ABOVE):
            if not waiting:
                break
            one = waiting.pop()
            own = set(class_names(one))
            if own & OWN_MAKING or one.decorator_list or one.keywords or OPEN.search(ast.unparse(one)):
                return None
            found |= own
            for base in map(ast.unparse, one.bases):
                if kind := self._kind(base):
                    kinds.add(kind)
                elif len(above := self._classes(base)) == 1:
                    waiting += above
                elif base != "object":
                    return None
        if waiting or len(kinds) != 1 or (without and (kinds != {"django"} or without in found)):
            return None
        (kind,) = kinds
        others = {f"{name}_id" for name in found} if kind == "django" else set()
        return frozenset(found | others | set(BESIDES.get(kind, ())))

    def _kind(self, base: str) -> str:
        """The library whose declarative base a class names; "" for any other."""
        if base == "DeclarativeBase":
            return "sqlalchemy"
        inner, _, last = base.rpartition(".")
        for package, names in BASES.items():
            if package in self._versions and last in names and self._is_from(package, inner, last):
                return package
        if "sqlalchemy" not in self._versions:
            return ""
        if (
            last == "Model"
            and inner
            and re.search(
                rf"^\s*{re.escape(inner)}\b[^=\n]*=\s*(?:\w+\.)*SQLAlchemy\((?!.*model_class)", self._text, re.M
            )
        ):
            return "sqlalchemy"
        is_made = re.search(
            rf"^{re.escape(base)}\b[^=\n]*=\s*(?:\w+\.)*declarative_base\(\s*(?:metadata=[^,)]*)?\)", self._text, re.M
        )
        return "sqlalchemy" if is_made else ""

    def _is_from(self, package: str, inner: str, last: str) -> bool:
        home = HOMES.get(package, package)
        if not inner:
            return bool(
                re.search(rf"^\s*from {home}(?:\.\w+)* import \(?[^)\n]*(?:\n[^)\n]*)*?\b{last}\b", self._text, re.M)
            )
        first = inner.partition(".")[0]
        return bool(
            re.search(
                rf"^\s*(?:import {package}\b.*|import [\w.]+ as {first}\b|from {package}[\w.]* import .*\b{first}\b)",
                self._text,
                re.M,
            )
        )

    def _classes(self, name: str) -> Sequence[ast.ClassDef]:
        mine = [one for one in self._in([self._root] if self._root else []) if one.name == name]
        if mine or self._tree is None:
            return mine
        pattern = re.compile(rf"^class {re.escape(name)}\b", re.M)
        if len(pattern.findall(self._words)) != 1:
            return []
        texts = (path.read_text("utf-8", "replace") for path in sorted(Path(self._tree).rglob("*.py")))
        roots = [root for text in texts if pattern.search(text) and (root := parsed(text)) is not None]
        return [one for one in self._in(roots) if one.name == name]

    @staticmethod
    def _in(roots: Sequence[ast.Module]) -> list[ast.ClassDef]:
        return [one for root in roots for one in ast.walk(root) if isinstance(one, ast.ClassDef)]
