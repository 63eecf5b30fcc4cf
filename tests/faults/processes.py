"""Bot processes for the tests of faults: forked from one that has everything imported (zygote.py), killed, frozen, restarted."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import itertools
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
START_SECONDS = 300


class Zygote:
    """The parent of all bots of a test run; they end with it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.zygote"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
        )  # fmt: skip
        self._line()

    def close(self) -> None:
        with self._process:
            pass

    def _line(self) -> str:
        assert self._process.stdout is not None
        can_be_read, _, _ = select.select([self._process.stdout], [], [], START_SECONDS)
        line = self._process.stdout.readline() if can_be_read else b""
        assert line, "the zygote ended, or hangs"
        return line.decode().strip()

    def fork(
        self, arguments: list[str], environment: dict[str, str], log: Path, die: str = "", *, repairs: bool = False
    ) -> int:
        """The pid of a new bot. It takes a few milliseconds, and so nobody waits for it elsewhere."""
        assert self._process.stdin is not None
        order = {"arguments": arguments, "environment": environment, "log": str(log), "die": die, "repairs": repairs}
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        return int(self._line())


@functools.cache
def zygote() -> Zygote:
    """One for the whole run, started at its first use: to import everything takes longer than most walks."""
    started = Zygote()
    atexit.register(started.close)
    return started


def is_alive(pid: int) -> bool:
    """Whether a bot runs: it is not our child, and the kernel tells us nothing of its end."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def gone(pid: int, seconds: float) -> None:
    """Return when a bot has ended."""
    async with asyncio.timeout(seconds):
        while is_alive(pid):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


class Bot:
    """One bot of a fleet: a process at a time, on settings of its own. `role`: as on the command line."""

    _numbers = itertools.count(1)

    def __init__(self, folder: Path, settings: dict[str, str], role: str = "all", *, repairs: bool = False) -> None:
        self._folder = folder / f"bot{next(self._numbers)}"
        self._folder.mkdir(parents=True)
        self._settings = settings
        self._role = role
        self._repairs = repairs
        self.log_path = self._folder / "bot.log"
        self.pid = 0
        self._logged = 0
        """Characters of the log that its process before wrote."""

    @property
    def log(self) -> str:
        return self.log_path.read_text() if self.log_path.exists() else ""

    @property
    def is_alive(self) -> bool:
        return bool(self.pid) and is_alive(self.pid)

    async def start(self, die: str = "") -> None:
        self._logged = len(self.log)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "PLUMBLINE_DATA_DIR": str(self._folder / "data"),
            "PLUMBLINE_WEB_PORT": "0",
            "PLUMBLINE_CHECKS": "false",
            "PLUMBLINE_LOG_LEVEL": "INFO",
            **{name: value for name, value in self._settings.items() if value},
        }
        arguments = ["--env-file", os.devnull, "run", "--role", self._role]
        self.pid = zygote().fork(arguments, environment, self.log_path, die, repairs=self._repairs)

    async def up(self) -> None:
        """Return when the process says that it has started."""
        async with asyncio.timeout(START_SECONDS):
            while "Plumbline starts" not in self.log[self._logged :] and self.is_alive:  # noqa: ASYNC110 - a file is read
                await asyncio.sleep(0.02)

    def kill(self) -> None:
        """As by the kernel: at once, without a word."""
        self.send(signal.SIGKILL)

    def send(self, what: signal.Signals) -> None:
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, what)

    async def ended(self, seconds: float = START_SECONDS) -> None:
        """Return when the process is gone."""
        if self.pid:
            await gone(self.pid, seconds)

    async def stop(self) -> None:
        """As by a supervisor: SIGTERM, and wait."""
        self.send(signal.SIGTERM)
        await self.ended()


@contextlib.asynccontextmanager
async def fleet(*bots: Bot) -> AsyncIterator[None]:
    """The bots, started; all killed at the end, frozen ones too."""
    for bot in bots:
        await bot.start()
    try:
        yield
    finally:
        for bot in bots:
            bot.kill()
        for bot in bots:
            await bot.ended()
