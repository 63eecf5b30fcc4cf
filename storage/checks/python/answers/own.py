"""The team's tree as an answer's imports see it: modules under its roots, and the classes that only one of them defines."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from storage.checks.python.answers import callers
from storage.checks.python.meaning.vocabulary import Vocabulary

MOST_FILES = 5_000
DEFINED = re.compile(r"^(?:class|(?:async )?def) (\w+)", re.M)
CLASS = re.compile(r"^class (\w+)", re.M)
IMPORTED = re.compile(r"^[ \t]*(?:from|import)[ \t]+(\w+)", re.M)
TELLING = re.compile(r"[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+")
"""A name of two words or more: those of one are often given to something of one's own."""

BESIDE = frozenset(["tests", "test", "migrations", "docs", "examples"])
"""Folders that no other code imports from."""


def classes(tree: Path, roots: Sequence[str]) -> dict[str, str]:
    """The one module that defines a class at its top, by the class's name."""
    found: dict[str, str] = {}
    several: set[str] = set()
    for path in sorted(tree.rglob("*.py"))[:MOST_FILES]:
        module = module_of(path.relative_to(tree), roots)
        if not module or BESIDE & set(path.relative_to(tree).parts):
            continue
        for name in filter(TELLING.fullmatch, CLASS.findall(path.read_text("utf-8", "replace"))):
            if found.setdefault(name, module) != module:
                several.add(name)
    return {name: module for name, module in found.items() if name not in several}


def module_of(path: Path, roots: Sequence[str]) -> str:
    """The dotted name of a file by the longest root that it lies under; "" where it has none."""
    for root in sorted(roots, key=len, reverse=True):
        base = Path(root) if root not in ("", ".") else Path()
        if path.is_relative_to(base):
            parts = list(path.relative_to(base).with_suffix("").parts)
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            return ".".join(parts) if all(map(str.isidentifier, parts)) else ""
    return ""


def above(module: str) -> Iterator[str]:
    """The packages that a module lies in, the nearest first."""
    while "." in module:
        module = module.rpartition(".")[0]
        yield module


def has_module(tree: Path, module: str) -> bool:
    """Whether any folder of the tree, a root or not, has a module of this name: what stands beside it may import it."""
    path = module.replace(".", "/")
    return any(tree.rglob(f"{path}.py")) or any(tree.rglob(f"{path}/__init__.py"))


class OwnTree:
    """What is read of a tree once, when it is first asked for; without a tree there is nothing."""

    def __init__(self, tree: Path | None, roots: Sequence[str]) -> None:
        self._tree = tree
        self._roots = roots

    @cached_property
    def words(self) -> str:
        """All of its Python."""
        paths = sorted(self._tree.rglob("*.py"))[:MOST_FILES] if self._tree else ()
        return "\n".join(path.read_text("utf-8", "replace") for path in paths)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(self.words)

    @cached_property
    def imported(self) -> frozenset[str]:
        """The modules that its files import, by their first names."""
        return frozenset(IMPORTED.findall(self.words))

    @cached_property
    def functions(self) -> Mapping[str, Sequence[Path]]:
        """The files that define a function, by its name."""
        return callers.functions(self._tree) if self._tree else {}

    @cached_property
    def _definitions(self) -> Mapping[str, Sequence[Path]]:
        found: dict[str, list[Path]] = {}
        for path in sorted(self._tree.rglob("*.py"))[:MOST_FILES] if self._tree else ():
            for name in dict.fromkeys(DEFINED.findall(path.read_text("utf-8", "replace"))):
                found.setdefault(name, []).append(path)
        return found

    def defining(self, name: str) -> Sequence[Path]:
        """The files that define a class or a function of this name at their top."""
        return self._definitions.get(name, ())

    @cached_property
    def classes(self) -> Mapping[str, str]:
        return classes(self._tree, self._roots) if self._tree else {}

    def is_of_a_file(self, name: str, made: Collection[str]) -> bool:
        """Whether a file defines this name beside one of these: what makes those anew is out of that file."""
        return any(set(self.defining(name)) & set(self.defining(one)) for one in made if one != name)

    def is_beside(self, module: str, made: Collection[str]) -> bool:
        """Whether a module of the tree defines one of these at its top, too: what makes it anew is out of that file."""
        tree, parts = self._tree, Path(*module.split("."))
        for root in self._roots if tree is not None and module else ():
            base = tree / root / parts if tree is not None else parts
            for path in (base.with_name(f"{base.name}.py"), base / "__init__.py"):
                if path.is_file():
                    return not set(made).isdisjoint(DEFINED.findall(path.read_text("utf-8", "replace")))
        return False
