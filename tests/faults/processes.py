"""Bot processes for the tests of faults: forked from one that has everything imported (zygote.py), killed, frozen, restarted."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
START_SECONDS = 30


class Zygote:
    """`async with Zygote() as zygote:`; all its bots end with it."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._asking = asyncio.Lock()

    async def __aenter__(self) -> Zygote:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.faults.zygote", cwd=ROOT,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        await self._line()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process and self._process.stdin:
            self._process.stdin.close()
            await self._process.wait()

    async def _line(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            line = await self._process.stdout.readline()
        assert line, "the zygote ended"
        return line.decode().strip()

    async def fork(
        self, arguments: list[str], environment: dict[str, str], log: Path, die: str, *, repairs: bool = False
    ) -> int:
        assert self._process is not None
        assert self._process.stdin is not None
        order = {"arguments": arguments, "environment": environment, "log": str(log), "die": die, "repairs": repairs}
        async with self._asking:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            return int(await self._line())


class Bot:
    """One bot of a fleet: a process at a time, on settings of its own. `role`: as on the command line."""

    _numbers = itertools.count(1)

    def __init__(
        self, zygote: Zygote, folder: Path, settings: dict[str, str], role: str = "all", *, repairs: bool = False
    ) -> None:
        self._zygote = zygote
        self._folder = folder / f"bot{next(self._numbers)}"
        self._folder.mkdir(parents=True)
        self._settings = settings
        self._role = role
        self._repairs = repairs
        self.log_path = self._folder / "bot.log"
        self.pid = 0

    @property
    def log(self) -> str:
        return self.log_path.read_text() if self.log_path.exists() else ""

    @property
    def is_alive(self) -> bool:
        if not self.pid:
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    async def start(self, die: str = "") -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "PLUMBLINE_DATA_DIR": str(self._folder / "data"),
            "PLUMBLINE_WEB_PORT": "0",
            "PLUMBLINE_LOG_LEVEL": "INFO",
            **{name: value for name, value in self._settings.items() if value},
        }
        arguments = ["--env-file", "/nonexistent", "run", "--role", self._role]
        self.pid = await self._zygote.fork(arguments, environment, self.log_path, die, repairs=self._repairs)

    def kill(self) -> None:
        """As by the kernel: at once, without a word."""
        self.send(signal.SIGKILL)

    def send(self, what: signal.Signals) -> None:
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, what)

    async def ended(self, seconds: float = 40) -> None:
        """Return when the process is gone."""
        async with asyncio.timeout(seconds):
            while self.is_alive:  # noqa: ASYNC110 - not our child: the kernel tells us nothing
                await asyncio.sleep(0.02)

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
