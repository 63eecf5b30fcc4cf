"""The team's repositories behind the Repositories port: what is declared, how far each is synchronised, and snapshots to look into.

Everything blocking runs in a thread. A remote that is broken leaves the last good commit where it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.capabilities.team_code import phrases
from bot.capabilities.team_code.code import Repository, RepositoryState
from bot.capabilities.team_code.permalinks import host_of, pages
from bot.capabilities.team_code.repositories import BadQuery, Repositories, Snapshot
from bot.errors import ConfigError
from bot.loops import outlived
from bot.ports.policy import ChannelRule, Grant, Grants
from storage.repos import catalogue
from storage.repos.catalogue import Catalogue, Source
from storage.repos.current import current, unreadable
from storage.repos.index import CodeIndex
from storage.repos.objects import GitObjects, NoSuchCommit
from storage.repos.snapshot import IndexedSnapshot, in_thread
from storage.repos.ssh_hosts import ssh_host
from storage.repos.syncing import Syncing

log = logging.getLogger(__name__)

FIRST_LOOK_SECONDS = 25
"""How long a question waits for a first index; then it is told how far it is."""

LOOK_PAUSE_SECONDS = 5.0
OPEN_SNAPSHOTS = 32


class Library(Repositories, Grants):
    """`file` is the operator's TOML file, `checkouts` the folders named at start, `folder` where mirrors and indexes live."""

    def __init__(
        self, folder: Path, file: Path | None = None, checkouts: Sequence[Path] = (), keep_days: int = 31
    ) -> None:
        self._file = file
        self._checkouts = tuple(checkouts)
        self._read_at = self._changed_at()
        self._catalogue = catalogue.read(file, self._checkouts)
        self._syncing = Syncing(folder, keep_days)
        self._snapshots: dict[tuple[str, str], IndexedSnapshot] = {}
        self._due = asyncio.Event()
        self._asked: set[str] = set()
        self.attempts: set[asyncio.Task[None]] = set()
        """What goes on whether somebody waits for it or not."""

    # --- what is declared -------------------------------------------------------------------------------------------

    def declared(self) -> Sequence[Repository]:
        return [source.repository for source in self._current().sources.values()]

    def grants(self, place: str, shared: Sequence[str] = ()) -> Sequence[Grant]:
        return self._current().grants(place, shared)

    def channel_rules(self, place: str) -> Sequence[ChannelRule]:
        return self._current().channel_rules(place)

    def local(self) -> Sequence[Grant]:
        return self._current().local()

    def patterns(self) -> Mapping[str, Sequence[str]]:
        return {name: source.channels for name, source in self._current().sources.items()}

    def default(self, place: str) -> str:
        return self._current().default(place)

    def guidance(self, place: str) -> tuple[str, ...]:
        return self._current().guidance_of(place)

    def _current(self) -> Catalogue:
        """The catalogue as the file stands now; a file that is broken meanwhile changes nothing."""
        changed_at = self._changed_at()
        if changed_at != self._read_at:
            self._read_at = changed_at
            try:
                self._catalogue = catalogue.read(self._file, self._checkouts)
                self._due.set()
            except ConfigError as fault:
                log.error("repositories not read", extra={"faults": fault.faults})  # noqa: TRY400 - the operator's own words
        return self._catalogue

    def _changed_at(self) -> float:
        try:
            return self._file.stat().st_mtime if self._file else 0
        except OSError:
            return -1

    def _source(self, name: str) -> Source:
        source = self._current().sources.get(name)
        if source is None:
            raise BadQuery(f"There is no repository {name!r}.")
        return source

    def objects_of(self, name: str) -> tuple[Path, Sequence[str]]:
        """Where a repository's objects are, and what of it is never read. Raises BadQuery."""
        source = self._source(name)
        return self._syncing.objects(source), source.deny

    # --- looking ----------------------------------------------------------------------------------------------------

    async def head(self, name: str) -> str:
        source = self._source(name)
        tries = (
            2 if self._syncing.is_running(source) else 1
        )  # the one that runs now may have begun before the last change
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST_LOOK_SECONDS):
                for _ in range(tries):
                    if (await in_thread(lambda: self._standing(source))).is_current:
                        break
                    await self._synchronised(name)
        if sha := (await in_thread(lambda: self._standing(source))).sha:
            return sha
        raise await self._not_ready(source)

    async def _not_ready(self, source: Source) -> BadQuery:
        state = await self._syncing.state(source)
        return BadQuery(phrases.not_ready(source.repository.name, state.progress, state.fault))

    async def _synchronised(self, name: str) -> None:
        await self._going_on(name, self._attempt(name))

    async def _going_on(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Goes on when nobody waits for it any more."""
        syncing = asyncio.create_task(work, name=f"sync {name}")
        self.attempts.add(syncing)
        syncing.add_done_callback(self.attempts.discard)
        await asyncio.shield(syncing)

    def _standing(self, source: Source) -> Standing:
        """A mirror moves when it is fetched into, a checkout whenever its people move it."""
        index = self._syncing.index(source)
        noted = current(index, self._syncing.origin(source), source.deny)
        try:
            objects = GitObjects(self._syncing.objects(source))
            if noted and not source.path:
                return Standing(objects.commit(noted.sha).sha, is_current=True)
            head = objects.head(source.repository.branch)
        except NoSuchCommit:
            return Standing()
        is_tried = unreadable(index) == head.sha
        if noted is None or head.ref != noted.ref:
            return Standing(is_current=is_tried)
        return Standing(noted.sha, is_current=is_tried or head.sha == noted.sha)

    async def at(self, name: str, commit: str) -> Snapshot:
        known = self._snapshots.get((name, commit))
        source = self._source(name)
        is_indexed = await in_thread(lambda: _is_indexed(self._syncing.index(source), commit, source.deny))
        if known is None or known.source != source or not is_indexed:
            if not is_indexed:
                await self._pinned(source, commit)
            known = await self._open(source, commit)
            while len(self._snapshots) >= OPEN_SNAPSHOTS:
                self._snapshots.pop(next(iter(self._snapshots)))
            self._snapshots[name, commit] = known
        return known

    async def _pinned(self, source: Source, commit: str) -> None:
        """Waited for as a first look is. Raises BadQuery while it is not there."""
        try:
            async with asyncio.timeout(FIRST_LOOK_SECONDS):
                await self._going_on(source.repository.name, self._syncing.pinned(source, commit))
        except TimeoutError:
            raise await self._not_ready(source) from None

    async def indexed(self, name: str, commit: str) -> Snapshot | None:
        """A hand-written commit costs a look at a file, and never a process."""
        source = self._current().sources.get(name)
        if source is None or not await in_thread(lambda: _is_indexed(self._syncing.index(source), commit, source.deny)):
            return None
        try:
            return await self.at(name, commit)
        except BadQuery:
            return None

    async def _open(self, source: Source, commit: str) -> IndexedSnapshot:
        def look() -> tuple[datetime, Repository] | None:
            if not _is_indexed(self._syncing.index(source), commit, source.deny):
                return None
            objects = GitObjects(self._syncing.objects(source))
            repository = source.repository
            if source.path and not repository.web and objects.is_pushed(commit):
                web, kind = pages(objects.origin(), ssh_host)
                repository = replace(repository, web=web, web_kind=kind)
            return objects.commit(commit).at, repository

        try:
            found = await in_thread(look)
        except NoSuchCommit:
            found = None
        if found is None:
            raise BadQuery(
                f"Commit {commit[:12]} of {source.repository.name} is not there any more; `!refresh` moves on to the newest."
            )
        at, repository = found
        snapshot = IndexedSnapshot(
            source, repository, commit, at, self._syncing.index(source), self._syncing.objects(source)
        )
        await snapshot.files()  # in memory from here on: checking a citation never waits for the index
        return snapshot

    # --- keeping up -------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep every repository up to date, each in its own rhythm, until cancelled."""
        async with asyncio.TaskGroup() as group:
            running: dict[str, asyncio.Task[None]] = {}
            while True:
                self._due.clear()
                with outlived(log, "repositories not looked at"):
                    for name, source in self._current().sources.items():
                        task = running.get(name)
                        if (task is None or task.done()) and (name in self._asked or self._syncing.is_due(source)):
                            self._asked.discard(name)
                            running[name] = group.create_task(self._attempt(name), name=f"sync {name}")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_PAUSE_SECONDS):
                        await self._due.wait()

    def wake(self, name: str) -> None:
        """Somebody pushed: look now."""
        self._asked.add(name)
        self._due.set()

    def pushed(self, address: str) -> list[str]:
        """The declared repositories whose remote has this address, in any of its spellings; each is looked at now."""
        names = [name for name, one in self._current().sources.items() if one.url and _same_remote(one.url, address)]
        for name in names:
            self.wake(name)
        return names

    async def _attempt(self, name: str) -> None:
        """A sync that ends nothing but itself: a full disk or an index that cannot be read must not stop the bot."""
        with outlived(log, "repository not synchronised", repository=name):
            await self.sync(name)

    async def sync(self, name: str, say: Callable[[str], None] = lambda progress: None) -> RepositoryState:
        """Fetch and index one repository; a second caller waits for the first one's result. Never raises for a broken remote."""
        source = self._source(name)
        await self._syncing.newest(source, say)
        return await self._syncing.state(source)

    async def reach(self, name: str) -> str:
        """Whether a repository can be had now, with its credentials: "" or why not. Nothing is fetched or noted."""
        return await self._syncing.reach(self._source(name))

    async def states(self) -> Sequence[RepositoryState]:
        return [await self._syncing.state(source) for source in self._current().sources.values()]


@dataclass(frozen=True, slots=True)
class Standing:
    """The commit that may be answered from, if there is any. `is_current`: nothing has moved since it was noted, or what came cannot be
    read."""

    sha: str = ""
    is_current: bool = False


def _is_indexed(index: Path, commit: str, deny: Sequence[str]) -> bool:
    opened = CodeIndex.open(index, commit, deny)
    if opened is None:
        return False
    opened.close()
    return True


def is_repository(folder: Path) -> bool:
    try:
        GitObjects(folder)
    except NoSuchCommit:
        return False
    return True


def _same_remote(one: str, other: str) -> bool:
    return _plain(one) == _plain(other) != ""


def _plain(address: str) -> str:
    """host/path of an address in any spelling: https, ssh, or git@host:path."""
    host = host_of(address)
    path = address.split(host, 1)[-1].lstrip(":/")
    path = path.split("/", 1)[-1] if path.split("/", 1)[0].isdigit() else path
    return f"{host}/{path.strip('/').removesuffix('.git')}".lower() if host and path else ""
