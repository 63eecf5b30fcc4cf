"""The port between an answer and whoever checks its code: the blocks of one answer in, a verdict for each out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.capabilities.checks.verdicts import Block, Verdict


@dataclass(frozen=True, slots=True)
class Ground:
    """What a thread is pinned to: a repository by its name, at a commit. Without one the newest versions are assumed, and named.
    `paths` are files of it that the answer names or cites: of several locks theirs counts. `unknown`: why nobody can say what it is."""

    repository: str | None
    commit: str | None
    paths: tuple[str, ...] = ()
    unknown: str = ""


class Checker(Protocol):
    async def check(self, blocks: Sequence[Block], ground: Ground) -> Sequence[Verdict]:
        """The verdict of each block, in their order. Later blocks see the names of earlier ones.

        Nothing that a block holds makes it raise: what cannot be checked comes back as "unchecked", with the reason.
        """

    async def api(self, package: str, name: str, ground: Ground) -> str:
        """What a name of a package is at the version in use: signature, first lines of its docstring, where it is defined."""

    async def ready(self, ground: Ground) -> bool:
        """Whether the environment is built, so that a check begins at once."""
