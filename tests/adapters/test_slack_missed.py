"""What was said while no gateway listened is read back when one begins: once, in order, within Slack's limits, and nothing else."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.clocks import PlatformClock
from adapters.slack import calls, missed
from adapters.slack.threads import thread_at
from bot.conversation import Message
from bot.errors import StoreUnavailable
from bot.ports.inbox import turn_id
from storage.memory import MemoryAttendance
from tests.adapters.slack_bench import NotingDesk, listening, listening_by_http
from tests.servers.slack import BOT_ID, BOT_USER, SlackServer
from tests.servers.slack.posts import TEAM, Json, Post

CALL = f"<@{BOT_USER}>"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of the real times, and one try a call."""
    monkeypatch.setattr(missed, "MARK_SECONDS", 0.1)
    monkeypatch.setattr(missed, "OTHERS_SECONDS", 0.5)
    monkeypatch.setattr(missed, "PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(calls, "TRIES", 1)


async def heard(minutes_ago: float = 0.5) -> MemoryAttendance:
    """A store that knows when Slack was heard last."""
    attendance = MemoryAttendance()
    await attendance.heard("slack", datetime.now(UTC) - timedelta(minutes=minutes_ago))
    return attendance


class Leaving(MemoryAttendance):
    """A store that goes away; `looked` once somebody wants to know from it since when nobody heard."""

    is_away = looked = False

    async def heard(self, door: str, at: datetime) -> None:
        if self.is_away:
            raise StoreUnavailable("away")
        await super().heard(door, at)

    async def last_heard(self, door: str) -> datetime | None:
        if self.is_away:
            self.looked = True
            raise StoreUnavailable("away")
        return await super().last_heard(door)


async def caught_up(slack: SlackServer, attendance: MemoryAttendance, since: datetime) -> None:
    """Until the mark moves on, which it does when all was read."""
    await slack.until(lambda: attendance._heard["slack"] > since)


def texts(desk: NotingDesk) -> list[str]:
    return [message.text for message in desk.messages]


def says(slack: SlackServer, channel: str, root: str, turn: str, text: str = "Use an index.") -> str:
    """The bot's answer stands there, with a button under it."""
    ts = slack._ts()
    button: Json = {"type": "button", "action_id": "plumbline:good", "value": turn, "text": {"type": "plain_text"}}
    post = Post(ts, BOT_USER, text, root, [{"type": "actions", "elements": [button]}], bot_id=BOT_ID)
    slack.channels[channel][ts] = post
    return ts


async def test_what_was_missed_is_read_back_in_channels_threads_and_direct_messages(slack: SlackServer) -> None:
    desk, attendance = NotingDesk(), MemoryAttendance()
    async with listening(slack, desk, attendance=attendance):
        root = await slack.user_says("C1", f"{CALL} first")
        direct = await slack.user_says("D1", "directly")
        await slack.until(lambda: len(desk.messages) == 2)
        await slack.until(lambda: "slack" in attendance._heard)
    await slack.user_says("C1", "a follow-up", thread=root, missed=True)
    asked = await slack.user_says("C2", f"{CALL} new", missed=True)
    await slack.user_says("C2", "chatter", missed=True)
    await slack.user_says("C2", "another follow-up", thread=asked, missed=True)
    await slack.user_says("D1", "more", thread=direct, missed=True)
    await slack.user_says("D1", "anew", missed=True)
    mark = attendance._heard["slack"]

    async with listening(slack, desk, attendance=attendance):
        await slack.until(lambda: len(desk.messages) == 7)
        await caught_up(slack, attendance, mark)

    assert set(texts(desk)) == {"first", "directly", "a follow-up", "new", "another follow-up", "more", "anew"}
    assert texts(desk).index("new") < texts(desk).index("another follow-up")
    assert {one.text: one.addressed for one in desk.messages}["a follow-up"] is False
    assert {one.thread.thread for one in desk.messages if one.text == "more"} == {direct}


async def test_an_event_that_comes_again_after_it_was_read_back_is_no_second_message(slack: SlackServer) -> None:
    desk, attendance = NotingDesk(), await heard()
    ts = await slack.user_says("C1", f"{CALL} how?", missed=True)
    async with listening(slack, desk, attendance=attendance):
        await slack.until(lambda: desk.messages)
        post = slack.channels["C1"][ts]
        slack._tell(slack._event("C1", post), copies=2)
        await slack.until(lambda: len(slack.delivered) == 2)

    assert len(desk.messages) == 1


async def test_what_is_read_back_is_the_message_that_its_event_would_have_made(slack: SlackServer) -> None:
    live, late, attendance = NotingDesk(), NotingDesk(), await heard()
    async with listening(slack, live):
        root = await slack.user_says("C1", f"{CALL} how?", files=[slack.file("a.log", b"a")])
        await slack.user_says("C1", "<@U2> see `x`", thread=root)
        await slack.user_says("D1", "directly")
        await slack.bot_says("C1", f"{CALL} alert")
        await slack.until(lambda: len(live.messages) == 3)

    async with listening(slack, late, attendance=attendance):
        await slack.until(lambda: len(late.messages) >= 2)
        await caught_up(slack, attendance, datetime.now(UTC) - timedelta(seconds=20))

    def by_id(messages: list[Message]) -> list[Message]:
        found = [replace(one, heard_at=None) for one in messages if one.thread.channel == "C1"]
        return sorted(found, key=lambda one: one.id)

    assert by_id(late.messages) == by_id(live.messages)


async def test_a_first_start_reads_nothing(slack: SlackServer) -> None:
    await slack.user_says("C1", f"{CALL} before", missed=True)
    desk, attendance = NotingDesk(), MemoryAttendance()
    async with listening(slack, desk, attendance=attendance):
        await slack.until(lambda: "slack" in attendance._heard)

    assert (desk.messages, slack.count("conversations.history")) == ([], 0)


async def test_a_gateway_that_joins_another_reads_nothing(slack: SlackServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missed, "OTHERS_SECONDS", 2.5)  # the platform's clock is read to the second
    desk, attendance = NotingDesk(), MemoryAttendance()
    async with listening(slack, desk, attendance=attendance):
        await slack.until(lambda: "slack" in attendance._heard)
        await slack.user_says("C1", f"{CALL} how?")
        await slack.until(lambda: desk.messages)
        async with listening(slack, desk, attendance=attendance) as joining:
            await slack.until(joining.is_ready)
            since = time.monotonic()
            await slack.until(lambda: time.monotonic() > since + missed.OTHERS_SECONDS + 1)

    assert slack.count("conversations.history") == slack.count("users.conversations") == 0


async def test_of_two_gateways_that_begin_at_once_one_reads(slack: SlackServer) -> None:
    desk, attendance = NotingDesk(), await heard()
    for number in range(3):
        await slack.user_says(f"C{number}", f"{CALL} {number}", missed=True)
    async with (
        listening(slack, desk, attendance=attendance),
        listening(slack, desk, attendance=attendance),
    ):
        await slack.until(lambda: len(desk.messages) == 3)
        await caught_up(slack, attendance, datetime.now(UTC) - timedelta(seconds=20))

    assert slack.count("users.conversations") == 1
    assert sorted(body["channel"] for body in slack.bodies("conversations.history")) == ["C0", "C1", "C2"]


async def test_over_http_what_was_missed_is_read_back_too() -> None:
    desk, attendance = NotingDesk(), await heard()
    async with listening_by_http(desk, attendance=attendance) as slack:
        await caught_up(slack, attendance, datetime.now(UTC) - timedelta(seconds=20))

        assert slack.count("users.conversations") == 1


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["not_in_channel", "missing_scope", "429:1", "500"])
async def test_a_channel_that_cannot_be_read_keeps_no_other_from_it(slack: SlackServer, fault: str) -> None:
    desk, attendance = NotingDesk(), await heard()
    asked = await slack.user_says("C1", f"{CALL} and here?", missed=True)
    await slack.user_says("C1", "a reply", thread=asked, missed=True)
    await slack.user_says("C2", f"{CALL} how?", missed=True)
    slack.faults["conversations.replies"].append(fault)  # of the first
    async with listening(slack, desk, attendance=attendance):
        await slack.until(lambda: "how?" in texts(desk))
        await caught_up(slack, attendance, datetime.now(UTC) - timedelta(seconds=20))

    assert ("a reply" in texts(desk)) == (fault in ("429:1", "500"))
    assert len(set(texts(desk))) == len(texts(desk))


@pytest.mark.slow
async def test_a_store_or_a_slack_that_is_away_is_waited_for(slack: SlackServer) -> None:
    desk, attendance = NotingDesk(away=1), await heard()
    await slack.user_says("C1", f"{CALL} how?", missed=True)
    slack.faults["users.conversations"].extend(["500"] * 2)
    async with listening(slack, desk, attendance=attendance):
        await slack.until(lambda: desk.messages)

    assert texts(desk) == ["how?"]


async def test_what_was_refused_while_the_store_was_away_for_long_is_read_back(
    slack: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missed, "REFUSED_SECONDS", 0.3)
    desk, attendance = NotingDesk(), Leaving()
    async with listening(slack, desk, attendance=attendance):
        await slack.until(lambda: "slack" in attendance._heard)
        attendance.is_away = True
        ts = await slack.user_says("C1", f"{CALL} how?", missed=True)
        await slack.until(lambda: attendance.looked)
        attendance.is_away = False

        await slack.until(lambda: desk.messages)

    assert [one.id for one in desk.messages] == [ts]


async def test_half_of_a_minutes_calls_are_left_to_answers(slack: SlackServer) -> None:
    desk, attendance = NotingDesk(), await heard()
    for number in range(40):
        await slack.user_says(f"C{number}", f"{CALL} {number}", missed=True)
    async with listening(slack, desk, attendance=attendance) as door:
        lane = door.platform.calls.budget.lane("conversations.history")
        await slack.until(lambda: not lane.is_free(missed.KEPT))
        await asyncio.sleep(0.2)
        assert slack.count("conversations.history") == 50 - missed.KEPT
        lane._used.clear()  # a minute later
        await slack.until(lambda: len(desk.messages) == 40)


async def test_what_was_said_an_hour_before_the_mark_or_a_day_ago_is_left_alone(slack: SlackServer) -> None:
    desk, attendance = NotingDesk(), await heard(minutes_ago=3 * 24 * 60)
    await slack.user_says("C1", f"{CALL} two days ago", minutes_ago=2 * 24 * 60, missed=True)
    await slack.user_says("C1", f"{CALL} an hour ago", minutes_ago=60, missed=True)
    async with listening(slack, desk, attendance=attendance):
        await slack.until(lambda: desk.messages)
        await caught_up(slack, attendance, datetime.now(UTC) - timedelta(seconds=20))

    assert texts(desk) == ["an hour ago"]


# --- a store that was restored from a copy ----------------------------------------------------------------------------


async def test_what_was_answered_already_is_not_asked_again(slack: SlackServer) -> None:
    desk, attendance = NotingDesk(), await heard(minutes_ago=60)
    asked = await slack.user_says("C1", f"{CALL} first", missed=True)
    await slack.user_says("C1", "and more", thread=asked, missed=True)  # in the same turn
    says(slack, "C1", asked, turn_id(thread_at(TEAM, "C1", asked), asked))
    await slack.user_says("C1", "since then", thread=asked, missed=True)
    async with listening(slack, desk, attendance=attendance):
        await slack.until(lambda: desk.messages)
        await caught_up(slack, attendance, datetime.now(UTC) - timedelta(seconds=20))

    assert texts(desk) == ["since then"]


async def test_an_edit_that_was_missed_is_a_new_edition(slack: SlackServer) -> None:
    desk, attendance = NotingDesk(), MemoryAttendance()
    async with listening(slack, desk, attendance=attendance):
        asked = await slack.user_says("C1", f"{CALL} first")
        await slack.until(lambda: desk.messages and "slack" in attendance._heard)
        says(slack, "C1", asked, turn_id(thread_at(TEAM, "C1", asked), asked))
    post = slack.channels["C1"][asked]
    post.text, post.edited = f"{CALL} second", f"{int(time.time()) + 1}.000000"
    async with listening(slack, desk, attendance=attendance):
        await slack.until(lambda: desk.editions)

    assert [(one.id, one.text) for one in desk.editions] == [(asked, "second")]


@pytest.mark.parametrize("hours", [2, -2])
async def test_a_machine_whose_clock_is_wrong_misses_nothing_and_says_so(
    slack: SlackServer, caplog: pytest.LogCaptureFixture, hours: int
) -> None:
    """Marks are written and read by Slack's clock."""
    wrong = PlatformClock("slack", lambda: datetime.now(UTC) + timedelta(hours=hours))
    attendance, desk = MemoryAttendance(), NotingDesk()
    async with listening(slack, NotingDesk(), attendance=attendance, clock=wrong):
        await slack.until(lambda: "slack" in attendance._heard)
    assert abs(attendance._heard["slack"] - datetime.now(UTC)) < timedelta(minutes=1)
    ts = await slack.user_says("C1", f"{CALL} how?", missed=True)
    wrong = PlatformClock("slack", lambda: datetime.now(UTC) + timedelta(hours=hours))
    async with listening(slack, desk, attendance=attendance, clock=wrong):
        await slack.until(lambda: desk.messages)

    assert [one.id for one in desk.messages] == [ts]
    assert desk.messages[0].lay_for < timedelta(minutes=5)
    [said, *_] = [one for one in caplog.records if hasattr(one, "ahead_seconds")]
    assert ("ahead of" if hours > 0 else "behind") + " Slack's" in said.message
    assert abs(vars(said)["ahead_seconds"] - hours * 3600) < 60
