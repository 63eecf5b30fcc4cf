"""An answer in which there is nothing to read is none, at every door: an honest sentence with Retry, and no thumbs under an empty
message. And an address that no message holds arrives whole."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from tests.servers.claude import ClaudeServer
from tests.servers.discord import DiscordServer
from tests.servers.slack import SlackServer, texts_of
from tests.servers.slack.posts import found
from tests.walks import doors
from tests.walks.doors import Door, House
from tests.walks.page import address

pytestmark = pytest.mark.asyncio(loop_scope="module")
house, door, claude = doors.house, doors.door, doors.claude

SENTENCE = "Claude ended without writing an answer."


def buttons(door: Door, thread: str) -> str:
    match door.wire:
        case SlackServer() as slack:
            return str([one["action_id"] for one in found(slack.thread("C1", thread)[-1].blocks, "button")])
        case DiscordServer() as discord:
            return str(discord.visible(thread)[-1].components)
    raise AssertionError(door.name)


@pytest.mark.parametrize("text", ["---", "```\n```", "&nbsp;\n\n#"])
async def test_marks_alone_are_no_answer_and_it_says_so(door: Door, claude: ClaudeServer, text: str) -> None:
    claude.says(text)
    claude.says(text)
    thread = await door.says(f"{door.mention} why?")
    await door.until(lambda: SENTENCE in door.text(thread) and door.is_final(thread))

    assert len(claude.requests) == 2, "it is asked once more"
    assert "etry" in buttons(door, thread)
    assert "good" not in buttons(door, thread)
    assert "\U0001f44d" not in buttons(door, thread)


async def test_an_answer_that_is_nothing_once_is_asked_for_again(door: Door, claude: ClaudeServer) -> None:
    claude.says("---")
    claude.says("Use an index.")
    thread = await door.says(f"{door.mention} why is it slow?")
    await door.until(lambda: "Use an index." in door.text(thread) and door.is_final(thread))

    assert "---" not in door.text(thread)
    assert "———" not in door.text(thread)


async def test_in_a_stream_marks_alone_are_no_answer(house: House, claude: ClaudeServer) -> None:
    slack = house.doors["slack"].wire
    assert isinstance(slack, SlackServer)
    claude.says("> \n\n---\n\n")
    claude.says("***\n\n")
    root = await slack.user_says("D1", "why?")
    await slack.until(lambda: slack.is_final("D1", root))

    (post,) = slack.thread("D1", root)
    assert SENTENCE in texts_of(post)


async def test_on_the_page_marks_alone_are_no_answer(house: House, claude: ClaudeServer) -> None:
    claude.says("---")
    claude.says("---")
    home = await address(house.bot)
    async with aiohttp.ClientSession(headers={"Origin": home.rstrip("/")}) as session, asyncio.timeout(60):
        form = aiohttp.FormData({"text": "why?"}, default_to_multipart=True)
        async with session.post(home + "t", data=form) as asked:
            shown = await asked.text()
        while SENTENCE not in shown:
            await asyncio.sleep(0.05)
            async with session.get(asked.url) as read:
                shown = await read.text()

    assert "Retry" in shown
    assert 'class="good' not in shown


async def test_an_address_longer_than_a_message_arrives_whole(door: Door, claude: ClaudeServer) -> None:
    long = "https://elsewhere.example/" + "abcdefgh/" * 440
    claude.tokens_per_second = 2_000
    claude.says(f"Open {long} and [this]({long}) one.")
    thread = await door.says(f"{door.mention} where?")
    await door.until(lambda: "one." in door.text(thread) and door.is_final(thread))

    assert door.text(thread).replace("`", "").replace("\n", "").count(long) == 2
    assert len(door.shown(thread)) <= 6
    if isinstance(door.wire, DiscordServer):
        assert door.wire.refusals == []
    if isinstance(door.wire, SlackServer):
        assert door.wire.refused == 0
