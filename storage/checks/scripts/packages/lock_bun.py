"""bun.lock: JSON with trailing commas; a copy of its own stands below the name of who needs it (`a/b`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.capabilities.team_code.dependencies.marked import read_json
from bot.capabilities.team_code.dependencies.words import Malformed
from storage.checks.scripts.packages.graph import LINK, OUTSIDE, Graph, Package, Unreadable, asked, parted, table, text

WORKSPACE = "workspace:"


def read(content: str, manifests: Mapping[str, Mapping[str, Any]]) -> Graph:
    try:
        told = table(read_json(content, loose=True))
    except Malformed as fault:
        raise Unreadable("it is no lock of Bun") from fault
    known = table(told.get("packages"))
    graph, links = Graph(), {}
    for key, entry in known.items():
        parts = entry if isinstance(entry, list) else []
        name, version = parted(text(parts[0]) if parts else "")
        if version.startswith(WORKSPACE):
            links[str(key)] = LINK + version.removeprefix(WORKSPACE)
            continue
        integrity = next((str(one) for one in parts[1:] if isinstance(one, str) and one.startswith("sha")), "")
        needs = table(next((one for one in parts[1:] if isinstance(one, dict)), {}))
        found = {str(one): at for one, _ in asked(needs) if (at := _found(str(key), str(one), known))}
        graph.packages[str(key)] = Package(name, version, integrity, "", found, "" if integrity else OUTSIDE)
    for folder, entry in table(told.get("workspaces")).items():
        own = text(table(entry).get("name"))
        names = [str(one) for one, _ in asked(table(entry))]
        shared = [str(one) for one in known if len(_names(str(one))) == 1]
        importable = {one: at for one in (*names, *shared) if (at := _found(own, one, known))}
        graph.folders[str(folder)] = {one: links.get(at, at) for one, at in importable.items()}
    for package in graph.packages.values():
        package.needs = {one: links.get(at, at) for one, at in package.needs.items()}
    return graph


def _found(key: str, name: str, known: Mapping[str, Any]) -> str:
    """The nearest copy above: `a/b` looks for c as `a/b/c`, `a/c`, `c`."""
    parts = _names(key)
    while True:
        at = "/".join((*parts, name))
        if at in known:
            return at
        if not parts:
            return ""
        parts.pop()


def _names(key: str) -> list[str]:
    found: list[str] = []
    for part in key.split("/") if key else ():
        if found and found[-1].startswith("@") and "/" not in found[-1]:
            found[-1] += f"/{part}"
        else:
            found.append(part)
    return found
