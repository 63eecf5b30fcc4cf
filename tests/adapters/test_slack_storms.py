"""What many threads do to Slack's limits, and what Slack's refusals do to them: nothing is lost, doubled or held up without need."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from dataclasses import replace

import pytest

from adapters.slack import calls, signs
from adapters.slack.outgoing import SlackPlatform
from bot.errors import PlatformUnavailable
from bot.ports.inbox import Lease
from bot.views import Button, View
from storage.memory import MemoryOutbox
from tests import clock as clocks
from tests.adapters import slack_bench
from tests.adapters.slack_bench import NotingDesk, answer, lease, listening, platform_on, use_up
from tests.servers.slack import BOT_USER, SlackServer, texts_of

pytestmark = pytest.mark.usefixtures("clock")
clock = clocks.clock
platform = slack_bench.platform

WORDS = [f"word{number} " for number in range(20)]
WHOLE = "".join(WORDS).strip()


async def ask(slack: SlackServer, count: int, channels: int) -> list[tuple[str, str]]:
    names = itertools.islice(itertools.cycle(f"C{number}" for number in range(channels)), count)
    return [(channel, await slack.user_says(channel, "q")) for channel in names]


def held(channel: str, root: str) -> Lease:
    return lease(root, channel=channel, turn=f"turn-{root}")


async def test_twenty_threads_within_the_documented_limits_are_refused_nothing() -> None:
    async with SlackServer(limits=1) as slack, platform_on(slack) as platform:
        asked = await ask(slack, 20, 4)
        await asyncio.gather(*(answer(platform, held(*one), WORDS, 0.15) for one in asked))

        assert slack.refused == 0
        assert [[texts_of(post).strip() for post in slack.thread(*one)] for one in asked] == [[WHOLE]] * 20
        assert slack.count("chat.update") <= 50


async def test_a_storm_of_refusals_is_waited_out_in_order_and_loses_and_doubles_nothing(
    slack: SlackServer, platform: SlackPlatform
) -> None:
    """429 on every write for half a minute, 50 answers at once."""
    asked = await ask(slack, 50, 10)
    drawn = []
    for one in asked[:25]:
        post = await platform.open(held(*one), MemoryOutbox())
        await post.draw(View(text="half"))
        drawn.append(post)
    slack.closed_until = time.monotonic() + 30
    ends = [post.draw(View(text=WHOLE, final=True)) for post in drawn]
    rest = [answer(platform, held(*one), WORDS, 0.02) for one in asked[25:]]
    await asyncio.gather(*ends, *rest)

    assert [[texts_of(post).strip() for post in slack.thread(*one)] for one in asked] == [[WHOLE]] * 50
    for method in ("chat.update", "chat.postMessage"):
        closed = slack.first_refused[method]  # what was on its way then is over a second later
        inside = [at - closed for at in slack.times(method) if closed + 1 < at < slack.closed_until - 0.05]
        assert inside == [], method
    assert slack.count("chat.update") <= 25 + 25 + 50  # one end for each, and what was on its way when the door closed


async def test_an_end_is_not_doubled_by_a_refused_edit_on_its_way(slack: SlackServer, platform: SlackPlatform) -> None:
    root = await slack.user_says("C1", "q")
    slack.faults["chat.update"].append("429")

    await answer(platform, lease(root), WORDS, 0.1)

    assert [texts_of(post).strip() for post in slack.thread("C1", root)] == [WHOLE]
    assert len(slack.thread("C1", root)[0].versions) == 2


async def test_where_edits_are_closed_for_long_the_answer_is_posted_anew_and_its_draft_taken_away(
    slack: SlackServer, platform: SlackPlatform
) -> None:
    root = await slack.user_says("C1", "q")
    post = await platform.open(lease(root), MemoryOutbox())
    await post.draw(View(text="half", buttons=(Button("stop", "turn1"),)))
    slack.faults["chat.update"].append("429:40")
    with pytest.raises(PlatformUnavailable):
        await post.draw(View(text="more than half", buttons=(Button("stop", "turn1"),)))

    async with asyncio.timeout(5):
        await post.draw(View(text=WHOLE, buttons=(Button("good", "turn1"),), final=True))

    (shown,) = slack.thread("C1", root)
    assert shown.versions == [WHOLE + "👍"]


async def test_an_answer_for_which_no_end_can_be_kept_back_is_posted_whole_with_a_sign_of_life(
    slack: SlackServer, platform: SlackPlatform
) -> None:
    await use_up(platform, "chat.update", "C9", 50)
    root = await slack.user_says("C1", "q")
    answering = asyncio.create_task(answer(platform, lease(root), WORDS, 0.02))
    await slack.until(lambda: slack.statuses)
    assert slack.statuses == {("C1", root): "is writing an answer…"}
    await answering

    (post,) = slack.thread("C1", root)
    assert post.versions == [post.versions[0]]
    assert texts_of(post).strip() == WHOLE
    assert slack.statuses == {}
    assert slack.count("chat.update") == 0


async def test_the_sign_of_life_is_given_again_before_slack_takes_it_away(
    slack: SlackServer, platform: SlackPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signs, "SIGN_SECONDS", 0.3)
    for _ in range(50):
        async with platform.calls.budget.permit("chat.update", "C9", 1, waits=True) as permit:
            permit.passed()
    root = await slack.user_says("C1", "q")

    await answer(platform, lease(root), WORDS, 0.15)  # three seconds

    assert slack.count("assistant.threads.setStatus") >= 3
    assert slack.statuses == {}


async def test_a_status_that_slack_refuses_is_not_asked_for_again(slack: SlackServer, platform: SlackPlatform) -> None:
    await use_up(platform, "chat.update", "C9", 50)
    slack.faults["assistant.threads.setStatus"].append("missing_scope")
    for channel, root in await ask(slack, 3, 3):
        await answer(platform, lease(root, channel=channel), WORDS, 0.01)

    assert slack.count("assistant.threads.setStatus") == 1


async def test_a_status_that_hangs_and_answers_that_fail_leave_no_task_and_no_status(
    slack: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "HINT_SECONDS", 0.3)
    chance = random.Random(12)
    async with platform_on(slack) as platform:
        await use_up(platform, "chat.update", "C9", 50)
        before = asyncio.all_tasks()

        async def one(channel: str, root: str) -> None:
            slack.faults["assistant.threads.setStatus"].append(
                chance.choice(["", "hang:2", "500", "429", "invalid_thread_ts"])
            )
            answering = asyncio.create_task(answer(platform, lease(root, channel=channel), WORDS, 0.005))
            if chance.random() < 0.2:
                await asyncio.sleep(0.03)
                answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)

        asked = await ask(slack, 200, 200)
        await asyncio.gather(*(one(*each) for each in asked))
        await asyncio.sleep(0.5)

        left = [task for task in asyncio.all_tasks() - before if "slack_sdk" in str(task) or "adapters" in str(task)]
        assert left == []
        answered = {each for each in asked if slack.thread(*each)}
        assert [key for key in slack.statuses if key in answered] == []
        assert platform.calls.budget.running == 0


async def test_a_busy_thread_never_delays_another(slack: SlackServer, platform: SlackPlatform) -> None:
    """Ten posts of one thread hang; an answer elsewhere is there at once."""
    busy = await ask(slack, 10, 1)
    slack.faults["chat.postMessage"].extend(["hang:3"] * 10)
    hanging = [asyncio.create_task(answer(platform, held(*one), WORDS)) for one in busy]
    await slack.until(lambda: slack.count("chat.postMessage") == 10)
    root = await slack.user_says("C7", "q")

    async with asyncio.timeout(1.5):
        await answer(platform, lease(root, channel="C7"), WORDS)

    assert [texts_of(post).strip() for post in slack.thread("C7", root)] == [WHOLE]
    assert not any(task.done() for task in hanging)
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)


async def test_twenty_follow_ups_in_a_burst_all_reach_the_desk(slack: SlackServer) -> None:
    desk = NotingDesk()
    async with listening(slack, desk):
        root = await slack.user_says("C1", f"<@{BOT_USER}> how?")
        for number in range(20):
            await slack.user_says("C1", f"and {number}?", thread=root, user=f"U{1 + number % 2}", copies=1 + number % 3)
        await slack.until(lambda: len(desk.messages) == 21)

    assert {message.text for message in desk.messages[1:]} <= {"how?", *(f"and {number}?" for number in range(20))}
    assert {message.author.name for message in desk.messages} == {"Ana", "Ben"}


async def test_a_name_is_asked_for_once(slack: SlackServer) -> None:
    desk = NotingDesk()
    async with listening(slack, desk):
        for number in range(12):
            await slack.user_says("D1", f"q{number} <@U2> <@U404>")
        await slack.until(lambda: len(desk.messages) == 12)

    assert slack.count("users.info") == 3


async def test_all_calls_share_their_connections(slack: SlackServer, platform: SlackPlatform) -> None:
    root = await slack.user_says("C1", "q")
    await answer(platform, lease(root), WORDS)
    session = platform.calls.session
    await answer(platform, lease(root, turn="turn2"), WORDS)

    assert platform.calls.session is session
    await platform.close()
    assert session.closed


async def test_every_call_that_says_something_keeps_previews_and_pings_off(slack: SlackServer) -> None:
    evil = "see https://evil.example/?q=secret <!channel> <@U2> @here"
    desk = NotingDesk()
    async with listening(slack, desk) as door:
        for channel in ("C1", "D1"):
            root = await slack.user_says(channel, "q")
            post = await door.platform.open(lease(root, channel=channel), MemoryOutbox())
            await post.draw(View(status=evil))
            await post.draw(View(text=evil + " and more "))
            await post.draw(View(text=evil + " and more words ", notices=(evil,)))
            await post.draw(View(text=evil, notices=(evil,), final=True))
        await slack.slash("/ask", evil)
        await slack.slash("/plumbline", evil)
        asked = replace(lease("private-1").messages[0], route={"response_url": slack.response_url()})
        post = await door.platform.open(replace(lease("private-1"), messages=(asked,)), MemoryOutbox())
        await post.draw(View(text=evil, final=True))

    said = [body for method, body in slack.calls if method in ("chat.postMessage", "chat.postEphemeral", "chat.update")]
    assert len(said) >= 5
    assert [body["link_names"] for body in said] == [False] * len(said)
    for body in (*slack.bodies("chat.postMessage"), *slack.responses):
        assert (body["unfurl_links"], body["unfurl_media"]) == (False, False)
    assert slack.pings() == []
