"""The bot as people start it: `plumbline run` in a process of its own, on embedded stores, with settings from the environment.

The process is forked from one that has everything imported (tests/faults/zygote.py); a ColdBot's begins with nothing, as people's do.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT
from typing import IO, Self

from tests.faults.processes import ROOT, START_SECONDS, gone, is_alive, zygote
from tests.servers.claude import ClaudeServer
from tests.servers.discord import DiscordServer
from tests.servers.slack import SlackServer


class BotProcess:
    """`async with BotProcess(data, SLACK_BOT_TOKEN=...)`; the environment holds these settings and nothing else of ours."""

    repairs = False
    """With the made-up capability, which mends what it shows."""

    root = ROOT
    """Whose code it runs; another one's needs a ColdBot."""

    def __init__(self, data: Path, **settings: str) -> None:
        self._data = data
        self._settings = {
            "PLUMBLINE_WEB_PORT": "0",
            "PLUMBLINE_LOG_LEVEL": "INFO",
            "PLUMBLINE_CHECKS": "false",
            **settings,
        }
        self.pid = 0
        self._log_path = data / "bot.log"

    @property
    def log(self) -> str:
        return self._log_path.read_text() if self._log_path.exists() else ""

    @property
    def _environment(self) -> dict[str, str]:
        base = {"PATH": os.environ["PATH"], "HOME": str(self._data), "PLUMBLINE_DATA_DIR": str(self._data / "d")}
        return {**base, **self._settings}

    @staticmethod
    def _line(*words: str) -> list[str]:
        return ["--env-file", os.devnull, *words]

    async def _run(
        self, line: list[str], out: IO[bytes] | int, *, errors: int = STDOUT, typed: int = DEVNULL
    ) -> asyncio.subprocess.Process:
        module = "tests.made_up.run" if self.repairs else "adapters.cli"
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, *line),
            cwd=self.root,
            env=self._environment,
            stdin=typed,
            stdout=out,
            stderr=errors,
        )

    async def typed(self, text: str) -> str:
        """What a terminal shows when this is typed into `console`, to its end."""
        process = await self._run(self._line("console"), PIPE, errors=DEVNULL, typed=PIPE)
        async with asyncio.timeout(START_SECONDS):
            printed, _ = await process.communicate(text.encode())
        return printed.decode()

    async def command(self, *words: str) -> tuple[int, str]:
        """Run one command to its end: its exit code, and what it printed (logs left out)."""
        process = await self._run(self._line(*words), PIPE)
        async with asyncio.timeout(START_SECONDS):
            said, _ = await process.communicate()
        lines = [line for line in said.decode().splitlines(keepends=True) if not line.startswith('{"time"')]
        return process.returncode or 0, "".join(lines)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, *words: str) -> None:
        """Returns when it says that it has started."""
        self._data.mkdir(parents=True, exist_ok=True)
        self.pid = await self._begin(self._line(*(words or ("run",))))
        await self.said("Plumbline starts")
        assert self._is_alive, self.log[-3_000:]

    async def _begin(self, line: list[str]) -> int:
        return zygote().fork(line, self._environment, self._log_path, repairs=self.repairs)

    @property
    def _is_alive(self) -> bool:
        return bool(self.pid) and is_alive(self.pid)

    async def said(self, words: str) -> str:
        """Everything it has said, once these words are among it."""
        async with asyncio.timeout(START_SECONDS):
            while words not in self.log and self._is_alive:  # noqa: ASYNC110 - a file is read
                await asyncio.sleep(0.02)
        return self.log

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._is_alive:
            os.kill(self.pid, how)
            await gone(self.pid, START_SECONDS)
        self.pid = 0

    async def restart(self) -> None:
        """Stop and start again on the same data."""
        await self.stop()
        self._log_path.unlink()
        await self.start()


class ColdBot(BotProcess):
    """Begins with nothing, as people's do: it takes seconds."""

    _child: asyncio.subprocess.Process | None = None

    async def _begin(self, line: list[str]) -> int:
        with self._log_path.open("ab") as log:
            self._child = await self._run(line, log)
        return self._child.pid


def in_slack(slack: SlackServer) -> dict[str, str]:
    return {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SLACK_API_URL": slack.api_url}


def in_discord(discord: DiscordServer) -> dict[str, str]:
    return {"DISCORD_BOT_TOKEN": "good.token", "DISCORD_API_URL": discord.api_url}


def with_claude(claude: ClaudeServer) -> dict[str, str]:
    return {"ANTHROPIC_API_KEY": "sk-ant-test", "ANTHROPIC_BASE_URL": claude.url}
