"""package-lock.json: places of copies (versions 2 and 3), or names below names (version 1)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from storage.checks.scripts.packages.graph import LINK, OUTSIDE, Graph, Package, Unreadable, asked, table, text

FOLDER = "node_modules/"


def read(content: str, manifests: Mapping[str, Mapping[str, Any]]) -> Graph:
    try:
        told = json.loads(content)
    except ValueError as fault:
        raise Unreadable("it is no JSON") from fault
    if not isinstance(told, dict):
        raise Unreadable("it is no lock of npm")
    places = table(told.get("packages")) or dict(_placed(table(told.get("dependencies"))))
    if not told.get("packages"):
        places |= {folder: manifest for folder, manifest in manifests.items() if not folder}
    graph = Graph()
    for place, entry in places.items():
        if FOLDER in place and not table(entry).get("link"):
            graph.packages[place] = _package(place, table(entry), places)
    for place, entry in places.items():
        if FOLDER not in place:
            graph.folders[place] = _importable(place, places, [name for name, _ in asked(table(entry))])
    return graph


def _package(place: str, entry: Mapping[str, Any], places: Mapping[str, Any]) -> Package:
    name = text(entry.get("name")) or place.rpartition(FOLDER)[2]
    version, resolved = text(entry.get("version")), text(entry.get("resolved"))
    if version.startswith("npm:"):
        name, _, version = version.removeprefix("npm:").rpartition("@")
    unread = OUTSIDE if "://" in version or resolved.startswith(("git", "file:")) or version.startswith("file:") else ""
    needs = {one: found for one in dict(asked(entry)) if (found := _found(place, one, places))}
    return Package(name, version, text(entry.get("integrity")), resolved, needs, unread)


def _importable(place: str, places: Mapping[str, Any], names: list[str]) -> dict[str, str]:
    """What a folder asks for, and what lies beside and above it besides: Node finds it there, whoever asked."""
    found = {one: at for one in names if (at := _found(place, one, places))}
    for other in places:
        above, _, name = other.rpartition(FOLDER)
        if name and FOLDER not in above and (not above or f"{place}/".startswith(above)):
            nearest = _found(place, name, places)
            if nearest:
                found.setdefault(name, nearest)
    return found


def _found(place: str, name: str, places: Mapping[str, Any]) -> str:
    """Where Node finds a name from here: the nearest folder of packages above. "" for nowhere."""
    here = place
    while True:
        at = f"{here}/{FOLDER}{name}".lstrip("/")
        if at in places:
            entry = table(places[at])
            return LINK + text(entry.get("resolved")) if entry.get("link") else at
        if not here:
            return ""
        here = here.rpartition(f"/{FOLDER}")[0] if f"/{FOLDER}" in here and FOLDER in here else _up(here)


def _up(place: str) -> str:
    """The folder above; above a package at the top is the root."""
    if place.startswith(FOLDER):
        return ""
    return place.rpartition("/")[0]


def _placed(dependencies: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    waiting = [(dependencies, above)]
    while waiting:
        names, here = waiting.pop()
        for name, entry in names.items():
            one = table(entry)
            place = f"{here}/{FOLDER}{name}".lstrip("/")
            yield place, {**one, "dependencies": dict.fromkeys(table(one.get("requires")), "")}
            if inner := table(one.get("dependencies")):
                waiting.append((inner, place))
