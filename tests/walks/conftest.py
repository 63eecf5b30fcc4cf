"""What the walks start from: a Claude of a known pace, and the bot between it and a platform, not yet started."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.servers.claude import ClaudeServer
from tests.servers.discord import DiscordServer
from tests.servers.slack import SlackServer
from tests.walks.bot import BotProcess, in_discord, in_slack, with_claude


@pytest.fixture
async def claude() -> AsyncIterator[ClaudeServer]:
    async with ClaudeServer(first_token_seconds=0.05, tokens_per_second=200) as server:
        yield server


@pytest.fixture
def slack_bot(tmp_path: Path, slack: SlackServer, claude: ClaudeServer) -> BotProcess:
    return BotProcess(tmp_path, **in_slack(slack), **with_claude(claude))


@pytest.fixture
def discord_bot(tmp_path: Path, discord: DiscordServer, claude: ClaudeServer) -> BotProcess:
    return BotProcess(tmp_path, **in_discord(discord), **with_claude(claude))
