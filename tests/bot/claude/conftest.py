"""Claude's server and our client of it, at a clock that waits for nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.claude.client import Claude
from tests.bot.claude.clock import Clock
from tests.servers.claude import ClaudeServer


@pytest.fixture
async def server() -> AsyncIterator[ClaudeServer]:
    async with ClaudeServer() as claude:
        yield claude


@pytest.fixture
async def claude(server: ClaudeServer) -> AsyncIterator[Claude]:
    clock = Clock()
    model = Claude("key", base_url=server.url, clock=clock, sleep=clock.sleep, now=clock.seconds)
    yield model
    await model.close()
