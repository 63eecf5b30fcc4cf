"""Packages and who gets which copy of them: what all readers of lock files give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

GROUPS = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")


class Unreadable(Exception):
    """Why a lock file is not understood, in words for people."""


@dataclass(slots=True)
class Package:
    """One copy. `integrity` is the pinned hash as the lock has it, "" where it has none; `unread` why it cannot be had from a
    registry."""

    name: str
    version: str
    integrity: str = ""
    resolved: str = ""
    needs: dict[str, str] = field(default_factory=dict)
    """By the name that it is imported by, the key of the copy."""
    unread: str = ""


@dataclass(slots=True)
class Graph:
    """`packages` by a key of the lock's own. `folders` are those of the team, relative to the lock: what code there can import, by
    name. A link to another folder of the team is its path with LINK before it."""

    packages: dict[str, Package] = field(default_factory=dict)
    folders: dict[str, dict[str, str]] = field(default_factory=dict)
    direct: set[str] = field(default_factory=set)
    """The copies that the team's own manifests ask for."""
    hashes_are_own: bool = False
    """The lock's hashes are not of the registry's archives (Yarn 2 and later): the registry's own word for an archive is taken."""


LINK = "link:"


def asked(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a manifest asks for: each name with its range."""
    for group in GROUPS:
        table = manifest.get(group)
        for name, wanted in table.items() if isinstance(table, dict) else ():
            if isinstance(wanted, str):
                yield name, wanted


def table(value: object) -> dict[str, Any]:
    """What stands in place of a table is an empty one."""
    return value if isinstance(value, dict) else {}


def parted(entry: str) -> tuple[str, str]:
    """The name and the version, or the range, of `name@version`."""
    at = entry.find("@", 1)
    return (entry[:at], entry[at + 1 :]) if at > 0 else (entry, "")


def text(value: object) -> str:
    return value if isinstance(value, str) else ""


PATCHED = "your patch of it was not read"
OUTSIDE = "it comes from a git repository, an address or a folder"
MODULES = ".plumbline-modules.json"
"""In the folder of a package: the paths of all that it has besides its declarations."""

UNFETCHED = "nobody asks for it"


@dataclass(frozen=True, slots=True)
class Held:
    """One copy as it stands there: `place` within the environment, "" for what is only known by the lock."""

    name: str
    version: str
    place: str = ""
    typed: bool = False
    missing: str = ""
