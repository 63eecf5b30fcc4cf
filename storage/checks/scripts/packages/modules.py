"""Which modules a package offers: what its `exports` name, or, without them, what files it has
(https://nodejs.org/api/packages.html#package-entry-points).
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from storage.checks.scripts.packages.graph import MODULES

ENDINGS = ("", ".js", ".cjs", ".mjs", ".json", ".node", "/index.js", "/index.cjs", "/index.mjs")
DEEPEST = 8
OF_REQUIRE = ("node", "default", "node-addons")


def has(place: Path, inner: str) -> bool:
    """Whether `PACKAGE/inner` is a module of the package that is unpacked there; True where nobody can say."""
    told = manifest(place)
    if told.get("exports") is not None:
        return named(told, inner) is not None
    files = _files(place)
    is_part = ".." not in inner.split("/") and (place / inner / "package.json").is_file()
    return not files or is_part or any(f"{inner}{ending}" in files for ending in ENDINGS)


def has_code(place: Path) -> bool:
    """More than settings; True where nobody can say."""
    return not (place / MODULES).is_file() or any(not one.endswith(".json") for one in _files(place))


def manifest(place: Path) -> Mapping[str, Any]:
    try:
        told = json.loads((place / "package.json").read_text("utf-8-sig", "replace"))
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def named(told: Mapping[str, Any], inner: str) -> object:
    """What the `exports` of a manifest name for a part of its package, "" for itself; None for nothing."""
    exports = told.get("exports")
    if isinstance(exports, Mapping) and any(str(one).startswith(".") for one in exports):
        fitting = (value for key, value in exports.items() if matches(str(key), f"./{inner}" if inner else "."))
        return next((one for one in fitting if one is not None), None)
    return None if inner else exports


def is_only_for_import(place: Path, inner: str) -> bool:
    """What `require` would be given is an ES module (https://nodejs.org/api/packages.html#determining-module-system)."""
    told = manifest(place)
    target = named(told, inner)
    if target is None and told.get("exports") is None:
        target = told.get("main") or "index.js"
    path = led(target, OF_REQUIRE, refused="require")  # what is named for it is meant for that
    if not path or path.endswith((".cjs", ".json", ".node")):
        return False
    return path.endswith(".mjs") or type_at(place, path) == "module"


def type_at(place: Path, path: str) -> object:
    """The `type` of the nearest package.json; a package may have several."""
    path = posixpath.normpath(path)
    while path and not path.startswith(".."):
        path = posixpath.dirname(path)
        if (place / path / "package.json").is_file():
            return manifest(place / path).get("type")
    return None


def led(target: object, conditions: Collection[str], refused: str = "", depth: int = 0) -> str:
    """The file that what a manifest names leads to under these conditions; "" where it leads nowhere, or `refused` comes first."""
    if isinstance(target, str):
        return target
    if isinstance(target, list) and target:
        return led(target[0], conditions, refused, depth + 1)
    for key, value in target.items() if isinstance(target, Mapping) and depth < DEEPEST else ():
        if key == refused:
            return ""
        if key in conditions and (path := led(value, conditions, refused, depth + 1)):
            return path
    return ""


def matches(key: str, wanted: str) -> bool:
    """A key of `exports` or `imports` is that of a part."""
    before, star, after = key.partition("*")
    return key == wanted or (
        bool(star) and wanted.startswith(before) and wanted.endswith(after) and len(wanted) > len(before + after)
    )


@lru_cache(maxsize=64)
def _files(place: Path) -> frozenset[str]:
    try:
        told = json.loads((place / MODULES).read_text())
    except (OSError, ValueError):
        return frozenset()
    return frozenset(str(one) for one in told)
