"""Where a block of an answer stands among the team's files, and which of its imports other blocks of the answer give."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from bot.capabilities.checks.verdicts import Block
from storage.checks.scripts.blocks import placing
from storage.checks.scripts.blocks.outside import NOWHERE
from storage.checks.scripts.blocks.paths import is_inside, path_in
from storage.checks.scripts.blocks.placing import Files, Place
from storage.checks.scripts.blocks.reading import Snippet
from storage.checks.scripts.blocks.written import Document, Written
from storage.checks.scripts.packages.specifiers import is_builtin, package_of
from storage.checks.scripts.team import own_texts
from storage.checks.scripts.team.project import Project

TYPED = re.compile(r"(?<!\.d)\.[cm]?tsx?$")


def found(block: Block, snippet: Snippet, project: Project, files: Files, home: str = "") -> list[Place]:
    """The places that a block may have, the likeliest first; never none. It stands in the first of them in which it is right. `home`
    is the file that it shows a part of, where it does not say so itself."""
    named = path_in(block)
    specifiers = _own(snippet, project)
    folder = posixpath.dirname(named)
    is_there = bool(named) and is_inside(named, project.root)
    if is_there and (folder or named in files.paths or not specifiers):
        paths = project.paths.get(placing.home_of(folder, project.paths), {})
        return [placing.at(folder, specifiers, files, paths)]
    if home and not named:
        folder = posixpath.dirname(home)
        place = placing.at(folder, specifiers, files, project.paths.get(placing.home_of(folder, project.paths), {}))
        if all(one in place.resolved for one in specifiers if placing.is_relative(one)):
            return [replace(place, is_told=False)]
    packages = {package for one in snippet.imports if (package := package_of(one.specifier))}

    def fit(place: str) -> int:
        return len(packages & project.asked(place))

    def known(place: Place) -> int:
        return _known(snippet, place, project.root)

    below = folder if named and not named.startswith(("/", "..")) and "node_modules" not in named else ""
    all_places = placing.places(specifiers, files, project.paths, fit, known, below) if below else []
    all_places = all_places or placing.places(specifiers, files, project.paths, fit, known)
    return all_places or [Place(_home(snippet, specifiers, project, files), is_told=is_there)]


def _known(snippet: Snippet, place: Place, root: Path) -> int:
    """How many of the names that the block asks of the team's files stand in the files that it would get from there."""
    found = 0
    for one in snippet.imports:
        file = place.resolved.get(one.specifier)
        text = own_texts.text_of(root / file) if file and one.names else ""
        found += sum(1 for name, _ in one.names if name == "default" or re.search(rf"\b{re.escape(name)}\b", text))
    return found


def _own(snippet: Snippet, project: Project) -> list[str]:
    """Specifiers that may lead to the team's files."""
    every = dict.fromkeys(one.specifier for one in snippet.imports)
    return [one for one in every if not is_builtin(one) and package_of(one) not in project.own and ":" not in one]


def _home(snippet: Snippet, specifiers: Collection[str], project: Project, files: Files) -> str:
    """Where a block stands best of which no import leads to a file: where its aliases are known, else in the folder that asks for most
    of what it imports."""
    for folder, paths in sorted(project.paths.items()):
        bare = [one for one in specifiers if not placing.is_relative(one)]
        if any(placing.is_named(one, paths) or placing.is_below(one, paths, files) for one in bare):
            return folder
    wanted = {package for one in snippet.imports if (package := package_of(one.specifier))}
    best = ""
    for folder in sorted(project.folders, key=lambda one: (one.count("/"), one)):
        names = project.folders[folder]
        if names and len(wanted & names) > len(wanted & project.folders.get(best, frozenset())):
            best = folder
    if not best and not project.folders.get("") and len(project.folders) > 1:
        best = max(project.folders, key=lambda one: (len(project.folders[one]), one))
    return best


def given(snippet: Snippet, place: Place, written: Written, path: str, files: Files) -> dict[str, str]:
    """What the compiler takes for specifiers of the block, where that is not what stands there: the file of another block of the
    answer, nothing (which may be anything) where a block changes a file of the team's, the whole path where Node's own way would
    ask for the ending."""
    done: dict[str, str] = {}
    for one in snippet.imports:
        file = place.resolved.get(one.specifier, "")
        if not file and not placing.is_relative(one.specifier):
            continue
        names = {name for name, _ in one.names}
        other = written.at.get(file) if file else None
        is_told = file in written.paths
        if not is_told and names & written.loose:
            is_told = True
            other = next((each for name in sorted(names) if (each := written.names.get(name))), None)
        if is_told:
            is_whole = other is not None and file not in files.paths and _has_all(other, names, path)
            done[one.specifier] = _relative(other.path.as_posix(), path) if other and is_whole else NOWHERE
        elif placing.is_relative(one.specifier) and not placing.CODE.search(one.specifier) and TYPED.search(file):
            done[one.specifier] = _relative(file, posixpath.join(place.folder, "block"))
    return done


def _has_all(other: Document, names: set[str], path: str) -> bool:
    """A block shows a file whole, and it has what is asked of it."""
    is_whole = not (other.is_change or other.snippet.is_excerpt or other.snippet.open_lines)
    is_alike = other.path.suffix[1:2] == posixpath.splitext(path)[1][1:2]
    return is_whole and is_alike and names <= other.snippet.defined


def _relative(target: str, path: str) -> str:
    found = posixpath.relpath(target, posixpath.dirname(path) or ".")
    return found if found.startswith(".") else f"./{found}"


def is_of_answer(given: str) -> bool:
    """What the compiler takes for a specifier is another block, or left to it."""
    return given == NOWHERE or posixpath.basename(given).startswith("plumbline_block_")


def replaced(text: str, given: Mapping[str, str]) -> str:
    """The text with specifiers as the compiler is to take them; lines stay where they are."""
    for specifier, other in given.items():
        text = re.sub(rf"([\"']){re.escape(specifier)}\1", lambda quoted: f"{quoted[1]}{other}{quoted[1]}", text)  # noqa: B023
    return text
