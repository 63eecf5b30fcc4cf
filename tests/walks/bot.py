"""The bot as people start it: `plumbline run` in a process of its own, on embedded stores, with settings from the environment."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Self

from tests.servers.claude import ClaudeServer
from tests.servers.discord import DiscordServer
from tests.servers.slack import SlackServer

ROOT = Path(__file__).parents[2]
START_SECONDS = 30


class BotProcess:
    """`async with BotProcess(data, SLACK_BOT_TOKEN=...)`; the environment holds these settings and nothing else of ours."""

    module = "adapters.cli"

    def __init__(self, data: Path, **settings: str) -> None:
        self._data = data
        self._settings = {"PLUMBLINE_WEB_PORT": "0", "PLUMBLINE_LOG_LEVEL": "INFO", **settings}
        self._process: asyncio.subprocess.Process | None = None
        self._log_path = data / "bot.log"

    @property
    def log(self) -> str:
        return self._log_path.read_text() if self._log_path.exists() else ""

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def _environment(self) -> dict[str, str]:
        base = {"PATH": os.environ["PATH"], "HOME": str(self._data), "PLUMBLINE_DATA_DIR": str(self._data / "d")}
        return {**base, **self._settings}

    def _line(self, *words: str) -> tuple[str, ...]:
        return (sys.executable, "-m", self.module, "--env-file", "/nonexistent", *words)

    async def typed(self, text: str) -> str:
        """What a terminal shows when this is typed into `console`, to its end."""
        process = await asyncio.create_subprocess_exec(
            *self._line("console"),
            cwd=ROOT,
            env=self._environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(60):
            printed, _ = await process.communicate(text.encode())
        return printed.decode()

    async def command(self, *words: str) -> tuple[int, str]:
        """Run one command to its end: its exit code, and what it printed (logs left out)."""
        process = await asyncio.create_subprocess_exec(
            *self._line(*words),
            cwd=ROOT,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(60):
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
        with self._log_path.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._line(*(words or ("run",))), cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )
        for _ in range(START_SECONDS * 20):
            if "Plumbline starts" in self.log or self._process.returncode is not None:
                break
            await asyncio.sleep(0.05)
        assert self._process.returncode is None, self.log[-3_000:]

    async def said(self, words: str) -> str:
        """Everything it has said, once these words are among it."""
        for _ in range(START_SECONDS * 20):
            if words in self.log:
                break
            await asyncio.sleep(0.05)
        return self.log

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._process and self._process.returncode is None:
            self._process.send_signal(how)
            async with asyncio.timeout(40):
                await self._process.wait()
        self._process = None

    async def restart(self) -> None:
        """Stop and start again on the same data."""
        await self.stop()
        self._log_path.unlink()
        await self.start()


def in_slack(slack: SlackServer) -> dict[str, str]:
    return {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SLACK_API_URL": slack.api_url}


def in_discord(discord: DiscordServer) -> dict[str, str]:
    return {"DISCORD_BOT_TOKEN": "good.token", "DISCORD_API_URL": discord.api_url}


def with_claude(claude: ClaudeServer) -> dict[str, str]:
    return {"ANTHROPIC_API_KEY": "sk-ant-test", "ANTHROPIC_BASE_URL": claude.url}
