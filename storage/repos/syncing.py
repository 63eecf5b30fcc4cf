"""Fetches and indexes the team's repositories, each in a process of its own (sync.py), one at a time for each; where each stands is
noted beside its index, so that other processes can show it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.capabilities.team_code.code import RepositoryState
from storage.repos.catalogue import Source
from storage.repos.current import current, origin
from storage.repos.objects import GitObjects, NoSuchCommit
from storage.repos.snapshot import in_thread
from storage.repos.sync import Job

log = logging.getLogger(__name__)

SYNC_SECONDS, LOOK_SECONDS = 1_800, 60


class Syncing:
    """`folder` is where mirrors and indexes live; a pinned commit stays indexed for `keep_days` after it was asked for last."""

    def __init__(self, folder: Path, keep_days: int) -> None:
        self._folder = folder
        self._keep_days = keep_days
        self._locks: dict[str, asyncio.Lock] = {}

    def index(self, source: Source) -> Path:
        return self._home(source) / "index.db"

    def objects(self, source: Source) -> Path:
        return source.path or self._home(source) / "mirror.git"

    def origin(self, source: Source) -> str:
        return origin(source.url, self.objects(source), source.repository.branch)

    def _home(self, source: Source) -> Path:
        return self._folder / source.repository.name

    def _notes(self, source: Source) -> Path:
        return self._home(source) / "state.json"

    def is_running(self, source: Source) -> bool:
        name = source.repository.name
        return name in self._locks and self._locks[name].locked()

    def is_due(self, source: Source) -> bool:
        """Whether its time has come, or it is another one than was fetched."""
        noted = _noted(self._notes(source))
        fetched = noted.get("fetched_at")
        if not fetched or noted.get("origin") != self.origin(source):
            return True
        if noted.get("deny", "[]") != json.dumps(source.deny):
            return True
        return datetime.now(UTC) - datetime.fromisoformat(fetched) >= timedelta(minutes=source.every_minutes)

    async def newest(self, source: Source, say: Callable[[str], None] = lambda progress: None) -> None:
        """Fetch and index; a second caller waits for the first one's result. Never raises for a broken remote: it is noted."""
        lock = self._locks.setdefault(source.repository.name, asyncio.Lock())
        waited = lock.locked()
        async with lock:
            if waited:
                return
            fault = await self._run(source, "", say)
            self._note(
                source, progress="", fault=fault, fetched_at=datetime.now(UTC).isoformat(), origin=self.origin(source),
                deny=json.dumps(source.deny),
            )  # fmt: skip
        if fault:
            log.warning("repository not synchronised", extra={"repository": source.repository.name, "reason": fault})
        else:
            log.info("repository synchronised", extra={"repository": source.repository.name})

    async def pinned(self, source: Source, commit: str) -> None:
        """Have one commit indexed, if it can be had; a second caller waits for the first one's result."""
        lock = self._locks.setdefault(f"{source.repository.name}@{commit}", asyncio.Lock())
        waited = lock.locked()
        async with lock:
            if waited:
                return
            await self._run(source, commit)
            self._note(source, progress="")

    async def reach(self, source: Source) -> str:
        """Whether a repository can be had now, with its credentials: "" or why not. Nothing is fetched or noted."""
        if source.url:
            return await _child(self._job(source, "").model_copy(update={"is_look": True}), lambda progress: None)
        try:
            await in_thread(lambda: GitObjects(self.objects(source)).head(source.repository.branch))
        except NoSuchCommit as fault:
            return str(fault)
        return ""

    def _job(self, source: Source, commit: str) -> Job:
        return Job(
            folder=self.objects(source), index=self.index(source), url=source.url,
            branch=source.repository.branch, commit=commit, user=source.user, token_file=source.token_file,
            key_file=source.key_file, deny=source.deny, keep_days=self._keep_days,
        )  # fmt: skip

    async def _run(self, source: Source, commit: str, say: Callable[[str], None] = lambda progress: None) -> str:
        self._home(source).mkdir(parents=True, exist_ok=True, mode=0o700)

        def told(progress: str) -> None:
            self._note(source, progress=progress)
            say(progress)

        return await _child(self._job(source, commit), told)

    def _note(self, source: Source, **changed: str) -> None:
        file = self._notes(source)
        state = {**_noted(file), **changed}
        beside = file.with_suffix(f".{os.getpid()}.new")
        beside.write_text(json.dumps(state))
        beside.replace(file)

    async def state(self, source: Source) -> RepositoryState:
        indexed = await in_thread(lambda: current(self.index(source), self.origin(source), source.deny))
        noted = _noted(self._notes(source))
        fetched = noted.get("fetched_at")
        return RepositoryState(
            source.repository.name,
            commit=indexed.sha if indexed else "",
            committed_at=indexed.committed_at if indexed else None,
            indexed_at=indexed.indexed_at if indexed else None,
            fetched_at=datetime.fromisoformat(fetched) if fetched else None,
            progress=noted.get("progress", ""),
            fault=noted.get("fault", ""),
        )


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
        async with asyncio.timeout(LOOK_SECONDS if job.is_look else SYNC_SECONDS):
            return await _follow(process, job, say)
    except TimeoutError:
        return f"no answer in {LOOK_SECONDS} s" if job.is_look else f"it took longer than {SYNC_SECONDS // 60} minutes"
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
