"""The team's own crates: where each begins, its edition and features, as its Cargo.toml says. https://doc.rust-lang.org/cargo/reference/manifest.html"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

MOST_CRATES, MOST_FILES, MOST_BYTES = 60, 2_000, 12_000_000
NEWEST = "2024"
USUAL = "2021"
"""What a block without a crate is read as."""

PASSED_OVER = frozenset(["target", "vendor", "node_modules", ".git"])


@dataclass(frozen=True, slots=True)
class Crate:
    """`folder` holds its Cargo.toml, `root` is the file that it begins with, below the folder; `name` as code writes it."""

    folder: Path
    name: str
    edition: str
    root: str
    features: tuple[str, ...]
    is_library: bool


@lru_cache(maxsize=16)
def crates(tree: Path) -> Sequence[Crate]:
    """Those of a repository, at most 60."""
    manifests = [one for one in sorted(tree.rglob("Cargo.toml")) if not PASSED_OVER & set(one.relative_to(tree).parts)]
    told = [(one.parent, _read(one)) for one in manifests[:MOST_CRATES]]
    shared: Mapping[str, Any] = next(
        (each["workspace"]["package"] for _, each in told if _within(each, "workspace", "package")), {}
    )
    return [one for folder, each in told if (one := _crate(folder, each, shared)) is not None]


def _read(manifest: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(manifest.read_text("utf-8", "replace"))
    except (OSError, ValueError):
        return {}


def _within(told: Mapping[str, Any], *names: str) -> bool:
    at: Any = told
    for name in names:
        at = at.get(name) if isinstance(at, Mapping) else None
    return isinstance(at, Mapping)


def _crate(folder: Path, told: Mapping[str, Any], shared: Mapping[str, Any]) -> Crate | None:
    package = told.get("package")
    if not isinstance(package, Mapping) or not isinstance(package.get("name"), str):
        return None
    library = told["lib"] if _within(told, "lib") else {}
    edition = package.get("edition", "2015")
    if isinstance(edition, Mapping):
        edition = shared.get("edition", USUAL)
    roots = [str(library.get("path", "src/lib.rs")), "src/main.rs"]
    root = next((one for one in roots if ".." not in one and (folder / one).is_file()), "")
    if not root:
        return None
    features = told["features"] if _within(told, "features") else {}
    name = str(library.get("name") or package["name"]).replace("-", "_")
    kept = tuple(one for one in features if '"' not in one)
    return Crate(folder, name, str(edition), root, kept, is_library=root == roots[0])


def sources(crate: Crate) -> list[Path]:
    """Its files of Rust; none where there are too many."""
    found = [
        one
        for one in sorted((crate.folder / crate.root).parent.rglob("*.rs"))
        if not one.is_symlink() and not PASSED_OVER & set(one.relative_to(crate.folder).parts)
    ]
    is_small = len(found) <= MOST_FILES and sum(one.stat().st_size for one in found) <= MOST_BYTES
    return found if is_small else []


@lru_cache(maxsize=16)
def derived(crate: Crate, of_text: Callable[[str], frozenset[str]]) -> frozenset[str]:
    """What `of_text` finds in its files."""
    return frozenset[str]().union(*(of_text(one.read_text("utf-8", "replace")) for one in sources(crate)))


@lru_cache(maxsize=8)
def words(crate: Crate) -> frozenset[str]:
    """Every word of its files: what one of them has may be made by a macro."""
    return frozenset[str]().union(
        *(re.findall(r"[A-Za-z_]\w*", one.read_text("utf-8", "replace")) for one in sources(crate))
    )
