"""Puts the parts together: one index, one folder, one process of checkers for all answers of this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.capabilities.checks.checking import Ground
from storage.checks.formats.room import FormatRoom
from storage.checks.golang.room import GoRoom
from storage.checks.npm_commands import NpmCommands
from storage.checks.process import Checkers
from storage.checks.published import Published
from storage.checks.python.answers.commands import Commands
from storage.checks.python.environment.environments import Environments
from storage.checks.python.environment.index import Index
from storage.checks.python.room import PythonRoom
from storage.checks.room import Room, Stand
from storage.checks.rooms import Rooms, ShellRoom
from storage.checks.rust.room import RustRoom
from storage.checks.scripts.packages.npmrc import NOWHERE, Registries
from storage.checks.scripts.packages.registry import Registry
from storage.checks.scripts.room import ScriptRoom
from storage.checks.sql.room import SqlRoom

PATIENCE_SECONDS = 12.0
"""An answer waits half a minute at the most for all its checks."""

TREES = "sources"
"""Where the trees of repositories are exported to, within the folder."""


@dataclass(frozen=True, slots=True)
class House:
    """`stop` it in the end: a process may be running."""

    checker: Rooms
    environments: Environments
    checkers: Checkers
    trees: Path

    async def stop(self) -> None:
        await self.checker.stop()


def build(
    folder: Path,
    index: Index,
    stand_of: Callable[[Ground], Stand],
    registries: Registries = NOWHERE,
    postgres: str = "",
    go: str = "none",
    rust: str = "none",
    patience_seconds: float = PATIENCE_SECONDS,
) -> House:
    """All that is kept lies in `folder`. `registries` are where npm's packages come from; nowhere, without them.
    `postgres` is the folder of PostgreSQL's programs, "" to look for them, "none" for none;
    `go` and `rust` are the folders of Go and Rust, in the same way.
    `patience_seconds` is how long an answer waits for what a format's publishers say."""
    checkers = Checkers(folder / "scratch", folder / TREES, module="storage.checks.python.child")
    environments = Environments(folder / "environments", index)
    commands = Commands(index, folder / "environments" / "cache")
    registry = Registry(registries)
    formats = FormatRoom(folder / "scratch-formats", folder / TREES, Published(environments, patience_seconds))
    rooms: list[Room] = [
        PythonRoom(environments, checkers),
        ShellRoom(commands, formats, NpmCommands(registry)),
        formats,
        GoRoom(folder / "scratch-go", folder / TREES, formats, go),
        RustRoom(folder / "scratch-rust", folder / TREES, formats, rust),
        ScriptRoom(folder / "scripts", folder / TREES, registry),
        SqlRoom(folder / "scratch-sql", folder / TREES, postgres),
    ]
    return House(Rooms(rooms, stand_of), environments, checkers, folder / TREES)
