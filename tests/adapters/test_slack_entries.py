"""Slack's other entrances: the message menu, its own Stop, an empty conversation, alerts, bots, files; and who is let in by HTTP."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.clocks import PlatformClock
from adapters.metrics import Metrics
from adapters.slack import manifest as manifest_module
from adapters.slack import phrases
from adapters.slack.app import SlackAdapter
from adapters.slack.calls import SlackCalls, SlackRefused
from adapters.slack.changes import note
from adapters.slack.contents import text_of
from adapters.slack.manifest import ASK_ABOUT, EVENTS, OPTIONAL_SCOPES, SCOPES, manifest
from bot.conversation import Attachment
from bot.errors import FileUnreadable
from bot.views import Button, View
from storage.memory import MemoryMarks, MemoryOutbox
from tests.adapters import slack_bench
from tests.adapters.slack_bench import OURS, NotingDesk, lease, listening, listening_by_http, platform_on
from tests.servers.slack import BOT_USER, SlackServer
from tests.servers.slack.web_api import NEEDS

desk, door = slack_bench.desk, slack_bench.door

ALERT = [
    {
        "title": "p99 > 2 s",
        "text": "GET /orders",
        "fields": [{"title": "env", "value": "prod"}],
        "fallback": "p99 > 2 s",
    }
]


# --- the message menu -------------------------------------------------------------------------------------------------


async def test_the_message_menu_asks_about_an_alert_in_its_thread(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    root = await slack.bot_says("C1", "Alert: orders", attachments=ALERT)
    action_ts = await slack.shortcut("C1", root, user="U2")

    (asked,) = desk.messages
    assert (asked.id, asked.thread.thread, asked.author.name, asked.addressed) == (action_ts, root, "Ben", True)
    assert asked.text.startswith(phrases.ask_about(phrases.alert()))
    assert asked.text.endswith("> Alert: orders\n> p99 > 2 s\n> GET /orders\n> env: prod")
    assert asked.route == {}


async def test_the_message_menu_on_a_reply_asks_in_the_replys_thread(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    root = await slack.user_says("C1", "lunch?")
    reply = await slack.user_says("C1", "KeyError: 'id'", user="U2", thread=root)
    await slack.until(lambda: desk.messages)
    await slack.shortcut("C1", reply)

    assert desk.messages[-1].thread.thread == root
    assert "Ben" in desk.messages[-1].text
    assert "> KeyError: 'id'" in desk.messages[-1].text


async def test_where_we_are_not_the_message_menu_answers_the_asker_alone_and_says_how_to_let_us_in(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    root = await slack.user_says("C1", "KeyError")
    slack.absent.add("C1")
    await slack.shortcut("C1", root)
    (asked,) = desk.messages
    held = lease("x")
    held = type(held)(asked.thread, "t", (asked,), (), 1, 1, False, False, held.stop)
    post = await door.platform.open(held, MemoryOutbox())
    await post.draw(View(text="A key is missing.", final=True))

    (answered,) = slack.responses
    assert answered["response_type"] == "ephemeral"
    assert "A key is missing." in answered["text"]
    assert "/invite @plumbline" in str(answered["blocks"])
    assert slack.count("chat.postMessage") == 0


# --- stop, empty conversations ----------------------------------------------------------------------------------------


async def test_slacks_own_stop_is_a_press_without_a_turn(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    slack.presses_slacks_stop("D1", "1719412345.000100", user="U2")
    await slack.until(lambda: slack.ephemeral)

    (press,) = desk.presses
    assert (press.action, press.turn_id, press.thread.thread, press.author.id) == (
        "stop",
        "",
        "1719412345.000100",
        "slack:U2",
    )
    assert slack.ephemeral[0]["user"] == "U2"


async def test_an_empty_conversation_suggests_what_to_ask(slack: SlackServer, door: SlackAdapter) -> None:
    slack.opens_app("D1", tab="home")
    slack.opens_app("D1")
    await slack.until(lambda: slack.prompts)

    assert [one["message"] for one in slack.prompts["D1"]] == [message for _, message in phrases.prompts()]
    assert slack.count("assistant.threads.setSuggestedPrompts") == 1


# --- what alerts and bots say -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({"text": "Alert!", "attachments": ALERT, "bot_id": "B2"}, "Alert!\np99 > 2 s\nGET /orders\nenv: prod"),
        ({"text": "", "attachments": [{"fallback": "only this"}], "bot_id": "B2"}, "only this"),
        (
            {
                "text": "Deploy failed",
                "bot_id": "B2",
                "blocks": [
                    {"type": "header", "text": {"type": "plain_text", "text": "Deploy failed"}},
                    {"type": "section", "text": {"type": "mrkdwn", "text": "exit code 137 &amp; OOM"}},
                ],
            },
            "Deploy failed\nexit code 137 & OOM",
        ),
        ({"text": "hi", "user": "U1", "blocks": [{"type": "rich_text", "text": "hi there"}]}, "hi"),
        ({"text": "see", "user": "U1", "attachments": [{"text": "a page", "from_url": "https://e.example"}]}, "see"),
        ({"text": "see", "user": "U1", "attachments": [{"text": "a card"}]}, "see\n\nPreview:\n> a card"),
        (
            {"text": "see", "user": "U1", "attachments": [{"text": "forwarded", "is_share": True}]},
            "see\n\nForwarded message:\n> forwarded",
        ),
    ],
)
def test_what_an_alert_says_is_read_whole_and_once(event: dict[str, object], text: str) -> None:
    assert text_of(event, OURS, {}) == text


async def test_the_root_of_a_thread_is_read_with_all_that_an_alert_says(slack: SlackServer) -> None:
    root = await slack.bot_says("C1", "Alert: orders", attachments=ALERT)
    asked = await slack.user_says("C1", f"<@{BOT_USER}> what is this?", thread=root)
    async with platform_on(slack) as platform:
        (alert,) = await platform.earlier(lease(root, id=asked).messages[0])

    assert alert.text == "Alert: orders\np99 > 2 s\nGET /orders\nenv: prod"
    assert alert.author.is_bot


async def test_other_bots_are_not_heard_unless_that_is_wanted(slack: SlackServer) -> None:
    quiet, open_desk = NotingDesk(), NotingDesk()
    async with listening(slack, quiet):
        for user in ("", "UOTHER"):
            await slack.bot_says("C1", f"<@{BOT_USER}> hi", user=user)
        ask = await slack.user_says("D1", "how?")
        await slack.until(lambda: (ask, True) in slack.delivered and len(slack.delivered) == 4)
    assert [message.text for message in quiet.messages] == ["how?"]

    async with listening(slack, open_desk, answer_bots=True):
        await slack.bot_says("C1", f"<@{BOT_USER}> hi", user="UOTHER")
        await slack.bot_says("C1", "a reply to nobody", user="UOTHER", thread="1.1")
        await slack.until(lambda: open_desk.messages)
    (heard,) = open_desk.messages
    assert (heard.author.is_bot, heard.author.id, heard.text) == (True, "slack:UOTHER", "hi")


# --- files ------------------------------------------------------------------------------------------------------------


async def test_a_file_of_another_organisation_is_looked_up(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    await slack.user_says("D1", "what is this?", files=[slack.file("trace.log", b"boom", connect=True)])
    await slack.until(lambda: desk.messages)

    (file,) = desk.messages[0].attachments
    assert (file.name, file.size_bytes) == ("trace.log", 4)
    assert await door.platform.read(file, 100) == b"boom"


async def test_a_file_that_could_not_be_looked_up_is_looked_up_when_it_is_read(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    slack.faults["files.info"].append("500")
    await slack.user_says("D1", "what is this?", files=[slack.file("trace.log", b"boom", connect=True)])
    await slack.until(lambda: desk.messages)

    assert await door.platform.read(desk.messages[0].attachments[0], 100) == b"boom"


async def test_a_file_without_an_end_is_read_to_the_limit_and_an_empty_one_is_empty(slack: SlackServer) -> None:
    endless, empty = slack.file("big.log", b"x" * 65_536), slack.file("empty.log", b"")
    slack.endless.add(endless["id"])
    async with platform_on(slack) as platform:

        async def read(file: dict[str, object], mimetype: str = "text/plain") -> bytes:
            return await platform.read(
                Attachment(str(file["id"]), "f", mimetype, 10, str(file["url_private_download"])), 200_000
            )

        assert len(await read(endless)) == 200_000
        assert await read(empty) == b""
        page = slack.file("page.png", b"<html>no</html>", "text/html")
        with pytest.raises(FileUnreadable):
            await read(page, "image/png")


# --- /ask private ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["private: who?", "private\nwho?", "Private, who?", "(private) who?", "*private* who?", "private\u00a0who?"]
)
async def test_a_private_question_is_shown_to_nobody(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk, text: str
) -> None:
    await slack.slash("/ask", text)

    (asked,) = desk.messages
    assert (asked.text, "response_url" in asked.route) == ("who?", True)
    assert slack.at_root("C1") == []


@pytest.mark.parametrize("text", ["private", "Private:", "(private) ", " "])
async def test_a_private_question_without_one_gets_the_usage(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk, text: str
) -> None:
    assert "Type your question" in str(await slack.slash("/ask", text))
    assert desk.messages == []
    assert slack.at_root("C1") == []


# --- with the store away: an interaction is not sent again, so its person is told ---------------------------------------


@pytest.mark.parametrize("text", ["how?", "private how?"])
async def test_a_slash_question_that_could_not_be_taken_is_said_to_its_asker_and_leaves_nothing_in_the_channel(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk, text: str
) -> None:
    desk.away = 1

    acked = await slack.slash("/ask", text)

    assert "did not take this message" in str(acked)
    assert slack.at_root("C1") == []
    assert desk.messages == []


async def test_a_slash_question_that_slack_does_not_post_is_said_to_its_asker(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    slack.faults["chat.postMessage"].append("500")

    acked = await slack.slash("/ask", "how?")

    assert "nothing was asked" in str(acked)
    assert desk.messages == []


async def test_a_command_with_the_store_away_is_answered(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    desk.away = 1

    assert "cannot reach my store" in str(await slack.slash("/plumbline", "usage"))


async def test_the_message_menu_and_a_button_with_the_store_away_tell_who_used_them(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    root = await slack.user_says("C1", "boom")
    post = await door.platform.open(lease(root), MemoryOutbox())
    await post.draw(View(text="half", buttons=(Button("stop", "turn1"),)))
    desk.away = 2

    await slack.shortcut("C1", root)
    await slack.click("C1", slack.thread("C1", root)[0].ts, "stop")
    await slack.until(lambda: len(slack.responses) == 2)

    for told in slack.responses:
        assert "did not take this message" in told["text"]
        assert (told["response_type"], told["replace_original"]) == ("ephemeral", False)
    assert desk.messages == []


# --- signed HTTP ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [-2, 2])
async def test_a_machine_whose_clock_is_wrong_takes_what_slack_signs_now(desk: NotingDesk, hours: int) -> None:
    """How old a signature is, is told by Slack's clock."""
    wrong = PlatformClock("slack", lambda: datetime.now(UTC) + timedelta(hours=hours))
    async with listening_by_http(desk, clock=wrong) as slack:
        await slack.until(lambda: abs(wrong.ahead_seconds) > 3_000)
        await slack.user_says("D1", "now")
        await slack.until(lambda: desk.messages)


@pytest.mark.parametrize("skew", [-600, 600])
async def test_a_request_from_another_time_is_refused_counted_and_logged_with_its_skew(
    desk: NotingDesk, caplog: pytest.LogCaptureFixture, skew: int
) -> None:
    metrics = Metrics()
    async with listening_by_http(desk, metrics) as slack:
        slack.skew_seconds = skew
        ts = await slack.user_says("D1", "late")
        await slack.until(lambda: (ts, False) in slack.delivered)

    (line,) = [record for record in caplog.records if record.getMessage() == "signature refused"][:1]
    assert abs(line.skew_seconds + skew) <= 2  # type: ignore[attr-defined]
    assert "this machine's clock" in line.cure  # type: ignore[attr-defined]
    assert b'plumbline_requests_refused_total{reason="clock"}' in metrics.text()
    assert desk.messages == []


# --- tokens --------------------------------------------------------------------------------------------------------------


async def test_a_token_that_is_revoked_meanwhile_is_said_once_with_the_cure(
    slack: SlackServer, caplog: pytest.LogCaptureFixture
) -> None:
    slack.faults["auth.test"].extend(["token_revoked"] * 2)
    calls = SlackCalls("xoxb-ours", f"{slack.url}/api/")
    try:
        for _ in range(2):
            with pytest.raises(SlackRefused):
                await calls.repeatable("auth.test")
    finally:
        await calls.close()

    (line,) = [record for record in caplog.records if record.getMessage() == "Slack does not take the token"]
    assert line.cure.startswith("SLACK_BOT_TOKEN was revoked")  # type: ignore[attr-defined]


# --- the manifest -----------------------------------------------------------------------------------------------------

ADAPTER = Path(manifest_module.__file__).parent
SOURCE = "\n".join(path.read_text() for path in sorted(ADAPTER.glob("*.py")) if path.name != "manifest.py")
METHOD = re.compile(
    r'"((?:chat|files|conversations|users|usergroups|usergroups\.users|assistant\.threads|agents\.sessions|auth|reactions|views)\.\w+)"'
)
OF_OTHER_KINDS = {"groups:read", "mpim:read"}
"""What conversations.info and conversations.members need for channels that are not public."""

WITHOUT_SCOPE = {"auth.test", "chat.getPermalink"}
TELLS: dict[str, tuple[dict[str, object], str]] = {
    "channel_shared": ({"channel": "C1"}, "slack:channel:C1"),
    "channel_unshared": ({"channel": "C1"}, "slack:channel:C1"),
    "member_joined_channel": ({"channel": "C1", "user": "U1"}, "slack:members:C1"),
    "member_left_channel": ({"channel": "C1", "user": "U1"}, "slack:members:C1"),
    "subteam_members_changed": ({"subteam_id": "S1"}, "slack:group:S1"),
    "subteam_updated": ({"subteam": {"id": "S1"}}, "slack:group:S1"),
    "team_join": ({"user": {"id": "U1", "is_restricted": False}}, "slack:people"),
    "user_change": ({"user": {"id": "U1", "is_restricted": True}}, "slack:person:U1"),
}
HEARS = {
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
}


def test_every_method_that_is_called_has_its_scope_and_every_scope_its_use() -> None:
    called = set(METHOD.findall(SOURCE)) - {"files.upload"}
    called |= {"files.getUploadURLExternal", "files.completeUploadExternal"}  # in the SDK's files_upload_v2
    needed = {NEEDS[method] for method in called - WITHOUT_SCOPE}

    assert needed <= set(SCOPES) | set(OPTIONAL_SCOPES)
    assert set(SCOPES) == (needed - set(OPTIONAL_SCOPES)) | set(HEARS.values()) | OF_OTHER_KINDS | {"commands"}
    assert set(OPTIONAL_SCOPES) <= needed


def test_every_event_that_is_heard_is_subscribed_and_no_other() -> None:
    handled = set(re.findall(r'case "([a-z_]+)"', SOURCE)) | set(re.findall(r'\| "(app_mention)"', SOURCE))
    events = {event.split(".")[0] for event in EVENTS}

    ours = {"message", "app_mention", "agent_session_stopped", "app_home_opened", "file_deleted", "file_change"}
    said = handled & ours
    assert events - said == set(TELLS)
    assert set(HEARS) <= set(EVENTS)


@pytest.mark.parametrize(("kind", "told", "subject"), [(kind, *told) for kind, told in TELLS.items()])
async def test_every_other_event_drops_what_was_looked_up(kind: str, told: dict[str, object], subject: str) -> None:
    marks = MemoryMarks()

    await note({"event": {"type": kind, **told}}, marks)

    assert await marks.of([subject]) != [""]


@pytest.mark.parametrize("url", ["", "https://bot.example"])
def test_the_manifest_is_within_slacks_schema(url: str) -> None:
    """https://docs.slack.dev/reference/app-manifest, as far as we use it."""
    made = manifest("Plumbline", url)

    assert set(made) <= {"_metadata", "display_information", "features", "oauth_config", "settings"}
    display, features, wanted = made["display_information"], made["features"], made["settings"]
    assert 1 <= len(display["name"]) <= 35
    assert len(display["description"]) <= 140
    assert re.fullmatch(r"#[0-9a-f]{6}", display["background_color"])
    assert set(features) <= {"agent_view", "app_home", "bot_user", "shortcuts", "slash_commands"}
    assert 1 <= len(features["agent_view"]["agent_description"]) <= 300
    assert 1 <= len(features["agent_view"]["suggested_prompts"]) <= 4
    assert all(set(one) == {"title", "message"} for one in features["agent_view"]["suggested_prompts"])
    assert len(features["bot_user"]["display_name"]) <= 80
    (shortcut,) = features["shortcuts"]
    assert (shortcut["type"], shortcut["callback_id"]) == ("message", ASK_ABOUT)
    assert len(shortcut["name"]) <= 24
    assert len(shortcut["description"]) <= 150
    for command in features["slash_commands"]:
        assert re.fullmatch(r"/[a-z0-9_-]{1,31}", command["command"])
        assert len(command["description"]) <= 2_000
        assert len(command["usage_hint"]) <= 1_000
        assert command.get("url", "") == (f"{url}/slack/events" if url else "")
    subscribed = wanted["event_subscriptions"]
    assert subscribed["bot_events"] == sorted(set(subscribed["bot_events"]))
    assert ("request_url" in subscribed) is bool(url)
    assert ("request_url" in wanted["interactivity"]) is bool(url)
    assert wanted["socket_mode_enabled"] is not bool(url)
    assert made["oauth_config"]["scopes"]["bot"] == sorted(SCOPES)
