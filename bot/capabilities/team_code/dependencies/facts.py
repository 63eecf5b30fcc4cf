"""What a repository's own files say about the software it stands on; plain facts, each with the line it was read from.

Where an entry goes over several lines, its line is the one that names it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Declared:
    """What a manifest asks for."""

    ecosystem: str
    """"python", "node", "go", "rust", "ruby" or "php"."""
    name: str
    """As PEP 503 writes it for python, as it stands for the others."""
    range: str
    """As written, "" where the manifest leaves it open."""
    group: str
    """"" at run time, else "dev", "optional", "peer", "build", "constraint", or the name of the group or extra."""
    path: str
    line: int


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


@dataclass(frozen=True, slots=True)
class Runtime:
    """A language or package manager that the repository wants to run on."""

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


Entry = Declared | Locked | Runtime | Member


@dataclass(frozen=True, slots=True)
class Dependencies:
    """All that was read, by path, then line, then name; and one sentence for each file that could not be read well."""

    declared: tuple[Declared, ...]
    locked: tuple[Locked, ...]
    runtimes: tuple[Runtime, ...]
    problems: tuple[str, ...]
