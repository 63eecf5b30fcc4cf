"""Paths that lead to no file of the team's: what was meant, and whether they are wrong or may be built first."""

from __future__ import annotations

import difflib
import posixpath
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from storage.checks.scripts.blocks import placing
from storage.checks.scripts.blocks.placing import Files, Place
from storage.checks.scripts.packages import modules
from storage.checks.scripts.team import own_texts

CODE = re.compile(r"(?:\.d)?\.[cm]?[jt]sx?$")


def near(specifier: str, place: Place, files: Files, *, is_telling: bool) -> str:
    """A file beside where it would be, of nearly this name; else the only one of this name; "" for none."""
    location = placing.joined(place.folder, specifier) if placing.is_relative(specifier) else None
    if location is None:
        return ""
    here, wanted = posixpath.dirname(location), CODE.sub("", posixpath.basename(specifier))
    names = {CODE.sub("", name) for name, folders in files.named.items() if CODE.search(name) and here in folders}
    if found := _closest(specifier, wanted, names):
        return found
    return placing.near(specifier, place, files) if is_telling and wanted != "index" else ""


def near_anywhere(specifier: str, files: Files) -> str:
    """For a block of which nobody knows where it stands: a file of nearly this name in a folder of the very name that the specifier
    leads to, in whatever folder the block is; "" for none, and where a file of this very name is anywhere."""
    inner = re.sub(r"^(?:\.{1,2}/)+", "", specifier)
    folder, wanted = posixpath.dirname(inner), CODE.sub("", posixpath.basename(inner))
    if not folder or any(name in files.named for name in placing.tries(wanted) if "/" not in name):
        return ""
    names = {
        CODE.sub("", name)
        for name, folders in files.named.items()
        if CODE.search(name) and any(f"/{one}".endswith(f"/{folder}") for one in folders)
    }
    return _closest(specifier, wanted, names)


def _closest(specifier: str, wanted: str, names: Collection[str]) -> str:
    """The specifier with the name that is nearly its own; "" for none."""
    guess = next(iter(difflib.get_close_matches(wanted, sorted({*names} - {wanted}), n=1, cutoff=0.75)), "")
    return f"{posixpath.dirname(specifier)}/{guess}{posixpath.basename(specifier)[len(wanted) :]}" if guess else ""


def is_built(location: str, files: Files, root: Path) -> bool:
    """The first folder on the way that is not there is one that the package's scripts write, or that it gives out. Blocks."""
    there, missing = posixpath.dirname(location), ""
    while there and there not in files.folders:
        missing, there = posixpath.basename(there), posixpath.dirname(there)
    if not missing:
        return False
    home = placing.home_of_package(there, files)
    told = own_texts.text_of(root / home / "package.json")
    path = posixpath.join(posixpath.relpath(there or ".", home or "."), missing).removeprefix("./")
    return bool(re.search(rf"[\"'\s/=]{re.escape(path)}(?:[/\"'\s]|$)", told))


def is_inner(specifier: str, folder: str, files: Files, root: Path) -> bool:
    """A package's own name for a file of its own, which its `imports` map to a folder that is there: it leads nowhere for certain
    (https://nodejs.org/api/packages.html#subpath-imports). Blocks."""
    home = placing.home_of_package(folder, files)
    for pattern, target in _inner_paths(root / home) if specifier.startswith("#") else ():
        before, star, after = pattern.partition("*")
        if not (specifier.startswith(before) and specifier.endswith(after) if star else specifier == pattern):
            continue
        path = target.replace("*", specifier[len(before) : len(specifier) - len(after)])
        location = placing.joined(home, path)
        return location is not None and posixpath.dirname(location) in files.folders
    return False


def is_not_given(specifier: str, package: str, files: Files, root: Path) -> bool:
    """A package of the team's own names in `exports` what can be imported of it, and this is not among it. Blocks."""
    if specifier == package:
        return False
    for folder in files.named.get("package.json", ()):
        told = modules.manifest(root / folder)
        given = told.get("exports")
        if told.get("name") != package or not isinstance(given, dict):
            continue
        inner = f".{specifier[len(package) :]}"
        return all(one.startswith(".") for one in given) and not any(
            modules.matches(str(one), inner) or str(one).endswith("/") for one in given
        )
    return False


def _inner_paths(folder: Path) -> Iterator[tuple[str, str]]:
    held = modules.manifest(folder).get("imports")
    for pattern, target in held.items() if isinstance(held, dict) else ():
        if isinstance(target, str) and target.startswith("./"):
            yield str(pattern), target
