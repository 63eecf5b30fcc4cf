"""Builds the environment of each repository's newest commit as soon as it is indexed, so that nobody waits for it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from bot.capabilities.checks.checking import Ground
from bot.loops import outlived
from storage.checks import progress
from storage.checks.room import Stand
from storage.checks.source import NotExported
from storage.repos.library import Library

log = logging.getLogger(__name__)

LOOK_PAUSE_SECONDS = 3

BUILDING = "building its environment"


class EnvironmentKeeper:
    """`folder` holds a file that says how far each environment is, for other processes to show."""

    def __init__(
        self,
        library: Library,
        prepare: Callable[[Stand], Awaitable[str]],
        stand_of: Callable[[Ground], Stand],
        folder: Path,
    ) -> None:
        self._library = library
        self._prepare = prepare
        self._stand_of = stand_of
        self._file = folder / "repositories.json"
        self._seen: dict[str, str] = {}

    async def run(self) -> None:
        """One repository after the other, whenever its commit has moved, until cancelled."""
        while True:
            with outlived(log, "environments not looked at"):
                await self._look()
            await asyncio.sleep(LOOK_PAUSE_SECONDS)

    async def _look(self) -> None:
        for state in await self._library.states():
            if state.commit and self._seen.get(state.name) != state.commit:
                self._seen[state.name] = state.commit
                await self._build(state.name, state.commit)

    async def _build(self, name: str, commit: str) -> None:
        self._note(name, BUILDING)
        told = [0]

        def hear(done: int, whole: int) -> None:
            if (percent := 100 * done // whole) != told[0]:
                told[0] = percent
                self._note(name, f"{BUILDING} {percent} %")

        try:
            stand = await asyncio.to_thread(self._stand_of, Ground(name, commit))
            with progress.heard(hear):
                said = await self._prepare(stand)
            self._note(name, said)
        except NotExported as fault:
            self._note(name, f"no environment: {fault}")

    def _note(self, name: str, said: str) -> None:
        noted = {**states(self._file.parent), name: said}
        beside = self._file.with_suffix(f".{os.getpid()}.new")
        beside.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside.write_text(json.dumps(noted))
        beside.replace(self._file)


def states(folder: Path) -> Mapping[str, str]:
    """How far the environment of each repository is, in words; nothing of those that were not looked at."""
    try:
        noted = json.loads((folder / "repositories.json").read_text())
    except (OSError, ValueError):
        return {}
    return {str(name): str(said) for name, said in noted.items()}
