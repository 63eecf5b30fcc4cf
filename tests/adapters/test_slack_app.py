"""What Slack's socket may do to us: deliver twice, late and again; and what we tell Slack only when it is true."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.delivery import deliver
from adapters.slack.app import SlackAdapter
from adapters.slack.contents import text_of
from adapters.slack.incoming import concerns_us, to_message
from adapters.slack.manifest import EVENTS, SCOPES, manifest
from adapters.slack.outgoing import SlackPlatform
from bot.conversation import Answer, Attachment
from bot.errors import FileUnreadable, PlatformUnavailable
from bot.events import AnswerEvent, TextDelta, Thinking
from bot.views import View
from storage.memory import MemoryOutbox
from tests.adapters import slack_bench
from tests.adapters.slack_bench import OURS, NotingDesk, lease, listening_by_http
from tests.servers.slack import BOT_USER, SlackServer
from tests.stalls import slowness

platform, desk, door = slack_bench.platform, slack_bench.desk, slack_bench.door


async def test_a_mention_that_comes_twice_and_again_is_one_message(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    ts = await slack.user_says("C1", f"<@{BOT_USER}> how?", copies=4)
    await slack.until(lambda: desk.deliveries == 8)

    (message,) = desk.messages
    assert (message.id, message.text, message.addressed, message.author.name) == (ts, "how?", True, "Ana")


async def test_nothing_is_acknowledged_while_the_store_is_away_and_slack_sends_it_again(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    desk.away = 1
    ts = await slack.user_says("D1", "how?")
    await slack.until(lambda: (ts, True) in slack.delivered)

    assert (ts, False) in slack.delivered
    assert [message.text for message in desk.messages] == ["how?"]


async def test_everything_else_is_acknowledged_so_that_it_does_not_come_again(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    said = [
        await slack.user_says("C1", "just talking"),
        await slack.bot_says("C1", "deploy done"),
        await slack.user_says("C1", "a reply", thread="1.000001"),
    ]
    await slack.until(lambda: all((ts, True) in slack.delivered for ts in said))

    assert [message.text for message in desk.messages] == ["a reply"]
    assert max(slack.ack_seconds) < slowness()


async def test_our_own_edits_come_back_and_ask_nothing(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    root = await slack.user_says("C1", f"<@{BOT_USER}> how?")
    await slack.until(lambda: desk.messages)

    async def events() -> AsyncIterator[AnswerEvent]:
        yield Thinking()
        yield TextDelta("use an index")
        yield Answer("use an index", "m")

    held = lease(root)
    await deliver(events(), await door.platform.open(held, MemoryOutbox()), held)  # type: ignore[arg-type]
    await slack.until(lambda: len(slack.delivered) > slack.count("chat.update"))

    assert len(desk.messages) == 1
    assert len(slack.thread("C1", root)) == 1


async def test_the_socket_is_replaced_when_slack_ends_it(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    await slack.drop_sockets()
    await slack.until(lambda: slack.count("apps.connections.open") >= 2 and slack.connections)
    await slack.user_says("D1", "still there?")
    await slack.until(lambda: desk.messages)
    await slack.until(door.is_ready)

    assert [message.text for message in desk.messages] == ["still there?"]
    assert slack.connections == 1


async def test_signed_http_takes_what_slack_signed_and_nothing_else(desk: NotingDesk) -> None:
    async with listening_by_http(desk) as slack:
        desk.away = 1
        ts = await slack.user_says("D1", "by post")
        await slack.until(lambda: (ts, True) in slack.delivered)
        assert (ts, False) in slack.delivered
        slack.signing_secret = "wrong"
        forged = await slack.user_says("D1", "forged")
        await slack.until(lambda: (forged, False) in slack.delivered)

        assert [message.text for message in desk.messages] == ["by post"]


async def test_a_post_whose_reply_was_lost_is_found_by_its_turn_and_not_doubled(
    slack: SlackServer, platform: SlackPlatform
) -> None:
    root = await slack.user_says("C1", "q")
    slack.faults["chat.postMessage"].append("cut")
    outbox = MemoryOutbox()
    post = await platform.open(lease(root), outbox)
    with pytest.raises(PlatformUnavailable):
        await post.draw(View(text="half"))
    again = await platform.open(lease(root), outbox)
    await again.draw(View(text="whole", final=True))

    (shown,) = slack.thread("C1", root)
    assert shown.versions[-1] == "whole"


@pytest.mark.parametrize("fault", ["invalid_blocks", "msg_too_long", "msg_blocks_too_long"])
async def test_blocks_that_are_refused_are_said_in_plain_text_once(
    slack: SlackServer, platform: SlackPlatform, fault: str
) -> None:
    root = await slack.user_says("C1", "q")
    slack.faults["chat.postMessage"].append(fault)
    post = await platform.open(lease(root), MemoryOutbox())

    await post.draw(View(text="**bold** and `code`", final=True))

    (shown,) = slack.thread("C1", root)
    assert "*bold* and `code`" in shown.text


async def test_a_rate_limit_is_waited_out(slack: SlackServer, platform: SlackPlatform) -> None:
    root = await slack.user_says("C1", "q")
    post = await platform.open(lease(root), MemoryOutbox())
    await post.draw(View(text="a"))
    slack.faults["chat.update"].append("429")
    start = asyncio.get_running_loop().time()

    await post.draw(View(text="b", final=True))

    assert asyncio.get_running_loop().time() - start >= 1
    assert slack.thread("C1", root)[0].versions == ["a", "b"]


async def test_an_answer_to_a_deleted_question_never_stays_in_the_channel(
    slack: SlackServer, platform: SlackPlatform
) -> None:
    root = await slack.user_says("C1", "q")
    slack.delete_root("C1", root)
    post = await platform.open(lease(root), MemoryOutbox())

    await post.draw(View(text="private"))
    await post.draw(View(text="private", final=True))

    assert slack.at_root("C1") == []
    assert slack.count("chat.postMessage") == 0


async def test_every_post_keeps_previews_and_pings_off(slack: SlackServer, platform: SlackPlatform) -> None:
    root = await slack.user_says("C1", "q")
    post = await platform.open(lease(root), MemoryOutbox())

    await post.draw(View(text="see https://evil.example/?q=secret <!channel>", final=True))

    (body,) = [body for method, body in slack.calls if method == "chat.postMessage"]
    assert (body["unfurl_links"], body["unfurl_media"], body["link_names"]) == (False, False, False)
    assert slack.pings() == []


async def test_long_code_goes_out_as_a_file_or_stays_in_the_thread_where_files_are_refused(
    slack: SlackServer, platform: SlackPlatform
) -> None:
    code = "".join(f"x{number} = {number}\n" for number in range(3_000))
    view = View(text=f"```python\n{code}```", final=True)
    root = await slack.user_says("C1", "q")
    await (await platform.open(lease(root), MemoryOutbox())).draw(view)
    assert [upload["text"] for upload in slack.uploads.values()] == [code]

    other = await slack.user_says("C1", "q2")
    slack.faults["files.getUploadURLExternal"].append("missing_scope")
    await (await platform.open(lease(other), MemoryOutbox())).draw(view)
    assert slack.code("C1", other) == code


async def test_a_login_page_is_not_taken_for_a_file(slack: SlackServer, platform: SlackPlatform) -> None:
    file = slack.file("a.log", b"boom")
    slack.scopes = slack.scopes.replace("files:read,", "")

    with pytest.raises(FileUnreadable, match="files:read"):
        await platform.read(Attachment(file["id"], "a.log", "text/plain", 4, file["url_private_download"]), 100)
    with pytest.raises(FileUnreadable, match="not kept where"):
        await platform.read(Attachment("x", "a.log", "text/plain", 4, "http://evil.example/a"), 100)


async def test_a_large_file_is_read_whole_or_to_the_limit(slack: SlackServer, platform: SlackPlatform) -> None:
    data = bytes(range(256)) * 12_000
    file = slack.file("a.bin", data, "application/octet-stream")
    sent = Attachment(file["id"], "a.bin", "application/octet-stream", len(data), file["url_private_download"])

    assert await platform.read(sent, 5_000_000) == data
    assert await platform.read(sent, 1_000_001) == data[:1_000_001]


async def test_check_names_missing_scopes_and_wrong_tokens(slack: SlackServer, platform: SlackPlatform) -> None:
    assert await platform.check() == []

    slack.scopes = slack.scopes.replace("users:read", "")
    assert "users:read" in (await platform.check())[0]
    slack.faults["auth.test"].append("invalid_auth")
    assert "SLACK_BOT_TOKEN" in (await platform.check())[0]


def test_an_alert_whose_words_are_in_attachments_is_read() -> None:
    event = {
        "type": "message",
        "text": "",
        "attachments": [{"title": "p99 high", "fields": [{"title": "env", "value": "prod"}]}],
    }

    assert text_of(event, OURS, {}) == "p99 high\nenv: prod"


@pytest.mark.parametrize(
    ("event", "ours"),
    [
        ({"text": "hi", "user": "U1", "channel_type": "im"}, True),
        ({"text": "hi", "user": "U1"}, False),
        ({"text": "hi", "user": "U1", "thread_ts": "1.1"}, True),
        ({"text": "hi", "user": "U1", "thread_ts": "1.1", "subtype": "thread_broadcast"}, True),
        ({"text": f"<@{BOT_USER}>", "user": "U1"}, True),
        ({"text": "hi", "user": BOT_USER, "thread_ts": "1.1"}, False),
        ({"text": "hi", "user": "U1", "bot_id": "B2", "thread_ts": "1.1"}, False),
        ({"subtype": "message_changed", "message": {}, "channel_type": "im"}, False),
        ({"subtype": "channel_join", "user": "U1", "thread_ts": "1.1"}, False),
    ],
)
def test_only_what_people_say_to_us_or_in_threads_concerns_us(event: dict[str, object], ours: bool) -> None:
    assert concerns_us({"type": "message", "ts": "1.2", **event}, OURS) is ours


def test_a_ts_is_never_a_number() -> None:
    event = {
        "type": "message",
        "user": "U1",
        "text": "x",
        "ts": "1719412345.100200",
        "channel": "C1",
        "thread_ts": "1719412345.000100",
    }

    message = to_message(event, "T1", OURS, {})

    assert (message.id, message.thread.thread) == ("1719412345.100200", "1719412345.000100")


def test_the_manifest_asks_for_what_we_use_and_nothing_else() -> None:
    shown = manifest("Plumbline")

    assert shown["oauth_config"]["scopes"]["bot"] == sorted(SCOPES)
    assert shown["settings"]["event_subscriptions"]["bot_events"] == list(EVENTS)
    assert [one["command"] for one in shown["features"]["slash_commands"]] == ["/ask", "/plumbline"]
    assert shown["settings"]["socket_mode_enabled"]
    assert not manifest("Plumbline", "https://x.example")["settings"]["socket_mode_enabled"]
    for scope in ("admin", "search:read", "chat:write.public", "users:read.email"):
        assert scope not in SCOPES
