"""Builds one environment of declarations: fetches what is asked for, and what the declarations of that name in turn, and links each
package to the copies that its lock gives it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from storage.checks.progress import tell
from storage.checks.scripts.packages import archives, semver, visible
from storage.checks.scripts.packages.archives import BadArchive
from storage.checks.scripts.packages.graph import LINK, MODULES, UNFETCHED, Graph, Held, Package, asked
from storage.checks.scripts.packages.locks import Locks
from storage.checks.scripts.packages.registry import (
    LATEST,
    NAME,
    NotThere,
    Registry,
    RegistryFailed,
    Release,
    Unreachable,
)
from storage.checks.scripts.packages.specifiers import BUILTINS, mangled, named_in, package_of

MOST_FETCHED = 1_500
MOST_BYTES = 1_500_000_000
NOT_NEEDED = re.compile(
    r"(?:typescript|esbuild|webpack|rollup|eslint|prettier|nx|turbo|lerna|husky|lint-staged|@swc/.*|@babel/.*|@esbuild/.*|@rollup/.*|"
    r"@typescript-eslint/.*|eslint-.*|@eslint/.*|@next/swc-.*|@img/.*|sharp-.*|electron|puppeteer-core|@biomejs/.*|@nx/.*|"
    r"@storybook/.*|@angular-devkit/.*|@types/webpack.*|@microsoft/api-extractor.*|semantic-release|stylelint.*)"
)
"""Large, and nothing that code of an answer calls."""


@dataclass(slots=True)
class Building:
    """`done` by key."""

    graph: Graph
    beside: Path
    session: aiohttp.ClientSession
    done: dict[str, Held] = field(default_factory=dict)
    arrived: int = 0
    """How many of them are there, or cannot be had."""

    links: dict[str, set[str]] = field(default_factory=dict)
    size: int = 0


class Builder:
    """`cache` is the folder of packages that were unpacked before, by their hashes."""

    def __init__(self, registry: Registry, cache: Path) -> None:
        self._registry = registry
        self._cache = cache

    async def build(self, graph: Graph, beside: Path, node: str) -> Building:
        """The environment of a graph, in an empty folder. Raises RegistryFailed."""
        async with self._registry.session() as session:
            building = Building(graph, beside, session)
            await self._add_node(building, node)
            await self._fetch(building, _starts(graph))
            await self._add_types(building)
        await asyncio.to_thread(_link, building)
        return building

    async def newest(self, wanted: Mapping[str, str]) -> Graph:
        """A graph of the newest that ranges allow. Raises RegistryFailed."""
        graph = Graph()
        graph.folders[""] = {}
        async with self._registry.session() as session:
            await self._resolve(graph, graph.folders[""], wanted, session, keeps_reasons=True)
        unread = [one.unread for one in graph.packages.values()]
        if unread and all(unread):
            raise RegistryFailed(unread[0])
        graph.direct = set(graph.folders[""].values())
        return graph

    async def _fetch(self, building: Building, keys: Iterable[str]) -> None:
        """These, and whatever their declarations name in turn."""
        waiting = [one for one in dict.fromkeys(keys) if one not in building.done]
        while waiting:
            for key in waiting:
                package = building.graph.packages[key]
                building.done[key] = Held(package.name, package.version, missing=UNFETCHED)
            if len(building.done) > MOST_FETCHED or building.size > MOST_BYTES:
                raise RegistryFailed("it has more packages than are fetched")
            said = await asyncio.gather(*(self._arrived(building, key) for key in waiting), return_exceptions=True)
            for one in said:
                if isinstance(one, BaseException):
                    raise one
            named = dict.fromkeys(key for one in said if isinstance(one, list) for key in one)
            waiting = [one for one in named if one not in building.done]

    async def _arrived(self, building: Building, key: str) -> list[str]:
        try:
            return await self._one(building, key)
        finally:
            building.arrived += 1
            tell(building.arrived, len(building.done))

    async def _one(self, building: Building, key: str) -> list[str]:
        """What it needs, as far as its declarations name it."""
        package = building.graph.packages[key]
        if NOT_NEEDED.fullmatch(package.name):
            building.done[key] = Held(package.name, package.version, missing="it is a tool, and not looked at")
            return []
        try:
            kept = await self._kept(building, package)
        except Unreachable:
            raise
        except (RegistryFailed, BadArchive) as fault:
            building.done[key] = Held(package.name, package.version, missing=str(fault))
            return []
        told = json.loads((kept / "kept.json").read_text())
        place = _place(key, package.name)
        await asyncio.to_thread(_copy, kept / "files", building.beside / place)
        building.size += told["size"]
        building.done[key] = Held(package.name, package.version, place, bool(told["typed"]))
        shared = building.graph.folders.get("", {})
        links = building.links.setdefault(key, set())
        for name in told["names"]:
            for one in (name, f"@types/{mangled(name)}"):
                target = package.needs.get(one) or (shared.get(one, "") if one != package.name else "")
                if target in building.graph.packages:
                    links.add(f"{one}\n{target}")
        return [one.partition("\n")[2] for one in links]

    async def _kept(self, building: Building, package: Package) -> Path:
        """The folder of the unpacked package, fetched where it is not there yet."""
        if package.unread:
            raise RegistryFailed(package.unread)
        integrity = package.integrity
        if not integrity and building.graph.hashes_are_own:
            integrity = await self._said_hash(building.session, package)
        named = f"2 {package.name}@{package.version} {integrity}"
        kept = self._cache / hashlib.sha256(named.encode()).hexdigest()[:40]
        if not (kept / "kept.json").exists():
            content = await self._registry.archive(
                building.session, package.name, package.version, integrity, package.resolved
            )
            await asyncio.to_thread(_keep, content, kept)
        return kept

    async def _said_hash(self, session: aiohttp.ClientSession, package: Package) -> str:
        try:
            return (await self._registry.release(session, package.name, package.version)).integrity
        except RegistryFailed:  # not every registry tells of one version alone
            releases, _ = await self._registry.releases(session, package.name)
            return next((one.integrity for one in releases if one.version == package.version), "")

    async def _offered(self, session: aiohttp.ClientSession, name: str, wish: str) -> tuple[list[Release], str]:
        """The versions of a package, and which is the newest; where they cannot be read, the one that is wished for, or the newest."""
        try:
            return await self._registry.releases(session, name)
        except (Unreachable, NotThere):
            raise
        except RegistryFailed:
            one = await self._registry.release(session, name, wish if semver.key(wish) else LATEST)
            return [one], one.version

    async def _add_node(self, building: Building, node: str) -> None:
        """Node's own declarations, of the team's version, where the lock has none."""
        missing = [folder for folder, names in building.graph.folders.items() if "@types/node" not in names]
        if missing:
            found: dict[str, str] = {}
            await self._resolve(building.graph, found, {"@types/node": f"<={node}.9999.9999"}, building.session)
            for folder in missing:
                building.graph.folders[folder] |= found

    async def _add_types(self, building: Building) -> None:
        """For what declares no types itself, those of the same major version that others wrote, where the lock has none."""
        wanted: dict[str, str] = {}
        for names in building.graph.folders.values():
            for name, key in names.items():
                held = building.done.get(key)
                apart = f"@types/{mangled(name)}"
                if held and held.place and not held.typed and apart not in names and not name.startswith("@types/"):
                    at = semver.key(held.version)
                    wanted[apart] = f"<={at[0]}.9999.9999" if at else "*"
        found: dict[str, str] = {}
        await self._resolve(building.graph, found, wanted, building.session)
        for names in building.graph.folders.values():
            for apart, key in found.items():
                if any(f"@types/{mangled(name)}" == apart for name in names):
                    names.setdefault(apart, key)
        await self._fetch(building, found.values())

    async def _resolve(
        self,
        graph: Graph,
        into: dict[str, str],
        wanted: Mapping[str, str],
        session: aiohttp.ClientSession,
        *,
        keeps_reasons: bool = False,
    ) -> None:
        """Adds to the graph the newest that each range allows, and what it needs in turn, but for tools; a name that the registry does
        not have is left out, and so is what has no version that fits, if nobody keeps the reason."""
        waiting = [(into, name, wish) for name, wish in wanted.items()]
        known: dict[str, object] = {}
        while waiting:
            names = {name: wish for _, name, wish in waiting if name not in known and NAME.fullmatch(name)}
            if len(known) + len(names) > MOST_FETCHED:
                return
            said = await asyncio.gather(
                *(self._offered(session, name, wish) for name, wish in names.items()), return_exceptions=True
            )
            known |= zip(names, said, strict=True)
            following = []
            for target, name, wish in waiting:
                offered = known.get(name)
                if isinstance(offered, Unreachable):
                    raise offered
                releases, latest = offered if isinstance(offered, tuple) else ([], "")
                version = semver.newest([one.version for one in releases], wish.removeprefix("npm:"), latest)
                one = next((one for one in releases if one.version == version), None)
                if one is None:
                    if keeps_reasons and target is into and not isinstance(offered, NotThere):
                        why = (
                            str(offered)
                            if isinstance(offered, RegistryFailed)
                            else "the registry has no version that fits"
                        )
                        target[name] = f"{name}@"
                        graph.packages.setdefault(f"{name}@", Package(name, "", unread=why))
                    continue
                key = f"{name}@{version}"
                target[name] = key
                if key not in graph.packages:
                    package = graph.packages[key] = Package(name, version, one.integrity, one.tarball)
                    if not NOT_NEEDED.fullmatch(name):
                        following += [(package.needs, need, range_) for need, range_ in one.needs.items()]
            waiting = following


def joined(locks: Locks) -> Graph:
    """All locks of a repository as one graph, keys and folders below their own folder."""
    whole = Graph(hashes_are_own=any(one.hashes_are_own for one in locks.graphs.values()))
    for at, graph in locks.graphs.items():
        head = f"{at}|" if at else ""

        def placed(key: str, head: str = head, at: str = at) -> str:
            return LINK + _under(at, key.removeprefix(LINK)) if key.startswith(LINK) else head + key

        for key, package in graph.packages.items():
            package.needs = {name: placed(one) for name, one in package.needs.items()}
            whole.packages[head + key] = package
        for folder, names in graph.folders.items():
            whole.folders[_under(at, folder)] = {name: placed(one) for name, one in names.items()}
    for folder, manifest in locks.manifests.items():
        if folder not in whole.folders and (near := locks.graph_of(folder)):
            above = whole.folders.get(near[0], {})
            whole.folders[folder] = {name: above[name] for name, _ in asked(manifest) if name in above}
    for folder, manifest in locks.manifests.items():
        importable = whole.folders.get(folder, {})
        whole.direct |= {importable[name] for name, _ in asked(manifest) if name in importable}
    return whole


def others(graph: Graph) -> Iterator[tuple[str, Held]]:
    """What can be imported, and was not fetched, for nobody of the team asks for it."""
    for key in dict.fromkeys(one for names in graph.folders.values() for one in names.values()):
        if package := graph.packages.get(key):
            yield key, Held(package.name, package.version, missing=UNFETCHED)


def _under(above: str, folder: str) -> str:
    return f"{above}/{folder}".strip("/")


def _starts(graph: Graph) -> list[str]:
    """What the team asks for itself, and the declarations beside it; what only lies there for others is not fetched."""
    beside = {
        key
        for names in graph.folders.values()
        for name, key in names.items()
        if name == "@types/node"
        or (name.startswith("@types/") and any(f"@types/{mangled(one)}" == name for one in names))
    }
    return sorted(key for key in graph.direct | beside if key in graph.packages)


def _place(key: str, name: str) -> str:
    return f"store/{hashlib.sha256(key.encode()).hexdigest()[:20]}/node_modules/{name}"


def _keep(content: bytes, kept: Path) -> None:
    beside = kept.with_name(f"{kept.name}.{os.getpid()}.{time.monotonic_ns()}")
    try:
        (beside / "files").mkdir(parents=True)
        done = archives.unpack(content, beside / "files")
        names = sorted({package_of(one) for one in named_in(beside / "files")} - BUILTINS)
        told = {
            "typed": done.declarations > 0,
            "size": done.size,
            "names": [one for one in names if NAME.fullmatch(one)],
        }
        (beside / "files" / MODULES).write_text(json.dumps(done.files))
        visible.keep(content, beside / "files", frozenset(done.files))
        (beside / "kept.json").write_text(json.dumps(told))
        with contextlib.suppress(OSError):
            beside.rename(kept)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    """By hard links, where the disk has them: an environment costs folders, no more."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copytree(source, target, copy_function=os.link)
    except (OSError, shutil.Error):
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)


def _link(building: Building) -> None:
    """Beside each package those that it gets, as links: whoever reads it finds them by its real path."""
    for key, links in building.links.items():
        here = (building.beside / _place(key, building.graph.packages[key].name)).parents[
            building.graph.packages[key].name.count("/")
        ]
        for one in sorted(links):
            name, _, target = one.partition("\n")
            held = building.done.get(target)
            link = here / name
            if held is None or not held.place or link.exists() or link.is_symlink():
                continue
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(os.path.relpath(building.beside / held.place, link.parent))
