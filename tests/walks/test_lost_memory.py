"""A bot whose Redis was emptied, or was put back from a copy, goes on in its threads as people see them, and answers nothing twice."""

from __future__ import annotations

import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.servers.claude import ClaudeServer
from tests.servers.discord import DiscordServer
from tests.servers.slack import SlackServer
from tests.stores import ValkeyServer
from tests.walks.bot import BotProcess, in_discord, in_slack, with_claude
from tests.walks.doors import DiscordDoor, Door, SlackDoor

pytestmark = pytest.mark.slow


@pytest.fixture(params=["slack", "discord"])
async def walk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Door, BotProcess, ClaudeServer]]:
    async with ClaudeServer(first_token_seconds=0.05) as claude, SlackServer() as slack, DiscordServer() as discord:
        settings = in_slack(slack) if request.param == "slack" else in_discord(discord)
        door: Door = SlackDoor(slack) if request.param == "slack" else DiscordDoor(discord)
        yield door, BotProcess(tmp_path, **settings, **with_claude(claude)), claude


def heard_an_hour_ago(directory: Path, door: str) -> None:
    """As if the copy were that old."""
    server = ValkeyServer(directory)
    server.start()
    try:
        with server.client() as client:
            client.set(f"plumbline:door:{door}:heard", time.time() - 3600)
            client.set(f"plumbline:door:{door}:since", f"{time.time() - 7200} {time.time() - 3600}")
    finally:
        server.kill()


async def is_answered(door: Door, thread: str, count: int = 1) -> None:
    await door.until(lambda: len(door.shown(thread)) == count and door.is_final(thread))


async def test_with_its_redis_emptied_it_goes_on_in_a_thread_of_its_own_without_being_called(
    walk: tuple[Door, BotProcess, ClaudeServer], tmp_path: Path
) -> None:
    door, bot, claude = walk
    async with bot:
        claude.says("Use an index on `orders`.")
        thread = await door.says(f"{door.mention} why is it slow?")
        await is_answered(door, thread)
        await door.says(f"{door.mention} !unmute", thread=thread)
        await door.until(lambda: len(door.shown(thread)) == 2)
        others = await door.begins("lunch?", "menu")
    shutil.rmtree(tmp_path / "d" / "valkey")
    claude.requests.clear()

    async with bot:
        claude.says("Because it is sorted.")
        await door.says("and why is that?", thread=thread)
        await door.until(lambda: len(door.shown(thread)) == 3 and door.is_final(thread))
        await door.says("at noon?", thread=others)
        claude.says("It is.")
        await door.says("is it?", thread=thread)
        await door.until(lambda: len(door.shown(thread)) == 4)
        await door.until(lambda: len(claude.requests) == 2)
        assert bot.log.count("a thread of ours is known again") == 1
        assert bot.log.count("history read back from the platform") == 1

    first, second = (request.question for request in claude.requests)
    assert 'yours="1"' in first
    assert "Use an index on" in first
    assert "why is it slow?" in first
    assert first.count("yours=") == 1  # what it said to a command is no answer
    assert "Use an index" not in second
    assert door.shown(others) == []


async def test_with_its_redis_put_back_from_a_copy_it_knows_what_was_said_since_and_answers_it_once(
    walk: tuple[Door, BotProcess, ClaudeServer], tmp_path: Path
) -> None:
    door, bot, claude = walk
    async with bot:
        claude.says("Use an index.")
        thread = await door.says(f"{door.mention} why is it slow?")
        await is_answered(door, thread)
    shutil.copytree(tmp_path / "d" / "valkey", tmp_path / "copy")
    copied_in = int(time.time())
    await door.until(lambda: int(time.time()) > copied_in)  # what is shown tells its second: a copy is older than one
    async with bot:
        claude.says("On `created_at`.")
        await door.says("on what?", thread=thread)
        await is_answered(door, thread, 2)
        claude.says("Later.")
        after = await door.says(f"{door.mention} when?")
        await is_answered(door, after)
    shutil.rmtree(tmp_path / "d" / "valkey")
    shutil.move(tmp_path / "copy", tmp_path / "d" / "valkey")
    heard_an_hour_ago(tmp_path / "d" / "valkey", door.name)
    claude.requests.clear()

    async with bot:
        claude.says("Yes.")
        await door.says("is that all?", thread=thread)
        await is_answered(door, thread, 3)
        await door.says("sure?", thread=after)
        await is_answered(door, after, 2)

    assert len(claude.requests) == 2
    assert "created_at" in claude.requests[0].question
    assert "on what?" in claude.requests[0].question
