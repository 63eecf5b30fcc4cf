"""Which modules a package offers: what its `exports` name, or, without them, what files it has
(https://nodejs.org/api/packages.html#package-entry-points).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from storage.checks.scripts.graph import MODULES

ENDINGS = ("", ".js", ".cjs", ".mjs", ".json", ".node", "/index.js", "/index.cjs", "/index.mjs", "/package.json")


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


def manifest(place: Path) -> Mapping[str, Any]:
    try:
        told = json.loads((place / "package.json").read_text("utf-8-sig", "replace"))
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


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
