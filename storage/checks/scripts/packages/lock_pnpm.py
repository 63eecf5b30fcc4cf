"""pnpm-lock.yaml, forms 5, 6 and 9: a copy for each set of peers, and what each folder of the workspace gets."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping
from typing import Any

from bot.capabilities.team_code.dependencies.events import read_yaml
from bot.capabilities.team_code.dependencies.words import Malformed
from storage.checks.scripts.packages.graph import (
    LINK,
    OUTSIDE,
    PATCHED,
    Graph,
    Package,
    Unreadable,
    parted,
    table,
    text,
)

SECTIONS = ("dependencies", "devDependencies", "optionalDependencies")


def read(content: str, manifests: Mapping[str, Mapping[str, Any]]) -> Graph:
    try:
        documents = [table(one) for one in read_yaml(content)]
    except Malformed as fault:
        raise Unreadable("it is no YAML") from fault
    told = documents[-1] if documents else {}
    form = text(told.get("lockfileVersion")) or "9"
    old = form.startswith(("5", "4", "3"))
    graph = Graph()
    known = table(told.get("packages"))
    copies = table(told.get("snapshots")) or known
    for key, entry in copies.items():
        bare = _bare(key, old)
        _add(
            graph,
            str(key) if old else str(key).removeprefix("/"),
            bare,
            {**table(known.get(bare) or known.get(key)), **table(entry)},
            old,
            table(told.get("patchedDependencies")).keys(),
        )
    importers = table(told.get("importers")) or {".": told}
    for folder, entry in importers.items():
        here = "" if folder == "." else str(folder)
        graph.folders[here] = _asked(table(entry), here, graph, old)
    return graph


def _add(graph: Graph, key: str, bare: str, entry: Mapping[str, Any], old: bool, patched: Collection[str]) -> None:
    name, version = _parted(bare, old)
    is_patched = not {name, f"{name}@{version}"}.isdisjoint(patched)
    resolution = table(entry.get("resolution"))
    unread = (PATCHED if is_patched else "") if resolution.get("integrity") else OUTSIDE
    needs: dict[str, str] = {}
    for section in ("dependencies", "optionalDependencies"):
        for need, wanted in table(entry.get(section)).items():
            needs[str(need)] = _key(str(need), text(wanted), old)
    name, version = text(entry.get("name")) or name, text(entry.get("version")) or version
    graph.packages[key] = Package(
        str(name),
        str(version),
        str(text(resolution.get("integrity"))),
        str(text(resolution.get("tarball"))),
        needs,
        unread,
    )


def _asked(entry: Mapping[str, Any], folder: str, graph: Graph, old: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for section in SECTIONS:
        for name, wanted in table(entry.get(section)).items():
            version = text(wanted) or text(table(wanted).get("version"))
            if version.startswith("link:"):
                target = posixpath.normpath(posixpath.join(folder or ".", str(version.removeprefix("link:"))))
                found[str(name)] = LINK + ("" if target == "." else target)
            elif (key := _key(str(name), version, old)) in graph.packages:
                found[str(name)] = key
    return found


def _key(name: str, version: str, old: bool) -> str:
    """Where a version of a package stands: the version alone, or the whole key of another package (an alias)."""
    if old:
        return version if version.startswith("/") else f"/{name}/{version}"
    version = version.removeprefix("/")
    head = version.partition("(")[0]
    if head.find("@", 1) > 0:
        return version
    return f"{name}@{version}"


def _parted(key: str, old: bool) -> tuple[str, str]:
    key = key.removeprefix("/")
    if old:
        name, _, version = key.rpartition("/")
        return name, version.partition("_")[0]
    return parted(key)


def _bare(key: str, old: bool) -> str:
    return str(key if old else key.partition("(")[0])
