"""Kinds of what comes from Slack that nobody thinks of first: what is shown around without a word, and what an interaction of an
earlier release, or of nobody's, does."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from adapters import phrases
from adapters.slack.app import SlackAdapter
from adapters.slack.phrases import private_thinking
from bot.answering.gate import Verdict, judge
from bot.conversation import Author
from bot.ports.stores import ChannelSettings
from tests.adapters import slack_bench
from tests.adapters.slack_bench import NotingDesk, lease
from tests.fakes import lease as fake_lease
from tests.servers.slack import BOT_USER, SlackServer
from tests.servers.slack.posts import Json

desk, door = slack_bench.desk, slack_bench.door

LINK = "https://team.slack.com/archives/C2/p1719412345000100"


def share(**more: Any) -> Json:
    """An attachment as Slack makes it of a forwarded message."""
    made: Json = {"is_share": True, "is_msg_unfurl": True, "ts": "1719412345.000100", "channel_id": "C2"}
    made |= {"author_id": "UBOB", "author_name": "Bob", "author_subname": "Bob", "channel_name": "incidents"}
    return made | {"from_url": LINK, "fallback": "[no preview available]", "footer": "Posted in #incidents"} | more


# --- what is shown around ---------------------------------------------------------------------------------------------

SHOWN: list[tuple[str, list[Json]]] = [
    ("", [share(text="I drop `orders` at noon")]),
    ("", [share(text="see the log", files=[{"id": "F9", "name": "a.log", "size": 1}])]),
    (":eyes:", [share(text="I drop `orders` at noon")]),
    (f"<{LINK}>", []),
    (f"<{LINK}?thread_ts=1719412345.000100&amp;cid=C2|the thread> :eyes:", [share(is_share=False, text="rolled back")]),
]


@pytest.mark.parametrize(("note", "attachments"), SHOWN, ids=["forward", "file", "nod", "link", "link and nod"])
async def test_what_is_shown_around_without_a_word_is_heard_and_answered_only_where_it_is_for_us(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk, note: str, attachments: list[Json]
) -> None:
    shown = await slack.user_says("C1", note, thread="1.1", attachments=attachments)
    called = await slack.user_says("C1", f"<@{BOT_USER}> {note}", thread="1.1", attachments=attachments)
    direct = await slack.user_says("D1", note, attachments=attachments)
    asked = await slack.user_says("C1", f"{note} is that right?", thread="1.1", attachments=attachments)
    await slack.until(lambda: len(desk.messages) == 4)

    found = {one.id: one for one in desk.messages}
    verdicts = [judge(found[one], fake_lease(found[one]), ChannelSettings()) for one in (shown, called, direct, asked)]
    assert verdicts == [Verdict.LEAVE, Verdict.ANSWER, Verdict.ANSWER, Verdict.ANSWER]
    assert found[shown].text.strip()


# --- what nothing waits for (any more) --------------------------------------------------------------------------------


def pressed(action_id: str, **more: object) -> Json:
    return {"actions": [{"type": "button", "action_id": action_id, "block_id": "b", "value": "1", **more}]}


MESSAGE: Json = {"message": {"ts": "1.1", "user": BOT_USER, "text": "x"}, "container": {"message_ts": "1.1"}}
IN_A_MESSAGE: list[tuple[str, Json]] = [
    ("block_actions", MESSAGE | pressed("approve_deploy")),
    ("block_actions", MESSAGE | pressed("plumbline:shout")),
    ("block_actions", MESSAGE | pressed("plumbline:retry")),
    ("interactive_message", MESSAGE | {"callback_id": "poll", "actions": [{"name": "yes", "type": "button"}]}),
    ("message_action", MESSAGE | {"callback_id": "explain", "message_ts": "1.1"}),
    ("dialog_submission", {"callback_id": "page_someone", "submission": {"who": "Ben"}}),
]


@pytest.mark.parametrize(
    ("kind", "told"), IN_A_MESSAGE, ids=["foreign", "unknown", "no thread", "legacy", "menu", "dialog"]
)
async def test_what_nothing_waits_for_is_acknowledged_and_whoever_used_it_is_told_alone(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk, kind: str, told: Json
) -> None:
    await slack.interacts(kind, **told)
    await slack.until(lambda: slack.responses)

    (said,) = slack.responses
    assert (said["text"], said["response_type"]) == (phrases.too_old(), "ephemeral")
    assert desk.deliveries == 0


VIEW: Json = {"view": {"id": "V1", "type": "modal", "callback_id": "settings", "state": {"values": {}}}}
ELSEWHERE: list[tuple[str, Json]] = [
    ("view_closed", VIEW),
    ("block_actions", VIEW | pressed("pick_repo")),
    ("block_actions", MESSAGE | pressed("runbook", url="https://wiki.example")),
    ("shortcut", {"callback_id": "ask_anything"}),
    ("dialog_cancellation", {"callback_id": "page_someone"}),
    ("workflow_step_edit", {"callback_id": "step", "workflow_step": {}}),
    ("brandnew", {}),
]


@pytest.mark.parametrize(("kind", "told"), ELSEWHERE, ids=lambda value: value if isinstance(value, str) else "")
async def test_what_has_no_place_for_a_word_is_acknowledged_all_the_same(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk, kind: str, told: Json
) -> None:
    await slack.interacts(kind, is_in_channel=False, **told)

    assert slack.responses == []
    assert desk.deliveries == 0


async def test_a_form_says_itself_that_it_does_nothing_a_menu_is_empty_and_a_command_is_answered(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    form = await slack.interacts("view_submission", is_in_channel=False, **VIEW)
    menus = [
        await slack.interacts("block_suggestion", action_id="repo", block_id="b", value="or", **MESSAGE),
        await slack.interacts("dialog_suggestion", callback_id="page_someone", name="who", value="B"),
    ]
    command = await slack.slash("/explain", "this")

    assert (form["response_action"], phrases.too_old() in str(form["view"])) == ("update", True)
    assert len(form["view"]["title"]["text"]) <= 24
    assert menus == [{"options": []}] * 2
    assert command["text"] == phrases.too_old()
    assert desk.deliveries == 0


async def test_everything_is_acknowledged_in_time_while_slack_does_not_tell_who_it_was_and_is_done_all_the_same(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = await slack.user_says("C2", "p99 is high")
    held = asyncio.Event()

    async def author(user: str, fallback: str = "") -> Author:
        await held.wait()
        return Author(f"slack:{user}", fallback or user)

    monkeypatch.setattr(door.platform, "author", author)
    monkeypatch.setattr("adapters.slack.interactions.ACK_SECONDS", 0.05)
    button: Json = {"message": {"ts": "1.2", "thread_ts": "1.1"}, **pressed("plumbline:good")}
    await slack.interacts("block_actions", **button)
    await slack.shortcut("C2", target)
    acknowledged = [
        await slack.slash("/ask", "how?"),
        await slack.slash("/ask", "private how?"),
        await slack.slash("/plumbline", "usage"),
    ]

    assert desk.deliveries == 0
    assert [one.get("text", "") for one in acknowledged] == ["", private_thinking(), ""]
    held.set()
    await slack.until(lambda: desk.presses and len(desk.messages) == 3 and slack.responses)
    assert [one["text"] for one in slack.responses] == ["usage"]


async def test_what_breaks_after_it_was_acknowledged_is_said(
    slack: SlackServer, door: SlackAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def author(user: str, fallback: str = "") -> Author:
        await asyncio.sleep(0.1)
        raise RuntimeError("broken")

    monkeypatch.setattr(door.platform, "author", author)
    monkeypatch.setattr("adapters.slack.interactions.ACK_SECONDS", 0.05)
    await slack.slash("/ask", "how?")
    await slack.until(lambda: slack.responses)

    assert slack.responses[0]["text"] == phrases.command_failed()


# --- what people see, on every door -----------------------------------------------------------------------------------


def rich(*elements: Json) -> Json:
    return {"blocks": [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [*elements]}]}]}


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


SEEN: list[tuple[Json, str]] = [
    (rich({"type": "date", "timestamp": 1719410745, "format": "{date_long}"}), "Wed 2024-06-26 14:05 UTC"),
    (rich({"type": "date", "timestamp": 1719410745, "format": "{date_long}", "fallback": "June 26"}), "June 26"),
    (rich({"type": "emoji", "name": "wave", "skin_tone": 2}), ":wave::skin-tone-2:"),
    (rich({"type": "color", "value": "#F00"}), "#F00"),
    (rich({"type": "usergroup", "usergroup_id": "S1"}), "@S1 (a user group)"),
    (rich({"type": "broadcast", "range": "here"}), "@here"),
    (rich({"type": "team", "team_id": "T1"}), "@T1 (a workspace)"),
    (rich({"type": "user", "user_id": "U2"}), "@Ben"),
    (rich({"type": "link", "url": "https://e.example/1"}), "https://e.example/1"),
    (
        rich({"type": "text", "text": "do "}, {"type": "text", "text": "not ", "style": {"strike": True}},
             {"type": "text", "text": "DROP `t`", "style": {"code": True}}, {"type": "text", "text": "x", "style": {"code": True}}),
        "do ~~not~~ `` DROP `t` ```x`",
    ),
    (rich({"type": "text", "text": "see "}, {"type": "hologram", "id": 7}), "see (something of a kind that I cannot read: hologram)"),
    ({"text": "since <!date^1719410745^{date_short}^https://e.example/1>"}, "since Wed 2024-06-26 14:05 UTC"),
    ({"text": "since <!date^1719410745^{date_short}|June 26>"}, "since June 26"),
    ({"text": "since <!date^soon^{date_short}>"}, "since soon"),
    ({"text": "_waves_", "more": {"subtype": "me_message"}}, "_waves_"),
    ({"blocks": [{"type": "header", "text": plain("p99 is high")}]}, "p99 is high"),
    ({"blocks": [{"type": "file", "external_id": "report-7", "source": "remote"}]}, "File (not looked at): report-7"),
    (
        {"blocks": [{"type": "call", "call_id": "R1", "call": {"v1": {"name": "Standup", "join_url": "https://z.example/1"}}}]},
        "Call: Standup: https://z.example/1",
    ),
    ({"blocks": [{"type": "context", "elements": [plain("env: prod")]}]}, "env: prod"),
    ({"blocks": [{"type": "markdown", "text": "**p99** is high"}]}, "**p99** is high"),
    (
        {"attachments": [{
            "pretext": "Alert", "title": "p99", "title_link": "https://e.example/1", "text": "orders",
            "fields": [{"value": "no title"}, {"title": "env", "value": "prod"}], "footer": "Grafana", "ts": 1719410745,
        }]},
        "Alert\n[p99](https://e.example/1)\norders\nno title\nenv: prod\nGrafana\nWed 2024-06-26 14:05 UTC",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("shown", "read"), SEEN)
async def test_what_people_see_is_read_on_every_door(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk, shown: Json, read: str
) -> None:
    said: Json = {"text": "", **shown}
    more = said.pop("more", {})
    root = await slack.user_says("C1", **said, user="U2", more=more)
    await slack.user_says("D1", **said, more=more)
    await slack.shortcut("C1", root)
    within = [{"team": "T1", "channel": "C2", "ts": "1.1", "message": said}]
    await slack.user_says("D2", "", attachments=[share(message_blocks=within, text=said["text"])])
    await slack.until(lambda: len(desk.messages) == 3)
    asked = await slack.user_says("C1", f"<@{BOT_USER}> why?", thread=root)
    (heard,) = await door.platform.earlier(lease(root, id=asked).messages[0])

    for text in (heard.text, *(message.text for message in desk.messages)):
        assert read in text.replace("> ", "")


@pytest.mark.parametrize("has_ended", [False, True])
async def test_a_huddle_under_which_people_talk_is_named(
    slack: SlackServer, door: SlackAdapter, has_ended: bool
) -> None:
    room = {"id": "R1", "participant_history": ["U1", "U2"], "has_ended": has_ended}
    root = await slack.user_says("C1", "", more={"subtype": "huddle_thread", "room": room, "no_notifications": True})
    asked = await slack.user_says("C1", f"<@{BOT_USER}> what was decided?", thread=root)
    (heard,) = await door.platform.earlier(lease(root, id=asked).messages[0])

    assert heard.text == f"Huddle of Ana, Ben{' (it has ended)' if has_ended else ''}"
