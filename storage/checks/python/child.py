"""The process of the checkers: questions in, verdicts out, a line of JSON each. It can reach no network and write in one folder only.

It keeps a pair of checkers for each environment that was asked about lately, as long as all of them fit into memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import json
import logging
import resource
import shutil
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from bot.capabilities.checks.verdicts import Block, Verdict
from storage.checks.confined import confine
from storage.checks.folders import in_use
from storage.checks.python.answers.analysis import Analysis, Place
from storage.checks.python.environment import environments
from storage.checks.python.library.library import Library
from storage.checks.python.meaning import described
from storage.checks.servers import TOO_LARGE, Server, program
from storage.checks.serving import Answering, begin, serve, told
from storage.checks.source import WHOLE
from storage.checks.turns import Turns
from storage.checks.wire import ServerDied

log = logging.getLogger(__name__)

MEMORY_BYTES = 3_000_000_000
ALL_BYTES = 520_000_000
"""What this process and all checkers may hold together; 600 MB are promised, and up to 80 are taken before anybody looks. A pair holds
some 350 after a hundred blocks of a lock of ninety packages: above what is left for it the larger one is ended, and starts anew with
the next block."""

MOST_BYTES = 550_000_000
"""Above this the largest checker is ended at once, whoever waits for it: sources may be made so that one grows by hundreds of megabytes
within a second."""

GROWN_BYTES = 150_000_000
"""What a checker holds at least of which that may be said."""

WATCH_SECONDS = 1.0
RELIEF_SECONDS = 0.05
ANSWER_SECONDS = 20.0
ASSUMED = "assumed/plumbline_assumed.pyi"
AT_ONCE = 2
"""Answers within one workspace: while one waits for a checker, another is read."""


TY = """[environment]
root = {roots}
python = {python}
python-version = "{version}"
python-platform = "all"

[rules]
possibly-unresolved-reference = "ignore"
unused-awaitable = "warn"
"""
PYREFLY = """preset = "default"
search-path = {roots}
site-package-path = [{site}]
skip-interpreter-query = true
python-version = "{version}"
disable-search-path-heuristics = true
"""


@dataclass(slots=True)
class Workspace:
    """An environment with a tree, and the checkers that read them."""

    analysis: Analysis
    library: Library
    servers: list[Server]
    holding: contextlib.ExitStack
    folder: Path
    turns: Turns = field(default_factory=lambda: Turns(AT_ONCE))
    used_at: float = 0
    is_slimming: bool = False

    @property
    def is_standing(self) -> bool:
        """Not after its tree was written anew: what the checkers were told lies beside it."""
        return (self.folder / ASSUMED).is_file()

    def held_bytes(self) -> int:
        return sum(one.held_bytes() for one in self.servers)

    async def slim(self, room: Callable[[], int]) -> None:
        """Until they fit into what there is room for, as soon as the answers that are being checked are done: those that come meanwhile
        wait for it."""
        if self.is_slimming:
            return
        self.is_slimming = True
        try:
            async with self.turns.alone():
                while self.held_bytes() > max(0, room()):
                    await max(self.servers, key=lambda one: one.held_bytes()).stop()
        finally:
            self.is_slimming = False

    async def stop(self) -> None:
        for one in self.servers:
            await one.stop()

    async def end(self) -> None:
        await self.stop()
        self.holding.close()


def resident_bytes() -> int:
    """What this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def let_go() -> None:
    """Give back what nobody refers to any more: sources that were read refer to each other, and their memory is kept for new ones."""
    gc.collect()
    with contextlib.suppress(
        AttributeError, OSError
    ):  # of glibc: https://man7.org/linux/man-pages/man3/malloc_trim.3.html
        ctypes.CDLL(None).malloc_trim(0)


class Keeper(Answering):
    def __init__(self, folder: Path, own_bytes: Callable[[], int] = resident_bytes) -> None:
        self._folder = folder
        self._own_bytes = own_bytes
        self._workspaces: dict[str, Workspace] = {}

    async def answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        blocks = [Block(**one) for one in asked.get("blocks", ())]
        workspace = self._workspace(asked["ground"])
        if workspace.analysis.is_apart(blocks):
            try:
                async with self._held(asked["ground"], is_alone=False) as (workspace, slot):
                    return await self._answered(workspace, asked, blocks, slot, is_alone=False)
            except (TimeoutError, ServerDied):
                log.warning("checked again, alone")
        async with self._held(asked["ground"], is_alone=True) as (workspace, slot):
            try:
                return await self._answered(workspace, asked, blocks, slot, is_alone=True)
            except (TimeoutError, ServerDied):
                await workspace.stop()
                verdicts = [Verdict("unchecked", reasons=("the checker took too long",)) for _ in blocks]
                return told(verdicts)

    @contextlib.asynccontextmanager
    async def _held(self, ground: Mapping[str, Any], *, is_alone: bool) -> AsyncIterator[tuple[Workspace, int]]:
        while True:
            workspace = self._workspace(ground)
            async with workspace.turns.alone() if is_alone else workspace.turns.together() as slot:
                if self._workspaces.get(ground["key"]) is not workspace:
                    continue  # ended while we waited for it
                if workspace.is_standing:
                    workspace.used_at = time.monotonic()
                    yield workspace, slot
                    return
                del self._workspaces[ground["key"]]
                await workspace.end()

    async def _answered(
        self, workspace: Workspace, asked: Mapping[str, Any], blocks: Sequence[Block], slot: int, *, is_alone: bool
    ) -> dict[str, Any]:
        if asked["op"] == "api":
            return {"text": described.described(workspace.library, asked["package"], asked["name"])}
        async with asyncio.timeout(ANSWER_SECONDS):
            verdicts = await workspace.analysis.check(blocks, slot, is_alone=is_alone)
        return told(verdicts)

    def _workspace(self, ground: Mapping[str, Any]) -> Workspace:
        key = ground["key"]
        if key not in self._workspaces:
            tree, folder = ground["tree"], self._folder / key
            if tree and all(one.folder != Path(tree).parent for one in self._workspaces.values()):
                folder = Path(tree).parent
            elif tree:  # another lock of the same tree: checkers know one environment for a folder
                shutil.rmtree(folder, ignore_errors=True)
                shutil.copytree(tree, folder / "tree")
                ground = {**ground, "tree": str(folder / "tree")}
            self._workspaces[key] = self._made(ground, folder)
        return self._workspaces[key]

    def _made(self, ground: Mapping[str, Any], folder: Path) -> Workspace:
        """`folder` is what the checkers take for the project: they say nothing of a file outside it."""
        environment = environments.read(Path(ground["environment"]))
        if environment is None:
            raise LookupError("the environment is not there any more")
        if ground["tree"] and not Path(ground["tree"]).is_dir():
            raise LookupError("the repository's tree is not there any more")
        holding = contextlib.ExitStack()
        holding.enter_context(environments.in_use(environment.folder))
        tree = Path(ground["tree"]) if ground["tree"] else None
        with contextlib.suppress(OSError):  # of a tree that was copied only the copy is read
            holding.enter_context(in_use(folder / WHOLE))
        (folder / ASSUMED).parent.mkdir(parents=True, exist_ok=True)
        (folder / "answer").mkdir(exist_ok=True)
        (folder / ASSUMED).write_text("from typing import Any\n\ndef __getattr__(name: str) -> Any: ...\n")
        roots = (
            [str(folder / "assumed"), *(str(tree / root) for root in ground["roots"])]
            if tree
            else [str(folder / "assumed")]
        )
        write_settings(folder, roots, environment.site, environment.folder, environment.python)
        library = Library(environment)
        servers = [
            Server(one, folder, readable=readable(one, folder, environment.folder, tree)) for one in ("ty", "pyrefly")
        ]
        direct = frozenset(ground["direct"]) if ground["direct"] is not None else None
        place = Place(
            folder / "answer", tree, tuple(ground["roots"]), ground["own"], ground["commit"], direct, ground["pinned"]
        )
        return Workspace(Analysis(place, library, servers), library, servers, holding, folder)

    async def watch(self) -> None:
        """End what holds more than it may, and what was asked about longest ago while all together hold too much."""
        await asyncio.gather(_again(self.slim, WATCH_SECONDS), _again(self.relieve, RELIEF_SECONDS))

    async def relieve(self) -> None:
        """While all together hold more than they ever may: end what nobody asks, then the largest checker. Between two questions
        nothing grows. A checker that is small is not the cause."""
        if all(one.turns.is_idle for one in self._workspaces.values()) or self._held_bytes() <= MOST_BYTES:
            return
        await self._end_idle()
        while self._held_bytes() > MOST_BYTES:
            largest = max(
                (each for one in self._workspaces.values() for each in one.servers), key=lambda each: each.held_bytes()
            )
            if largest.held_bytes() < GROWN_BYTES:
                return
            await largest.stop(TOO_LARGE)

    async def slim(self) -> None:
        await self._end_idle()
        for one in sorted(self._workspaces.values(), key=lambda one: one.used_at):
            if self._held_bytes() > ALL_BYTES:
                await one.slim(partial(self._room_for, one))

    async def _end_idle(self) -> None:
        """All but the one that was asked about last, those asked about longest ago first, while all together hold too much."""
        order = sorted(self._workspaces.items(), key=lambda item: item[1].used_at)
        for key, one in order[:-1]:
            if self._held_bytes() > ALL_BYTES and one.turns.is_idle and key in self._workspaces:
                del self._workspaces[key]
                async with one.turns.alone():
                    await one.end()
                let_go()

    def _room_for(self, one: Workspace) -> int:
        return ALL_BYTES - self._held_bytes() + one.held_bytes()

    def _held_bytes(self) -> int:
        return self._own_bytes() + sum(one.held_bytes() for one in self._workspaces.values())

    async def stop(self) -> None:
        for one in self._workspaces.values():
            await one.stop()


async def _again(do: Callable[[], Awaitable[None]], seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        await do()


def write_settings(folder: Path, roots: Sequence[str], site: Path, environment: Path, python: str) -> None:
    """Of both checkers, for the project of this folder."""
    listed = json.dumps(roots)
    (folder / "ty.toml").write_text(TY.format(roots=listed, python=json.dumps(str(environment)), version=python))
    (folder / "pyrefly.toml").write_text(PYREFLY.format(roots=listed, site=json.dumps(str(site)), version=python))


def readable(checker: str, folder: Path, environment: Path, tree: Path | None) -> list[Path]:
    """All that a checker may read, where the kernel can hold it to that: settings that led it elsewhere would be of no use."""
    return [folder, environment, program(checker), *([tree] if tree else [])]


def main() -> int:
    folder, trees = (Path(one).resolve() for one in sys.argv[1:3])
    begin([folder, trees], MEMORY_BYTES, depth=3_000)
    confine([folder, trees], [program("ty"), program("pyrefly")])
    gc.set_threshold(100_000, 50, 100)  # trees are many objects without cycles, and live long
    gc.freeze()
    asyncio.run(serve(Keeper(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
