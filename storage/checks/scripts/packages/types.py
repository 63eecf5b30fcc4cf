"""Environments of declarations: for each lock file a folder of unpacked packages, each linked to the copies that its lock gives it.

Only what is asked for by the team, and what the declarations of that name in turn, is fetched. Built beside its place and moved there
whole; unpacked packages are kept apart, by their hashes, so that the next lock fetches only what is new in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import os
import posixpath
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from storage.checks.folders import alone, size_of
from storage.checks.scripts.packages.building import Builder, joined, others
from storage.checks.scripts.packages.graph import Graph, Held, asked
from storage.checks.scripts.packages.locks import Locks
from storage.checks.scripts.packages.registry import Registry, RegistryFailed

log = logging.getLogger(__name__)

BUILD_SECONDS = 240
KEPT_BYTES, CACHE_BYTES = 3_000_000_000, 3_000_000_000
RETRY_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Types:
    """`packages` by the lock's keys; `folders` of the team with what they can import, by name; `assumed` what no lock pins."""

    folder: Path
    packages: Mapping[str, Held]
    folders: Mapping[str, Mapping[str, str]]
    assumed: frozenset[str]
    node: str

    def held(self, folder: str, name: str) -> Held | None:
        """What code in a folder gets by this name, there or in a folder above."""
        key = self.key(folder, name)
        return self.packages.get(key) if key else None

    def key(self, folder: str, name: str) -> str:
        while True:
            if key := self.folders.get(folder, {}).get(name):
                return key
            if not folder:
                return ""
            folder = posixpath.dirname(folder)

    def place_of(self, key: str) -> Path | None:
        held = self.packages.get(key)
        return self.folder / held.place if held and held.place else None


class NoTypes(Exception):
    """Why there are none, in words for people."""


class TypeStore:
    def __init__(self, folder: Path, registry: Registry) -> None:
        self._folder = folder.resolve()
        self._registry = registry
        self._builder = Builder(registry, self._folder / "cache")
        self._known: dict[str, Types] = {}
        self._failed: dict[str, tuple[float, str]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    def standing(self, key: str) -> Types | None:
        if (known := self._known.get(key)) and (known.folder / "meta.json").exists():
            return known
        found = read(self._folder / key)
        if found:
            self._known[key] = found
        return found

    async def of(self, locks: Locks, node: str) -> Types:
        """Those of a repository's locks, built where they are not there yet. Raises NoTypes."""
        graphs = {folder: graph for folder, graph in locks.graphs.items() if graph.packages}
        if not graphs:
            wanted = {name: wish for manifest in locks.manifests.values() for name, wish in asked(manifest)}
            return await self.newest(wanted, node)
        return await self._built(f"{locks.key}-{node}", joined(locks), node, frozenset())

    async def newest(self, wanted: Mapping[str, str], node: str) -> Types:
        """Of packages that nobody locks: the newest that their ranges allow. Raises NoTypes."""
        told = json.dumps([3, node, sorted(wanted.items())])
        key = f"newest-{hashlib.sha256(told.encode()).hexdigest()[:24]}"
        if found := self.standing(key):
            return found
        self._refuse(key)
        try:
            graph = await self._builder.newest(wanted)
        except RegistryFailed as fault:
            self._failed[key] = (time.monotonic(), str(fault))
            raise NoTypes(str(fault)) from fault
        return await self._built(key, graph, node, frozenset(graph.folders[""]))

    async def _built(self, key: str, graph: Graph, node: str, assumed: frozenset[str]) -> Types:
        if found := self.standing(key):
            with contextlib.suppress(OSError):
                os.utime(found.folder / "meta.json")
            return found
        self._refuse(key)
        async with self._locks.setdefault(key, asyncio.Lock()), alone(self._folder / f"{key}.lock"):
            if found := self.standing(key):
                return found
            try:
                async with asyncio.timeout(BUILD_SECONDS):
                    await self._build(key, graph, node, assumed)
            except (RegistryFailed, TimeoutError, OSError) as fault:
                why = str(fault) if isinstance(fault, RegistryFailed) else "the registry took too long"
                self._failed[key] = (time.monotonic(), why)
                log.warning("declarations not fetched", extra={"reason": why})
                raise NoTypes(why) from fault
        await asyncio.to_thread(self._evict, key)
        if found := self.standing(key):
            return found
        raise NoTypes("the declarations are not there any more")

    def _refuse(self, key: str) -> None:
        at, why = self._failed.get(key, (0.0, ""))
        if why and time.monotonic() - at < RETRY_SECONDS:
            raise NoTypes(why)
        if not self._registry.is_known:
            raise NoTypes("no npm registry")

    async def _build(self, key: str, graph: Graph, node: str, assumed: frozenset[str]) -> None:
        started = time.monotonic()
        beside = self._folder / f"building-{key}-{os.getpid()}"
        await asyncio.to_thread(shutil.rmtree, beside, True)
        beside.mkdir(parents=True)
        try:
            building = await self._builder.build(graph, beside, node)
            told = {
                "packages": {one: asdict(held) for one, held in (*others(graph), *building.done.items())},
                "folders": graph.folders,
                "assumed": sorted(assumed),
                "node": node,
                "size": building.size,
            }
            (beside / "meta.json").write_text(json.dumps(told))
            with contextlib.suppress(OSError):
                beside.rename(self._folder / key)
        finally:
            await asyncio.to_thread(shutil.rmtree, beside, True)
        log.info(
            "declarations fetched",
            extra={
                "packages": len(building.done),
                "seconds": round(time.monotonic() - started, 1),
                "bytes": building.size,
            },
        )

    def _evict(self, key: str) -> None:
        """The least recently used go, until the rest fits."""
        found = []
        for folder in self._folder.iterdir():
            with contextlib.suppress(OSError, ValueError, KeyError):
                meta = folder / "meta.json"
                found.append((meta.stat().st_mtime, json.loads(meta.read_text())["size"], folder))
        total = sum(size for _, size, _ in found)
        for _, size, folder in sorted(found):
            if total <= KEPT_BYTES:
                break
            if folder.name != key:
                self._known.pop(folder.name, None)
                shutil.rmtree(folder, ignore_errors=True)
                total -= size
        if size_of(self._folder / "cache") > CACHE_BYTES:
            shutil.rmtree(self._folder / "cache", ignore_errors=True)


def read(folder: Path) -> Types | None:
    """What stands in a folder; None where nothing whole does."""
    try:
        told = json.loads((folder / "meta.json").read_text())
        packages = {key: Held(**one) for key, one in told["packages"].items()}
        return Types(folder, packages, told["folders"], frozenset(told["assumed"]), told["node"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
