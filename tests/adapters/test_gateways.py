"""Doors that stay open: dead sockets are noticed and replaced, missed events are read, surplus sockets stand by."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from adapters.discord.app import DiscordAdapter
from adapters.discord.outgoing import DiscordPlatform
from adapters.discord.presses import custom_id
from adapters.slack.app import SlackAdapter
from bot.ports.doors import Desk
from bot.ports.inbox import turn_id
from bot.ports.stores import Attendance
from bot.views import Button
from storage.memory import MemoryAttendance
from tests.adapters.discord_support import NotingDesk, thread
from tests.adapters.running import running
from tests.adapters.slack_bench import connecting
from tests.servers.discord import BOT, CHANNEL, DM, DiscordServer
from tests.servers.slack import BOT_USER, SlackServer
from tests.servers.watched import PATIENCE_SECONDS
from tests.stalls import slowness


async def eventually(adapter: SlackAdapter | DiscordAdapter, ready: bool, seconds: float = PATIENCE_SECONDS) -> float:
    """How long it took until it says so."""
    start = time.monotonic()
    async with asyncio.timeout(seconds):
        while adapter.is_ready() is not ready:  # noqa: ASYNC110 - readiness is asked, as a probe asks it
            await asyncio.sleep(0.02)
    return time.monotonic() - start


# --- Slack ------------------------------------------------------------------------------------------------------------


async def test_a_dead_slack_socket_is_noticed_and_replaced_in_time() -> None:
    # A tenth of the real times: ten seconds between pings, 45 until it is noticed, 60 until it is replaced.
    async with SlackServer() as slack:
        desk = NotingDesk()
        async with connecting(slack, desk) as adapter:
            await eventually(adapter, True)
            slack.is_zombie = True
            opened = len(slack.opens)
            await slack.until(lambda: len(slack.opens) > opened)
            slack.is_zombie = False
            await slack.until(lambda: slack.connections)
            ts = await slack.user_says("C1", f"<@{BOT_USER}> still there?")
            await slack.until(lambda: ts in desk.taken)

            assert adapter.is_ready()
            assert [message.text for message in desk.taken.values()] == ["still there?"]


async def test_surplus_slack_sockets_stand_by_and_take_over_without_a_storm() -> None:
    stand_by = 1.0
    async with SlackServer() as slack, contextlib.AsyncExitStack() as stack:
        slack.most_sockets = 4
        desk = NotingDesk()
        stacks = [await stack.enter_async_context(contextlib.AsyncExitStack()) for _ in range(6)]
        adapters = [await one.enter_async_context(connecting(slack, desk, stand_by_seconds=stand_by)) for one in stacks]
        await slack.until(lambda: slack.connections == 4)
        opened, start = len(slack.opens), time.monotonic()
        await asyncio.sleep(4 * stand_by)

        assert slack.connections == 4
        assert len(slack.opens) - opened <= 2 * (time.monotonic() - start) / stand_by + 2
        assert sum(adapter.is_ready() for adapter in adapters) == 4

        served = next(number for number, adapter in enumerate(adapters) if adapter.is_ready())
        await stacks[served].aclose()
        await slack.until(lambda: slack.connections == 4)


async def test_a_second_bot_with_a_store_of_its_own_does_not_listen_until_the_first_is_gone() -> None:
    async with SlackServer() as slack:
        first, second = NotingDesk(), NotingDesk()
        async with contextlib.AsyncExitStack() as gone:
            older = await gone.enter_async_context(connecting(slack, first, is_alone=True))
            await eventually(older, True)
            async with connecting(slack, second, is_alone=True, stand_by_seconds=0.5) as newer:
                opened = len(slack.opens)
                await slack.until(lambda: len(slack.opens) >= opened + 2)  # it asks again, and gives way again
                said = [await slack.user_says("C1", f"<@{BOT_USER}> {number}") for number in range(6)]
                await slack.until(lambda: set(said) <= first.taken.keys())
                assert (second.taken, newer.is_ready(), older.is_ready()) == ({}, False, True)

                await slack.drop_sockets()  # the older one connects again, and is not alone for a moment
                await slack.until(lambda: slack.connections == 1)
                await eventually(older, True)

                await gone.aclose()
                await slack.until(lambda: newer.is_ready() and slack.connections == 1)
                after = await slack.user_says("C1", f"<@{BOT_USER}> after")
                await slack.until(lambda: after in second.taken)


# --- Discord ----------------------------------------------------------------------------------------------------------


def discord_adapter(
    server: DiscordServer, desk: Desk, attendance: Attendance, silence_seconds: float = 45, *, is_alone: bool = False
) -> DiscordAdapter:
    platform = DiscordPlatform("good", server.api_url)
    return DiscordAdapter(
        desk,
        platform,
        attendance,
        token="good",
        api_url=server.api_url,
        silence_seconds=silence_seconds,
        is_alone=is_alone,
    )


async def test_a_dead_discord_connection_is_noticed_and_replaced_in_time(discord: DiscordServer) -> None:
    # A twentieth of the real times, with more room between the heartbeats: every 41.25 s, 45 until it is noticed.
    silence = 3.0
    discord.heartbeat_ms = 1_000
    desk = NotingDesk()
    adapter = discord_adapter(discord, desk, MemoryAttendance(), silence)
    async with running(adapter):
        await eventually(adapter, True)
        await asyncio.sleep(1.5 * silence)
        assert adapter.is_ready()  # a quiet guild is no dead connection
        discord.is_zombie = True
        assert await eventually(adapter, False) <= (silence + 0.2) * slowness()
        discord.is_zombie = False
        await eventually(adapter, True)
        said = await discord.user_says(f"<@{BOT}> still there?")
        await discord.until(lambda: said in desk.taken)
        assert discord.identifies == 1


async def test_what_was_missed_after_an_invalid_session_is_read_once_and_in_order(discord: DiscordServer) -> None:
    desk, attendance = NotingDesk(), MemoryAttendance()
    adapter = discord_adapter(discord, desk, attendance)
    async with running(adapter):
        first = await discord.user_says(f"<@{BOT}> first")
        direct = await discord.user_says("hello", channel=DM)
        await discord.until(lambda: {first, direct} <= desk.taken.keys())
        discord.threads[first] = "first"
        await discord.until(lambda: "discord" in attendance._heard)

        discord.forgets_session = True
        await discord.drop_gateway()
        missed = [await discord.user_says(f"<@{BOT}> missed {number}", wait=False) for number in range(40)]
        missed += [await discord.user_says(f"more {number}", channel=first, wait=False) for number in range(9)]
        missed.append(await discord.user_says("missed directly", channel=DM, wait=False))
        await discord.until(lambda: set(missed) <= desk.taken.keys())
        live = await discord.user_says(f"<@{BOT}> live")
        await discord.until(lambda: live in desk.taken)

    assert discord.identifies == 2
    for place in {message.thread for message in desk.taken.values()}:
        ids = [int(message.id) for message in desk.taken.values() if message.thread == place]
        assert ids == sorted(ids)
    assert {message.text for message in desk.taken.values() if message.id in missed[:40]} == {
        f"missed {number}" for number in range(40)
    }


def _is_stuck_or_through(desk: NotingDesk, left: int) -> bool:
    return bool(desk.refused) or len(desk.taken) == left


async def test_one_restart_after_another_reads_on_where_the_last_was_cut_short(discord: DiscordServer) -> None:
    """Each process gets only as far as its third message; none of them is the one that starts from the beginning."""
    attendance = MemoryAttendance()
    await attendance.heard("discord", datetime.now(UTC))
    missed = [await discord.user_says(f"<@{BOT}> {number}", wait=False) for number in range(7)]
    taken: list[str] = []
    while len(taken) < len(missed):
        desk = NotingDesk()
        desk.most = 3
        async with running(discord_adapter(discord, desk, attendance)):
            left = len(missed) - len(taken)
            await discord.until(partial(_is_stuck_or_through, desk, left))
        assert not set(taken) & set(desk.taken)
        taken += desk.taken

    assert taken == missed
    assert discord.identifies == 3


async def test_a_session_taken_up_again_and_a_first_start_read_nothing(discord: DiscordServer) -> None:
    old = await discord.user_says(f"<@{BOT}> before the first start", wait=False)
    desk = NotingDesk()
    async with running(discord_adapter(discord, desk, MemoryAttendance())):
        first = await discord.user_says(f"<@{BOT}> first")
        await discord.until(lambda: first in desk.taken)
        await discord.drop_gateway()
        second = await discord.user_says(f"<@{BOT}> meanwhile", wait=False)
        await discord.until(lambda: second in desk.taken)

    assert discord.resumes == 1
    assert old not in desk.taken
    assert not any(method == "GET" and path.endswith("/messages") for method, path in discord.calls)


@pytest.mark.slow
async def test_a_bot_with_a_store_of_its_own_leaves_discord_to_another_and_reads_what_was_said_when_it_is_back(
    discord: DiscordServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("adapters.discord.app.SESSIONS_SECONDS", 0.1)
    monkeypatch.setattr("adapters.discord.app.STAND_BY_SECONDS", 1.0)
    desk, attendance = NotingDesk(), MemoryAttendance()
    adapter = discord_adapter(discord, desk, attendance, is_alone=True)
    async with running(adapter):
        first = await discord.user_says(f"<@{BOT}> first")
        await discord.until(lambda: first in desk.taken and "discord" in attendance._heard)
        discord.forgets_session = True
        await discord.drop_gateway()  # a session of its own is none of another's
        await discord.until(lambda: discord.identifies == 2 and adapter.is_ready())
        looks = discord.calls.count(("GET", "gateway/bot"))
        await discord.until(lambda: discord.calls.count(("GET", "gateway/bot")) > looks + 2)
        assert adapter.is_ready()

        discord.others_begun += 1
        await eventually(adapter, False)
        said = await discord.user_says(f"<@{BOT}> to the other one", wait=False)
        await discord.until(lambda: said in desk.taken)

    assert discord.identifies == 3
    assert "another process has begun a session" in caplog.text


async def test_bots_that_share_a_store_do_not_look_for_each_other(
    discord: DiscordServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.discord.app.SESSIONS_SECONDS", 0.05)
    desk = NotingDesk()
    async with running(discord_adapter(discord, desk, MemoryAttendance())):
        await discord.user_says(f"<@{BOT}> first")
        discord.others_begun += 1
        await asyncio.sleep(0.3)

        assert discord.calls.count(("GET", "gateway/bot")) == 1


async def test_a_restored_store_asks_nothing_again_that_stands_answered(discord: DiscordServer) -> None:
    attendance, desk = MemoryAttendance(), NotingDesk()
    await attendance.heard("discord", datetime.now(UTC) - timedelta(hours=1))
    asked = await discord.user_says(f"<@{BOT}> first", wait=False)
    await discord.opens_thread(asked, "first")
    more = await discord.user_says("and more", channel=asked, wait=False)  # in the same turn
    where = thread(asked)
    button = custom_id(Button("good", turn_id(where, asked)), where)
    rows = [{"type": 1, "components": [{"type": 2, "style": 2, "label": "Good", "custom_id": button}]}]
    await discord.user_says("Use an index.", user=BOT, channel=asked, components=rows, wait=False)
    since = await discord.user_says("since then", channel=asked, wait=False)
    new = await discord.user_says(f"<@{BOT}> new", wait=False)

    async with running(discord_adapter(discord, desk, attendance)):
        await discord.until(lambda: {since, new} <= desk.taken.keys())
        last = await discord.user_says(f"<@{BOT}> live")
        await discord.until(lambda: last in desk.taken)

    assert not {asked, more} & desk.taken.keys()


async def test_a_bot_that_was_down_reads_what_it_missed(discord: DiscordServer) -> None:
    attendance = MemoryAttendance()
    await attendance.heard("discord", datetime.now(UTC))
    missed = [await discord.user_says(f"<@{BOT}> {number}", wait=False) for number in range(3)]
    desk = NotingDesk()

    async with running(discord_adapter(discord, desk, attendance)):
        await discord.until(lambda: set(missed) <= desk.taken.keys())

    assert list(desk.taken) == missed
    assert all(earlier < later for earlier, later in itertools.pairwise(missed))
    assert CHANNEL in {message.thread.channel for message in desk.taken.values()}
