"""The team's repositories behind the Repositories port: what is declared, how far each is synchronised, and snapshots to look into.

Everything blocking runs in a thread; fetching and indexing run in a process of their own (sync.py). A remote that is broken leaves
the last good commit where it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.capabilities.team_code.code import (
    Repository,
    RepositoryState,
)
from bot.capabilities.team_code.permalinks import host_of, pages
from bot.capabilities.team_code.repositories import BadQuery, Repositories, Snapshot
from bot.errors import ConfigError
from bot.loops import outlived
from bot.ports.policy import ChannelRule, Grant, Grants
from storage.repos import catalogue
from storage.repos.catalogue import Catalogue, Source
from storage.repos.current import current, origin
from storage.repos.index import CodeIndex
from storage.repos.objects import GitObjects, NoSuchCommit
from storage.repos.snapshot import IndexedSnapshot, in_thread
from storage.repos.ssh_hosts import ssh_host
from storage.repos.sync import Job

log = logging.getLogger(__name__)

SYNC_SECONDS = 1_800
FIRST_LOOK_SECONDS = 25
"""How long a question waits for a first index; then it is told how far it is."""

LOOK_PAUSE_SECONDS = 5.0
OPEN_SNAPSHOTS = 32


class Library(Repositories, Grants):
    """`file` is the operator's TOML file, `checkouts` the folders named at start, `folder` where mirrors and indexes live."""

    def __init__(
        self, folder: Path, file: Path | None = None, checkouts: Sequence[Path] = (), keep_days: int = 31
    ) -> None:
        self._folder = folder
        self._file = file
        self._checkouts = tuple(checkouts)
        self._keep_days = keep_days
        self._read_at = self._changed_at()
        self._catalogue = catalogue.read(file, self._checkouts)
        self._locks: dict[str, asyncio.Lock] = {}
        self._snapshots: dict[tuple[str, str], IndexedSnapshot] = {}
        self._due = asyncio.Event()
        self._asked: set[str] = set()
        self._syncing: set[asyncio.Task[None]] = set()

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

    def _home(self, name: str) -> Path:
        return self._folder / name

    def _index(self, name: str) -> Path:
        return self._home(name) / "index.db"

    def _objects(self, source: Source) -> Path:
        return source.path or self._home(source.repository.name) / "mirror.git"

    def objects_of(self, name: str) -> tuple[Path, Sequence[str]]:
        """Where a repository's objects are, and what of it is never read. Raises BadQuery."""
        source = self._source(name)
        return self._objects(source), source.deny

    # --- looking ----------------------------------------------------------------------------------------------------

    async def head(self, name: str) -> str:
        source = self._source(name)
        tries = 2 if self._is_syncing(name) else 1  # the one that runs now may have begun before the last change
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST_LOOK_SECONDS):
                for _ in range(tries):
                    if (standing := await in_thread(lambda: self._standing(source))).is_current:
                        return standing.sha
                    await self._synchronised(name)
        if sha := (await in_thread(lambda: self._standing(source))).sha:
            return sha
        state = await self._state(source)
        how = f" ({state.progress})" if state.progress else f": {state.fault}" if state.fault else ""
        raise BadQuery(f"{name} cannot be looked into yet{how}. It is being prepared; ask again in a minute.")

    def _is_syncing(self, name: str) -> bool:
        return name in self._locks and self._locks[name].locked()

    async def _synchronised(self, name: str) -> None:
        """Goes on when nobody waits for it any more."""
        syncing = asyncio.create_task(self._attempt(name), name=f"sync {name}")
        self._syncing.add(syncing)
        syncing.add_done_callback(self._syncing.discard)
        await asyncio.shield(syncing)

    def _standing(self, source: Source) -> Standing:
        """A mirror moves when it is fetched into, a checkout whenever its people move it."""
        noted = current(self._index(source.repository.name), _origin(source, self._objects(source)), source.deny)
        if noted is None:
            return Standing()
        try:
            objects = GitObjects(self._objects(source))
            if not source.path:
                return Standing(objects.commit(noted.sha).sha, is_current=True)
            head = objects.head(source.repository.branch)
        except NoSuchCommit:
            return Standing()
        if head.ref != noted.ref:
            return Standing()
        return Standing(noted.sha, is_current=head.sha == noted.sha)

    async def at(self, name: str, commit: str) -> Snapshot:
        known = self._snapshots.get((name, commit))
        source = self._source(name)
        is_indexed = await in_thread(lambda: _is_indexed(self._index(name), commit, source.deny))
        if known is None or known.source != source or not is_indexed:
            if not is_indexed:
                await self._run(source, commit)
            known = await self._open(source, commit)
            while len(self._snapshots) >= OPEN_SNAPSHOTS:
                self._snapshots.pop(next(iter(self._snapshots)))
            self._snapshots[name, commit] = known
        return known

    async def indexed(self, name: str, commit: str) -> Snapshot | None:
        """A hand-written commit costs a look at a file, and never a process."""
        source = self._current().sources.get(name)
        if source is None or not await in_thread(lambda: _is_indexed(self._index(name), commit, source.deny)):
            return None
        try:
            return await self.at(name, commit)
        except BadQuery:
            return None

    async def _open(self, source: Source, commit: str) -> IndexedSnapshot:
        def look() -> tuple[datetime, Repository] | None:
            if not _is_indexed(self._index(source.repository.name), commit, source.deny):
                return None
            objects = GitObjects(self._objects(source))
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
        index, objects = self._index(source.repository.name), self._objects(source)
        snapshot = IndexedSnapshot(source, repository, commit, at, index, objects)
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
                        if (task is None or task.done()) and (name in self._asked or await self._is_due(source)):
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

    async def _is_due(self, source: Source) -> bool:
        noted = _noted(self._home(source.repository.name) / "state.json")
        fetched = noted.get("fetched_at")
        if not fetched or noted.get("origin") != _origin(source, self._objects(source)):
            return True
        if noted.get("deny", "[]") != json.dumps(source.deny):
            return True
        return datetime.now(UTC) - datetime.fromisoformat(fetched) >= timedelta(minutes=source.every_minutes)

    async def sync(self, name: str, say: Callable[[str], None] = lambda progress: None) -> RepositoryState:
        """Fetch and index one repository; a second caller waits for the first one's result. Never raises for a broken remote."""
        lock = self._locks.setdefault(name, asyncio.Lock())
        waited = lock.locked()
        async with lock:
            if not waited:
                await self._run(self._source(name), "", say)
            return await self._state(self._source(name))

    async def reach(self, name: str) -> str:
        """Whether a repository can be had now, with its credentials: "" or why not. Nothing is fetched or noted."""
        source = self._source(name)
        if source.url:
            return await _child(self._job(source, "").model_copy(update={"is_look": True}), lambda progress: None)
        try:
            await in_thread(lambda: GitObjects(self._objects(source)).head(source.repository.branch))
        except NoSuchCommit as fault:
            return str(fault)
        return ""

    def _job(self, source: Source, commit: str) -> Job:
        return Job(
            folder=self._objects(source), index=self._index(source.repository.name), url=source.url,
            branch=source.repository.branch, commit=commit, user=source.user, token_file=source.token_file,
            key_file=source.key_file, deny=source.deny, keep_days=self._keep_days,
        )  # fmt: skip

    async def _run(self, source: Source, commit: str, say: Callable[[str], None] = lambda progress: None) -> None:
        name = source.repository.name
        job = self._job(source, commit)
        self._home(name).mkdir(parents=True, exist_ok=True, mode=0o700)

        def told(progress: str) -> None:
            self._note(name, progress=progress)
            say(progress)

        fault = await _child(job, told)
        if commit:
            self._note(name, progress="")
            return
        now = datetime.now(UTC).isoformat()
        self._note(
            name,
            progress="",
            fault=fault,
            fetched_at=now,
            origin=_origin(source, job.folder),
            deny=json.dumps(source.deny),
        )
        if fault:
            log.warning("repository not synchronised", extra={"repository": name, "reason": fault})
        else:
            log.info("repository synchronised", extra={"repository": name})

    def _note(self, name: str, **changed: str) -> None:
        """Where a repository stands, in a file beside its index, so that other processes can show it."""
        file = self._home(name) / "state.json"
        state = {**_noted(file), **changed}
        beside = file.with_suffix(f".{os.getpid()}.new")
        beside.write_text(json.dumps(state))
        beside.replace(file)

    async def states(self) -> Sequence[RepositoryState]:
        return [await self._state(source) for source in self._current().sources.values()]

    async def _state(self, source: Source) -> RepositoryState:
        name = source.repository.name
        indexed = await in_thread(
            lambda: current(self._index(name), _origin(source, self._objects(source)), source.deny)
        )
        noted = _noted(self._home(name) / "state.json")
        fetched = noted.get("fetched_at")
        return RepositoryState(
            name,
            commit=indexed.sha if indexed else "",
            committed_at=indexed.committed_at if indexed else None,
            indexed_at=indexed.indexed_at if indexed else None,
            fetched_at=datetime.fromisoformat(fetched) if fetched else None,
            progress=noted.get("progress", ""),
            fault=noted.get("fault", ""),
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """The commit that may be answered from, if there is any. `is_current`: nothing has moved since it was noted."""

    sha: str = ""
    is_current: bool = False


def _origin(source: Source, objects: Path) -> str:
    return origin(source.url, objects, source.repository.branch)


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


def _noted(file: Path) -> dict[str, str]:
    try:
        noted = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


async def _child(job: Job, say: Callable[[str], object]) -> str:
    """Run a job in its own process; "" when it went well, or why it did not."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "storage.repos.sync",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(SYNC_SECONDS):
            return await _follow(process, job, say)
    except TimeoutError:
        return f"it took longer than {SYNC_SECONDS // 60} minutes"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _follow(process: asyncio.subprocess.Process, job: Job, say: Callable[[str], object]) -> str:
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise AssertionError("the pipes were asked for")
    process.stdin.write(job.model_dump_json().encode())
    process.stdin.close()
    errors = asyncio.ensure_future(process.stderr.read())
    fault = "it ended without a word"
    async for line in process.stdout:
        told = json.loads(line)
        if "progress" in told:
            say(told["progress"])
        fault = told.get("fault", "" if "commit" in told else fault)
    await process.wait()
    if trouble := (await errors).decode("utf-8", "replace").strip():
        log.error("sync process", extra={"stderr": trouble[-2_000:]})
    return fault


def _same_remote(one: str, other: str) -> bool:
    return _plain(one) == _plain(other) != ""


def _plain(address: str) -> str:
    """host/path of an address in any spelling: https, ssh, or git@host:path."""
    host = host_of(address)
    path = address.split(host, 1)[-1].lstrip(":/")
    path = path.split("/", 1)[-1] if path.split("/", 1)[0].isdigit() else path
    return f"{host}/{path.strip('/').removesuffix('.git')}".lower() if host and path else ""
