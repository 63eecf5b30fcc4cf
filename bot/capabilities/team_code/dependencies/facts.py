"""What a repository's own files say about the software it stands on; plain facts, each with the line it was read from.

Where an entry goes over several lines, its line is the one that names it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.capabilities.team_code.dependencies.words import Word

OVERRIDE = "override"
VERSION_KEY = "catalog version"


@dataclass(frozen=True, slots=True)
class Declared:
    """What a manifest asks for."""

    ecosystem: str
    """One of `ecosystems.NAMES`."""
    name: str
    """As PEP 503 writes it for python, as it stands for the others."""
    range: str
    """As written, "" where the manifest leaves it open."""
    group: str
    """"" at run time, else "dev", "optional", "peer", "build", "constraint", "override", or the name of the group or extra."""
    path: str
    line: int
    alias: str = ""
    """The other name that the code calls it by, where the manifest gives it one."""


@dataclass(frozen=True, slots=True)
class Locked:
    """The one version that a lock file, or an exact pin, settles on."""

    ecosystem: str
    name: str
    version: str
    path: str
    line: int
    direct: bool | None
    """Asked for by a manifest of the same directory or workspace; None where the given files do not tell."""
    note: str = ""
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Runtime:
    """A language or package manager that the repository wants to run on."""

    name: str
    version: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Own:
    """A package that the repository itself is, or holds; its version is "" where the manifest leaves it open."""

    ecosystem: str
    name: str
    version: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Member:
    """Directories that share the lock file of this one; a pattern of paths. Used while reading, not handed out."""

    pattern: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Project:
    """A Maven project, whose versions its parents complete. Used while reading, not handed out."""

    path: str
    line: int
    group: str
    artifact: str
    parent: tuple[str, str, str, int] | None
    """group:artifact, version, where it is looked for in the repository, and the line that names it."""
    properties: Mapping[str, Word]
    managed: Sequence[Coordinates]
    asked: Sequence[Coordinates]


@dataclass(frozen=True, slots=True)
class Coordinates:
    """One dependency of a Maven project as written, `${...}` and all."""

    name: str
    version: str
    scope: str
    line: int
    kind: str = ""
    """"" for a dependency, else "plugin", or "bom" for one whose own list of versions is taken over."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A value that other files refer to by name: an MSBuild property or a centrally kept version."""

    kind: str
    name: str
    value: str
    path: str
    line: int


Entry = Declared | Locked | Runtime | Own | Member | Project | Setting


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that could not be read well; `is_whole`: nothing of it is known."""

    path: str
    reason: str
    is_whole: bool = False

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Dependencies:
    """All that was read, by path, then line, then name; and what of it could not be read."""

    declared: tuple[Declared, ...]
    locked: tuple[Locked, ...]
    runtimes: tuple[Runtime, ...]
    problems: tuple[Problem, ...]
    own: tuple[Own, ...] = ()
