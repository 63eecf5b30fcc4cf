"""The contracts of history and outbox, in memory and on Valkey."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.conversation import Answer, Attachment, Conversation, Pinned, ThreadId, Turn, Usage
from bot.errors import LeaseLost
from bot.ports.inbox import Inbox, Lease, Progress
from bot.ports.stores import History
from tests.fakes import BEN, START, THREAD, message
from tests.storage.conftest import Stores
from tests.storage.serving import Gate, Recorder, serving, settled

OTHER = ThreadId("slack", "T1", "C7", "1720.1")
PINNED = Pinned("Be kind.", '[{"name": "read"}]', "claude-x", "medium")


def turn(number: int) -> Turn:
    asked = message(f"question {number}\n```py\nx = '\u2028'\n```", id=f"q{number}", author=BEN)
    file = Attachment("F1", "a.py", "text/x-python", 12, "https://files.example/a.py")
    answer = Answer(
        f"answer {number} 🎉",
        "claude-x",
        usage=Usage(1, 2, 3, 4, 5),
        transcript=('{"role":"user","content":"q"}', '{"role": "assistant",  "content":[{"signature":"a\\/b=="}]}'),
        notices=("Merged.",),
        context_tokens=99,
        request_ids=("req_1",),
    )
    return Turn(f"turn{number}", (replace(asked, attachments=(file,)),), (message("before", id="b"),), answer, START)


async def fence(inbox: Inbox, name: str = "1") -> int:
    """The fence of a turn that was just answered: good until another turn begins."""
    recorder = Recorder()
    await inbox.accept(message("hi", id=name))
    async with serving(inbox, recorder):
        await recorder.ended(1)
        await settled(inbox)
    return recorder.leases[-1].fence


@pytest.fixture
def history(stores: Stores) -> History:
    return stores.history


async def test_a_thread_without_history_is_an_empty_conversation(history: History) -> None:
    assert await history.load(THREAD) == Conversation(THREAD)


async def test_turns_come_back_in_order_and_byte_for_byte(stores: Stores) -> None:
    ours = await fence(stores.inbox)

    for number in range(3):
        await stores.history.append(THREAD, ours, turn(number), PINNED)

    assert await stores.history.load(THREAD) == Conversation(THREAD, tuple(turn(n) for n in range(3)), 0, PINNED)
    assert await stores.history.load(OTHER) == Conversation(OTHER)


async def test_what_was_refused_is_noted_beside_the_turns_and_outlives_a_reset(stores: Stores) -> None:
    await stores.history.refuse(THREAD, ["q1#", "q2#5"])
    await stores.history.refuse(THREAD, ["q1#", "about"])
    await stores.history.forget(THREAD, START)

    assert (await stores.history.load(THREAD)).refused == {"q1#", "q2#5", "about"}
    assert (await stores.history.load(OTHER)).refused == frozenset()


async def test_a_turn_is_appended_once(stores: Stores) -> None:
    ours = await fence(stores.inbox)

    await stores.history.append(THREAD, ours, turn(1), PINNED)
    await stores.history.append(THREAD, ours, replace(turn(1), answer=Answer("another", "m")), PINNED)

    assert (await stores.history.load(THREAD)).turns == (turn(1),)


async def test_a_worker_that_was_succeeded_writes_nothing(stores: Stores) -> None:
    old = await fence(stores.inbox, "1")
    await stores.history.append(THREAD, old, turn(1), PINNED)
    new = await fence(stores.inbox, "2")

    with pytest.raises(LeaseLost):
        await stores.history.append(THREAD, old, turn(2), PINNED)
    with pytest.raises(LeaseLost):
        await stores.history.fold(THREAD, old, 1)

    assert await stores.history.load(THREAD) == Conversation(THREAD, (turn(1),), 0, PINNED)
    await stores.history.append(THREAD, new, turn(2), PINNED)


async def test_a_fold_keeps_the_turns_and_makes_the_prefix_anew(stores: Stores) -> None:
    ours = await fence(stores.inbox)
    for number in range(3):
        await stores.history.append(THREAD, ours, turn(number), PINNED)

    await stores.history.fold(THREAD, ours, 2)
    folded = await stores.history.load(THREAD)
    fresh = replace(PINNED, system="Be kinder.")
    await stores.history.append(THREAD, ours, turn(3), fresh)

    assert (folded.folded, folded.pinned, len(folded.turns)) == (2, None, 3)
    after = await stores.history.load(THREAD)
    assert (after.folded, after.pinned, len(after.turns)) == (2, fresh, 4)


async def test_a_forgotten_thread_starts_anew_and_may_hold_the_same_turn(stores: Stores) -> None:
    ours = await fence(stores.inbox)
    await stores.history.append(THREAD, ours, turn(1), PINNED)

    await stores.history.forget(THREAD, START)

    assert await stores.history.load(THREAD) == Conversation(THREAD, forgotten_at=START)
    await stores.history.append(THREAD, ours, turn(1), PINNED)
    assert (await stores.history.load(THREAD)).turns == (turn(1),)


async def test_the_outbox_knows_each_part_that_was_tried_posted_or_removed(stores: Stores) -> None:
    outbox = stores.outbox
    async with held(stores) as mine:
        assert dict(await outbox.posts(mine)) == {}

        for index in (0, 1, 10, 2):
            assert (await outbox.attempted(mine, index)).post_id == ""
        assert await outbox.delivered(mine, 0, "1719.1") == "1719.1"
        assert await outbox.delivered(mine, 1, "1719.2") == "1719.2"
        await outbox.removed(mine, 1)
        await outbox.removed(mine, 7)

        posts = await outbox.posts(mine)
        assert {index: posted.post_id for index, posted in posts.items()} == {0: "1719.1", 2: "", 10: ""}
        assert all(0 <= posted.seconds < 60 for posted in posts.values())
        assert (await outbox.attempted(mine, 0)).post_id == "1719.1"
        assert dict(await outbox.posts(replace(mine, turn_id="t2"))) == {}
        assert dict(await outbox.posts(replace(mine, thread=OTHER))) == {}


async def test_a_posting_keeps_its_mark_for_whoever_tries_again_until_the_part_is_taken_away(stores: Stores) -> None:
    outbox = stores.outbox
    async with held(stores) as mine:
        first = await outbox.attempted(mine, 0)
        assert (await outbox.attempted(mine, 0)).mark == first.mark == (await outbox.posts(mine))[0].mark
        assert 0 < len(first.mark) <= 4

        await outbox.delivered(mine, 0, "1719.1")
        await outbox.removed(mine, 0)
        await asyncio.sleep(0.002)  # marks are moments, to the millisecond
        assert (await outbox.attempted(mine, 0)).mark != first.mark


async def test_the_first_confirmed_post_of_a_part_has_it_and_a_late_one_is_not_wanted(stores: Stores) -> None:
    outbox = stores.outbox
    async with held(stores) as mine:
        late = replace(mine, fence=mine.fence - 1)
        await outbox.attempted(mine, 0)

        assert await outbox.delivered(late, 0, "late") == "late"  # nobody had confirmed one yet
        assert await outbox.delivered(mine, 0, "mine") == "late"
        assert await outbox.delivered(late, 1, "late") == ""  # nobody wants that part

        await outbox.check(mine)
        for call in (outbox.check(late), outbox.attempted(late, 2), outbox.removed(late, 0)):
            with pytest.raises(LeaseLost):
                await call


async def test_progress_is_kept_for_its_turn_and_refused_behind_a_passed_fence(stores: Stores) -> None:
    async with held(stores) as mine:
        assert await stores.progress.load(mine) == Progress()
        await stores.progress.save(mine, Progress('{"rounds": 1}', "half an answer ✂"))

        assert await stores.progress.load(mine) == Progress('{"rounds": 1}', "half an answer ✂")
        assert await stores.progress.load(replace(mine, turn_id="another")) == Progress()
        with pytest.raises(LeaseLost):
            await stores.progress.save(replace(mine, fence=mine.fence - 1), Progress("", ""))


@contextlib.asynccontextmanager
async def held(stores: Stores) -> AsyncIterator[Lease]:
    """A turn in the air, while the block runs."""
    gate = Gate()
    recorder = Recorder(before_end=gate)
    async with serving(stores.inbox, recorder):
        await stores.inbox.accept(message("?", id="held"))
        await gate.wait_reached()
        yield recorder.leases[0]
        gate.opened.set()
        await settled(stores.inbox)
