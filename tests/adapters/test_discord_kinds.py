"""Kinds of what comes from Discord that nobody thinks of first: what is shown around without a word, and what an interaction of an
earlier release, or of nobody's, does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters import phrases
from bot.answering.gate import Verdict, judge
from bot.ports.stores import ChannelSettings
from tests.adapters.discord_support import NotingDesk, door
from tests.fakes import lease as fake_lease
from tests.servers.discord import BOT, CHANNEL, DM, GUILD, DiscordServer

Json = dict[str, Any]


@pytest.fixture
async def desk(discord: DiscordServer) -> AsyncIterator[NotingDesk]:
    desk = NotingDesk()
    async with door(discord, desk):
        yield desk


async def open_thread(discord: DiscordServer) -> str:
    return await discord.opens_thread(await discord.user_says("it is slow"), "slow")


# --- what is shown around ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["forward", "link", "link and nod"])
async def test_what_is_shown_around_without_a_word_is_heard_and_answered_only_where_it_is_for_us(
    discord: DiscordServer, desk: NotingDesk, form: str
) -> None:
    root = await open_thread(discord)
    order = await discord.user_says("I drop `orders` at noon", user="2")
    link = f"https://discord.com/channels/{GUILD}/{CHANNEL}/{order}"
    words = {"forward": "", "link": link, "link and nod": f"<{link}> \U0001f440"}[form]
    forwards = order if form == "forward" else ""
    shown = await discord.user_says(words, channel=root, forwards=forwards)
    direct = await discord.user_says(words, channel=DM, forwards=forwards)
    called = await discord.user_says(f"<@{BOT}> {words}", channel=root, forwards=forwards)
    asked = await discord.user_says(f"is that right? {words}", channel=root, forwards=forwards)
    await discord.until(lambda: {shown, direct, called, asked} <= desk.taken.keys())

    found = [desk.taken[one] for one in (shown, direct, called, asked)]
    verdicts = [judge(one, fake_lease(one), ChannelSettings()) for one in found]
    assert verdicts == [Verdict.LEAVE, Verdict.ANSWER, Verdict.ANSWER, Verdict.ANSWER]
    assert desk.taken[shown].text


# --- what nothing waits for (any more) --------------------------------------------------------------------------------

NAMED: Json = {"id": "9", "name": "explain", "type": 1, "options": []}


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (3, {"custom_id": "approve_deploy", "component_type": 2}),
        (3, {"custom_id": "pl:shout:t:200:300:300", "component_type": 2}),
        (3, {"custom_id": "pl", "component_type": 2}),
        (3, {"custom_id": "pick", "component_type": 3, "values": ["a"]}),
        (5, {"custom_id": "settings", "components": []}),
        (2, NAMED),
        (2, NAMED | {"type": 3, "target_id": "1", "resolved": {"messages": {}}}),
        (2, NAMED | {"name": "ask"}),
    ],
    ids=["foreign", "unknown", "nothing", "select", "form", "command", "menu", "other options"],
)
async def test_what_nothing_waits_for_is_acknowledged_and_whoever_used_it_is_told_alone(
    discord: DiscordServer, desk: NotingDesk, kind: int, data: Json
) -> None:
    post = discord.posts[await discord.user_says("pick one", user=BOT)] if kind == 3 else None
    used = await discord.interacts(kind, data, post=post)
    await discord.until(lambda: used.original and discord.posts[used.original].content)

    assert used.ephemeral
    assert discord.posts[used.original].content == phrases.too_old()
    assert desk.pressed == []


@pytest.mark.parametrize("name", ["ask", "explain"])
async def test_whoever_types_where_choices_would_come_is_offered_none(
    discord: DiscordServer, desk: NotingDesk, name: str
) -> None:
    option = {"name": "question", "type": 3, "value": "ho", "focused": True}
    used = await discord.interacts(4, NAMED | {"name": name, "options": [option]})
    await discord.until(lambda: used.choices is not None)

    assert used.choices == []
    assert discord.refusals == []
