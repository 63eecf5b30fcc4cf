"""Which modules a package offers: what its `exports` name, or, without them, what files it has
(https://nodejs.org/api/packages.html#package-entry-points).
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from storage.checks.scripts.packages.graph import MODULES

ENDINGS = ("", ".js", ".cjs", ".mjs", ".json", ".node", "/index.js", "/index.cjs", "/index.mjs", "/package.json")


DEEPEST = 8


def has(place: Path, inner: str) -> bool:
    """Whether `PACKAGE/inner` is a module of the package that is unpacked there; True where nobody can say."""
    told = manifest(place)
    exports = told.get("exports")
    if isinstance(exports, Mapping) and any(str(one).startswith(".") for one in exports):
        return any(_matches(str(key), f"./{inner}") and target is not None for key, target in exports.items())
    if exports is not None:
        return False
    files = _files(place)
    return not files or any(f"{inner}{ending}" in files for ending in ENDINGS)


def has_code(place: Path) -> bool:
    """More than settings; True where nobody can say."""
    return not (place / MODULES).is_file() or any(not one.endswith(".json") for one in _files(place))


def manifest(place: Path) -> Mapping[str, Any]:
    try:
        told = json.loads((place / "package.json").read_text("utf-8-sig", "replace"))
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def is_only_for_import(place: Path, inner: str) -> bool:
    """What `require` would be given is an ES module (https://nodejs.org/api/packages.html#determining-module-system)."""
    told = manifest(place)
    exports = told.get("exports")
    wanted = f"./{inner}" if inner else "."
    if isinstance(exports, Mapping) and any(str(one).startswith(".") for one in exports):
        target = next((value for key, value in exports.items() if _matches(str(key), wanted)), None)
    else:
        target = exports if exports is not None and not inner else (told.get("main") or "index.js")
    path = _required(target)
    if not path or path.endswith((".cjs", ".json", ".node")):
        return False
    return path.endswith(".mjs") or _type_at(place, path) == "module"


def _type_at(place: Path, path: str) -> object:
    """The `type` of the nearest package.json; a package may have several."""
    path = posixpath.normpath(path)
    while path and not path.startswith(".."):
        path = posixpath.dirname(path)
        if (place / path / "package.json").is_file():
            return manifest(place / path).get("type")
    return None


def _required(target: object, depth: int = 0) -> str:
    """The file that `require` is led to for want of one of its own; "" where it has one, or nobody can say."""
    if isinstance(target, str):
        return target
    if isinstance(target, list) and target:
        return _required(target[0], depth + 1)
    if isinstance(target, Mapping) and depth < DEEPEST:
        for key, value in target.items():
            if key == "require":
                return ""  # it is meant for that
            if key in ("node", "default", "node-addons") and (path := _required(value, depth + 1)):
                return path
    return ""


def _matches(key: str, wanted: str) -> bool:
    return key == wanted or (
        "*" in key and bool(re.fullmatch(".+".join(re.escape(one) for one in key.split("*", 1)), wanted))
    )


@lru_cache(maxsize=64)
def _files(place: Path) -> frozenset[str]:
    try:
        told = json.loads((place / MODULES).read_text())
    except (OSError, ValueError):
        return frozenset()
    return frozenset(str(one) for one in told)
