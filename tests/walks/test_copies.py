"""What a question copies of somebody else's follows it: a reply, a forward, the message menu, a file, a thread's first message. Through
the whole bot and each door, as the platforms tell of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.servers.claude import ClaudeServer
from tests.servers.discord import BOT, CHANNEL, DM, DiscordServer
from tests.servers.slack import BOT_USER, SlackServer
from tests.walks import doors
from tests.walks.doors import Door, House
from tests.walks.test_changes import goes_on

pytestmark = pytest.mark.asyncio(loop_scope="module")
house, door, claude = doors.house, doors.door, doors.claude

Json = dict[str, Any]
Ask = Callable[[House], Awaitable[tuple[str, str]]]
"""A thread, and the message of a colleague's that its question copies: `copies OLDWORDS`."""


def slack_of(house: House) -> SlackServer:
    wire = house.doors["slack"].wire
    assert isinstance(wire, SlackServer)
    return wire


def discord_of(house: House) -> DiscordServer:
    wire = house.doors["discord"].wire
    assert isinstance(wire, DiscordServer)
    return wire


async def slack_menu(house: House) -> tuple[str, str]:
    thread = await slack_of(house).user_says("C1", "it is slow", user="U2")
    target = await slack_of(house).user_says("C1", "run OLDWORDS", user="U2", thread=thread)
    await slack_of(house).until(lambda: target in house.bot.log)
    await slack_of(house).shortcut("C1", target)
    return thread, target


def share(ts: str, text: str) -> Json:
    made: Json = {"is_share": True, "ts": ts, "channel_id": "C2", "author_name": "Ben", "channel_name": "incidents"}
    return made | {"text": text, "from_url": f"https://team.slack.com/archives/C2/p{ts}", "fallback": "x"}


async def slack_forward(house: House) -> tuple[str, str]:
    target = await slack_of(house).user_says("C2", "run OLDWORDS", user="U2")
    asked = f"<@{BOT_USER}> is that right?"
    return await slack_of(house).user_says("C1", asked, attachments=[share(target, "run OLDWORDS")]), target


async def discord_menu(house: House) -> tuple[str, str]:
    target = await discord_of(house).user_says("run OLDWORDS", user="2")
    await discord_of(house).menu(target)
    return target, target


async def discord_reply(house: House) -> tuple[str, str]:
    target = await discord_of(house).user_says("run OLDWORDS", user="2")
    return await discord_of(house).user_says(f"<@{BOT}> is that right?", reply_to=target), target


async def discord_forward(house: House) -> tuple[str, str]:
    """Forwarded to us directly."""
    target = await discord_of(house).user_says("run OLDWORDS", user="2")
    await discord_of(house).user_says("", channel=DM, forwards=target)
    return DM, target


WAYS = [
    ("slack", slack_menu, "C1"),
    ("slack", slack_forward, "C2"),
    ("discord", discord_menu, CHANNEL),
    ("discord", discord_reply, CHANNEL),
    ("discord", discord_forward, CHANNEL),
]
NAMES = [f"{name} {ask.__name__.split('_')[1]}" for name, ask, _ in WAYS]


async def changes(house: House, name: str, channel: str, target: str, *, is_deleted: bool) -> None:
    known = house.bot.log.count("what was copied has changed")
    if name == "slack":
        slack = slack_of(house)
        await (slack.user_deletes(channel, target) if is_deleted else slack.user_edits(channel, target, "run NEWWORDS"))
    else:
        discord = discord_of(house)
        await (discord.deletes(target) if is_deleted else discord.edits(target, "run NEWWORDS"))
    await house.doors[name].until(lambda: house.bot.log.count("what was copied has changed") > known)


@pytest.mark.parametrize("is_deleted", [False, True], ids=["edited", "deleted"])
@pytest.mark.parametrize(("name", "ask", "channel"), WAYS, ids=NAMES)
async def test_what_a_question_copies_is_forgotten_or_replaced_with_what_it_was_copied_from(
    house: House, claude: ClaudeServer, name: str, ask: Ask, channel: str, is_deleted: bool
) -> None:
    answer = f"With OFFSET {name} {ask.__name__} {is_deleted}."
    claude.says(answer)
    thread, target = await ask(house)
    door = house.doors[name]
    await door.until(lambda: answer in door.text(thread).replace("\\", "") and door.is_final(thread))
    first = str(claude.requests[-1].body["messages"])
    await changes(house, name, channel, target, is_deleted=is_deleted)
    after = await goes_on(door, claude, thread, f"{door.mention} and now?")

    assert ["OLDWORDS" in first, "OLDWORDS" in after] == [True, False]
    assert ("(deleted since)" if is_deleted else "NEWWORDS") in after
    assert len(claude.requests) == 2  # nobody asked anything by it


@pytest.mark.parametrize("what", ["first, edited", "reply, edited", "reply, deleted"])
async def test_what_is_read_for_the_first_answer_and_changes_meanwhile_is_remembered_as_it_reads_then(
    door: Door, claude: ClaudeServer, house: House, what: str
) -> None:
    thread = await door.begins("it crashed, see OLDWORDS", "a log")
    reply = await door.says("and OLDREPLY", thread=thread)
    await door.until(lambda: reply in house.bot.log)
    claude.tokens_per_second = 15
    claude.says("word " * 30)
    await door.says(f"{door.mention} why?", thread=thread)
    await door.until(lambda: "word" in door.text(thread))
    place, is_deleted = thread if what.startswith("first") else reply, what.endswith("deleted")
    said = "message deleted" if is_deleted else "message edited"
    known = house.bot.log.count(said)
    await (door.deletes(place) if is_deleted else door.edits(place, "it crashed, see NEWWORDS"))
    await door.until(lambda: house.bot.log.count(said) > known)
    claude.tokens_per_second = 200
    await door.until(lambda: door.is_final(thread))
    first = str(claude.requests[0].body)
    after = await goes_on(door, claude, thread, f"{door.mention} and now?")

    gone, kept = ("OLDWORDS", "OLDREPLY") if place == thread else ("OLDREPLY", "OLDWORDS")
    assert [gone in first, kept in first] == [True, True]
    assert [gone in after, kept in after, "NEWWORDS" in after] == [False, True, not is_deleted]
    assert len(claude.requests) == 2


async def test_a_file_that_is_deleted_under_its_message_is_forgotten_at_once(
    house: House, claude: ClaudeServer
) -> None:
    slack, door = slack_of(house), house.doors["slack"]
    own, root = slack.file("own.log", b"the OWNBODY"), slack.file("root.log", b"the ROOTBODY")
    thread = await slack.user_says("C1", "it crashed", user="U2", files=[root])
    claude.says("With OFFSET.")
    await slack.user_says("C1", f"<@{BOT_USER}> why?", thread=thread, files=[own])
    await door.until(lambda: "With OFFSET." in door.text(thread) and door.is_final(thread))
    before, known = str(claude.requests[-1].body), house.bot.log.count("what was copied has changed")
    slack.deletes_file(own["id"])
    slack.deletes_file(root["id"])
    await door.until(lambda: house.bot.log.count("what was copied has changed") >= known + 2)
    after = await goes_on(door, claude, thread, f"{door.mention} and now?")

    bodies = ("OWNBODY", "ROOTBODY")
    assert [one in before for one in bodies] == [True, True]
    assert [one in after for one in (*bodies, "own.log", "root.log")] == [False] * 4


async def test_a_snippet_that_people_edit_is_forgotten_and_named_and_other_news_of_a_file_changes_nothing(
    house: House, claude: ClaudeServer
) -> None:
    slack, door = slack_of(house), house.doors["slack"]
    snippet = slack.file("query.sql", b"select OLDBODY")
    claude.says("With OFFSET.")
    thread = await slack.user_says("C1", f"<@{BOT_USER}> why?", files=[snippet])
    await door.until(lambda: "With OFFSET." in door.text(thread) and door.is_final(thread))
    told = slack.changes_file(snippet["id"], b"select OLDBODY", is_editable=False)
    await door.until(lambda: (told, True) in slack.delivered)
    same = await goes_on(door, claude, thread, f"{door.mention} and fast?")
    known = house.bot.log.count("a file has changed")
    slack.changes_file(snippet["id"], b"select NEWBODY")
    await door.until(lambda: house.bot.log.count("a file has changed") > known)
    after = await goes_on(door, claude, thread, f"{door.mention} and now?")

    assert ["OLDBODY" in same, "OLDBODY" in after, "query.sql" in after] == [True, False, True]
