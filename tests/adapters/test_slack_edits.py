"""Edits and deletions at Slack's door: other words and other files are an edit, and nothing else that changes a message is."""

from __future__ import annotations

import asyncio
import random

import pytest

from adapters.slack.app import SlackAdapter
from adapters.slack.finding import metadata
from adapters.slack.incoming import deleted, edited, is_echo, order
from bot.views import View
from storage.memory import MemoryOutbox
from tests import clock as clocks
from tests.adapters import slack_bench
from tests.adapters.slack_bench import OURS, NotingDesk, answer, lease, platform_on
from tests.servers.slack import BOT_ID, BOT_USER, SlackServer

pytestmark = pytest.mark.usefixtures("clock")
clock = clocks.clock
desk, door = slack_bench.desk, slack_bench.door


async def test_an_edited_question_is_revised_once_however_often_it_comes(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    ts = await slack.user_says("C1", f"<@{BOT_USER}> how do I page?")
    await slack.until(lambda: desk.deliveries == 2)
    edition = await slack.user_edits("C1", ts, f"<@{BOT_USER}> how do I page by key?", copies=2)
    await slack.until(lambda: desk.deliveries == 6)

    (one,) = desk.editions
    assert (one.id, one.edition, one.text, one.addressed) == (ts, edition, "how do I page by key?", True)
    assert len(desk.messages) == 1


async def test_a_mention_that_is_added_by_an_edit_reaches_the_desk(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    ts = await slack.user_says("C1", "how do I page?")
    await slack.user_edits("C1", ts, f"<@{BOT_USER}> how do I page?")
    await slack.until(lambda: desk.deliveries == 2)

    assert desk.messages == []
    assert [(one.id, one.addressed) for one in desk.editions] == [(ts, True)]


async def test_a_mention_that_is_taken_out_is_told_too(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    ts = await slack.user_says("C1", f"<@{BOT_USER}> never mind")
    await slack.user_edits("C1", ts, "never mind")
    await slack.until(lambda: desk.editions)

    assert not desk.editions[0].addressed


async def test_files_that_change_are_an_edit(slack: SlackServer, door: SlackAdapter, desk: NotingDesk) -> None:
    ts = await slack.user_says("D1", "what is this?", files=[slack.file("a.log", b"a")])
    await slack.user_edits("D1", ts, "what is this?", files=[])
    await slack.until(lambda: desk.editions)

    assert desk.editions[0].attachments == ()


async def test_previews_reactions_and_chatter_that_changes_ask_nothing(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    ts = await slack.user_says("C1", f"<@{BOT_USER}> see https://example.com")
    other = await slack.user_says("C1", "lunch?")
    await slack.until(lambda: desk.deliveries == 2)
    await slack.user_edits("C1", other, "lunch at noon?")
    told = [
        slack.unfurls("C1", ts),
        slack.unfurls("C1", ts, with_previous=False),
        slack.user_reacts("C1", ts),
    ]
    await slack.until(lambda: all((one, True) in slack.delivered for one in told))

    assert desk.deliveries == 2


async def test_a_preview_after_an_edit_asks_nothing_again(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    ts = await slack.user_says("D1", "see it")
    await slack.user_edits("D1", ts, "see https://example.com")
    await slack.until(lambda: desk.editions)
    told = slack.unfurls("D1", ts)
    await slack.until(lambda: (told, True) in slack.delivered)

    assert desk.deliveries == 2


async def test_an_edit_is_not_acknowledged_while_the_store_is_away(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    ts = await slack.user_says("D1", "how?")
    await slack.until(lambda: desk.messages)
    desk.away = 1
    await slack.user_edits("D1", ts, "how now?")
    await slack.until(lambda: desk.editions)

    assert [ok for _, ok in slack.delivered].count(False) == 1


async def test_our_own_edits_never_reach_the_desk_nor_bolt(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = await slack.user_says("C1", f"<@{BOT_USER}> how?")
    await slack.until(lambda: desk.deliveries == 2)
    dispatched: list[object] = []

    async def dispatch(request: object) -> None:
        dispatched.append(request)

    monkeypatch.setattr(door.app, "async_dispatch", dispatch)
    before = len(slack.delivered)

    post = await door.platform.open(lease(root), MemoryOutbox())
    for text in ("use", "use an", "use an index"):
        await post.draw(View(text=text))
    await post.draw(View(text="use an index.", final=True))
    await slack.until(lambda: len(slack.delivered) >= before + 4)

    assert dispatched == []
    assert desk.deliveries == 2


@pytest.mark.parametrize("who", [{"user": BOT_USER}, {"bot_id": BOT_ID}, {"bot_id": BOT_ID, "subtype": "bot_message"}])
def test_our_own_change_is_known_by_user_or_bot(who: dict[str, str]) -> None:
    change = {"type": "message", "subtype": "message_changed", "channel": "D1", "channel_type": "im"}
    event = {
        **change,
        "message": {"ts": "1.1", "text": "b", **who},
        "previous_message": {"ts": "1.1", "text": "a", **who},
    }

    assert is_echo(event, OURS)
    assert edited(event, OURS) is None


# --- deletions --------------------------------------------------------------------------------------------------------


async def test_a_deleted_question_is_withdrawn_with_and_without_replies(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    alone = await slack.user_says("C1", f"<@{BOT_USER}> one")
    root = await slack.user_says("C1", f"<@{BOT_USER}> two")
    reply = await slack.user_says("C1", "and three", thread=root)
    await slack.until(lambda: len(desk.messages) == 3)

    await slack.user_deletes("C1", alone)
    await slack.user_deletes("C1", root, copies=2)
    await slack.user_deletes("C1", reply)
    await slack.until(lambda: len(desk.withdrawn) == 4)

    assert sorted(set(desk.withdrawn)) == [(alone, alone), (root, root), (root, reply)]


async def test_what_never_concerned_us_and_our_own_posts_are_deleted_without_a_word(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    root = await slack.user_says("C1", f"<@{BOT_USER}> how?")
    chatter = await slack.user_says("C1", "lunch?")
    await slack.until(lambda: desk.deliveries == 2)
    post = await door.platform.open(lease(root), MemoryOutbox())
    await post.draw(View(text="use an index"))
    before = len(slack.delivered)

    await post.withdraw()
    await slack.user_deletes("C1", chatter)
    await slack.until(lambda: len(slack.delivered) >= before + 2)

    assert (desk.withdrawn, slack.thread("C1", root)) == ([], [])


def test_a_deletion_that_tells_nothing_of_what_it_was_is_withdrawn_to_be_sure() -> None:
    event = {"type": "message", "subtype": "message_deleted", "channel": "C1", "deleted_ts": "5.5"}

    assert deleted(event, OURS) == ("5.5", "5.5")


async def test_an_answer_never_appears_in_the_channel_whenever_its_question_is_deleted(slack: SlackServer) -> None:
    chance = random.Random(14)

    async with platform_on(slack) as platform:

        async def ask(number: int) -> str:
            root = await slack.user_says(f"C{number}", "q")
            pieces = ["words and more "] * 8
            answering = asyncio.create_task(answer(platform, lease(root, channel=f"C{number}"), pieces, 0.01))
            await asyncio.sleep(chance.random() * 0.12)
            slack.delete_root(f"C{number}", root)
            await answering
            return root

        await asyncio.gather(*(ask(number) for number in range(200)))

    assert [post for number in range(200) for post in slack.at_root(f"C{number}")] == []


async def test_an_answer_that_slips_into_the_channel_is_taken_away_even_when_that_fails_first(
    slack: SlackServer,
) -> None:
    root = await slack.user_says("C1", "q")
    slack.delete_root("C1", root)
    slack.faults["chat.getPermalink"].extend(["500"] * 9)  # the question cannot be looked at
    slack.faults["chat.delete"].extend(["429"])
    async with platform_on(slack) as platform:
        await answer(platform, lease(root), ["words"])

    assert slack.stray_posts == 1
    assert slack.at_root("C1") == []


@pytest.mark.parametrize("ends", ["withdrawn", "drawn"])
async def test_an_answer_that_slipped_into_the_channel_from_a_worker_that_died_is_found_there_and_taken_away(
    slack: SlackServer, ends: str
) -> None:
    root = await slack.user_says("C1", "q")
    slack.delete_root("C1", root)
    outbox, held = MemoryOutbox(), lease(root)
    async with platform_on(slack) as platform:
        await outbox.attempted(held, 0)
        noted = metadata(held.turn_id, 0)
        await platform.calls.post("chat.postMessage", channel="C1", thread_ts=root, text="half", metadata=noted)
        assert len(slack.at_root("C1")) == 1

        post = await platform.open(held, outbox)
        await (post.withdraw() if ends == "withdrawn" else post.draw(View(text="whole", final=True)))

    assert slack.at_root("C1") == []
    assert slack.stray_posts == 1


async def test_of_what_stands_in_direct_messages_nothing_else_is_taken_away_with_a_deleted_question(
    slack: SlackServer,
) -> None:
    root = await slack.user_says("D1", "q")
    slack.delete_root("D1", root)
    outbox, held = MemoryOutbox(), lease(root, channel="D1")
    async with platform_on(slack) as platform:
        await platform.calls.post("chat.postMessage", channel="D1", text="an answer of another kind")
        await outbox.attempted(held, 0)

        post = await platform.open(held, outbox)
        await post.withdraw()

    assert [post.text for post in slack.at_root("D1")] == ["an answer of another kind"]


def test_a_ts_is_ordered_by_its_two_numbers() -> None:
    stamps = ["999999999.000002", "1719412345.100200", "1719412345.1002", "1719412345.000100"]

    assert sorted(stamps, key=order) == [
        "999999999.000002",
        "1719412345.000100",
        "1719412345.1002",
        "1719412345.100200",
    ]
