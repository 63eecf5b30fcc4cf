"""What people say in Slack arrives whole, under the right name: long threads, forwards, tables, files, mentions in code, strangers."""

from __future__ import annotations

import pytest

from adapters.slack.app import SlackAdapter
from tests.adapters import slack_bench
from tests.adapters.slack_bench import NotingDesk, lease, platform_on
from tests.servers.slack import BOT_USER, SlackServer
from tests.servers.slack.posts import Post

desk, door = slack_bench.desk, slack_bench.door


# --- long threads -----------------------------------------------------------------------------------------------------


async def test_of_a_long_thread_the_root_and_the_newest_replies_are_read_over_all_pages(slack: SlackServer) -> None:
    root = await slack.bot_says("C1", "p99 > 2 s")
    for number in range(2_500):
        ts = slack._ts()
        slack.channels["C1"][ts] = Post(ts, "U2", f"reply {number}", root)
    asked = await slack.user_says("C1", f"<@{BOT_USER}> what fixed it?", thread=root)
    async with platform_on(slack) as platform:
        heard = await platform.earlier(lease(root, id=asked).messages[0])

    assert (heard[0].id, heard[0].text) == (root, "p99 > 2 s")
    assert [one.text for one in heard[1:]] == [f"reply {number}" for number in range(1_500, 2_500)]


async def test_of_a_thread_whose_next_page_fails_what_was_read_is_kept(slack: SlackServer) -> None:
    root = await slack.user_says("C1", "it is slow")
    for number in range(1_200):
        ts = slack._ts()
        slack.channels["C1"][ts] = Post(ts, "U2", f"reply {number}", root)
    asked = await slack.user_says("C1", f"<@{BOT_USER}> why?", thread=root)
    slack.faults["conversations.replies"].extend(["", "invalid_cursor"])
    async with platform_on(slack) as platform:
        heard = await platform.earlier(lease(root, id=asked).messages[0])

    assert (heard[0].text, heard[-1].text) == ("it is slow", "reply 997")


async def test_files_of_earlier_messages_are_kept_and_a_file_alone_is_a_message(slack: SlackServer) -> None:
    log, trace = slack.file("worker.log", b"boom"), slack.file("trace.txt", b"at line 3")
    root = await slack.user_says("C1", "Worker crashed, log attached", files=[log])
    await slack.user_says("C1", "", user="U2", thread=root, files=[trace])
    asked = await slack.user_says("C1", f"<@{BOT_USER}> what does the log say?", thread=root)
    async with platform_on(slack) as platform:
        first, second = await platform.earlier(lease(root, id=asked).messages[0])
        (attached,) = first.attachments
        assert await platform.read(attached, 100) == b"boom"

    assert (second.text, [one.name for one in second.attachments]) == ("", ["trace.txt"])


# --- who speaks -------------------------------------------------------------------------------------------------------


async def test_a_message_knows_its_speakers_time_zone(slack: SlackServer, door: SlackAdapter, desk: NotingDesk) -> None:
    await slack.user_says("D1", "what changed since yesterday?")
    await slack.slash("/ask", "and since Monday?")
    await slack.shortcut("C1", await slack.user_says("C1", "boom"))
    await slack.until(lambda: len(desk.messages) == 3)

    assert [message.zone for message in desk.messages] == ["Europe/Berlin"] * 3


# --- who is spoken to -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("<!subteam^S1|@backend> can you look?", "@backend can you look?"),
        ("<!subteam^S1> can you look?", "@group S1 can you look?"),
        ("<!here> lunch", "@here lunch"),
        ("<!channel> lunch", "@channel lunch"),
        ("<!everyone> lunch", "@everyone lunch"),
        ("<@U2> can you?", "@Ben can you?"),
        (":pray:", ":pray:"),
        (":+1::skin-tone-2: :tada:", ":+1::skin-tone-2: :tada:"),
        ("🙏", "🙏"),
    ],
)
async def test_talk_among_people_in_our_thread_is_left_to_them_and_heard(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk, text: str, heard: str
) -> None:
    await slack.user_says("C1", text, thread="1.1")
    await slack.until(lambda: desk.messages)

    (message,) = desk.messages
    assert (message.text, message.mentions_others, message.addressed) == (heard, True, False)


@pytest.mark.parametrize(
    "text",
    ["why?", "?", "`<!here>` pings whom?", "try `<@U2>` as assignee", "10:30:00", "ok :pray:", "42", "да", "？", "…"],
)
async def test_what_is_no_talk_among_people_is_for_us(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk, text: str
) -> None:
    await slack.user_says("C1", text, thread="1.1")
    await slack.until(lambda: desk.messages)

    assert not desk.messages[0].mentions_others


async def test_a_group_that_is_called_with_us_reaches_the_model_by_its_name(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    await slack.user_says("C1", f"<!subteam^S1|@backend> and <@{BOT_USER}>: who owns orders?", thread="1.1")
    await slack.until(lambda: desk.messages)

    assert (desk.messages[0].text, desk.messages[0].addressed) == ("@backend and who owns orders?", True)


async def test_a_mention_of_us_in_code_calls_nobody_and_stays_in_the_code(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    await slack.user_says("C1", f"type `<@{BOT_USER}> how do I page?`")
    await slack.user_says("C1", f"```\n<@{BOT_USER}> how?\n```")
    await slack.user_says("D1", f"<@{BOT_USER}> does `<@{BOT_USER}> help` work?")
    await slack.until(lambda: len(slack.delivered) == 5)

    (message,) = desk.messages
    assert message.text == "does `@Plumbline help` work?"
