"""What stood in a Discord thread before is read back: by whom it was said, with its names, with honest numbers of what is left out."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.discord.outgoing import DiscordPlatform
from bot.conversation import Message
from tests.adapters.discord_support import NotingDesk, door, lease_for, thread
from tests.adapters.discord_support import platform as platform
from tests.adapters.test_discord_inbound import desk, open_thread
from tests.servers.discord import BOT, CHANNEL, DM, FORUM, OTHER_BOT, DiscordServer, Post

__all__ = ["desk"]

REPLY = 19


async def read_back(platform: DiscordPlatform, root: str, asked: str) -> list[Message]:
    return list(await platform.earlier(lease_for(thread(root), asked, route={}).messages[0]))


async def test_what_we_said_at_once_in_a_forum_post_is_not_read_back_as_an_answer(
    discord: DiscordServer, desk: NotingDesk, platform: DiscordPlatform
) -> None:
    root = await discord.forum_post("Slow", "!help")
    said = Post(str(int(root) + 1), root, BOT, "Ask me anything about your backend", reference=root, kind=REPLY)
    answer = Post(str(int(root) + 2), root, BOT, "Use an index.\n-# Looked at shop.")
    discord.posts |= {said.id: said, answer.id: answer}

    found = await platform.earlier(lease_for(thread(root, FORUM), str(int(root) + 9), route={}).messages[0])

    assert [one.text for one in found if one.ours] == ["Use an index."]


async def test_a_public_question_behind_a_command_is_read_back_as_its_askers(
    discord: DiscordServer, desk: NotingDesk, platform: DiscordPlatform
) -> None:
    used = await discord.slash("ask", question="who owns **orders**?", user="2")
    await discord.until(lambda: desk.taken and "asks" in discord.posts[used.original].content)
    (asked,) = desk.taken.values()
    await discord.opens_thread(used.original, "orders")

    (heard,) = await read_back(platform, used.original, str(int(used.original) + 9))

    assert (heard.id, heard.author, heard.ours) == (asked.id, asked.author, False)
    assert heard.text.replace("\\", "") == asked.text


async def test_roles_and_channels_of_what_was_said_earlier_are_known_by_name(
    discord: DiscordServer, desk: NotingDesk, platform: DiscordPlatform
) -> None:
    root = await open_thread(discord)
    await discord.user_says(f"<@&501> see <#{CHANNEL}> and <#999> `<@&501>`", channel=root)

    found = await read_back(platform, root, str(int(root) + (1 << 40)))

    assert found[1].text == f"@backend see #channel-{CHANNEL} and #999 `<@&501>`"


async def test_of_a_thread_longer_than_we_read_the_number_is_said(
    discord: DiscordServer, desk: NotingDesk, platform: DiscordPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.discord.outgoing.MOST_EARLIER", 100)
    root = await open_thread(discord)
    for number in range(455):
        one = str(int(root) + 1 + number)
        discord.posts[one] = Post(one, root, "1", f"reply {number}")

    found = await read_back(platform, root, str(int(root) + 999))

    assert (found[0].id, found[0].unread, found[1].text) == (root, 350, "reply 355")


# --- quotations -------------------------------------------------------------------------------------------------------


async def test_a_reply_to_a_forward_a_file_and_another_apps_log_brings_them(
    discord: DiscordServer, desk: NotingDesk
) -> None:
    order = await discord.user_says("I drop the table", user="2", files=[discord.file("plan.sql", b"DROP")])
    forward = await discord.user_says("", forwards=order, user="2")
    log = await discord.user_says("", user=OTHER_BOT, files=[discord.file("worker.log", b"boom")])
    asked = [await discord.user_says(f"<@{BOT}> why?", reply_to=one) for one in (forward, log)]
    await discord.until(lambda: set(asked) <= desk.taken.keys())

    first, second = (desk.taken[one] for one in asked)
    assert "In reply to Ben:\n> Forwarded" in first.text
    assert first.text.endswith("> > I drop the table")
    assert [one.name for one in first.attachments] == ["plan.sql"]
    assert second.text == "why?\n\nIn reply to Alerts:\n> (files alone)"
    assert [one.name for one in second.attachments] == ["worker.log"]


async def test_who_is_named_in_a_forward_has_a_name_wherever_it_comes_from(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    order = await discord.user_says(f"<@3> and <@{BOT}>: see `<@3>`", user="2", wait=False)
    desk = NotingDesk()
    async with door(discord, desk):
        said = await discord.user_says("", channel=DM, forwards=order)
        root = await open_thread(discord)
        within = await discord.user_says("", channel=root, forwards=order)
        menu = await discord.menu(within)
        await discord.until(lambda: {said, menu.id} <= desk.taken.keys())
    found = await read_back(platform, root, str(int(root) + (1 << 40)))

    for text in (desk.taken[said].text, desk.taken[menu.id].text, found[-1].text):
        assert "> @Cyn and @Plumbline: see `<@3>`" in text


@pytest.mark.parametrize("brings", ["reply_to", "forwards"])
async def test_what_a_person_typed_is_told_from_what_they_quote(
    discord: DiscordServer, desk: NotingDesk, brings: str
) -> None:
    theirs = await discord.user_says("drop it", user="2")
    more: dict[str, Any] = {brings: theirs}
    root = await open_thread(discord)
    said = await discord.user_says(f"<@{BOT}>: !prompt", channel=root, **more)
    plain = await discord.user_says("!prompt be short", channel=root)
    await discord.until(lambda: {said, plain} <= desk.taken.keys())

    assert (desk.taken[said].typed, desk.taken[plain].typed) == ("!prompt", None)
    assert desk.taken[said].text.endswith("> drop it")


async def test_an_app_that_speaks_to_us_leaves_one_line_that_says_why_it_is_not_answered(
    discord: DiscordServer, desk: NotingDesk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    await discord.user_says(f"<@{BOT}> deploy is done", user=OTHER_BOT)
    await discord.user_says("nothing for you", user=OTHER_BOT)
    await discord.user_says(f"<@{BOT}> deploy is done", user=OTHER_BOT, webhook=True)
    last = await discord.user_says(f"<@{BOT}> how?")
    await discord.until(lambda: last in desk.taken)

    lines = [record for record in caplog.records if record.getMessage() == "another app is not answered"]
    assert [(line.app, line.reason) for line in lines] == [  # type: ignore[attr-defined]
        ("Alerts", "PLUMBLINE_ANSWER_BOTS is off"),
        ("Alerts", "it is a webhook"),
    ]
    assert list(desk.taken) == [last]


async def test_a_nod_in_direct_messages_asks_nothing(discord: DiscordServer, desk: NotingDesk) -> None:
    nods = [await discord.user_says(text, channel=DM) for text in ("\U0001f64f", "<:ship_it:1>")]
    called = await discord.user_says(f"<@{BOT}> <:ship_it:1>", channel=DM)
    asks = [await discord.user_says(text, channel=DM) for text in ("\uff1f", "\U0001f64f why", "1")]
    await discord.until(lambda: {*nods, called, *asks} <= desk.taken.keys())

    assert [(desk.taken[one].addressed, desk.taken[one].gesture) for one in nods] == [(False, True)] * 2
    assert (desk.taken[called].addressed, desk.taken[called].gesture) == (True, True)
    assert [(desk.taken[one].addressed, desk.taken[one].gesture) for one in asks] == [(True, False)] * 3
