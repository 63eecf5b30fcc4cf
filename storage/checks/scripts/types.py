"""Environments of declarations: for each lock file a folder of unpacked packages, each linked to the copies that its lock gives it.

Only what is asked for by the team, and what the declarations of that name in turn, is fetched. Built beside its place and moved there
whole; unpacked packages are kept apart, by their hashes, so that the next lock fetches only what is new in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import json
import logging
import os
import posixpath
import re
import shutil
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import aiohttp

from storage.checks.index import size_of
from storage.checks.scripts import archives, semver
from storage.checks.scripts.archives import BadArchive
from storage.checks.scripts.graph import LINK, Graph, Package, asked
from storage.checks.scripts.locks import Locks
from storage.checks.scripts.registry import NAME, Registry, RegistryFailed, Unreachable
from storage.checks.scripts.specifiers import BUILTINS, mangled, named_in, package_of

log = logging.getLogger(__name__)

BUILD_SECONDS = 240
MOST_FETCHED = 1_500
MOST_BYTES = 1_500_000_000
KEPT_BYTES, CACHE_BYTES = 3_000_000_000, 3_000_000_000
RETRY_SECONDS = 300
NOT_NEEDED = re.compile(
    r"(?:typescript|esbuild|webpack|rollup|eslint|prettier|nx|turbo|lerna|husky|lint-staged|@swc/.*|@babel/.*|@esbuild/.*|@rollup/.*|"
    r"@typescript-eslint/.*|eslint-.*|@eslint/.*|@next/swc-.*|@img/.*|sharp-.*|electron|puppeteer-core|@biomejs/.*|@nx/.*|"
    r"@storybook/.*|@angular-devkit/.*|@types/webpack.*|@microsoft/api-extractor.*|semantic-release|stylelint.*)"
)
"""Large, and nothing that code of an answer calls."""


UNFETCHED = "nobody asks for it"


@dataclass(frozen=True, slots=True)
class Held:
    """One copy as it stands there: `place` within the environment, "" for what is only known by the lock."""

    name: str
    version: str
    place: str = ""
    typed: bool = False
    missing: str = ""


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


@dataclass(slots=True)
class Building:
    """`done` by key."""

    graph: Graph
    beside: Path
    session: aiohttp.ClientSession
    done: dict[str, Held] = field(default_factory=dict)
    links: dict[str, set[str]] = field(default_factory=dict)
    size: int = 0


class TypeStore:
    def __init__(self, folder: Path, registry: Registry) -> None:
        self._folder = folder.resolve()
        self._registry = registry
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
        return await self._built(f"{locks.key}-{node}", _joined(locks), node, frozenset())

    async def newest(self, wanted: Mapping[str, str], node: str) -> Types:
        """Of packages that nobody locks: the newest that their ranges allow. Raises NoTypes."""
        told = json.dumps([node, sorted(wanted.items())])
        key = f"newest-{hashlib.sha256(told.encode()).hexdigest()[:24]}"
        if found := self.standing(key):
            return found
        self._refuse(key)
        graph = Graph()
        graph.folders[""] = {}
        async with self._registry.session() as session:
            await self._resolve(graph, graph.folders[""], dict(wanted), session)
        return await self._built(key, graph, node, frozenset(graph.folders[""]))

    async def _built(self, key: str, graph: Graph, node: str, assumed: frozenset[str]) -> Types:
        if found := self.standing(key):
            with contextlib.suppress(OSError):
                os.utime(found.folder / "meta.json")
            return found
        self._refuse(key)
        async with self._locks.setdefault(key, asyncio.Lock()), self._alone(key):
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

    @contextlib.asynccontextmanager
    async def _alone(self, key: str) -> AsyncIterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._folder / f"{key}.lock").open("w") as held:
            await asyncio.to_thread(fcntl.flock, held, fcntl.LOCK_EX)
            yield

    async def _build(self, key: str, graph: Graph, node: str, assumed: frozenset[str]) -> None:
        started = time.monotonic()
        beside = self._folder / f"building-{key}-{os.getpid()}"
        await asyncio.to_thread(shutil.rmtree, beside, True)
        beside.mkdir(parents=True)
        try:
            async with self._registry.session() as session:
                building = Building(graph, beside, session)
                await self._add_node(building, node)
                await self._fetch(building, _starts(graph))
                await self._add_types(building)
            await asyncio.to_thread(_link, building)
            told = {
                "packages": {one: asdict(held) for one, held in (*_others(graph), *building.done.items())},
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

    async def _fetch(self, building: Building, keys: Iterable[str]) -> None:
        """These, and whatever their declarations name in turn."""
        waiting = [one for one in dict.fromkeys(keys) if one not in building.done]
        while waiting:
            for key in waiting:
                package = building.graph.packages[key]
                building.done[key] = Held(package.name, package.version, missing=UNFETCHED)
            if len(building.done) > MOST_FETCHED or building.size > MOST_BYTES:
                raise RegistryFailed("it has more packages than are fetched")
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._one(building, key)) for key in waiting]
            waiting = [
                one for one in dict.fromkeys(key for task in tasks for key in task.result()) if one not in building.done
            ]

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
        named = f"{package.name}@{package.version} {integrity}"
        kept = self._folder / "cache" / hashlib.sha256(named.encode()).hexdigest()[:40]
        if not (kept / "kept.json").exists():
            content = await self._registry.archive(
                building.session, package.name, package.version, integrity, package.resolved
            )
            await asyncio.to_thread(_keep, content, kept)
        return kept

    async def _said_hash(self, session: aiohttp.ClientSession, package: Package) -> str:
        releases, _ = await self._registry.releases(session, package.name)
        return next((one.integrity for one in releases if one.version == package.version), "")

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
        self, graph: Graph, into: dict[str, str], wanted: Mapping[str, str], session: aiohttp.ClientSession
    ) -> None:
        """Adds to the graph the newest that each range allows, and what it needs in turn; a name that the registry does not have is
        left out."""
        waiting = [(into, name, wish) for name, wish in wanted.items()]
        known: dict[str, object] = {}
        while waiting:
            names = dict.fromkeys(name for _, name, _ in waiting if name not in known and NAME.fullmatch(name))
            if len(known) + len(names) > MOST_FETCHED:
                return
            said = await asyncio.gather(
                *(self._registry.releases(session, name) for name in names), return_exceptions=True
            )
            known |= zip(names, said, strict=True)
            following = []
            for target, name, wish in waiting:
                offered = known.get(name)
                if isinstance(offered, Unreachable):
                    raise NoTypes(str(offered))
                if not isinstance(offered, tuple):
                    continue
                releases, latest = offered
                version = semver.newest([one.version for one in releases], wish.removeprefix("npm:"), latest)
                one = next((one for one in releases if one.version == version), None)
                if one is None:
                    continue
                key = f"{name}@{version}"
                target[name] = key
                if key not in graph.packages:
                    package = graph.packages[key] = Package(name, version, one.integrity, one.tarball)
                    following += [(package.needs, need, range_) for need, range_ in one.needs.items()]
            waiting = following

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


def _joined(locks: Locks) -> Graph:
    """All locks of a repository as one graph, keys and folders below their own folder."""
    joined = Graph(hashes_are_own=any(one.hashes_are_own for one in locks.graphs.values()))
    for at, graph in locks.graphs.items():
        head = f"{at}|" if at else ""

        def placed(key: str, head: str = head, at: str = at) -> str:
            return LINK + _under(at, key.removeprefix(LINK)) if key.startswith(LINK) else head + key

        for key, package in graph.packages.items():
            package.needs = {name: placed(one) for name, one in package.needs.items()}
            joined.packages[head + key] = package
        for folder, names in graph.folders.items():
            joined.folders[_under(at, folder)] = {name: placed(one) for name, one in names.items()}
    for folder, manifest in locks.manifests.items():
        if folder not in joined.folders and (near := locks.graph_of(folder)):
            above = joined.folders.get(near[0], {})
            joined.folders[folder] = {name: above[name] for name, _ in asked(manifest) if name in above}
    return joined


def _others(graph: Graph) -> Iterator[tuple[str, Held]]:
    """What can be imported, and was not fetched, for nobody of the team asks for it."""
    for key in dict.fromkeys(one for names in graph.folders.values() for one in names.values()):
        if package := graph.packages.get(key):
            yield key, Held(package.name, package.version, missing=UNFETCHED)


def _under(above: str, folder: str) -> str:
    return f"{above}/{folder}".strip("/")


def _starts(graph: Graph) -> list[str]:
    """What the team's own folders ask for; what only lies there for others is not fetched."""
    direct = {key for names in graph.folders.values() for key in names.values() if key in graph.packages}
    needed = {key for package in graph.packages.values() for key in package.needs.values()}
    tops = {key for key in direct if key not in needed}
    return sorted(
        tops
        | {key for key in direct if "@types/" in graph.packages[key].name}
        | (direct if len(direct) < 250 else set())
    )


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
        (beside / "modules.json").write_text(json.dumps(done.files if not done.declarations else []))
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


def read(folder: Path) -> Types | None:
    """What stands in a folder; None where nothing whole does."""
    try:
        told = json.loads((folder / "meta.json").read_text())
        packages = {key: Held(**one) for key, one in told["packages"].items()}
        return Types(folder, packages, told["folders"], frozenset(told["assumed"]), told["node"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
