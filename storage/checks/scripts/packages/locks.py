"""What a lock file of the Node family settles, as one graph: which copy of which package each one, and each folder of the team, gets.

The facts of team_code say which versions there are; a compiler needs to know besides who gets which of several copies, and the hashes.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from storage.checks.scripts.packages import lock_bun, lock_npm, lock_pnpm, lock_yarn
from storage.checks.scripts.packages.graph import GROUPS, Graph, Unreadable

READERS: Mapping[str, Callable[[str, Mapping[str, Any]], Graph]] = {
    "npm-shrinkwrap.json": lock_npm.read,
    "package-lock.json": lock_npm.read,
    "pnpm-lock.yaml": lock_pnpm.read,
    "bun.lock": lock_bun.read,
    "yarn.lock": lock_yarn.read,
}
"""By the file's name, the reader: its text and the manifests below its folder, by folder ("" for its own). The first one of a folder
counts."""

MOST_PACKAGES = 6_000


@dataclass(frozen=True, slots=True)
class Locks:
    """`graphs` by the folder of the lock file; `manifests` are the `package.json` of the repository by folder, as far as they could be
    read; `problems` what could not."""

    graphs: Mapping[str, Graph] = field(default_factory=dict)
    manifests: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    key: str = ""

    def graph_of(self, folder: str) -> tuple[str, Graph] | None:
        """The nearest lock at or above a folder of the repository."""
        while True:
            if folder in self.graphs:
                return folder, self.graphs[folder]
            if not folder:
                return None
            folder = posixpath.dirname(folder)


def read(files: Mapping[str, str]) -> Locks:
    """Out of all manifests and locks of a repository, by path. Blocks."""
    manifests: dict[str, Mapping[str, Any]] = {}
    for path, text in files.items():
        if posixpath.basename(path) == "package.json" and (told := _object(text)) is not None:
            manifests[posixpath.dirname(path)] = told
    graphs: dict[str, Graph] = {}
    problems: list[str] = []
    used: list[tuple[str, str]] = []
    for folder in sorted({posixpath.dirname(path) for path in files if posixpath.basename(path) in READERS}):
        for name, reader in READERS.items():
            path = posixpath.join(folder, name)
            if path not in files:
                continue
            try:
                graph = reader(files[path], _below(manifests, folder))
            except (Unreadable, RecursionError) as fault:
                problems.append(
                    f"{path}: {fault}" if isinstance(fault, Unreadable) else f"{path}: it is nested too deeply"
                )
                continue
            if len(graph.packages) > MOST_PACKAGES:
                problems.append(f"{path}: it has more than {MOST_PACKAGES:,} packages")
                continue
            graphs[folder] = graph
            used.append((path, files[path]))
            break
    named = json.dumps([4, used, {name: _asks(one) for name, one in sorted(manifests.items())}])
    return Locks(graphs, manifests, tuple(problems), hashlib.sha256(named.encode()).hexdigest()[:32])


def _asks(manifest: Mapping[str, Any]) -> list[Any]:
    return [manifest.get(one) for one in ("name", *GROUPS)]


def _below(manifests: Mapping[str, Mapping[str, Any]], folder: str) -> dict[str, Mapping[str, Any]]:
    if not folder:
        return dict(manifests)
    return {
        "" if name == folder else name.removeprefix(folder + "/"): one
        for name, one in manifests.items()
        if name == folder or name.startswith(folder + "/")
    }


def _object(text: str) -> Mapping[str, Any] | None:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None
