"""Each worker takes its part of what a platform allows, by how many are alive."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from adapters import sharing
from adapters.discord.outgoing import DiscordPlatform
from adapters.slack.outgoing import SlackPlatform
from bot.errors import StoreUnavailable
from bot.ports.stores import Presence, Task
from tests.storage.serving import eventually


class Counted(Presence):
    """So many are alive; None: the store is away."""

    def __init__(self) -> None:
        self.workers: int | None = 4
        self.looks = 0

    async def count(self, task: Task) -> int:
        self.looks += 1
        if self.workers is None:
            raise StoreUnavailable("away")
        return self.workers if task == "worker" else 9


async def test_both_platforms_are_told_of_who_comes_and_goes_and_keep_what_they_know_while_the_store_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sharing, "LOOK_SECONDS", 0.001)
    presence, slack, discord = (
        Counted(),
        SlackPlatform("xoxb-1", name="Plumbline"),
        DiscordPlatform("token", calls_per_second=50),
    )
    whole = discord.budget._calls_per_second
    sharing_out = asyncio.create_task(sharing.keep_sharing(presence, [slack, discord]))
    try:
        await eventually(lambda: slack.calls.budget.lane("chat.update").limit == 12.5)
        assert discord.budget._calls_per_second == whole / 4
        presence.workers, looks = None, presence.looks
        await eventually(lambda: presence.looks > looks + 1)
        assert slack.calls.budget.lane("chat.update").limit == 12.5
        presence.workers = 0  # before our own first beat
        await eventually(lambda: slack.calls.budget.lane("chat.update").limit == 50)
        assert discord.budget._calls_per_second == whole
    finally:
        sharing_out.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sharing_out
