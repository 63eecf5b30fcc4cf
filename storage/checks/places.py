"""A repository with several locks: which of them a block is held against. The one nearest to the file that it says it is; without a
file the one nearest to what the answer names or cites; else the one that has most of what the block imports, and that is said.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.capabilities.checks.python.known import package_of
from bot.capabilities.checks.python.snippet import prepare
from bot.capabilities.checks.verdicts import Block
from storage.checks.pins import Pins, canonical

BESIDE = frozenset(["docs", "doc", "tests", "test", "examples", "example", "scripts", "tools", "ci", ".github"])
"""Folders whose locks are of no service: they count only where nothing else is locked."""

PARTS = "requirements"
"""A folder of a project in which its locks lie."""


PATH_LINE = re.compile(r"^\s*(?:#|//|--)?\s*(?:file(?:name)?:\s*)?[`*]*([\w./-]+\.pyi?)[`*]*\s*(?:\(.*\))?:?\s*$", re.I)


@dataclass(frozen=True, slots=True)
class Lock:
    """Pins with the file that they come from, by its path in the repository."""

    path: str
    pins: Pins

    @property
    def folder(self) -> str:
        return folder_of(self.path)


def folder_of(path: str) -> str:
    """Where the project of a lock begins."""
    folder = path.rpartition("/")[0]
    return folder.removesuffix(PARTS).rstrip("/") if f"/{folder}".endswith(f"/{PARTS}") else folder


def path_in(block: Block) -> str:
    """The file that a block says it is: what it was told, or the path in its first line."""
    if block.path:
        return block.path.strip().lstrip("./")
    found = PATH_LINE.match(block.code.partition("\n")[0])
    return found[1].lstrip("./") if found and ("/" in found[1] or found[1].endswith(".py")) else ""


def nearest(locks: Sequence[Lock], path: str) -> Lock | None:
    """The lock in the folder of a file, or in the next one above it that has any."""
    above = [one for one in locks if not one.folder or path.startswith(one.folder + "/")]
    return max(above, key=lambda one: len(one.folder), default=None)


def chosen(locks: Sequence[Lock], blocks: Sequence[Block], cited: Sequence[str]) -> list[tuple[Lock, bool]]:
    """The lock of each block, and whether it was only assumed. `cited` are files that the answer names besides its code."""
    own = [nearest(locks, path) if (path := path_in(one)) else None for one in blocks]
    told = [one for one in own if one is not None] or [found for path in cited if (found := nearest(locks, path))]
    counted = Counter(one.path for one in told).most_common(1)
    common = next((one for one in locks if counted and one.path == counted[0][0]), None)
    fallback = common or _fitting(locks, blocks)
    return [(one or fallback, one is None and common is None) for one in own]


def _fitting(locks: Sequence[Lock], blocks: Sequence[Block]) -> Lock:
    modules = [module for one in blocks for module in _modules(one.code)]
    imported = {package_of(one) or canonical(one.partition(".")[0]) for one in modules}

    def fit(lock: Lock) -> tuple[int, bool, int]:
        return len(imported & _names(lock.pins)), not lock.folder, len(lock.pins.versions)

    return max(locks, key=fit)


def _names(pins: Pins) -> set[str]:
    return set(pins.versions) | set(pins.direct or ())


def _modules(code: str) -> list[str]:
    tree = prepare(code).tree
    found: list[str] = []
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append(node.module)
    return found


def parted(files: Mapping[str, str], locked: Sequence[str]) -> dict[str, dict[str, str]]:
    """By the folder of each lock what counts there: its own files and those below it, as far as no other lock is nearer; and what
    the folders above say of Python."""
    services = [path for path in locked if BESIDE.isdisjoint(path.split("/")[:-1])]
    folders = sorted({folder_of(path) for path in services or locked}, key=len)
    parts: dict[str, dict[str, str]] = {folder: {} for folder in folders}
    for path, text in files.items():
        above = [folder for folder in folders if not folder or path.startswith(folder + "/")]
        if above:
            parts[max(above, key=len)][path] = text
    for folder, part in parts.items():
        for path, text in files.items():
            here, _, name = path.rpartition("/")
            is_above = not here or folder.startswith(here + "/")
            if is_above and here != folder and name in (".python-version", "runtime.txt"):
                part.setdefault(path, text)
    return parts
