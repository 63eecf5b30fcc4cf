"""What becomes of a message that is edited or deleted, in memory and on Valkey: asked once more in the same turn, or gone."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import replace

import pytest

from bot.conversation import Message, Turn
from bot.ports.inbox import Accepted, Inbox, Lease, Outcome, Revision
from storage.connections import RedisClients
from storage.keys import thread_key
from tests.fakes import THREAD, message
from tests.stalls import slowness
from tests.storage.conftest import Stores
from tests.storage.serving import Gate, Recorder, eventually, serving, settled
from tests.storage.test_history import PINNED, fence, turn


@pytest.fixture
def inbox(stores: Stores) -> Inbox:
    return stores.inbox


def edited(text: str, edition: str = "1", *, id: str = "1", addressed: bool = True) -> Message:
    return replace(message(text, id=id, addressed=addressed), edition=edition)


async def run(inbox: Inbox, recorder: Recorder, turns: int = 1) -> None:
    async with serving(inbox, recorder):
        await recorder.ended(len(recorder.texts) + turns)
        await settled(inbox)


# --- edited -----------------------------------------------------------------------------------------------------------


async def test_what_waits_is_answered_as_it_reads_now(inbox: Inbox) -> None:
    await inbox.accept(message("how do I sort", id="1"))
    await inbox.accept(message("fast?", id="2"))

    revised = [await inbox.revise(edited("how do I sort a file")) for _ in range(3)]
    recorder = Recorder()
    await run(inbox, recorder)

    assert revised == [Revision.KEPT] * 3
    assert recorder.texts == [["how do I sort a file", "fast?"]]


async def test_a_turn_in_the_air_begins_anew_under_its_id_and_nobody_answers_the_old_words(inbox: Inbox) -> None:
    await inbox.accept(message("old", id="1"))
    gate, recorder = Gate(), Recorder()
    recorder.before_end = gate
    async with serving(inbox, recorder):
        await gate.wait_reached()
        recorder.before_end = None
        await inbox.revise(edited("new"))
        await recorder.ended(1)
        await settled(inbox)

    first, second = recorder.leases
    assert recorder.texts == [["new"]]
    assert second.turn_id == first.turn_id
    assert second.fence > first.fence
    assert second.attempt == first.attempt


@pytest.mark.parametrize("deleted", [False, True])
async def test_a_turn_in_the_air_that_was_told_what_was_heard_begins_anew_with_what_stands_there_now(
    inbox: Inbox, deleted: bool
) -> None:
    gate, recorder = Gate(), Recorder()
    recorder.outcome = Outcome.LEFT_ALONE
    await inbox.accept(message("hi", id="0"))
    await run(inbox, recorder)
    recorder.outcome, recorder.before_end = Outcome.ANSWERED, gate
    await inbox.accept(message("how?", id="1"))
    async with serving(inbox, recorder):
        await gate.wait_reached()
        recorder.before_end = None
        if deleted:
            await inbox.withdraw(THREAD, "0")
        else:
            await inbox.revise(edited("hello", id="0", addressed=True))
        await eventually(lambda: len(recorder.leases) == 3)
        await settled(inbox)

    told = [[one.text for one in lease.context] for lease in recorder.leases[1:]]
    assert told == [["hi"], [] if deleted else ["hello"]]
    assert recorder.leases[1].turn_id == recorder.leases[2].turn_id


async def test_an_edit_that_says_the_same_or_is_older_changes_nothing(inbox: Inbox) -> None:
    await inbox.accept(message("old", id="1"))
    gate, recorder = Gate(), Recorder()
    recorder.before_end = gate
    async with serving(inbox, recorder):
        await gate.wait_reached()
        assert await inbox.revise(edited("old", "1")) is Revision.KEPT
        recorder.before_end = None
        await inbox.revise(edited("newest", "12"))
        await eventually(lambda: len(recorder.leases) == 2)
        await inbox.revise(edited("newer", "9"))
        await recorder.ended(1)
        await settled(inbox)

    assert recorder.texts == [["newest"]]


async def test_a_failed_question_that_is_edited_is_asked_again_in_its_place(inbox: Inbox) -> None:
    await inbox.accept(message("typo", id="1"))
    failed = Recorder(Outcome.FAILED)
    await run(inbox, failed)

    assert await inbox.revise(edited("question")) is Revision.KEPT
    again = Recorder()
    await run(inbox, again)

    assert again.texts == [["question"]]
    assert again.leases[0].turn_id == failed.leases[0].turn_id
    assert again.leases[0].context == ()


async def test_what_was_said_among_people_is_asked_once_an_edit_mentions_us(inbox: Inbox) -> None:
    await inbox.accept(message("hi", id="0"))
    await run(inbox, Recorder())
    await inbox.accept(message("and now?", id="1", addressed=False))
    await run(inbox, Recorder(Outcome.LEFT_ALONE))

    assert await inbox.revise(edited("and then?", "1", addressed=False)) is Revision.KEPT
    assert await inbox.askers(THREAD) == frozenset()
    await inbox.revise(edited("@bot and then?", "2"))
    recorder = Recorder()
    await run(inbox, recorder)

    assert recorder.texts == [["@bot and then?"]]
    assert recorder.leases[0].context == ()


async def test_an_edition_of_what_is_not_here_is_unknown_and_can_be_accepted_once(inbox: Inbox) -> None:
    question = edited("@bot how?", "5")

    assert await inbox.revise(question) is Revision.UNKNOWN
    accepted = [await inbox.accept(question), await inbox.accept(question), await inbox.accept(message("how?"))]

    recorder = Recorder()
    await run(inbox, recorder)

    assert accepted == [Accepted.NEW, Accepted.DUPLICATE, Accepted.DUPLICATE]
    assert recorder.leases[0].last_active_at is not None, "a question edited long after it was said is no old question"


async def test_an_answered_turn_is_asked_again_once_as_a_turn_of_its_own(inbox: Inbox) -> None:
    await inbox.accept(message("first", id="1"))
    await inbox.accept(message("second", id="2"))
    before = Recorder()
    await run(inbox, before)
    answered = before.leases[0]
    asked = Turn(
        answered.turn_id,
        answered.messages,
        (message("aside", id="0", addressed=False),),
        turn(1).answer,
        turn(1).ended_at,
    )

    await inbox.accept(message("another question", id="3"))
    for _ in range(2):
        await inbox.ask_again(edited("first, edited"), asked)
    recorder = Recorder()
    await run(inbox, recorder, turns=2)

    assert recorder.texts == [["first, edited", "second"], ["another question"]]
    assert recorder.leases[0].turn_id == answered.turn_id
    assert [one.text for one in recorder.leases[0].context] == ["aside"]


async def test_context_that_comes_back_is_bounded_and_the_newest_stays(inbox: Inbox) -> None:
    await inbox.accept(message("said among people", id="1"))
    await run(inbox, Recorder(Outcome.LEFT_ALONE))
    context = tuple(message(f"{number}", id=f"c{number}", addressed=False) for number in range(200))
    asked = replace(turn(1), messages=(message("first", id="0"),), context=context)

    await inbox.ask_again(edited("first, edited", id="0"), asked)
    recorder = Recorder()
    await run(inbox, recorder)

    assert [one.text for one in recorder.leases[0].context] == [*map(str, range(1, 200)), "said among people"]


async def test_an_edit_that_says_the_same_asks_no_failed_question_again(inbox: Inbox) -> None:
    await inbox.accept(message("question", id="1"))
    await run(inbox, Recorder(Outcome.FAILED))

    assert await inbox.revise(edited("question", "3")) is Revision.KEPT

    assert await inbox.waiting() == 0


async def test_a_failed_question_is_asked_again_by_an_edit_after_another_was_answered(inbox: Inbox) -> None:
    await inbox.accept(message("typo", id="1"))
    failed = Recorder(Outcome.FAILED)
    await run(inbox, failed)
    await inbox.accept(message("another", id="2"))
    await run(inbox, Recorder())

    assert await inbox.revise(edited("question")) is Revision.KEPT
    again = Recorder()
    await run(inbox, again)

    assert again.texts == [["question"]]
    assert again.leases[0].turn_id == failed.leases[0].turn_id
    assert not await inbox.retry(THREAD, failed.leases[0].turn_id), "asked once"


async def test_an_answered_turn_that_is_asked_again_waits_for_the_one_in_the_air(inbox: Inbox) -> None:
    await inbox.accept(message("first", id="1"))
    await run(inbox, Recorder())
    gate, recorder = Gate(), Recorder()
    recorder.before_end = gate
    await inbox.accept(message("running", id="2"))
    async with serving(inbox, recorder):
        await gate.wait_reached()
        await inbox.accept(message("waiting", id="3"))
        await inbox.ask_again(
            edited("first, edited"), replace(turn(1), messages=(message("first", id="1"),), context=())
        )
        gate.opened.set()
        await recorder.ended(3)
        await settled(inbox)

    assert recorder.texts == [["running"], ["first, edited"], ["waiting"]]


async def test_two_answered_turns_that_are_asked_again_at_once_stay_two(inbox: Inbox) -> None:
    before = Recorder()
    for number in (1, 2):
        await inbox.accept(message(f"question {number}", id=str(number)))
        await run(inbox, before)
        before.texts.clear()
    first, second = (replace(turn(1), id=lease.turn_id, messages=lease.messages, context=()) for lease in before.leases)
    gate, recorder = Gate(), Recorder()
    recorder.before_end = gate
    await inbox.accept(message("running", id="3"))
    async with serving(inbox, recorder):
        await gate.wait_reached()
        await inbox.accept(message("waiting", id="4"))
        await inbox.ask_again(edited("question 1, edited", id="1"), first)
        await inbox.ask_again(edited("question 2, edited", id="2"), second)
        gate.opened.set()
        await recorder.ended(4)
        await settled(inbox)

    assert recorder.texts[0] == ["running"]
    assert sorted(recorder.texts[1:3]) == [["question 1, edited"], ["question 2, edited"]]
    assert recorder.texts[3] == ["waiting"]
    assert {one.turn_id for one in recorder.leases[1:3]} == {first.id, second.id}


async def test_a_deletion_among_what_is_asked_again_moves_nobody_elses_message(inbox: Inbox) -> None:
    gate, recorder = Gate(), Recorder()
    recorder.before_end = gate
    await inbox.accept(message("running", id="9"))
    async with serving(inbox, recorder):
        await gate.wait_reached()
        await inbox.accept(message("waiting", id="10"))
        for number in (1, 3, 5):
            said = (message(f"{number}", id=str(number)), message(f"{number + 1}", id=str(number + 1)))
            asked = replace(turn(1), id=f"turn{number}", messages=said, context=())
            await inbox.ask_again(edited(f"{number}, edited", id=str(number)), asked)
        await inbox.withdraw(THREAD, "4")
        await inbox.withdraw(THREAD, "5")
        await inbox.withdraw(THREAD, "6")
        gate.opened.set()
        await recorder.ended(4)
        await settled(inbox)

    assert recorder.texts == [["running"], ["3, edited"], ["1, edited", "2"], ["waiting"]]


# --- deleted ----------------------------------------------------------------------------------------------------------


async def test_what_waits_is_not_answered_when_it_is_deleted(inbox: Inbox) -> None:
    await inbox.accept(message("secret", id="1"))
    await inbox.accept(message("question", id="2"))

    await inbox.withdraw(THREAD, "1")
    recorder = Recorder()
    await run(inbox, recorder)

    assert recorder.texts == [["question"]]
    assert await inbox.accept(message("secret", id="1")) is Accepted.DUPLICATE


async def test_a_deletion_that_comes_before_its_message_counts(inbox: Inbox) -> None:
    await inbox.withdraw(THREAD, "1")

    assert await inbox.accept(message("late", id="1")) is Accepted.DUPLICATE


async def test_an_edit_that_is_told_after_the_deletion_of_its_message_is_not_taken(inbox: Inbox) -> None:
    await inbox.accept(message("how?", id="0"))
    await inbox.withdraw(THREAD, "1")

    for addressed in (False, True):
        assert await inbox.revise(edited("secret", addressed=addressed)) is Revision.UNKNOWN
        assert await inbox.accept(edited("secret", addressed=addressed)) is Accepted.DUPLICATE


async def test_a_turn_in_the_air_goes_on_without_the_message_and_keeps_its_id(inbox: Inbox) -> None:
    await inbox.accept(message("secret", id="1"))
    await inbox.accept(message("question", id="2"))
    gate, recorder = Gate(), Recorder()
    recorder.before_end = gate
    async with serving(inbox, recorder):
        await gate.wait_reached()
        recorder.before_end = None
        for _ in range(3):
            await inbox.withdraw(THREAD, "1")
        await recorder.ended(1)
        await settled(inbox)

    first, *_, last = recorder.leases
    assert len(recorder.leases) == 2
    assert last.turn_id == first.turn_id
    assert [(one.text, one.withdrawn) for one in last.messages] == [("", True), ("question", False)]


async def test_a_turn_whose_only_message_is_deleted_is_taken_back_within_two_seconds(inbox: Inbox) -> None:
    await inbox.accept(message("secret", id="1"))
    gate, recorder = Gate(), Recorder(Outcome.DECLINED)
    recorder.before_end = gate
    async with serving(inbox, recorder):
        await gate.wait_reached()
        recorder.before_end = None
        start = time.monotonic()
        await inbox.withdraw(THREAD, "1")
        await eventually(lambda: len(recorder.leases) == 2)
        assert time.monotonic() - start < 2 * slowness()
        await settled(inbox)

    assert all(one.withdrawn for one in recorder.leases[-1].messages)


async def test_what_was_heard_or_failed_is_gone(inbox: Inbox) -> None:
    await inbox.accept(message("secret", id="1"))
    failed = Recorder(Outcome.FAILED)
    await run(inbox, failed)

    await inbox.withdraw(THREAD, "1")

    assert not await inbox.retry(THREAD, failed.leases[0].turn_id)
    await inbox.accept(message("next", id="2"))
    recorder = Recorder()
    await run(inbox, recorder)
    assert recorder.leases[0].context == ()


async def test_no_trace_of_a_deleted_text_stays_in_the_store(redis_stores: Stores, clients: RedisClients) -> None:
    inbox, history = redis_stores.inbox, redis_stores.history
    canary = "canary-7f3a"
    await inbox.accept(message("hi", id="0"))
    await inbox.accept(message(f"chatter {canary}", id="9", addressed=False))
    ours = await fence(inbox, "8")
    kept = replace(turn(1), messages=(message(f"ask {canary}", id="1"), message("and", id="2")))
    await history.append(THREAD, ours, kept, PINNED)
    await inbox.accept(message(f"wait {canary}", id="3"))

    for one in ("9", "3"):
        await inbox.withdraw(THREAD, one)
    await history.amend(
        THREAD, lambda turns: tuple(replace(one, messages=one.messages[1:]) for one in turns if one.id == kept.id)
    )

    dump = [await _all_of(clients, key) async for key in clients.hot.scan_iter("*")]
    assert not any(canary in str(one) for one in dump)


async def _all_of(clients: RedisClients, key: str) -> object:
    match await clients.hot.type(key):
        case "list":
            return await clients.hot.lrange(key, 0, -1)
        case "hash":
            return await clients.hot.hgetall(key)
        case "string":
            return await clients.hot.get(key)
        case _:
            return ""


async def test_an_entry_that_cannot_be_read_does_not_stand_in_the_way(
    redis_stores: Stores, clients: RedisClients
) -> None:
    await redis_stores.inbox.accept(message("old", id="1"))
    await clients.hot.lpush(thread_key(THREAD, "in"), "not ours")

    await redis_stores.inbox.revise(edited("new"))
    await redis_stores.inbox.withdraw(THREAD, "2")

    recorder = Recorder()
    await run(redis_stores.inbox, recorder)
    assert recorder.texts == [["new"]]


async def test_edits_and_deletions_at_any_moment_lose_and_double_nothing(inbox: Inbox) -> None:
    """Whatever the order: each message stands in exactly one turn, with its newest words, and none that was deleted is asked again."""
    random_ = random.Random(5)
    ended: dict[str, tuple[int, list[str]]] = {}
    newest: dict[str, str] = {}
    gone: dict[str, int] = {}
    fences: list[int] = [0]

    async def handle(lease: Lease) -> tuple[Outcome, int]:
        fences.append(lease.fence)
        await asyncio.sleep(random_.uniform(0, 0.01))
        texts = [one.text for one in lease.messages if not one.withdrawn]
        # A worker that lost its lease a moment ago may still end; in the house each of its writes is refused.
        ended[lease.turn_id] = max(ended.get(lease.turn_id, (0, [])), (lease.fence, texts))
        return Outcome.ANSWERED, len(lease.messages)

    async with serving(inbox, handle):
        for number in range(60):
            name = str(100 + number)
            await inbox.accept(message(f"{name} as said", id=name))
            newest[name] = f"{name} as said"
            await asyncio.sleep(random_.uniform(0, 0.01))
            one = str(100 + random_.randrange(number + 1))
            if one in newest and random_.random() < 0.5:
                text = f"{one} edited {number}"
                if await inbox.revise(edited(text, str(1000 + number), id=one)) is Revision.KEPT:
                    newest[one] = text
            elif one in newest:
                await inbox.withdraw(THREAD, one)
                gone[one] = max(fences)
                newest.pop(one)
        await settled(inbox)

    said = [text for _, texts in ended.values() for text in texts]
    assert sorted(text for text in said if text[:3] not in gone) == sorted(newest.values())
    assert not [text for fence, texts in ended.values() for text in texts if fence > gone.get(text[:3], fence)]


# --- the history ------------------------------------------------------------------------------------------------------


async def test_cutting_the_last_turn_leaves_what_came_before_as_it_was(stores: Stores) -> None:
    ours = await fence(stores.inbox)
    for number in range(3):
        await stores.history.append(THREAD, ours, turn(number), PINNED)

    await stores.history.amend(THREAD, lambda turns: turns[:-1])

    conversation = await stores.history.load(THREAD)
    assert conversation.turns == (turn(0), turn(1))
    assert (conversation.folded, conversation.pinned) == (0, PINNED)


async def test_changing_an_earlier_turn_folds_all_and_makes_the_prefix_anew(stores: Stores) -> None:
    ours = await fence(stores.inbox)
    for number in range(3):
        await stores.history.append(THREAD, ours, turn(number), PINNED)

    await stores.history.amend(THREAD, lambda turns: turns[1:])

    conversation = await stores.history.load(THREAD)
    assert conversation.turns == (turn(1), turn(2))
    assert (conversation.folded, conversation.pinned) == (2, None)


async def test_a_turn_that_was_taken_out_may_be_added_again(stores: Stores) -> None:
    ours = await fence(stores.inbox)
    await stores.history.append(THREAD, ours, turn(1), PINNED)
    await stores.history.amend(THREAD, lambda turns: ())

    again = replace(turn(1), answer=replace(turn(1).answer, text="better"))
    await stores.history.append(THREAD, ours, again, PINNED)

    assert (await stores.history.load(THREAD)).turns == (again,)


async def test_a_turn_added_meanwhile_is_not_lost(stores: Stores) -> None:
    ours = await fence(stores.inbox)
    for number in range(10):
        await stores.history.append(THREAD, ours, turn(number), PINNED)

    await asyncio.gather(
        *(stores.history.append(THREAD, ours, turn(number), PINNED) for number in range(10, 20)),
        *(
            stores.history.amend(THREAD, lambda turns, gone=f"turn{number}": tuple(t for t in turns if t.id != gone))  # type: ignore[misc]
            for number in range(10)
        ),
    )

    assert {one.id for one in (await stores.history.load(THREAD)).turns} == {f"turn{n}" for n in range(10, 20)}
