"""Which classes of a package stand below one of its classes, by their names, and what those have: read from the text of its files, of
which few are parsed."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from storage.checks.python.library.members import class_names

MOST = 300
"""Classes below one."""

TESTS = frozenset(["tests", "test"])
"""Folders of what no reader's object is of."""

CLASS = re.compile(rb"^[ \t]*class (\w+)\b(?:\(([^)]*)\))?", re.M)
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Kin:
    """By the name of a class in a package: those that name it above them, those above it, and its files."""

    below: dict[str, list[str]]
    above: dict[str, list[str]]
    files: dict[str, list[Path]]


class Descent:
    """`files` gives a package's files, `tree` parses one."""

    def __init__(
        self, site: Path, files: Callable[[str], Iterable[Path]], tree: Callable[[Path], ast.Module | None]
    ) -> None:
        self._site = site
        self._files = files
        self._tree = tree
        self._kin: dict[str, Kin] = {}
        self._below: dict[tuple[str, str], dict[Path, set[str]]] = {}

    def has(self, package: str, owner: str, word: str) -> bool:
        """Whether a class below one so named has the word."""
        key = (package, owner)
        if key not in self._below:
            self._below[key] = self._beneath(self._kin_of(package), owner)
        return any(self._bears(path, names, word) for path, names in self._below[key].items())

    def _beneath(self, kin: Kin, owner: str) -> dict[Path, set[str]]:
        """Their names by their files, with what stands beside it above such a class: `Bot` is below `Client`, and below `BotBase` as
        well."""
        below, seen = [owner], {owner}
        for name in below:  # grows while it is gone through
            below += [one for one in kin.below.get(name, ()) if one not in seen and len(seen) < MOST]
            seen |= set(below)
        for name in below[1:]:
            above = [one for one in kin.above.get(name, ()) if one not in seen and one in kin.files]
            below += above
            seen |= set(above)
        found: dict[Path, set[str]] = {}
        for name in below[1:]:
            for path in kin.files.get(name, ()):
                found.setdefault(path, set()).add(name)
        return found

    def _bears(self, path: Path, names: Collection[str], word: str) -> bool:
        tree = self._tree(path) if word.encode() in path.read_bytes() else None
        return any(
            isinstance(node, ast.ClassDef) and node.name in names and word in class_names(node)
            for node in (ast.walk(tree) if tree else ())
        )

    def _kin_of(self, package: str) -> Kin:
        if package not in self._kin:
            found = Kin({}, {}, {})
            for path in self._files(package):
                is_read = path.suffix == ".py" and not TESTS & set(path.relative_to(self._site).parts)
                for one, listed in CLASS.findall(path.read_bytes()) if is_read else ():
                    name = one.decode()
                    found.files.setdefault(name, []).append(path)
                    for base in dict.fromkeys(WORD.findall(listed.decode("utf-8", "replace"))):
                        found.below.setdefault(base, []).append(name)
                        found.above.setdefault(name, []).append(base)
            self._kin[package] = found
        return self._kin[package]
