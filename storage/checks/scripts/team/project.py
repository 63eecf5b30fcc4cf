"""Lays out what the compiler reads: in each folder of the team that has a manifest the packages that its lock gives it, as links, and a
configuration of ours. It happens in the exported tree, or in a folder of its own where there is none; the team's repository is not
touched.
"""

from __future__ import annotations

import contextlib
import json
import os
import posixpath
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from storage.checks.scripts.blocks import placing
from storage.checks.scripts.blocks.statements import DECLARED
from storage.checks.scripts.packages.graph import LINK, asked
from storage.checks.scripts.packages.locks import Locks
from storage.checks.scripts.packages.registry import NAME
from storage.checks.scripts.packages.specifiers import is_builtin, package_of
from storage.checks.scripts.packages.types import Types
from storage.checks.scripts.team import aliases, plugins, prisma_client, tsconfig, workspaces
from storage.checks.scripts.team.own_texts import own_texts, text_of, walked

MARKS = "plumbline_marks.d.ts"
LAID = ".plumbline-laid"
"""Holds the name of the declarations that are linked, and the form of what is written beside them."""
FORM = "15"
BROWSERS = frozenset({
    "react", "react-dom", "vue", "svelte", "preact", "solid-js", "next", "nuxt", "@angular/core", "lit", "jquery", "htmx.org",
})  # fmt: skip
ADDING = re.compile(r"^\s*declare\s+(?:module\s+[\"'][\w@][^\"'*]*[\"']|global\b)", re.MULTILINE)
TYPED = re.compile(r"\.[cm]?ts$")
TESTS = re.compile(r"(?:^|[./_-])(?:tests?|spec|e2e|__tests__|__mocks__|fixtures?|stories|examples?)(?:[./_-]|$)")
MOST_ADDING, MOST_ADDING_READ = 30, 5_000
MOST_FOLDERS = 400
MOST_HIDDEN = 40


@dataclass(frozen=True, slots=True)
class Project:
    """`root` is the folder of all; `folders` of the team by path, each with what it asks for itself."""

    root: Path
    folders: Mapping[str, frozenset[str]]
    own: frozenset[str]
    """Names by which the team's own packages are imported."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """By folder with a package.json its `type`, "" where it says none."""
    paths: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    """By folder, what its configuration maps specifiers to, relative to the root; what it says of a base stands under `*`."""

    compiled: Mapping[str, str] = field(default_factory=dict)
    """By folder the `module` that its configuration asks the compiler for, "" for none."""

    def asked(self, folder: str) -> frozenset[str]:
        """The packages that a folder, or one above it, asks for."""
        found = self.folders.get("", frozenset()) | self.folders.get(folder, frozenset())
        while folder:
            folder = posixpath.dirname(folder)
            found |= self.folders.get(folder, frozenset())
        return found


def lay(root: Path, types: Types, locks: Locks, node: int, *, is_tree: bool) -> Project:
    """Blocks. What already stands there is kept."""
    folders: dict[str, frozenset[str]] = {}
    own = {str(one["name"]): folder for folder, one in locks.manifests.items() if isinstance(one.get("name"), str)}
    paths: dict[str, dict[str, list[str]]] = {}
    compiled: dict[str, str] = {}
    built = workspaces.sources(own, locks.manifests, lambda path: (root / path).exists()) if is_tree else {}
    marks = root / MARKS
    laid = root / LAID
    is_new = not marks.exists() or text_of(laid) != f"{FORM} {types.folder.name}"
    root.mkdir(parents=True, exist_ok=True)
    configured = set(_configured(root)) if is_tree else set()
    hidden = _hidden(root) if is_tree and is_new else []
    schemas = prisma_client.schemas(root) if is_tree and is_new else []
    every = {"", *locks.manifests, *types.folders, *configured}
    files = cache(partial(placing.files_of, root))
    adding = _adding(root, every) if is_tree and is_new else {}
    for folder in sorted(every)[:MOST_FOLDERS]:
        if ".." in folder.split("/") or folder.startswith("/") or "\0" in folder or not (root / folder).is_dir():
            continue
        manifest = locks.manifests.get(folder, {})
        names = {name for name, _ in asked(manifest)}
        folders[folder] = frozenset(names)
        options = tsconfig.read(folder, _file(root), _package(types, folder), own) if is_tree else {}
        paths[folder] = tsconfig.paths_of(options)
        if is_tree:
            is_known = partial(_is_known, paths[folder], types, folder, frozenset(own))
            paths[folder] |= aliases.found(root, folder, frozenset(every), files, is_known)
        compiled[folder] = str(options.get("module", ""))
        if not is_new:
            continue
        has_dom = bool(names & BROWSERS) or any("dom" in one.lower() for one in options.get("lib", ()))
        options["types"] = [*options.get("types", ["*"]), *plugins.found(names, folder, types)]
        start = f"{folder}/" if folder else ""
        inner = [one.removeprefix(start) for one in hidden if one.startswith(start)]
        mapped = {**built, **(prisma_client.made(root, folder, schemas) if schemas else {})}
        text = tsconfig.written(
            options, folder, node, {**mapped, **paths[folder]}, inner, adding.get(folder, ()), has_dom=has_dom
        )
        _put(root / folder / "tsconfig.json", text)
        _link(root, folder, types, own)
    if is_new:
        _put(marks, DECLARED)
        _put(laid, f"{FORM} {types.folder.name}")
    kinds = {folder: str(one.get("type") or "") for folder, one in locks.manifests.items()}
    return Project(root, folders, frozenset(own), kinds, paths, compiled)


def _is_known(paths: placing.Paths, types: Types, folder: str, own: Collection[str], specifier: str) -> bool:
    package = package_of(specifier)
    is_held = package in own or types.held(folder, package) is not None or is_builtin(specifier)
    return is_held or placing.is_named(specifier, paths)


def _configured(root: Path) -> Iterator[str]:
    """Folders with a configuration of their own."""
    for here, _, files in walked(root):
        if not {"tsconfig.json", "jsconfig.json", "tsconfig.json.team"}.isdisjoint(files):
            yield here


def _adding(root: Path, folders: Collection[str]) -> dict[str, list[str]]:
    """By the nearest of these folders the team's files that add to the types of packages, relative to it."""
    found: dict[str, list[str]] = {}
    for path, text in own_texts(root, TYPED, MOST_ADDING_READ):
        if ADDING.search(text) and not TESTS.search(path):
            home = placing.home_of(posixpath.dirname(path), folders)
            if len(found.setdefault(home, [])) < MOST_ADDING:
                found[home].append(path.removeprefix(f"{home}/") if home else path)
    return found


def _hidden(root: Path) -> list[str]:
    """Folders whose names begin with a point: `**` of a configuration does not lead into them."""
    found = [posixpath.join(here, one) for here, folders, _ in walked(root) for one in folders if one.startswith(".")]
    return sorted(found)[:MOST_HIDDEN]


def _file(root: Path) -> Callable[[str], str | None]:
    def text(path: str) -> str | None:
        kept = root / f"{path}.team"
        place = kept if kept.exists() else root / path
        try:
            found = place.read_text("utf-8-sig", "replace") if place.stat().st_size < tsconfig.LARGEST_BYTES else None
        except OSError:
            return None
        return None if found is not None and tsconfig.OURS in found else found

    return text


def _package(types: Types, folder: str) -> Callable[[str], str | None]:
    def text(specifier: str) -> str | None:
        name = package_of(specifier)
        held = types.held(folder, name) or types.held("", name)
        if held is None or not held.place:
            return None
        inner = posixpath.normpath(specifier[len(name) :].lstrip("/") or "tsconfig.json")
        for one in (inner, f"{inner}.json", f"{inner}/tsconfig.json"):
            with contextlib.suppress(OSError):
                if not one.startswith(".."):
                    return (types.folder / held.place / one).read_text("utf-8", "replace")
        return None

    return text


def _put(place: Path, text: str) -> None:
    """The team's own file of this name stays beside it."""
    is_theirs = place.name == "tsconfig.json" and place.exists() and tsconfig.OURS not in text_of(place)
    if is_theirs and not place.with_name("tsconfig.json.team").exists():
        place.rename(place.with_name("tsconfig.json.team"))
    beside = place.with_name(f"{place.name}.{os.getpid()}.new")
    beside.write_text(text)
    beside.replace(place)


def _link(root: Path, folder: str, types: Types, own: Mapping[str, str]) -> None:
    modules = root / folder / "node_modules"
    links: dict[str, Path] = {}
    for name, key in types.folders.get(folder, {}).items():
        if key.startswith(LINK):
            links[name] = root / key.removeprefix(LINK)
        elif place := types.place_of(key):
            links[name] = place
    for name, at in own.items():
        if name not in links and (folder == "" or name in types.folders.get(folder, {})):
            links[name] = root / at
    for name, target in links.items():
        if not NAME.fullmatch(name) or not target.resolve().is_relative_to(_above(root, types, target)):
            continue
        link = modules / name
        with contextlib.suppress(FileExistsError, FileNotFoundError):
            link.parent.mkdir(parents=True, exist_ok=True)
            if link.is_symlink() and link.readlink() != target:
                link.unlink()  # of declarations that were there before
            link.symlink_to(target, target_is_directory=True)


def _above(root: Path, types: Types, target: Path) -> Path:
    return types.folder.resolve() if target.is_relative_to(types.folder) else root.resolve()


def told(project: Project) -> dict[str, Any]:
    """As it is handed to the process of the compiler."""
    text = json.dumps(asdict(project), default=lambda one: sorted(one) if isinstance(one, frozenset) else str(one))
    return dict(json.loads(text))


def asked_from(told: Mapping[str, Any]) -> Project:
    folders = {folder: frozenset(names) for folder, names in told["folders"].items()}
    return Project(**{**told, "root": Path(told["root"]), "folders": folders, "own": frozenset(told["own"])})
