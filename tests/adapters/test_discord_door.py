"""What reaches the desk through Discord's door: edits, deletions, forum posts, menus, bots, and what is said when nothing can."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from adapters.clocks import PlatformClock
from adapters.discord.listener import LATE_TRIES
from adapters.phrases import store_waited_for
from bot.conversation import Message
from bot.ports.doors import Received
from storage.memory import MemoryAttendance
from tests.adapters.discord_support import NotingDesk, door, thread
from tests.servers.discord import BOT, CHANNEL, DM, FOREIGN, FORUM, GUILD, OTHER_BOT, ROLE, DiscordServer, Post


@pytest.fixture
def attendance() -> MemoryAttendance:
    return MemoryAttendance()


@pytest.fixture
async def desk(
    discord: DiscordServer, attendance: MemoryAttendance, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[NotingDesk]:
    monkeypatch.setattr("adapters.discord.missed.MARK_SECONDS", 0.05)
    desk = NotingDesk()
    async with door(discord, desk, attendance=attendance):
        yield desk


@pytest.fixture(autouse=True)
def marked_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.discord.missed.MARK_SECONDS", 0.2)


async def noted(discord: DiscordServer, attendance: MemoryAttendance) -> None:
    """The door has noted that it heard all that was told until now, to the second: no answer tells Discord's time closer."""
    since = datetime.now(UTC) - timedelta(seconds=1)
    await discord.user_says("one more", channel=DM)
    await discord.until(lambda: attendance._heard.get("discord", since) > since)


async def settled(discord: DiscordServer, desk: NotingDesk) -> None:
    """All that was told before has been heard: what comes after it has."""
    last = await discord.user_says("the last one", channel=DM)
    await discord.until(lambda: last in desk.taken)
    await asyncio.sleep(0.05)


def where(message: Message) -> dict[str, str]:
    """Its route, but for what was told of its author."""
    return {key: value for key, value in message.route.items() if key != "member"}


# --- edits ------------------------------------------------------------------------------------------------------------


async def test_an_edit_reaches_the_desk_as_the_same_message_with_its_edition(
    discord: DiscordServer, desk: NotingDesk
) -> None:
    question = await discord.user_says(f"<@{BOT}> how do I page?")
    await discord.until(lambda: question in desk.taken)
    await discord.edits(question, f"<@{BOT}> how do I page backwards?")
    await discord.until(lambda: desk.revised)

    (revised,) = desk.revised
    first = desk.taken[question]
    assert (revised.thread, revised.id, revised.addressed, where(revised)) == (
        first.thread, question, True, {"start": "1"},
    )  # fmt: skip
    assert revised.text == "how do I page backwards?"
    assert (bool(first.edition), bool(revised.edition)) == (False, True)


async def test_an_edit_of_what_the_library_has_forgotten_counts_too(discord: DiscordServer) -> None:
    old = await discord.user_says("so slow", wait=False)
    desk = NotingDesk()
    async with door(discord, desk):
        await discord.edits(old, f"<@{BOT}> so slow, why?")
        await discord.until(lambda: desk.revised)

    assert desk.revised[0].addressed
    assert desk.revised[0].thread == thread(old)


async def test_previews_pins_threads_and_our_own_edits_are_no_edits(discord: DiscordServer, desk: NotingDesk) -> None:
    question = await discord.user_says(f"<@{BOT}> see https://example.org")
    await discord.edits(question, f"<@{BOT}> see https://example.org/2")
    await discord.until(lambda: desk.revised)
    await discord.unfurls(question)
    await discord.pins(question)
    await discord.edits(question, discord.posts[question].content)  # "(edited)", and the same words
    ours = Post("7", CHANNEL, BOT, f"<@{BOT}> mine", edited_at="2026-01-01T00:00:00+00:00")
    discord.posts["7"] = ours
    await discord.unfurls("7")
    chatter = await discord.user_says("nothing for a bot")
    await discord.edits(chatter, "nothing for a bot at all")
    await settled(discord, desk)

    assert len(desk.revised) == 1


async def test_a_question_whose_edit_takes_the_mention_away_is_still_ours(
    discord: DiscordServer, desk: NotingDesk
) -> None:
    question = await discord.user_says(f"<@{BOT}> how?")
    await discord.until(lambda: question in desk.taken)
    await discord.edits(question, "never mind")
    await discord.until(lambda: desk.revised)

    assert not desk.revised[0].addressed


async def test_what_was_edited_while_nobody_listened_is_revised(
    discord: DiscordServer, desk: NotingDesk, attendance: MemoryAttendance
) -> None:
    question = await discord.user_says(f"<@{BOT}> how?")
    await discord.until(lambda: question in desk.taken)
    await noted(discord, attendance)
    discord.forgets_session = True
    await discord.drop_gateway()
    await discord.edits(question, f"<@{BOT}> how, in SQL?")
    await discord.until(lambda: desk.revised)

    assert desk.revised[0].text == "how, in SQL?"


async def test_an_update_in_part_harms_nothing(discord: DiscordServer, desk: NotingDesk) -> None:
    question = await discord.user_says(f"<@{BOT}> see https://example.org")
    await discord.until(lambda: question in desk.taken)
    await discord.unfurls_in_part(question)
    await settled(discord, desk)

    assert desk.revised == []
    assert discord.identifies == 1


async def test_what_was_missed_is_read_though_discord_fails_at_first(
    discord: DiscordServer, desk: NotingDesk, attendance: MemoryAttendance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.discord.missed.PAUSE_SECONDS", 0.1)
    first = await discord.user_says(f"<@{BOT}> first")
    await discord.until(lambda: first in desk.taken)
    await noted(discord, attendance)
    discord.forgets_session = True
    discord.faults["history"] += ["503", "cut"]
    await discord.drop_gateway()
    second = await discord.user_says(f"<@{BOT}> second", wait=False)
    await discord.until(lambda: second in desk.taken)

    assert not discord.faults["history"]
    assert discord.identifies == 2
    assert [one for one in desk.taken if desk.taken[one].thread.workspace == GUILD] == [first, second]


@pytest.mark.parametrize("hours", [-2, 2])
async def test_a_machine_whose_clock_is_wrong_misses_nothing_and_says_so(
    discord: DiscordServer, caplog: pytest.LogCaptureFixture, hours: int
) -> None:
    """Marks are written and read by Discord's clock."""
    real, attendance = datetime.now(UTC), MemoryAttendance()
    clocks = [PlatformClock("discord", lambda: datetime.now(UTC) + timedelta(hours=hours)) for _ in range(2)]
    async with door(discord, NotingDesk(), attendance=attendance, clock=clocks[0]):
        await discord.until(lambda: "discord" in attendance._heard)
    assert abs(attendance._heard["discord"] - real) < timedelta(minutes=1)
    question = await discord.user_says(f"<@{BOT}> how?", wait=False)
    desk = NotingDesk()
    async with door(discord, desk, attendance=attendance, clock=clocks[1]):
        await discord.until(lambda: question in desk.taken)

    assert desk.taken[question].lay_for < timedelta(minutes=5)
    [said, *_] = [one for one in caplog.records if hasattr(one, "ahead_seconds")]
    assert ("ahead of" if hours > 0 else "behind") + " Discord's" in said.message


async def test_a_server_of_which_discord_tells_late_is_read_too(
    discord: DiscordServer, desk: NotingDesk, attendance: MemoryAttendance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library waits two seconds for each server; one that was away itself comes minutes later."""
    first = await discord.user_says(f"<@{BOT}> first")
    await discord.until(lambda: first in desk.taken)
    await noted(discord, attendance)
    discord.forgets_session = True
    discord.guild_after_seconds = 3.0
    await discord.drop_gateway()
    missed = await discord.user_says(f"<@{BOT}> second", wait=False)
    await discord.until(lambda: discord.identifies == 2)
    before, marks, receive = attendance._heard["discord"], dict[str, datetime](), desk.receive

    async def noting(message: Message) -> Received:
        marks[message.id] = attendance._heard["discord"]
        return await receive(message)

    monkeypatch.setattr(desk, "receive", noting)
    await discord.until(lambda: missed in desk.taken)

    assert marks[missed] == before  # until it has been read nothing is said to have been heard


async def test_what_was_missed_and_cannot_be_kept_is_read_once_more(
    discord: DiscordServer, desk: NotingDesk, attendance: MemoryAttendance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.discord.missed.PAUSE_SECONDS", 0.1)
    first = await discord.user_says(f"<@{BOT}> first")
    await discord.until(lambda: first in desk.taken)
    await noted(discord, attendance)
    discord.forgets_session = True
    await discord.drop_gateway()
    missed = await discord.user_says(f"<@{BOT}> second", wait=False)
    desk.is_away = True
    await discord.until(lambda: any(path.endswith("/messages") for _, path in discord.calls))
    desk.is_away = False
    await discord.until(lambda: missed in desk.taken)

    assert discord.visible(CHANNEL) == []


async def test_what_is_tried_again_is_not_overtaken_in_its_thread(
    discord: DiscordServer, desk: NotingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.discord.listener.STORE_PAUSE_SECONDS", 0.3)
    desk.refuses = 1
    said = [await discord.user_says(word, channel=DM) for word in ("first", "second", "third")]
    await discord.until(lambda: set(said) <= desk.taken.keys())

    assert [one for one in desk.taken if one in said] == said


@pytest.mark.parametrize("is_long", [False, True])
async def test_who_asks_is_told_once_of_a_store_that_stays_away_and_of_no_other(
    discord: DiscordServer, desk: NotingDesk, monkeypatch: pytest.MonkeyPatch, is_long: bool
) -> None:
    """The question waits: asked again it would be answered twice."""
    monkeypatch.setattr("adapters.discord.listener.STORE_PAUSE_SECONDS", 0.3)
    desk.is_away = True
    question = await discord.user_says(f"<@{BOT}> how?")
    await discord.until(lambda: discord.visible(CHANNEL) if is_long else desk.refused)
    desk.is_away = False
    await discord.until(lambda: question in desk.taken)

    assert [store_waited_for() in one.content for one in discord.visible(CHANNEL)] == [True] * is_long


async def test_a_follow_up_that_does_not_call_us_waits_for_a_store_that_stays_away(
    discord: DiscordServer, desk: NotingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody would tell its author that it was not taken."""
    monkeypatch.setattr("adapters.discord.listener.STORE_PAUSE_SECONDS", 0.02)
    question = await discord.user_says(f"<@{BOT}> how?")
    await discord.opens_thread(question, "how?")
    await discord.until(lambda: question in desk.taken)
    desk.refuses = 3 * LATE_TRIES
    follow_up = await discord.user_says("and why?", channel=question)
    await discord.until(lambda: follow_up in desk.taken)

    assert discord.visible(question) == []


# --- deletions --------------------------------------------------------------------------------------------------------


async def test_a_deletion_names_the_conversation_wherever_it_stood(discord: DiscordServer, desk: NotingDesk) -> None:
    question = await discord.user_says(f"<@{BOT}> how?")
    await discord.opens_thread(question, "how?")
    reply = await discord.user_says("and?", channel=question)
    direct = await discord.user_says("hello", channel=DM)
    await discord.until(lambda: {question, reply, direct} <= desk.taken.keys())
    for one in (reply, direct, question):
        await discord.deletes(one)
    await discord.until(lambda: len(desk.withdrawn) == 3)

    assert {(str(where), message) for where, message in desk.withdrawn} == {
        (str(thread(question)), reply),
        (f"discord:dm:{DM}:{DM}", direct),
        (str(thread(question)), question),
    }


async def test_a_deletion_in_a_thread_that_the_library_does_not_know_finds_its_channel(discord: DiscordServer) -> None:
    root = await discord.user_says("root", wait=False)
    discord.threads[root] = "old"
    discord.archived.add(root)
    reply = await discord.user_says("reply", channel=root, wait=False)
    desk = NotingDesk()
    async with door(discord, desk):
        await discord.deletes(reply)
        await discord.until(lambda: desk.withdrawn)

    assert desk.withdrawn == [(thread(root), reply)]


async def test_many_deleted_at_once_a_deleted_thread_and_a_deleted_channel(
    discord: DiscordServer, desk: NotingDesk
) -> None:
    questions = [await discord.user_says(f"<@{BOT}> {number}?") for number in range(4)]
    await discord.opens_thread(questions[2], "2?")
    reply = await discord.user_says("more", channel=questions[2])
    await discord.until(lambda: reply in desk.taken)
    await discord.deletes(*questions[:2])
    await discord.until(lambda: len(desk.withdrawn) == 2)
    await discord.deletes_thread(questions[2])
    await discord.until(lambda: len(desk.withdrawn) == 4)
    await discord.deletes_channel(CHANNEL)
    await discord.until(lambda: (thread(questions[3]), questions[3]) in desk.withdrawn)

    assert desk.withdrawn[:2] == [(thread(one), one) for one in questions[:2]]
    assert desk.withdrawn[2:4] == [(thread(questions[2]), questions[2]), (thread(questions[2]), reply)]


async def test_a_deletion_waits_for_a_store_that_is_away(
    discord: DiscordServer, desk: NotingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.discord.listener.STORE_PAUSE_SECONDS", 0.05)
    question = await discord.user_says(f"<@{BOT}> how?")
    await discord.until(lambda: question in desk.taken)
    desk.is_away = True
    await discord.deletes(question)
    await asyncio.sleep(0.2)
    desk.is_away = False
    await discord.until(lambda: desk.withdrawn)

    assert desk.withdrawn == [(thread(question), question)]


# --- entry points -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("message_first", [False, True])
async def test_a_forum_post_reaches_the_desk_in_either_order(
    discord: DiscordServer, desk: NotingDesk, message_first: bool
) -> None:
    plain = await discord.forum_post("Slow", "it is slow", message_first=message_first)
    called = await discord.forum_post("Slower", f"<@{BOT}> why?", message_first=message_first)
    await discord.until(lambda: {plain, called} <= desk.taken.keys())

    assert [desk.taken[one].addressed for one in (plain, called)] == [False, True]
    assert [desk.taken[one].thread for one in (plain, called)] == [thread(plain, FORUM), thread(called, FORUM)]
    assert where(desk.taken[plain]) == {}


async def test_replies_role_mentions_and_direct_messages_are_addressed_to_us(
    discord: DiscordServer, desk: NotingDesk
) -> None:
    ours = Post("7", CHANNEL, BOT, "an answer in the channel")
    discord.posts["7"] = ours
    said = [
        await discord.user_says("why?", reply_to="7", pings=False),
        await discord.user_says(f"<@&{ROLE}> why?"),
        await discord.user_says("why?", channel=DM),
        await discord.user_says(f"<@{BOT}> ask <@&501>, see <#{CHANNEL}> and <@2>, not `<#{CHANNEL}>`"),
    ]
    await discord.until(lambda: set(said) <= desk.taken.keys())

    assert all(desk.taken[one].addressed for one in said)
    assert "> an answer in the channel" in desk.taken[said[0]].text
    assert desk.taken[said[1]].text == "why?"
    assert desk.taken[said[3]].text == f"ask @backend, see #channel-{CHANNEL} and @Ben, not `<#{CHANNEL}>`"


async def test_what_a_question_brings_is_quoted_with_its_files(discord: DiscordServer, desk: NotingDesk) -> None:
    alert = await discord.user_says(
        "", user=OTHER_BOT, embeds=[{"type": "rich", "title": "Build failed", "description": "exit 137"}]
    )
    log = discord.file("ci.log", b"killed")
    paste = await discord.user_says("the log", user="2", files=[log])
    about_alert = await discord.user_says(f"<@{BOT}> what is this?", reply_to=alert)
    about_paste = await discord.user_says(f"<@{BOT}> and this?", reply_to=paste)
    forwarded = await discord.user_says("", channel=DM, forwards=paste)
    await discord.until(lambda: {about_alert, about_paste, forwarded} <= desk.taken.keys())

    assert "> Build failed" in desk.taken[about_alert].text
    assert "exit 137" in desk.taken[about_alert].text
    assert "In reply to Ben:\n> the log" in desk.taken[about_paste].text
    assert "Forwarded, written by Ben (" in desk.taken[forwarded].text
    assert "):\n> the log" in desk.taken[forwarded].text
    assert [desk.taken[one].attachments[0].name for one in (about_paste, forwarded)] == ["ci.log", "ci.log"]


async def test_the_message_menu_asks_in_a_thread_of_that_message_and_says_where(
    discord: DiscordServer, desk: NotingDesk
) -> None:
    log = discord.file("ci.log", b"killed")
    target = await discord.user_says("it says 137", user="2", files=[log])
    used = await discord.menu(target)
    await discord.until(lambda: desk.taken and used.original and "Answering in" in discord.posts[used.original].content)

    (asked,) = desk.taken.values()
    assert used.ephemeral
    assert asked.thread == thread(target)
    assert asked.addressed
    assert asked.author.name == "Ana"
    assert "Ben said:\n> it says 137" in asked.text
    assert where(asked) == {"start": "1", "title": "it says 137"}
    assert [one.name for one in asked.attachments] == ["ci.log"]
    assert f"https://discord.com/channels/{GUILD}/{target}" in discord.posts[used.original].content


async def test_the_menu_in_a_thread_and_directly_asks_where_it_stands(discord: DiscordServer, desk: NotingDesk) -> None:
    root = await discord.user_says("root")
    await discord.opens_thread(root, "root")
    reply = await discord.user_says("reply", channel=root)
    direct = await discord.user_says("direct", channel=DM)
    await discord.menu(reply)
    await discord.menu(direct)
    await discord.until(lambda: len(desk.taken) == 4)

    asked = list(desk.taken.values())[2:]
    assert {str(one.thread) for one in asked} == {str(thread(root)), f"discord:dm:{DM}:{DM}"}
    assert all(not where(one) for one in asked)


async def test_where_only_the_command_knows_us_it_is_answered_by_its_token(
    discord: DiscordServer, desk: NotingDesk
) -> None:
    await discord.slash("ask", question="how?", channel=FOREIGN)
    await discord.slash("ask", question="how?", channel=FOREIGN, private=True)
    discord.denied.add("view_channel")
    await discord.slash("ask", question="how?")
    await discord.until(lambda: len(desk.taken) == 3)

    routes = [set(where(message)) for message in desk.taken.values()]
    assert routes == [
        {"app", "token", "public", "foreign"},
        {"app", "token", "foreign"},
        {"app", "token", "public", "lacks"},
    ]
    assert not any(path.startswith("channels/") for _, path in discord.calls)


async def test_an_ask_with_a_file_is_acknowledged_before_anything_else(
    discord: DiscordServer, desk: NotingDesk
) -> None:
    asked = await discord.slash("ask", question="what is it?", file=discord.file("a.log", b"x"))
    await discord.until(lambda: desk.taken)

    (message,) = desk.taken.values()
    assert [one.name for one in message.attachments] == ["a.log"]
    assert message.id == asked.original
    assert next(path for method, path in discord.calls if "interactions" in path).endswith("callback")


async def test_commands_are_told_to_discord_only_when_they_have_changed(discord: DiscordServer) -> None:
    def changes() -> int:
        return sum(method == "PUT" for method, _ in discord.calls)

    async with door(discord, NotingDesk()):
        assert changes() == 1
    async with door(discord, NotingDesk()):
        assert changes() == 1
    ask = next(one for one in discord.commands if one["name"] == "ask")
    assert {one["name"] for one in discord.commands} == {"ask", "plumbline", "Ask Plumbline about this"}
    ask["options"][0]["max_length"] = 100
    async with door(discord, NotingDesk()):
        assert changes() == 2


async def test_a_door_that_closes_before_it_is_ready_leaves_nothing_running(discord: DiscordServer) -> None:
    async with door(discord, NotingDesk()):
        assert [one for one in asyncio.all_tasks() if "_delay_ready" in repr(one)]

    assert not [one for one in asyncio.all_tasks() if "_delay_ready" in repr(one)]


# --- faults at the door -----------------------------------------------------------------------------------------------


async def test_an_acknowledgement_whose_confirmation_was_lost_is_not_the_end(
    discord: DiscordServer, desk: NotingDesk
) -> None:
    discord.faults["callback"] += ["cut"]
    asked = await discord.slash("ask", question="how?")
    await discord.until(lambda: asked.original in desk.taken)
    await discord.until(lambda: "asks" in discord.posts[asked.original].content)

    assert not discord.faults["callback"]
    assert [(one.id, one.text) for one in desk.taken.values()] == [(asked.original, "how?")]
    assert discord.posts[asked.original].content.replace("\\", "") == "**Ana** asks: how?"


async def test_an_interaction_that_comes_too_late_or_twice_asks_nothing_more(
    discord: DiscordServer, desk: NotingDesk
) -> None:
    twice = await discord.slash("ask", question="twice?", copies=2)
    await discord.until(lambda: desk.taken)
    discord.ack_seconds = 0
    late = await discord.slash("ask", question="late?")
    await discord.until(lambda: any("10062" in one for one in discord.refusals))
    discord.ack_seconds = 3
    await settled(discord, desk)

    assert [one.text for one in desk.taken.values() if one.thread.workspace == GUILD] == ["twice?"]
    assert late.acked_after is None
    assert twice.acked_after is not None


async def test_messages_told_again_and_out_of_time_are_one_message(discord: DiscordServer, desk: NotingDesk) -> None:
    desk.says = "Here is help."
    said = await discord.user_says(f"<@{BOT}> !help", copies=3)
    await discord.until(lambda: discord.visible(CHANNEL))
    await discord.repeats(2)
    await discord.asks_to_reconnect()
    await discord.until(lambda: discord.resumes == 1)
    desk.says = ""
    await settled(discord, desk)

    assert next(iter(desk.taken)) == said
    assert len(discord.visible(CHANNEL)) == 1


@pytest.mark.parametrize("resumable", [True, False])
async def test_an_invalid_session_loses_nothing(
    discord: DiscordServer, desk: NotingDesk, attendance: MemoryAttendance, resumable: bool
) -> None:
    first = await discord.user_says(f"<@{BOT}> first")
    await discord.until(lambda: first in desk.taken)
    await noted(discord, attendance)
    await discord.invalidates_session(resumable=resumable)
    second = await discord.user_says(f"<@{BOT}> second", wait=False)
    await discord.until(lambda: second in desk.taken)

    assert [one for one in desk.taken if desk.taken[one].thread.workspace == GUILD] == [first, second]


async def test_a_press_is_told_what_went_wrong_and_a_stranger_is_refused_in_private(
    discord: DiscordServer, desk: NotingDesk
) -> None:
    button = {"type": 2, "label": "Stop", "style": 4, "custom_id": f"pl:stop:{'a' * 16}:{GUILD}:{CHANNEL}:7"}
    post = Post("8", "7", BOT, "half", components=[{"type": 1, "components": [button]}])
    discord.threads["7"], discord.posts["8"] = "t", post
    stranger = await discord.click(post, "Stop", user="2")
    await discord.until(lambda: stranger.original and "Only the people" in discord.posts[stranger.original].content)
    desk.breaks = True
    broken = await discord.click(post, "Stop")
    await discord.until(lambda: broken.original and "did not work" in discord.posts[broken.original].content)
    asked = await discord.slash("plumbline", word="usage")
    await discord.until(lambda: asked.original and "did not work" in discord.posts[asked.original].content)

    assert stranger.ephemeral
    assert broken.ephemeral
    assert desk.pressed[0].author.id == "discord:2"
    assert desk.pressed[0].thread == thread("7")


@pytest.mark.parametrize("text", ["private: who?", "private\nwho?", "Private, who?", "(private) who?", "private who?"])
async def test_the_word_private_before_a_slash_question_is_the_option(
    discord: DiscordServer, desk: NotingDesk, text: str
) -> None:
    asked = await discord.slash("ask", question=text)
    await discord.until(lambda: asked.id in desk.taken)

    assert asked.ephemeral
    assert (desk.taken[asked.id].text, "token" in desk.taken[asked.id].route) == ("who?", True)
    assert discord.visible(CHANNEL) == []


async def test_a_private_slash_question_without_one_gets_the_usage(discord: DiscordServer, desk: NotingDesk) -> None:
    asked = await discord.slash("ask", question="private:")
    await discord.until(lambda: asked.original and "question" in discord.posts[asked.original].content)

    assert asked.ephemeral
    assert desk.taken == {}


async def test_webhooks_never_and_bots_only_where_they_are_wanted(discord: DiscordServer, desk: NotingDesk) -> None:
    await discord.user_says(f"<@{BOT}> from a bot", user=OTHER_BOT)
    await discord.user_says(f"<@{BOT}> from a webhook", user=OTHER_BOT, webhook=True)
    await settled(discord, desk)
    assert len(desk.taken) == 1


async def test_a_bot_that_speaks_to_us_is_heard_where_it_is_wanted(discord: DiscordServer) -> None:
    desk = NotingDesk()
    async with door(discord, desk, answer_bots=True):
        called = await discord.user_says(f"<@{BOT}> from a bot", user=OTHER_BOT)
        await discord.user_says(f"<@{BOT}> from a webhook", user=OTHER_BOT, webhook=True)
        await discord.user_says("to nobody", user=OTHER_BOT)
        await settled(discord, desk)

    assert [one.id for one in desk.taken.values() if one.author.is_bot] == [called]


async def test_a_message_with_nothing_to_read_is_told_so_once(discord: DiscordServer, desk: NotingDesk) -> None:
    await discord.user_says(f"<@{BOT}>", copies=2)
    await discord.until(lambda: discord.visible(CHANNEL))
    root = await discord.user_says("why is it slow?")
    await discord.opens_thread(root, "slow")
    bare = await discord.user_says(f"<@{BOT}>", channel=root)
    await discord.until(lambda: bare in desk.taken)

    assert len(discord.visible(CHANNEL)) == 1
    assert "nothing that I could read" in discord.visible(CHANNEL)[0].content


async def test_without_the_privileged_intent_what_is_said_to_us_is_marked() -> None:
    async with DiscordServer(privileged=False) as discord:
        desk = NotingDesk()
        async with door(discord, desk):
            await discord.until(lambda: not discord.intents & 1 << 15)
            called = await discord.user_says(f"<@{BOT}> how?")
            direct = await discord.user_says("how?", channel=DM)
            quiet = await discord.user_says("so slow")
            used = await discord.menu(quiet)
            await discord.until(lambda: {called, direct, used.id} <= desk.taken.keys())
            await discord.edits(quiet, "so very slow")
            await settled(discord, desk)

    assert where(desk.taken[called]) == {"start": "1", "blind": "1"}
    assert not where(desk.taken[direct])
    assert "so slow" in desk.taken[used.id].text
    assert desk.revised == []


async def test_a_reply_that_may_not_be_written_there_comes_directly(discord: DiscordServer, desk: NotingDesk) -> None:
    desk.says = "Here is help."
    discord.denied.add("send_messages")
    await discord.user_says(f"<@{BOT}> !help")
    await discord.until(lambda: discord.visible(DM))

    assert discord.visible(DM)[0].content == "Here is help."
    assert discord.visible(DM)[0].flags & 1 << 2
