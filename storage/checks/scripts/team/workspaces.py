"""Packages of the team's own that are built before they are imported: which source a name of theirs leads to, where what their manifest
names is not in the repository (https://nodejs.org/api/packages.html#package-entry-points)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from storage.checks.scripts.blocks import placing

BUILT = re.compile(r"^(?:dist|build|lib|out|output|types|typings)(?:/(?:esm|cjs|es|types|src|node))*/")
SOURCES = ("src", "source", "lib", "")
"""Where sources lie in a package, the likeliest first."""
DECLARATION = re.compile(r"\.d(?=\.[cm]?ts$)")
MOST_TARGETS = 20
DEEPEST = 6


def sources(
    own: Mapping[str, str], manifests: Mapping[str, Mapping[str, Any]], exists: Callable[[str], bool]
) -> dict[str, list[str]]:
    """Paths for the compiler's configuration, by name of the import; only of what the manifest names and nobody has built."""
    found: dict[str, list[str]] = {}
    for name, folder in own.items():
        for inner, targets in _entries(manifests[folder]):
            if any(exists(posixpath.join(folder, one)) for one in targets):
                continue
            if source := next((one for target in targets for one in _source(folder, target, exists)), ""):
                found[f"{name}/{inner}".rstrip("/")] = [f"/{source}"]
    return found


def _entries(manifest: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Each part that a package offers, "" for itself, with the files that its manifest names for it."""
    exports = manifest.get("exports")
    if isinstance(exports, Mapping) and any(str(one).startswith(".") for one in exports):
        for key, target in exports.items():
            yield str(key).removeprefix(".").lstrip("/"), _targets(target)
        return
    if exports is not None:
        yield "", _targets(exports)
        return
    said = [manifest.get(one) for one in ("types", "typings", "module", "main")]
    yield "", [posixpath.normpath(one) for one in [*said, "index.js"] if isinstance(one, str) and one]


def _targets(exports: object, depth: int = 0) -> list[str]:
    if isinstance(exports, str):
        return [posixpath.normpath(exports)]
    inner = exports.values() if isinstance(exports, Mapping) else exports if isinstance(exports, list) else ()
    return [one for each in inner for one in _targets(each, depth + 1)][:MOST_TARGETS] if depth < DEEPEST else []


def _source(folder: str, target: str, exists: Callable[[str], bool]) -> Iterator[str]:
    bare = DECLARATION.sub("", BUILT.sub("", target))
    stem = placing.CODE.sub("", bare)
    if target.startswith("..") or ("*" in stem and stem != "*"):
        return
    for start in SOURCES:
        place = posixpath.normpath(posixpath.join(folder, start, stem))
        if "*" in stem:
            if start and exists(posixpath.dirname(place)):
                yield place
        else:
            yield from (
                f"{place}{ending}" for ending in (".ts", ".tsx", ".mts", ".cts", ".js") if exists(place + ending)
            )
