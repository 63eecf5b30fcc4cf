"""What people say in Discord's other forms arrives, under the right name; what they say to each other is left to them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from adapters.discord.outgoing import DiscordPlatform
from bot.answering.gate import Verdict, judge
from bot.ports.stores import ChannelSettings
from storage.memory import MemoryAttendance
from tests.adapters.discord_support import NotingDesk, door, lease_for, thread
from tests.adapters.discord_support import platform as platform
from tests.fakes import lease
from tests.servers.discord import BOT, CHANNEL, DM, OTHER_BOT, DiscordServer, Post

Json = dict[str, Any]

ENDLESS: Json = {
    "question": {"text": "Deploy on Friday?"},
    "answers": [{"answer_id": 1, "poll_media": {"text": "Yes"}}, {"answer_id": 2, "poll_media": {"text": "No"}}],
    "expiry": None,
    "allow_multiselect": False,
    "layout_type": 1,
}
BROKEN = ENDLESS | {"expiry": "some day"}
POLL = ENDLESS | {"expiry": "2099-01-01T00:00:00+00:00"}
STICKER = {"id": "9", "name": "party parrot", "format_type": 1}
ALERT: list[Json] = [
    {
        "type": 17,
        "components": [
            {"type": 10, "content": "**orders** p99 > 2 s"},
            {
                "type": 9,
                "components": [{"type": 10, "content": "since 14:00"}],
                "accessory": {"type": 2, "style": 5, "label": "Runbook", "url": "https://wiki.example/orders"},
            },
        ],
    }
]


@pytest.fixture
async def desk(discord: DiscordServer) -> AsyncIterator[NotingDesk]:
    desk = NotingDesk()
    async with door(discord, desk):
        yield desk


async def open_thread(discord: DiscordServer) -> str:
    root = await discord.user_says("it is slow")
    return await discord.opens_thread(root, "slow")


# --- a message that the library cannot parse --------------------------------------------------------------------------


async def test_one_message_that_cannot_be_parsed_ends_nothing_but_itself(
    discord: DiscordServer, desk: NotingDesk, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "adapters.discord.reading"):
        poll = await discord.user_says("", poll=BROKEN, channel=DM)
        about = await discord.user_says("what of it?", channel=DM, reply_to=poll)
        await discord.until(lambda: about in desk.taken)

    assert poll not in desk.taken
    assert discord.identifies == 1
    assert poll in {str(getattr(record, "id", "")) for record in caplog.records}
    assert "Deploy" not in caplog.text


async def test_what_was_missed_is_read_past_it_and_in_voice_chats_too(
    discord: DiscordServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    discord.channels["320"] = 2
    attendance, desk = MemoryAttendance(), NotingDesk()
    await attendance.heard("discord", datetime.now(UTC))
    await discord.user_says(f"<@{BOT}> vote", poll=BROKEN, wait=False)
    later = await discord.user_says(f"<@{BOT}> how?", wait=False)
    voiced = await discord.user_says(f"<@{BOT}> and here?", channel="320", wait=False)
    async with door(discord, desk, attendance=attendance):
        await discord.until(lambda: {later, voiced} <= desk.taken.keys())

    assert len(desk.taken) == 2


async def test_pauses_between_connections_start_anew_after_a_good_session(
    discord: DiscordServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("adapters.discord.app.REACH_PAUSE_SECONDS", 0.01)
    for good, pauses in ((0.0, [0.01, 0.01]), (300.0, [0.01, 0.02])):
        monkeypatch.setattr("adapters.discord.app.GOOD_SESSION_SECONDS", good)
        caplog.clear()
        async with door(discord, NotingDesk()) as adapter:
            for number in range(2):
                await discord.until(lambda: bool(adapter._client and adapter._client.is_ready()))
                discord.is_heard = False
                assert discord._socket is not None
                await discord._socket.close(code=4013)  # not resumed: the library raises
                await discord.until(partial(_has_come_back, discord, caplog, number + 1))

        assert _pauses(caplog) == pauses


def _has_come_back(discord: DiscordServer, caplog: pytest.LogCaptureFixture, times: int) -> bool:
    return discord.is_heard and len(_pauses(caplog)) == times


def _pauses(caplog: pytest.LogCaptureFixture) -> list[float]:
    return [record.pause_seconds for record in caplog.records if hasattr(record, "pause_seconds")]


# --- forwards and composed messages -----------------------------------------------------------------------------------


async def test_a_forward_is_a_quotation_and_never_a_command(discord: DiscordServer, desk: NotingDesk) -> None:
    order = await discord.user_says("!off", user="2")
    await discord.user_says("", channel=await open_thread(discord), forwards=order)
    await discord.until(lambda: len(desk.taken) == 1)

    (forwarded,) = desk.taken.values()
    assert forwarded.author.name == "Ana"
    assert forwarded.text.startswith(
        f"Forwarded from #channel-{CHANNEL}, written by Ben (https://discord.com/channels/"
    )
    assert forwarded.text.endswith(f"/{order}):\n> !off")


async def test_a_forward_of_what_we_never_heard_is_not_in_the_forwarders_voice(discord: DiscordServer) -> None:
    order = await discord.user_says("I will drop the table", user="2", wait=False)
    desk = NotingDesk()
    async with door(discord, desk):
        said = await discord.user_says("", channel=DM, forwards=order)
        await discord.until(lambda: said in desk.taken)

    assert "written by somebody else" in desk.taken[said].text
    assert desk.taken[said].text.endswith("\n> I will drop the table")


async def test_a_composed_message_is_read_wherever_it_stands(
    discord: DiscordServer, desk: NotingDesk, platform: DiscordPlatform
) -> None:
    alert = await discord.user_says("", user=OTHER_BOT, components=ALERT)
    replied = await discord.user_says(f"<@{BOT}> why?", reply_to=alert)
    forwarded = await discord.user_says("", channel=DM, forwards=alert)
    menu = await discord.menu(alert)
    await discord.until(lambda: {replied, forwarded, menu.id} <= desk.taken.keys())
    await discord.opens_thread(alert, "alert")
    (root,) = await platform.earlier(lease_for(thread(alert), str(int(alert) + 9), route={}).messages[0])

    for text in (*(desk.taken[one].text for one in (replied, forwarded, menu.id)), root.text):
        assert "**orders** p99 > 2 s" in text
        assert "since 14:00" in text
        assert "Runbook: https://wiki.example/orders" in text


GRAPH = "https://graphs.example/p99.png"


@pytest.mark.parametrize(
    "shown",
    [
        {"embeds": [{"type": "rich", "title": "p99", "url": "https://a.example/7", "image": {"url": GRAPH}}]},
        {"components": [{"type": 12, "items": [{"media": {"url": GRAPH}}]}]},
        {
            "components": [
                {
                    "type": 9,
                    "components": [{"type": 10, "content": "p99"}],
                    "accessory": {"type": 11, "media": {"url": GRAPH}, "description": None},
                }
            ]
        },
    ],
    ids=["embed", "gallery", "thumbnail"],
)
async def test_a_picture_in_an_alert_is_told_of_by_name(
    discord: DiscordServer, desk: NotingDesk, shown: dict[str, Any]
) -> None:
    alert = await discord.user_says("", user=OTHER_BOT, **shown)
    asked = await discord.user_says(f"<@{BOT}> why?", reply_to=alert)
    await discord.until(lambda: asked in desk.taken)

    assert f"Picture (not looked at), {GRAPH}" in desk.taken[asked].text
    assert ("[p99](https://a.example/7)" in desk.taken[asked].text) == ("embeds" in shown)


async def test_the_preview_of_a_page_is_no_picture_of_an_alert(discord: DiscordServer, desk: NotingDesk) -> None:
    preview = {"type": "article", "title": "A page", "url": "https://a.example", "thumbnail": {"url": GRAPH}}
    asked = await discord.user_says(f"<@{BOT}> see https://a.example", embeds=[preview])
    await discord.until(lambda: asked in desk.taken)

    assert "Picture" not in desk.taken[asked].text


FOREIGN: list[Json] = [
    {"type": 13, "file": {"url": "https://cdn.example/heap.dump"}, "name": "heap.dump", "size": 9},
    {
        "type": 17,
        "components": [
            {"type": 250, "x": 1},
            {
                "type": 1,
                "components": [
                    {
                        "type": 3,
                        "custom_id": "s",
                        "placeholder": "Which?",
                        "options": [{"label": "prod", "value": "p", "description": "all of it"}],
                    }
                ],
            },
            {"type": 14},
        ],
    },
]


async def test_components_of_every_kind_are_read_or_named(discord: DiscordServer, desk: NotingDesk) -> None:
    alert = await discord.user_says("", user=OTHER_BOT, components=FOREIGN)
    asked = await discord.user_says(f"<@{BOT}> why?", reply_to=alert)
    await discord.until(lambda: asked in desk.taken)

    quotation = [
        "File (not looked at): heap.dump",
        "(something of a kind that I cannot read)",
        "Which?",
        "prod: all of it",
    ]
    assert [line for line in desk.taken[asked].text.split("\n") if line.startswith("> > ")] == [
        f"> > {line}" for line in quotation
    ]


@pytest.mark.parametrize("poll", [ENDLESS, POLL])
async def test_a_question_with_a_poll_is_asked_and_its_emoji_are_choices(
    discord: DiscordServer, desk: NotingDesk, poll: Json
) -> None:
    thumb = {"answer_id": 3, "poll_media": {"text": None, "emoji": {"id": None, "name": "\U0001f44e"}}}
    ours = {"answer_id": 4, "poll_media": {"emoji": {"id": "123", "name": "ship_it"}}}
    poll = poll | {"answers": [*poll["answers"], thumb, ours]}
    asked = await discord.user_says(f"<@{BOT}> what do you say?", poll=poll)
    await discord.until(lambda: asked in desk.taken)

    choices = "Poll: Deploy on Friday? Yes / No / \U0001f44e / :ship_it:"
    assert (desk.taken[asked].text, desk.taken[asked].addressed) == (f"what do you say?\n\n{choices}", True)


async def test_a_file_of_which_little_is_told_is_named_with_its_question(
    discord: DiscordServer, desk: NotingDesk
) -> None:
    bare = {"id": "1", "filename": "x.log", "size": None, "url": None, "proxy_url": ""}
    asked = await discord.user_says(f"<@{BOT}> why?", files=[bare])
    await discord.until(lambda: asked in desk.taken)

    assert [one.name for one in desk.taken[asked].attachments] == ["x.log"]


async def test_a_reply_to_what_is_gone_says_so(discord: DiscordServer, desk: NotingDesk) -> None:
    gone = await discord.user_says("boom", user="2")
    await discord.deletes(gone)
    asked = await discord.user_says(f"<@{BOT}> what was that?", reply_to=gone)
    await discord.until(lambda: asked in desk.taken)

    assert desk.taken[asked].text == (
        "what was that?\n\nIn reply to a message that was deleted, and is not readable any more."
    )


async def test_who_is_named_in_a_forward_is_named_in_a_reply_to_it(discord: DiscordServer, desk: NotingDesk) -> None:
    order = await discord.user_says("<@2> drops it", user="1")
    forwarded = await discord.user_says("", user="2", forwards=order)
    asked = await discord.user_says(f"<@{BOT}> why?", reply_to=forwarded)
    await discord.until(lambda: asked in desk.taken)

    assert "> @Ben drops it" in desk.taken[asked].text


async def test_an_alert_that_changes_under_a_thread_is_told_and_asks_nothing(
    discord: DiscordServer, desk: NotingDesk
) -> None:
    alert = await discord.user_says(f"<@{BOT}> p99 > 2 s", user=OTHER_BOT, webhook=True)
    other = await discord.user_says("a deploy", user=OTHER_BOT)
    await discord.opens_thread(alert, "alert")
    await discord.edits(other, "a deploy: done")  # nobody speaks there
    discord.posts[alert].embeds = [{"type": "rich", "title": "resolved"}]
    await discord.edits(alert, f"<@{BOT}> p99 > 2 s")
    await discord.until(lambda: desk.revised)

    (told,) = desk.revised
    assert (told.id, told.thread.thread, told.author.is_bot, told.addressed) == (alert, alert, True, False)
    assert "> resolved" in told.text


# --- mentions, and talk among people ----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [f"type `<@{BOT}> how?`", f"```\n<@{BOT}> how?\n```", f"a\n\n```sh\n<@!{BOT}>\n```"])
async def test_a_mention_in_code_is_code(discord: DiscordServer, desk: NotingDesk, text: str) -> None:
    await discord.user_says(text)
    within = await discord.user_says(text, channel=await open_thread(discord))
    await discord.until(lambda: within in desk.taken)

    assert list(desk.taken) == [within]
    assert not desk.taken[within].addressed
    assert desk.taken[within].text == text


@pytest.mark.parametrize(
    ("text", "to_oneself"),
    [
        ("try `<@2>` as assignee", False),
        (f"<@{BOT}> ```sql\nSELECT 1\n```", False),
        (f"<@{BOT}> <@&501> how?", False),
        ("and with an index?", False),
        ("so?", True),
    ],
)
async def test_what_is_for_us_is_answered(
    discord: DiscordServer, desk: NotingDesk, text: str, to_oneself: bool
) -> None:
    root = await open_thread(discord)
    before = await discord.user_says("mine", channel=root)
    last = await discord.user_says(text, channel=root, reply_to=before if to_oneself else "")
    await discord.until(lambda: last in desk.taken)

    assert judge(desk.taken[last], lease(desk.taken[last]), ChannelSettings()) is Verdict.ANSWER


@pytest.mark.parametrize(
    ("text", "brings", "heard"),
    [
        ("<@&501> look", {}, "@backend look"),
        ("@here lunch?", {}, "@here lunch?"),
        ("@everyone lunch?", {}, "@everyone lunch?"),
        ("I think so", {"reply_to": "colleague", "pings": False}, "I think so"),
        ("", {"poll": POLL}, "Poll: Deploy on Friday? Yes / No"),
        ("", {"stickers": [STICKER]}, "Sticker: party parrot"),
        ("\U0001f64f", {}, "\U0001f64f"),
        ("<:ship_it:123> \U0001f389!", {}, ":ship_it: \U0001f389!"),
        ("https://tenor.com/view/cat-1", {}, "https://tenor.com/view/cat-1"),
        (":)", {}, ":)"),
    ],
)
async def test_talk_among_people_is_heard_and_left_alone(
    discord: DiscordServer, desk: NotingDesk, text: str, brings: dict[str, Any], heard: str
) -> None:
    root = await open_thread(discord)
    colleague = await discord.user_says("is it the index?", user="2", channel=root)
    brings = {key: colleague if value == "colleague" else value for key, value in brings.items()}
    said = await discord.user_says(text, channel=root, **brings)
    called = await discord.user_says(f"<@{BOT}> {text}", channel=root, **brings)
    await discord.until(lambda: called in desk.taken)

    verdicts = [judge(desk.taken[one], lease(desk.taken[one]), ChannelSettings()) for one in (said, called)]
    assert verdicts == [Verdict.LEAVE, Verdict.ANSWER]
    assert desk.taken[said].text.startswith(heard)


# --- what was said earlier --------------------------------------------------------------------------------------------


async def test_of_a_long_thread_the_starter_and_the_newest_are_read_past_what_cannot_be(
    discord: DiscordServer, platform: DiscordPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.discord.outgoing.MOST_EARLIER", 220)
    discord.posts["1000"] = Post("1000", CHANNEL, OTHER_BOT, "the alert")
    discord.threads["1000"] = "alert"
    for number in range(300):
        said = str(1001 + number)
        discord.posts[said] = Post(said, "1000", "1", f"reply {number}")
    discord.posts["1250"].poll = BROKEN
    found = await platform.earlier(lease_for(thread("1000"), "2000", route={}).messages[0])

    assert [one.text for one in found] == [
        "the alert",
        *(f"reply {number}" for number in range(80, 300) if number != 249),
    ]


async def test_our_notices_and_apologies_are_not_read_back_as_what_we_answered(
    discord: DiscordServer, desk: NotingDesk, platform: DiscordPlatform
) -> None:
    root = await open_thread(discord)
    asked = await discord.user_says("!help", channel=root)
    for number, (text, reply_to) in enumerate(
        (
            ("Use an index.\n\n```yaml\n-# no notice\n```\n-# Looked at shop.", ""),
            ("-# Claude declined to answer this. (reference 1)", ""),
            ("Ask me anything about your backend", asked),
        )
    ):
        one = str(int(asked) + 1 + number)
        discord.posts[one] = Post(one, root, BOT, text, reference=reply_to)
    found = await platform.earlier(lease_for(thread(root), str(int(asked) + 99), route={}).messages[0])

    assert [one.text for one in found if one.ours] == ["Use an index.\n\n```yaml\n-# no notice\n```"]
