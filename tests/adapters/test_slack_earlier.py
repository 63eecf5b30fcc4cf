"""What stood in a Slack thread before is read back as it was said: by whom, within bounds, with honest numbers of what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.slack import earlier
from adapters.slack.app import SlackAdapter
from adapters.slack.parts import plain_parts
from adapters.slack.replies import METADATA
from bot.conversation import Message
from bot.errors import FileUnreadable
from bot.views import View
from tests.adapters import slack_bench
from tests.adapters.slack_bench import NotingDesk, lease, platform_on
from tests.servers.slack import BOT_ID, BOT_USER, SlackServer
from tests.servers.slack.posts import Json, Post

desk, door = slack_bench.desk, slack_bench.door


async def read_back(slack: SlackServer, root: str, asked: str, channel: str = "C1") -> list[Message]:
    async with platform_on(slack) as platform:
        return list(await platform.earlier(lease(root, channel=channel, id=asked).messages[0]))


def bot_posts(slack: SlackServer, root: str, text: str, **more: Any) -> None:
    ts = slack._ts()
    slack.channels["C1"][ts] = Post(ts, BOT_USER, text, root, bot_id=BOT_ID, **more)


# --- what is ours -----------------------------------------------------------------------------------------------------


async def test_what_we_said_at_once_is_not_read_back_as_an_answer(slack: SlackServer) -> None:
    root = await slack.user_says("C1", "it is slow")
    bot_posts(slack, root, "I have forgotten this thread.", metadata=METADATA)
    bot_posts(slack, root, " ", blocks=[{"type": "context", "elements": [{"type": "plain_text", "text": "Thinking…"}]}])
    bot_posts(slack, root, "Use an *index*.")  # a stream that nobody closed
    asked = await slack.user_says("C1", f"<@{BOT_USER}> why?", thread=root)

    heard = await read_back(slack, root, asked)

    assert [(one.text, one.ours) for one in heard] == [("it is slow", False), ("Use an *index*.", True)]


async def test_an_answer_in_plain_sections_is_read_back_without_what_the_bot_says_under_it(slack: SlackServer) -> None:
    root = await slack.user_says("C1", "it is slow")
    view = View("Use `a_b`, it is *fast*.", notices=("Looked at shop.",), status="s", final=True)
    (part,) = plain_parts(view)
    bot_posts(slack, root, part.text, blocks=list(part.blocks))
    asked = await slack.user_says("C1", f"<@{BOT_USER}> why?", thread=root)

    assert (await read_back(slack, root, asked))[1].text == "Use `a_b`, it is _fast_."


async def test_a_public_question_behind_a_command_is_read_back_as_its_askers(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    await slack.slash("/ask", "who owns `a_b` & <!here>: orders?")
    await slack.until(lambda: desk.messages)
    root = desk.messages[0].id
    asked = await slack.user_says("C1", f"<@{BOT_USER}> and?", thread=root)

    (heard,) = await read_back(slack, root, asked)

    assert heard == Message(
        desk.messages[0].thread, root, desk.messages[0].author, desk.messages[0].text, heard.sent_at, addressed=False
    )


# --- very long threads ------------------------------------------------------------------------------------------------


def fill(slack: SlackServer, root: str, count: int, seconds: float, spread: float = 1.0) -> str:
    """So many replies over so many seconds, more of them towards the end where `spread` is above 1; a question's ts behind them."""
    begin = float(root)
    for number in range(count):
        ts = f"{begin + 1 + seconds * (1 - (1 - (number + 1) / count) ** spread):.6f}"
        slack.channels["C1"][ts] = Post(ts, "U2", f"reply {number}", root)
    asked = f"{begin + seconds + 2:.6f}"
    slack.channels["C1"][asked] = Post(asked, "U1", "why?", root)
    return asked


@pytest.mark.parametrize("spread", [1.0, 0.3, 2.0], ids=["evenly", "ever fewer", "ever more"])
async def test_of_a_thread_longer_than_we_page_the_root_and_the_newest_are_read_in_bounded_work(
    slack: SlackServer, spread: float
) -> None:
    root = await slack.bot_says("C1", "p99 > 2 s")
    asked = fill(slack, root, 30_000, 900_000.0, spread)

    first, *rest = await read_back(slack, root, asked)

    assert (first.id, first.text, rest[-1].text) == (root, "p99 > 2 s", "reply 29999")
    assert [one.text for one in rest] == [f"reply {number}" for number in range(30_000 - len(rest), 30_000)]
    assert 50 <= len(rest) <= 1_000
    assert 29_800 - len(rest) <= first.unread <= 30_000 - len(rest)
    assert not any(one.unread for one in rest)
    assert slack.count("conversations.replies") <= earlier.MOST_PAGES + 1


async def test_what_was_paged_and_does_not_fit_is_counted(slack: SlackServer) -> None:
    root = await slack.user_says("C1", "it is slow")
    asked = fill(slack, root, 2_500, 5_000.0)

    first, *rest = await read_back(slack, root, asked)

    assert (first.unread, len(rest)) == (1_500, 1_000)


async def test_a_thread_that_is_not_read_to_its_end_says_so(
    slack: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(earlier, "READ_SECONDS", 0.1)
    root = await slack.user_says("C1", "it is slow")
    asked = fill(slack, root, 3_000, 6_000.0)
    slack.faults["conversations.replies"].extend(["", "hang"])

    *_, last = await read_back(slack, root, asked)

    assert (last.text, last.unread) == ("reply 997", 2_002)


# --- files and names --------------------------------------------------------------------------------------------------


async def test_files_of_another_organisation_that_were_said_earlier_are_known_by_name(slack: SlackServer) -> None:
    root = await slack.user_says("C1", "log attached", files=[slack.file("worker.log", b"boom", connect=True)])
    hidden: Json = {"id": "F0", "mode": "hidden_by_limit"}
    outside = slack.file("plan", b"") | {"mode": "external", "is_external": True}
    outside["url_private"] = outside["url_private_download"] = "https://docs.google.example/d/1"
    await slack.user_says("C1", "", thread=root, files=[hidden, outside])
    asked = await slack.user_says("C1", f"<@{BOT_USER}> why?", thread=root)
    async with platform_on(slack) as platform:
        first, second = await platform.earlier(lease(root, id=asked).messages[0])
        assert [one.name for one in first.attachments] == ["worker.log"]
        assert await platform.read(first.attachments[0], 100) == b"boom"
        for one, reason in zip(second.attachments, ("Slack keeps it back", "not kept where"), strict=True):
            with pytest.raises(FileUnreadable, match=reason):
                await platform.read(one, 100)


async def test_a_file_behind_the_message_menu_is_known_by_name(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    ts = await slack.user_says("C1", "log attached", files=[slack.file("worker.log", b"boom", connect=True)])
    await slack.shortcut("C1", ts)
    await slack.until(lambda: desk.messages)

    assert [one.name for one in desk.messages[0].attachments] == ["worker.log"]
    assert desk.messages[0].about == ts


CALLED: Json = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "usergroup", "usergroup_id": "S1"},
                {"type": "text", "text": " see "},
                {"type": "channel", "channel_id": "C2"},
            ],
        }
    ],
}


async def test_groups_and_channels_are_known_by_name_where_slack_tells_it(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    slack.scopes += ",usergroups:read,channels:read"
    await slack.user_says("D1", f"<@{BOT_USER}> <!subteam^S1> <!subteam^S9> see <#C2> <#C2|> <#C9>", blocks=[CALLED])
    await slack.bot_says("C1", f"<@{BOT_USER}> <!subteam^S1>")
    alert = await slack.bot_says("C1", "", blocks=[CALLED])
    await slack.shortcut("C1", alert)
    await slack.until(lambda: len(desk.messages) == 2)

    direct, asked = sorted(desk.messages, key=lambda message: message.thread.channel, reverse=True)
    assert direct.text == "@backend @S9 (a user group) see #incidents #incidents #C9"
    assert asked.text.endswith("> @backend see #incidents")
    assert slack.count("usergroups.list") <= 2


async def test_without_the_scope_a_group_is_said_to_be_one_and_slack_is_asked_once(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    slack.scopes = slack.scopes.replace("channels:read,", "")
    for _ in range(3):
        await slack.user_says("D1", "<!subteam^S1> and <#C2>: who?")
    await slack.until(lambda: len(desk.messages) == 3)

    assert {message.text for message in desk.messages} == {"@S1 (a user group) and #C2: who?"}
    assert (slack.count("usergroups.list"), slack.count("conversations.info")) == (1, 1)


async def test_a_stranger_who_is_mentioned_has_the_name_that_their_own_message_tells(slack: SlackServer) -> None:
    profile = {"display_name": "Zoë", "real_name": "Zoë Z."}
    root = await slack.user_says("C1", "it is slow", user="USTRANGER", more={"user_profile": profile})
    await slack.user_says("C1", "<@USTRANGER> since when?", user="U2", thread=root)
    asked = await slack.user_says("C1", f"<@{BOT_USER}> why?", thread=root)

    assert [one.text for one in await read_back(slack, root, asked)] == ["it is slow", "@Zoë since when?"]


async def test_a_forwarded_alert_is_read_with_its_attachments_and_files(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    alert: Json = {"attachments": [{"title": "p99 > 2 s", "fields": [{"title": "host", "value": "db1"}]}]}
    alert["files"] = [slack.file("df.txt", b"99 %")]
    share: Json = {
        "is_share": True,
        "author_name": "Grafana",
        "channel_name": "alerts",
        "fallback": "[no preview available]",
    }
    await slack.user_says("D1", "", attachments=[share | {"message_blocks": [{"message": alert}]}])
    await slack.user_says("D2", "", attachments=[share | alert])
    await slack.until(lambda: len(desk.messages) == 2)

    for message in desk.messages:
        assert message.text == "Forwarded message by Grafana in #alerts:\n> p99 > 2 s\n> host: db1"
        assert [one.name for one in message.attachments] == ["df.txt"]


BUTTON: Json = {
    "type": "button",
    "action_id": "a",
    "text": {"type": "plain_text", "text": "Runbook"},
    "url": "https://w.example/r",
}
ACK: Json = {"type": "button", "action_id": "b", "text": {"type": "plain_text", "text": "Ack"}}


async def test_an_alert_is_read_with_its_author_and_where_it_leads(slack: SlackServer) -> None:
    legacy: Json = {"author_name": "prod", "title": "p99 > 2 s", "title_link": "https://g.example/d/1", "text": "db1"}
    legacy["actions"] = [{"type": "button", "text": "Silence", "url": "https://g.example/s"}]
    blocks: list[Json] = [{"type": "section", "text": {"type": "mrkdwn", "text": "*boom*"}, "accessory": BUTTON}]
    root = await slack.bot_says(
        "C1", "", attachments=[legacy], blocks=[*blocks, {"type": "actions", "elements": [ACK]}]
    )
    asked = await slack.user_says("C1", f"<@{BOT_USER}> why?", thread=root)

    (alert,) = await read_back(slack, root, asked)
    assert alert.text.split("\n") == [
        "prod", "[p99 > 2 s](https://g.example/d/1)", "db1", "Silence: https://g.example/s", "*boom*",
        "Runbook: https://w.example/r", "Ack",
    ]  # fmt: skip


async def test_what_a_person_does_in_the_third_person_is_said(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    await slack.user_says("C1", f"asks <@{BOT_USER}> how to page", more={"subtype": "me_message"})
    await slack.until(lambda: desk.messages)

    assert desk.messages[0].text == "asks how to page"


# --- what is typed, and what is brought -------------------------------------------------------------------------------


async def test_other_cells_of_a_table_are_an_edit(slack: SlackServer, door: SlackAdapter, desk: NotingDesk) -> None:
    def table(words: str) -> list[Json]:
        return [{"type": "table", "rows": [[{"type": "raw_text", "text": words}]]}]

    ts = await slack.user_says("D1", "which is slow?", blocks=table("orders"))
    await slack.until(lambda: desk.messages)
    slack.channels["D1"][ts].blocks = table("orders")
    before = slack.channels["D1"][ts].event()
    slack.channels["D1"][ts].blocks, slack.channels["D1"][ts].edited = table("users"), slack._ts()
    slack._tell(slack._change("D1", slack.channels["D1"][ts], before))
    slack.unfurls("D1", ts)
    await slack.until(lambda: len(slack.delivered) == 3)

    assert [one.text.split()[-2] for one in desk.editions] == ["users"] or "users" in desk.editions[0].text
    assert len(desk.editions) == 1


@pytest.mark.parametrize("text", [":pray:", "🙏", ":+1::skin-tone-2: :tada:!", ":)", "<3"])
async def test_an_emoji_alone_in_direct_messages_asks_nothing(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk, text: str
) -> None:
    await slack.user_says("D1", text)
    await slack.user_says("D1", f"<@{BOT_USER}> {text}")
    await slack.user_says("D1", f"{text} why?")
    await slack.user_says("D1", text, files=[slack.file("a.log", b"a")])
    await slack.until(lambda: len(desk.messages) == 4)

    found = {(one.addressed, one.gesture) for one in desk.messages if one.text == text and not one.attachments}
    assert found == {(False, True), (True, True)}
    assert [(one.addressed, one.gesture) for one in desk.messages if one.text != text or one.attachments] == [
        (True, False)
    ] * 2
