"""How fast an answer is seen at Discord, and with how many calls: the model's stream drawn by `deliver` under Discord's limits."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncGenerator

import pytest

from adapters.delivery import deliver
from adapters.discord.outgoing import DiscordPlatform
from bot.conversation import Answer
from bot.events import AnswerEvent, TextDelta, Thinking
from bot.ports.inbox import Outcome
from storage.memory import MemoryOutbox
from tests import clock as clocks
from tests.adapters import discord_support
from tests.adapters.discord_support import asks, half, lease_for, thread
from tests.clock import Clock
from tests.servers.discord import CHANNEL, DiscordServer

WORDS = 60
SECONDS = 5.5

clock, platform = clocks.clock, discord_support.platform


@pytest.fixture(autouse=True)
async def _ready(clock: Clock, discord: DiscordServer, platform: DiscordPlatform) -> None:
    """Discord's limit over all calls, and a door that is open before anything is timed."""
    discord.requests_per_second = 50
    await platform.office()


class Told:
    """A model's stream, and when it said its first and its last words."""

    def __init__(self) -> None:
        self.first = self.last = 0.0

    async def events(self) -> AsyncGenerator[AnswerEvent, None]:
        yield Thinking()
        await asyncio.sleep(0.3)
        words = [f"word{number} " for number in range(WORDS)]
        self.first = time.monotonic()
        for word in words:
            yield TextDelta(word)
            await asyncio.sleep(SECONDS / WORDS)
        self.last = time.monotonic()
        yield Answer("".join(words), "m")


async def one(discord: DiscordServer, platform: DiscordPlatform, number: int) -> tuple[float, float, float]:
    """First text and last text behind the model's, and the longest time without a change between."""
    question, told = asks(discord, str(number)), Told()
    lease = lease_for(thread(question), question)
    assert await deliver(told.events(), await platform.open(lease, MemoryOutbox()), lease) is Outcome.ANSWERED

    place = question if question in discord.threads else CHANNEL
    (post,) = [each for each in discord.visible(place) if each.nonce.startswith(lease.turn_id)]
    worded = [at for at, said in zip(post.drawn_at, post.versions, strict=True) if "word0" in said]
    still = max((later - earlier for earlier, later in itertools.pairwise(worded)), default=0)
    return worded[0] - told.first, post.drawn_at[-1] - told.last, still


@pytest.mark.parametrize("count", [1, 20])
async def test_answers_in_threads_of_their_own_keep_up_with_the_model(
    discord: DiscordServer, platform: DiscordPlatform, count: int
) -> None:
    figures = await asyncio.gather(*(one(discord, platform, 1_000 + number) for number in range(count)))

    assert discord.refusals == []
    assert max(first for first, _, _ in figures) <= 0.2
    assert max(last for _, last, _ in figures) <= 0.3
    assert max(still for _, _, still in figures) <= 1.5
    assert len([path for _, path in discord.calls if path.startswith("channels")]) <= 9 * count


async def test_answers_that_share_a_channel_are_whole_without_one_refused_call(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    discord.denied.add("create_public_threads")
    figures = await asyncio.gather(*(one(discord, platform, 1_000 + number) for number in range(4)))

    assert [each for each in discord.refusals if "50013" not in each] == []
    assert max(first for first, _, _ in figures) <= 0.2
    assert sorted(last for _, last, _ in figures)[1] <= 0.3  # Discord takes five edits in five seconds there
    assert max(last for _, last, _ in figures) <= 5.5


async def test_a_thread_that_must_wait_delays_no_other(discord: DiscordServer, platform: DiscordPlatform) -> None:
    busy = await platform.open(lease_for(thread(asks(discord, "9")), "9"), MemoryOutbox())
    await busy.draw(half("so"))
    discord.faults["edit"] += ["429:8"]
    waiting = asyncio.create_task(busy.draw(half("so it is")))
    await discord.until(lambda: not discord.faults["edit"])
    first, last, _ = await one(discord, platform, 1_000)
    is_waiting = not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert is_waiting
    assert first <= 0.2
    assert last <= 0.3
