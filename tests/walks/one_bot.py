"""One bot at Discord for all walks of a file, each in threads of its own: starting one takes longer than most walks.

A file takes these fixtures by name, and runs in one loop: `pytestmark = pytest.mark.asyncio(loop_scope="module")`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.servers.claude import ClaudeServer
from tests.servers.discord import DiscordServer
from tests.walks.bot import BotProcess, in_discord, with_claude


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def servers() -> AsyncIterator[tuple[DiscordServer, ClaudeServer]]:
    async with DiscordServer() as discord, ClaudeServer(first_token_seconds=0.05) as claude:
        yield discord, claude


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(
    tmp_path_factory: pytest.TempPathFactory, servers: tuple[DiscordServer, ClaudeServer]
) -> AsyncIterator[BotProcess]:
    discord, claude = servers
    async with BotProcess(tmp_path_factory.mktemp("bot"), **in_discord(discord), **with_claude(claude)) as bot:
        yield bot


@pytest.fixture
def discord(servers: tuple[DiscordServer, ClaudeServer]) -> DiscordServer:
    """As if nothing had been said."""
    server = servers[0]
    server.posts.clear()
    server.threads.clear()
    server.calls.clear()
    server.refusals.clear()
    return server


@pytest.fixture
def claude(servers: tuple[DiscordServer, ClaudeServer]) -> ClaudeServer:
    server = servers[1]
    server.tokens_per_second = 200
    server.requests.clear()
    return server
