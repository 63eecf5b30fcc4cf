"""TypeScript and JavaScript behind the port of rooms: the compiler and the declarations are had first, then a process looks at
blocks."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.capabilities.checks.verdicts import Block, Finding, Verdict
from storage.checks.process import Checkers, ProcessDied
from storage.checks.room import Room, Stand
from storage.checks.scripts.blocks import paths, reading
from storage.checks.scripts.packages import locks as lock_files
from storage.checks.scripts.packages import lookup
from storage.checks.scripts.packages.locks import Locks
from storage.checks.scripts.packages.registry import NAME, Registry
from storage.checks.scripts.packages.specifiers import is_builtin, package_of
from storage.checks.scripts.packages.tools import NoCompiler, Tools
from storage.checks.scripts.packages.types import NoTypes, Types, TypeStore
from storage.checks.scripts.team import node, project

log = logging.getLogger(__name__)

LANGUAGES = frozenset([
    "typescript", "ts", "mts", "cts", "tsx", "typescriptreact", "javascript", "js", "mjs", "cjs", "jsx", "javascriptreact",
    "node", "nodejs", "react", "ecmascript",
])  # fmt: skip
DEFAULT_NODE = "22"
KEPT = 32
MOST_WANTED = 30


@dataclass(frozen=True, slots=True)
class Lockwork:
    """What the manifests and locks of a tree say."""

    locks: Locks
    node: str
    is_node_told: bool = False


class ScriptRoom(Room):
    """`folder` holds the compilers, the declarations and the folders of projects without a repository; `trees` those with one."""

    languages = LANGUAGES

    def __init__(self, folder: Path, trees: Path, registry: Registry) -> None:
        self._folder = folder.resolve()
        self._trees = trees
        self._tools = Tools(folder / "tools", registry)
        self._types = TypeStore(folder / "types", registry)
        self._checkers: Checkers | None = None
        self._lockworks: OrderedDict[Path, Lockwork] = OrderedDict()
        self._laying = asyncio.Lock()

    async def check(self, blocks: Sequence[Block], stand: Stand) -> Sequence[Verdict]:
        try:
            return [_verdict(one) for one in await self._said(blocks, stand)]
        except (NoCompiler, ProcessDied) as fault:
            why = str(fault)
        except OSError:
            log.exception("project not laid out")
            why = "the disk did not take it"
        return [Verdict("unchecked", reasons=(why,)) for _ in blocks]

    async def _said(self, blocks: Sequence[Block], stand: Stand) -> Sequence[Mapping[str, Any]]:
        """Raises NoCompiler, ProcessDied, and OSError where the disk does not take it."""
        compiler = await self._tools.compiler()
        ground = await self._ground(blocks, stand)
        if self._checkers is None:
            self._checkers = Checkers(
                self._folder / "scratch", self._trees, module="storage.checks.scripts.child", words=[str(compiler)]
            )
        said = await self._checkers.ask({"ground": ground, "blocks": [asdict(one) for one in blocks]})
        if "verdicts" not in said:
            raise ProcessDied("the checker could not read it")
        return list(said["verdicts"])

    async def prepare(self, stand: Stand) -> str:
        if stand.tree is None:
            return ""
        lockwork = await asyncio.to_thread(self._lockwork, stand)
        if not lockwork.locks.manifests:
            return ""
        try:
            await self._tools.compiler()
            types = await self._types.of(lockwork.locks, lockwork.node)
        except (NoCompiler, NoTypes) as fault:
            return f"no declarations for TypeScript: {fault}"
        count = sum(1 for one in types.packages.values() if one.place)
        return f"declarations of {count} npm package{'s' if count != 1 else ''}"

    async def api(self, package: str, name: str, stand: Stand) -> str:
        lockwork = await asyncio.to_thread(self._lockwork, stand)
        if not any(package in names for graph in lockwork.locks.graphs.values() for names in graph.folders.values()):
            return ""
        try:
            types = await self._types.of(lockwork.locks, lockwork.node)
        except NoTypes as fault:
            return f"{package} was not looked at: {fault}."
        return await asyncio.to_thread(lookup.described, types, package, name)

    async def stop(self) -> None:
        if self._checkers is not None:
            await self._checkers.stop()

    # --- what blocks are held against -------------------------------------------------------------------------------

    async def _ground(self, blocks: Sequence[Block], stand: Stand) -> dict[str, Any]:
        """Where the declarations cannot be had, all but the packages is still looked at."""
        lockwork = await asyncio.to_thread(self._lockwork, stand)
        locks, reason, types = lockwork.locks, "", None
        is_whole = bool(locks.graphs)
        try:
            if locks.manifests:
                types = await self._types.of(locks, lockwork.node)
            else:
                types = await self._types.newest(dict.fromkeys(_wanted(blocks), "*"), lockwork.node)
        except NoTypes as fault:
            reason = f"{fault}: no npm package was looked at"
        unknown = {} if types else dict.fromkeys(_wanted(blocks), "not looked at")
        key = f"{types.folder.name if types else 'none-' + lockwork.node}-{stand.tree.folder.parent.name if stand.tree else 'alone'}"
        root = (
            stand.tree.folder if stand.tree else self._folder / "alone" / hashlib.sha256(key.encode()).hexdigest()[:24]
        )
        held = types or Types(Path("/nonexistent"), {}, {}, frozenset(), lockwork.node)
        async with self._laying:
            laid = await asyncio.to_thread(
                project.lay, root, held, locks, int(lockwork.node), is_tree=stand.tree is not None
            )
        return {
            "key": key,
            "types": str(types.folder) if types else "",
            "node": lockwork.node,
            "node_told": lockwork.node if lockwork.is_node_told else "",
            "project": project.told(laid),
            "own": stand.tree.name if stand.tree else "",
            "commit": stand.tree.commit[:12] if stand.tree else "",
            "locked": is_whole,
            "manifests": bool(locks.manifests),
            "unknown": unknown,
            "reason": reason,
        }

    def _lockwork(self, stand: Stand) -> Lockwork:
        """Blocks."""
        if stand.tree is None:
            return Lockwork(Locks(), DEFAULT_NODE)
        place = stand.tree.folder
        if place not in self._lockworks:
            told = node.version(stand.tree.locks, place)
            self._lockworks[place] = Lockwork(lock_files.read(stand.tree.locks), told or DEFAULT_NODE, bool(told))
            while len(self._lockworks) > KEPT:
                self._lockworks.popitem(last=False)
        return self._lockworks[place]


def _wanted(blocks: Sequence[Block]) -> list[str]:
    """The packages that blocks import."""
    found = {
        package
        for one in blocks
        for each in reading.read(paths.language_of(one), one.code).imports
        if not is_builtin(each.specifier) and (package := package_of(each.specifier)) and NAME.fullmatch(package)
    }
    return sorted(found)[:MOST_WANTED]


def _verdict(told: Mapping[str, Any]) -> Verdict:
    findings = tuple(Finding(**one) for one in told["findings"])
    assumed, reasons, warnings = (tuple(told[name]) for name in ("assumed", "reasons", "warnings"))
    return Verdict(told["state"], told["versions"], assumed, findings, reasons, warnings)
