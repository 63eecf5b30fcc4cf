"""Where in the repository a block stands that names no file: the folder from which its imports lead to files, as TypeScript resolves
them (https://www.typescriptlang.org/docs/handbook/modules/reference.html#the-moduleresolution-compiler-option).

Pure: files come in as paths. Which packages a folder asks for decides between folders that are alike in this.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ENDINGS = (".ts", ".tsx", ".d.ts", ".js", ".jsx", ".json")
"""What is tried behind a specifier without an ending, in this order."""
INSTEAD = {
    ".js": (".ts", ".tsx", ".d.ts", ".js", ".jsx"),
    ".jsx": (".tsx", ".ts", ".d.ts", ".jsx", ".js"),
    ".mjs": (".mts", ".d.mts", ".mjs"),
    ".cjs": (".cts", ".d.cts", ".cjs"),
}
"""What a specifier with this ending is made from."""
CODE = re.compile(r"\.(?:[cm]?[jt]sx?|json)$")
SOURCES = re.compile(r"(?:^|/)(?:src|source|lib|app|server)(?:/|$)")
TESTS = re.compile(
    r"(?:^|[./_-])(?:tests?|spec|e2e|__tests__|__mocks__|fixtures?|stories|examples?|scripts?)(?:[./_-]|$)"
)
MOST_ALIKE = 3
MOST_READ = 40
"""Places whose files are looked into for the names that a block asks of them."""
MOST_FILES = 30_000
Paths = Mapping[str, Collection[str]]
"""Patterns of specifiers with what they stand for, relative to the repository."""


@dataclass(frozen=True, slots=True)
class Files:
    """What a specifier may lead to, by path and by name; `folders` are those of any file, and all above them."""

    paths: frozenset[str]
    named: Mapping[str, tuple[str, ...]]
    """By the name of a file the folders that have one."""
    folders: frozenset[str]


@dataclass(frozen=True, slots=True)
class Place:
    """`is_told`: the block says itself which file it is. `resolved` are its specifiers of the team's own with their files, `elsewhere`
    those that lead to a file from other folders only."""

    folder: str = ""
    is_told: bool = False
    resolved: Mapping[str, str] = field(default_factory=dict)
    elsewhere: frozenset[str] = frozenset()

    @property
    def is_sure(self) -> bool:
        """A path from here leads to a file: what else is named from here would have to, too."""
        return self.is_told or any(is_relative(one) for one in self.resolved)


def is_relative(specifier: str) -> bool:
    return specifier in (".", "..") or specifier.startswith(("./", "../"))


def listed(paths: Iterable[str]) -> Files:
    named: dict[str, list[str]] = {}
    folders = {""}
    kept = frozenset(paths)
    for path in sorted(kept):
        folder, _, name = path.rpartition("/")
        named.setdefault(name, []).append(folder)
        while folder not in folders:
            folders.add(folder)
            folder = posixpath.dirname(folder)
    return Files(kept, {name: tuple(found) for name, found in named.items()}, frozenset(folders))


def files_of(root: Path, others: Iterable[str] = ()) -> Files:
    """The code below a folder, and `others`, of which only the names are known. Blocks."""
    found = {one for one in others if one}
    for base, folders, files in os.walk(root, followlinks=False):
        folders[:] = sorted(one for one in folders if one != "node_modules")
        here = Path(base).relative_to(root).as_posix()
        for name in files:
            if CODE.search(name) and not name.startswith("plumbline_") and len(found) < MOST_FILES:
                found.add(name if here == "." else f"{here}/{name}")
    return listed(found)


def tries(location: str) -> Iterator[str]:
    """The files that a module at a location of the repository may be, in the compiler's order."""
    stem, ending = posixpath.splitext(location)
    yield from (stem + one for one in INSTEAD.get(ending, ()))
    if CODE.search(location):
        yield location
    if ending not in INSTEAD:
        yield from (location + one for one in ENDINGS if location)
        yield from (f"{location}/index{one}".lstrip("/") for one in ENDINGS)


def led(files: Files, location: str) -> str:
    """The file of a location; "" where there is none."""
    return next((one for one in tries(location) if one in files.paths), "")


def joined(folder: str, specifier: str) -> str | None:
    """The location that a relative specifier names from a folder; None outside of the repository."""
    path = posixpath.normpath(posixpath.join(folder or ".", specifier))
    return None if path == ".." or path.startswith(("../", "/")) else "" if path == "." else path


def mapped(specifier: str, paths: Paths) -> Iterator[str]:
    """The locations that a configuration maps a specifier to, the pattern that fits best first."""
    for pattern in sorted(paths, key=lambda one: (one != specifier, -len(one.partition("*")[0]))):
        before, star, after = pattern.partition("*")
        if star:
            is_fit = (
                specifier.startswith(before) and specifier.endswith(after) and len(specifier) >= len(before + after)
            )
            inner = specifier[len(before) : len(specifier) - len(after)] if is_fit else ""
        else:
            is_fit, inner = specifier == pattern, ""
        for target in paths[pattern] if is_fit else ():
            yield posixpath.normpath(target.lstrip("/").replace("*", inner, 1))


def is_named(specifier: str, paths: Paths) -> bool:
    """A pattern with words of its own fits it."""
    return any(before and specifier.startswith(before) for before in (one.partition("*")[0] for one in paths))


def is_below(specifier: str, paths: Paths, files: Files) -> bool:
    """The folder that it names is there."""
    return "/" in specifier and any(posixpath.dirname(one) in files.folders for one in mapped(specifier, paths))


def leads_to(files: Files, folder: str, specifier: str, paths: Paths) -> str:
    """The file of a specifier in a block that stands in a folder, whose configuration has these paths."""
    if is_relative(specifier):
        location = joined(folder, specifier)
        return led(files, location) if location is not None else ""
    return next((found for one in mapped(specifier, paths) if (found := led(files, one))), "")


def at(folder: str, specifiers: Collection[str], files: Files, paths: Paths) -> Place:
    """The place of a block that says where it stands."""
    found = {one: leads_to(files, folder, one, paths) for one in specifiers}
    return Place(folder, True, {one: path for one, path in found.items() if path})


def places(
    specifiers: Collection[str],
    files: Files,
    configured: Mapping[str, Paths],
    fit: Callable[[str], int] = lambda folder: 0,
    known: Callable[[Place], int] = lambda place: 0,
    below: str = "",
) -> list[Place]:
    """The folders from which most specifiers lead to files, the likeliest first, one for each reading; none where none leads anywhere.
    `configured` are the paths by folder with a configuration, `fit` how much of its packages a folder asks for, `known` how many
    of its names the files of a place have, `below` how the folder ends where that is known."""
    wanted = list(dict.fromkeys(specifiers))
    near = {one: frozenset(folders_for(one, files)) for one in wanted if is_relative(one)}
    counted = Counter(folder for folders in near.values() for folder in folders)
    by_paths = {
        home: sum(1 for one in wanted if one not in near and leads_to(files, home, one, paths))
        for home, paths in configured.items()
    }
    tried = {*counted, *(home for home, count in by_paths.items() if count and home in files.folders)}
    tried |= {
        one for home in tuple(tried) if (one := posixpath.join(home, "src")) in files.folders and home in by_paths
    }
    if below:
        tried = {one for one in files.folders if f"/{one}".endswith(f"/{below}")}
    scores = {one: counted[one] + by_paths.get(home_of(one, configured), 0) for one in tried}
    best = max(scores.values(), default=0)
    alike = [one for one in tried if scores[one] == best and (best or below)]
    fits = {one: fit(one) for one in alike}
    found: dict[tuple[str, ...], Place] = {}
    for folder in sorted(alike, key=lambda one: _rank(one, fits[one])):
        if fits[folder] < max(fits.values()):
            continue
        paths = configured.get(home_of(folder, configured), {})
        read = {one: path for one in wanted if (path := leads_to(files, folder, one, paths))}
        others = frozenset(one for one in wanted if one not in read and near.get(one))
        found.setdefault(tuple(read.values()), Place(folder, bool(below), read, others))
    return sorted(list(found.values())[:MOST_READ], key=lambda one: -known(one))[:MOST_ALIKE]


def home_of(folder: str, configured: Collection[str]) -> str:
    """The nearest folder above, or itself, with a configuration."""
    while folder and folder not in configured:
        folder = posixpath.dirname(folder)
    return folder


def _rank(folder: str, fit: int) -> tuple[object, ...]:
    return -fit, bool(TESTS.search(folder)), not SOURCES.search(folder), folder.count("/") + bool(folder), folder


def folders_for(specifier: str, files: Files) -> Iterator[str]:
    """The folders from which a relative specifier leads to a file."""
    parts = [one for one in posixpath.normpath(specifier).split("/") if one != "."]
    ups = sum(1 for one in parts if one == "..")
    inner = "/".join(parts[ups:])
    for file in tries(inner):
        folder, _, name = file.rpartition("/")
        for home in files.named.get(name, ()):
            if folder and home != folder and not home.endswith(f"/{folder}"):
                continue
            above = home[: len(home) - len(folder)].rstrip("/") if folder else home
            yield from _below(above, ups, files)


def _below(above: str, steps: int, files: Files) -> Iterator[str]:
    if not steps:
        yield above
        return
    depth = above.count("/") + bool(above) + steps
    start = f"{above}/" if above else ""
    yield from (one for one in files.folders if one.startswith(start) and one and one.count("/") + 1 == depth)


def near(specifier: str, place: Place, files: Files) -> str:
    """A specifier that leads to a file of this name elsewhere, or of nearly this name, as it would stand in the block; "" for none,
    or several."""
    name = CODE.sub("", posixpath.basename(specifier))
    ending = posixpath.basename(specifier)[len(name) :]
    found = {
        f"{folder}/{name}".lstrip("/")
        for one in tries(name)
        if "/" not in one
        for folder in files.named.get(one, ())
        if home_of_package(folder, files) == home_of_package(place.folder, files)
    }
    if len(found) != 1:
        return ""
    path = posixpath.relpath(found.pop(), place.folder or ".")
    return f"{path if path.startswith('.') else f'./{path}'}{ending}"


def home_of_package(folder: str, files: Files) -> str:
    """The nearest folder above with a package.json."""
    while folder and posixpath.join(folder, "package.json") not in files.paths:
        folder = posixpath.dirname(folder)
    return folder
