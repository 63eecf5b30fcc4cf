"""The port of a language's checks, and what blocks are held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.capabilities.checks.verdicts import Block, Verdict
from storage.checks.pins import Pins
from storage.checks.places import Lock
from storage.checks.source import Tree

MOST_BLOCKS = 60
"""Blocks of one answer that a room is asked about at once."""


@dataclass(frozen=True, slots=True)
class Stand:
    """What blocks are held against: pins, and the team's tree where there is one. `locks` are those of a tree that has several,
    `cited` the files that the answer names."""

    pins: Pins
    tree: Tree | None = None
    reason: str = ""
    locks: tuple[Lock, ...] = ()
    cited: tuple[str, ...] = ()

    @property
    def every_pins(self) -> tuple[Pins, ...]:
        return tuple(one.pins for one in self.locks) or (self.pins,)


class Room(Protocol):
    """One language, or a family of them. A new one is a class with `languages` and `check`, its line in `house.build`, and the
    endings of its files in `source.LANGUAGES`."""

    languages: frozenset[str]
    """What stands behind a fence, in lower case."""

    heeds_locks: bool = False
    """Whether its blocks are held against Python's pins: in a tree of several locks, each block against the one beside it."""

    async def check(self, blocks: Sequence[Block], stand: Stand) -> Sequence[Verdict]:
        """The verdict of each block, in their order; it raises for nothing that a block holds. At most MOST_BLOCKS of one answer."""

    async def prepare(self, stand: Stand) -> str:
        """Builds ahead what blocks will be held against, and says in words what it is; "" where there is nothing of its languages."""
        return ""

    async def api(self, package: str, name: str, stand: Stand) -> str:
        """What a name of a package is at the version in use; "" where the package is none of these languages."""
        return ""

    async def stop(self) -> None:
        """Ends what was started."""
        return
