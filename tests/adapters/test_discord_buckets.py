"""Discord's buckets, with the real library: no call is refused that Discord would take, and a bucket that is used up for minutes leaves
nobody without an answer or a sign."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

import discord as library
import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from adapters.discord.buckets import Bucket
from adapters.discord.calls import Exhausted
from adapters.discord.outgoing import DiscordPlatform
from bot.conversation import ThreadId
from bot.errors import NotTaken
from storage.memory import MemoryOutbox
from tests.adapters import discord_support
from tests.adapters.discord_support import NotingDesk, asks, door, half, lease_for, thread, whole
from tests.servers.discord import BOT, CHANNEL, DM, DiscordServer, Interaction, Post
from tests.servers.discord.limits import Limit

platform = discord_support.platform

LONG = Limit(10, 300)
"""A bucket like the one of new threads."""

Ask = Callable[[library.Client, str], Coroutine[Any, Any, object]]
"""Of a client, and of the token of an interaction."""


def here(client: library.Client) -> library.PartialMessageable:
    return client.get_partial_messageable(int(CHANNEL))


def webhook(client: library.Client, token: str) -> library.Webhook:
    return library.Webhook.partial(int(BOT), token, client=client)


CALLS: dict[str, tuple[str, str, Ask]] = {
    "a message": ("send", CHANNEL, lambda client, _: here(client).send("so")),
    "an edit": ("edit", CHANNEL, lambda client, _: here(client).get_partial_message(78).edit(content="so")),
    "what was said": ("history", CHANNEL, lambda client, _: client.http.logs_from(int(CHANNEL), 5)),
    "a channel": ("GET channels", CHANNEL, lambda client, _: client.fetch_channel(int(CHANNEL))),
    "a thread opened": ("PATCH channels", "900", lambda client, _: client.http.edit_channel(900, archived=False)),
    "a direct message opened": ("direct", "", lambda client, _: client.http.start_private_message(1)),
    "a follow-up": ("webhook", "token", lambda client, token: webhook(client, token).send("so", wait=True)),
    "an edit by token": (
        "webhook",
        "token",
        lambda client, token: webhook(client, token).edit_message("@original", content="so"),  # type: ignore[call-overload]
    ),
    "ourselves": ("GET oauth2", "", lambda client, _: client.application_info()),
}
"""The bucket's name, whose it is, and the call."""


@pytest.fixture(autouse=True)
def token(discord: DiscordServer) -> str:
    """Of an interaction: the library keeps what it knows of one for the whole process."""
    discord.posts["78"] = Post("78", CHANNEL, BOT, "before")
    discord.threads["900"] = "a thread"
    command = Interaction("77", f"token{uuid4().hex}", CHANNEL, time.monotonic(), 0.1, True)
    command.original = "78"
    discord.interactions[command.token] = command
    return command.token


def answers(discord: DiscordServer, place: str) -> list[str]:
    return [one.content for one in discord.visible(place) if one.id != "78"]


# --- a bucket with room -----------------------------------------------------------------------------------------------


async def test_five_people_who_ask_in_one_channel_within_a_second_get_their_threads_at_once(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    begun = time.monotonic()

    async def one(number: int) -> None:
        await asyncio.sleep(0.2 * number)
        question = asks(discord, str(1_000 + number))
        post = await platform.open(lease_for(thread(question), question), MemoryOutbox())
        await post.draw(half("so"))
        await post.draw(whole("so it is"))

    await asyncio.gather(*(one(number) for number in range(5)))

    assert time.monotonic() - begun < 5
    assert all(answers(discord, str(1_000 + number)) == ["so it is"] for number in range(5))
    assert discord.visible(CHANNEL) == [discord.posts["78"]]
    assert discord.refusals == []


async def test_twelve_who_ask_at_once_right_after_a_start_get_their_threads_from_a_slow_discord(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    """How many threads may be made is known with the first answer alone."""
    discord.latency_seconds = 2.5

    async def one(number: int) -> None:
        question = asks(discord, str(1_000 + number))
        post = await platform.open(lease_for(thread(question), question), MemoryOutbox())
        await post.draw(whole("so it is"))

    await asyncio.gather(*(one(number) for number in range(12)))

    assert all(answers(discord, str(1_000 + number)) == ["so it is"] for number in range(12))
    assert discord.visible(CHANNEL) == [discord.posts["78"]]


@pytest.mark.parametrize("name", CALLS)
async def test_no_call_is_refused_while_its_bucket_has_room(
    discord: DiscordServer, platform: DiscordPlatform, token: str, name: str
) -> None:
    office, (kind, _, ask) = await platform.office(), CALLS[name]
    discord.buckets.limits[kind] = replace(LONG, of=discord.buckets.limits[kind].of)
    async with asyncio.timeout(5):
        for _ in range(2):
            await office.calls.make(name, ask(office.client, token))
        await asyncio.gather(*(office.calls.make(name, ask(office.client, token)) for _ in range(LONG.calls - 3)))

    assert discord.refusals == []


# --- a bucket without -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CALLS)
async def test_a_call_without_room_for_minutes_is_given_back_at_once_and_not_made_later(
    discord: DiscordServer, platform: DiscordPlatform, token: str, name: str
) -> None:
    office, (kind, place, ask) = await platform.office(), CALLS[name]
    discord.buckets.limits[kind] = replace(LONG, of=discord.buckets.limits[kind].of)
    discord.buckets.use_up(kind, token if place == "token" else place, keeps=1)
    calls = office.calls
    make = partial(calls.until_taken, token=token) if place == "token" else calls.make
    discord.calls.clear()
    begun = time.monotonic()
    await make(name, ask(office.client, token))
    for _ in range(3):
        with pytest.raises(Exhausted):
            await make(name, ask(office.client, token))

    assert time.monotonic() - begun < 2
    assert len(discord.calls) == 1


async def test_a_call_that_the_library_holds_back_for_too_long_is_given_up_and_not_made_later(
    discord: DiscordServer, platform: DiscordPlatform, token: str
) -> None:
    """The library keeps one lock for all calls of a token, and holds it while there is no room."""
    office = await platform.office()
    discord.buckets.limits["webhook"] = Limit(1, 1, "token")
    await office.calls.until_taken("a follow-up", webhook(office.client, token).send("first", wait=True))
    with pytest.raises(Exhausted):
        await office.calls.make(
            "a follow-up", webhook(office.client, token).send("second", wait=True), wait_seconds=0.2
        )
    await asyncio.sleep(1.2)
    await office.calls.make("a follow-up", webhook(office.client, token).send("third", wait=True))

    said = [discord.posts[one].content for one in discord.interactions[token].follow_ups]
    assert said == ["first", "third"]
    assert discord.refusals == []


@pytest.mark.parametrize("by", ["the header", "a 429"])
async def test_where_no_thread_can_be_made_for_minutes_the_answer_is_a_reply_in_the_channel(
    discord: DiscordServer, platform: DiscordPlatform, by: str
) -> None:
    if by == "the header":
        discord.buckets.use_up("thread", CHANNEL, keeps=1)
        first = await platform.open(lease_for(thread(asks(discord, "999")), "999"), MemoryOutbox())
        await first.draw(whole("the last thread"))
    else:
        discord.buckets.use_up("thread", CHANNEL)
        await platform.office()
    begun = time.monotonic()
    post = await platform.open(lease_for(thread(asks(discord)), "1000"), MemoryOutbox())
    await post.draw(half("so"))
    await post.draw(whole("so it is"))

    assert time.monotonic() - begun < 1.5
    (answer,) = [one for one in discord.visible(CHANNEL) if one.id != "78"]
    assert answer.reference == "1000"
    assert answer.content.startswith("so it is")
    assert "for a while" in answer.content
    assert "1000" not in discord.threads


@pytest.mark.parametrize("before", ["one message stands there", "the thread was made, and nothing stands there"])
async def test_whoever_takes_over_where_no_more_threads_can_be_made_goes_on_in_the_thread_that_is_there(
    discord: DiscordServer, platform: DiscordPlatform, before: str
) -> None:
    outbox = MemoryOutbox()
    held = lease_for(thread(asks(discord)), "1000")
    if before.startswith("one"):
        await (await platform.open(held, outbox)).draw(half("so"))
    else:
        office = await platform.office()
        making = office.client.http.start_thread_with_message(
            int(CHANNEL), 1000, name="how", auto_archive_duration=1440
        )
        await office.calls.make("thread", making)
    discord.buckets.use_up("thread", CHANNEL)

    await (await platform.open(held, outbox)).draw(whole("so it is " * 400))

    said = answers(discord, "1000")
    assert len(said) > 1
    assert " ".join(said).split() == ("so it is " * 400).split()
    assert answers(discord, CHANNEL) == []


async def test_a_thread_for_which_there_is_room_in_a_moment_is_waited_for(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    discord.buckets.limits["thread"] = Limit(1, 1)
    for number in range(3):
        question = asks(discord, str(1_000 + number))
        await (await platform.open(lease_for(thread(question), question), MemoryOutbox())).draw(whole("so it is"))

    assert all(answers(discord, str(1_000 + number)) == ["so it is"] for number in range(3))


async def test_where_a_thread_takes_no_messages_for_minutes_the_channel_and_then_the_asker_get_the_answer(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    discord.buckets.limits["send"] = LONG
    for question, full in (("1000", ["1000"]), ("1001", ["1001", CHANNEL])):
        for place in full:
            discord.buckets.use_up("send", place)
        post = await platform.open(lease_for(thread(asks(discord, question)), question), MemoryOutbox())
        await post.draw(whole(f"so it is {question}"))

    (in_channel,), (direct,) = answers(discord, CHANNEL), answers(discord, DM)
    assert in_channel.startswith("so it is 1000")
    assert direct.startswith("so it is 1001")


async def test_an_end_that_cannot_be_drawn_for_minutes_comes_in_a_new_message(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    discord.buckets.limits["edit"] = LONG
    post = await platform.open(lease_for(thread(asks(discord)), "1000"), MemoryOutbox())
    await post.draw(half("so"))
    discord.buckets.use_up("edit", "1000")
    with pytest.raises(NotTaken):
        await post.draw(half("so it"))  # what is seen is a sign
    await post.draw(whole("so it is"))

    assert answers(discord, "1000") == ["so it is"]


async def test_a_private_answer_whose_token_takes_no_more_for_minutes_comes_as_a_direct_message(
    discord: DiscordServer, platform: DiscordPlatform, token: str
) -> None:
    discord.buckets.limits["webhook"] = Limit(10, 300, "token")
    route = {"app": BOT, "token": token}
    lease = lease_for(ThreadId("discord", "200", CHANNEL, "private-77"), "77", route=route)
    post = await platform.open(lease, MemoryOutbox())
    await post.draw(half("so"))
    discord.buckets.use_up("webhook", token)
    begun = time.monotonic()
    await post.draw(whole("so it is"))

    assert time.monotonic() - begun < 2
    assert answers(discord, DM) == ["so it is"]
    assert answers(discord, CHANNEL) == []


async def test_what_the_desk_says_comes_directly_where_the_channel_takes_no_more_for_minutes(
    discord: DiscordServer,
) -> None:
    desk = NotingDesk()
    desk.says = "You have asked too much today."
    discord.buckets.limits["send"] = LONG
    discord.buckets.use_up("send", CHANNEL)
    async with door(discord, desk):
        await discord.user_says(f"<@{BOT}> how?")
        await discord.until(lambda: answers(discord, DM))

    assert answers(discord, DM) == ["You have asked too much today."]


async def test_a_command_whose_token_takes_no_more_for_minutes_is_answered_directly(discord: DiscordServer) -> None:
    discord.buckets.limits["webhook"] = Limit(0, 300, "token")
    async with door(discord, NotingDesk()):
        asked = await discord.slash("plumbline", word="usage")
        await discord.until(lambda: answers(discord, DM))

    assert asked.acked_after is not None
    assert answers(discord, DM)[0].startswith("usage of")


async def test_a_door_whose_commands_cannot_be_told_hears_all_the_same(discord: DiscordServer) -> None:
    discord.buckets.limits["PUT applications"] = Limit(0, 86_400, "bot")
    desk = NotingDesk()
    async with door(discord, desk):
        question = await discord.user_says(f"<@{BOT}> how?")
        await discord.until(lambda: question in desk.taken)

    assert desk.taken[question].text == "how?"
    assert discord.identifies == 1


# --- the bucket by itself ---------------------------------------------------------------------------------------------


class Told:
    """What Discord says with a call that it took."""

    def __init__(self, limit: int, remaining: int, reset_after: float) -> None:
        self.headers = CIMultiDict(
            {
                "X-RateLimit-Limit": str(limit),
                "X-RateLimit-Remaining": str(remaining),
                "X-RateLimit-Reset-After": str(reset_after),
            }
        )


@given(st.integers(1, 12), st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=40))
async def test_in_one_window_no_order_of_calls_sends_more_than_it_takes_and_none_is_refused_with_room(
    limit: int, steps: list[tuple[int, int]]
) -> None:
    """`steps`: so many calls are asked for, then so many of those on their way come back, newest first."""
    bucket, sent, flying = Bucket(), 0, list[int]()
    for asked, back in steps:
        for _ in range(asked):
            if not sent or bucket.expires is not None:
                try:
                    await bucket.acquire()
                except library.RateLimited:
                    assert sent == limit
                    continue
                sent += 1
                flying.append(limit - sent)
        for _ in range(min(back, len(flying))):
            bucket.update(Told(limit, flying.pop(), 300))  # type: ignore[arg-type]
            await bucket.__aexit__()
    assert sent <= limit
