"""Stop, at every moment of an answer: the model's stream is closed within a second, and what was said stays, with who stopped it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from tests.servers.claude import ClaudeServer
from tests.servers.discord import BOT, CHANNEL, DiscordServer
from tests.servers.slack import BOT_USER, SlackServer, texts_of
from tests.stalls import slowness
from tests.walks.bot import BotProcess

MOMENTS = [
    "before Claude answers",
    "before the first token",
    "while it thinks",
    "in mid text",
    "while Claude is overloaded",
]
SECONDS = 1.0


def lay_out(claude: ClaudeServer, moment: str) -> None:
    claude.requests.clear()
    claude.first_token_seconds = 60 if moment == "before the first token" else 0.05
    claude.tokens_per_second = 20
    claude.is_overloaded = lambda: moment == "while Claude is overloaded"
    if moment == "before Claude answers":
        claude.fails("no_headers")
    elif moment != "while Claude is overloaded":
        claude.says("word " * 400, thinking="hm " * 400 if moment == "while it thinks" else "")


def begun(claude: ClaudeServer, moment: str) -> Callable[[], bool]:
    """Whether the moment has come, once the answer has a Stop button."""
    return lambda: bool(
        claude.requests and (claude.requests[-1].first_token_at or "first" in moment or "Claude" in moment)
    )


async def closed(claude: ClaudeServer) -> float:
    """Seconds until no request to the model is open."""
    start = time.monotonic()
    async with asyncio.timeout(20):
        for request in claude.requests:
            if request.status == 200:
                await request.ended.wait()
    return time.monotonic() - start


async def stopped_in_slack(slack: SlackServer, claude: ClaudeServer, moment: str, by: str) -> None:
    root = await slack.user_says("C1", f"<@{BOT_USER}> {moment}?")
    await slack.until(lambda: slack.thread("C1", root))
    await slack.until(begun(claude, moment))
    (post,) = slack.thread("C1", root)
    if moment == "in mid text":
        await slack.until(lambda: "word" in texts_of(post))
    asked = len(claude.requests)

    if by == "button":
        await slack.click("C1", post.ts, "stop")
    else:
        await slack.user_says("C1", "!stop", thread=root)

    assert await closed(claude) < SECONDS * slowness(), moment
    await slack.until(lambda: slack.is_final("C1", root))
    assert "Stopped by Ana." in post.versions[-1], moment
    assert ("word" in texts_of(post)) == (moment == "in mid text")
    assert [one.ts for one in slack.thread("C1", root)] == [post.ts]
    assert len(claude.requests) == asked, moment


async def stopped_in_discord(discord: DiscordServer, claude: ClaudeServer, moment: str) -> None:
    question = await discord.user_says(f"<@{BOT}> {moment}?", channel=CHANNEL)
    await discord.until(lambda: discord.visible(question))
    await discord.until(begun(claude, moment))
    (post,) = discord.visible(question)
    if moment == "in mid text":
        await discord.until(lambda: "word" in post.content)

    await discord.click(post, "Stop")

    assert await closed(claude) < SECONDS * slowness(), moment
    await discord.until(lambda: "Stopped by Ana" in post.content)
    assert ("word" in post.content) == (moment == "in mid text")
    assert len(discord.visible(question)) == 1


@pytest.mark.parametrize("by", ["button", "word"])
async def test_stop_at_every_moment_in_slack(
    slack_bot: BotProcess, slack: SlackServer, claude: ClaudeServer, by: str
) -> None:
    async with slack_bot:
        for moment in MOMENTS:
            lay_out(claude, moment)
            await stopped_in_slack(slack, claude, moment, by)
    assert slack.pings() == []


async def test_stop_at_every_moment_in_discord(
    discord_bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    async with discord_bot:
        for moment in MOMENTS:
            lay_out(claude, moment)
            await stopped_in_discord(discord, claude, moment)
    assert discord.pings == []
