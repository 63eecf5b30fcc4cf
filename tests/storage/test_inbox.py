"""The inbox's contract, in memory and on Valkey: once, in order, one turn per thread at a time, and nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.conversation import ThreadId
from bot.ports.inbox import Accepted, Inbox, Lease, Outcome
from storage.connections import RedisClients
from storage.inbox import RedisInbox
from storage.keys import thread_key
from tests.fakes import ANA, BEN, START, THREAD, message
from tests.storage.conftest import LEASE_SECONDS, Stores
from tests.storage.serving import Gate, Recorder, eventually, serving, settled

OTHER = ThreadId("slack", "T1", "C7", "1720.1")


@pytest.fixture
def inbox(stores: Stores) -> Inbox:
    return stores.inbox


async def run(inbox: Inbox, recorder: Recorder, turns: int = 1) -> None:
    """Let the turns that wait be dealt with, and nothing more."""
    async with serving(inbox, recorder):
        await recorder.ended(len(recorder.texts) + turns)
        await settled(inbox)


# --- at the door ------------------------------------------------------------------------------------------------------


async def test_a_message_is_accepted_once_however_often_it_comes(inbox: Inbox) -> None:
    accepted = [await inbox.accept(message("hi", id="1")) for _ in range(4)]

    assert accepted == [Accepted.NEW, *[Accepted.DUPLICATE] * 3]


async def test_a_message_is_a_duplicate_even_after_its_turn(inbox: Inbox) -> None:
    await inbox.accept(message("hi"))
    await run(inbox, Recorder())

    assert await inbox.accept(message("hi")) is Accepted.DUPLICATE


@pytest.mark.parametrize(("hours", "edition"), [(0, ""), (3, ""), (3, "5")], ids=["live", "read back", "edit"])
async def test_how_long_a_question_lay_is_told_by_one_clock(inbox: Inbox, hours: int, edition: str) -> None:
    """The platform may say that it was said years ago: its clock or the store's is wrong."""
    question = replace(message("how?"), edition=edition)
    read_back = replace(question, heard_at=question.sent_at + timedelta(hours=hours)) if hours else question

    await inbox.accept(read_back)

    recorder = Recorder()
    await run(inbox, recorder)
    taken = recorder.leases[0]
    assert taken.last_active_at is not None
    lay_for = (taken.taken_at or START) - taken.last_active_at
    assert abs(lay_for - timedelta(hours=0 if edition else hours)) < timedelta(minutes=5)


async def test_what_is_not_addressed_to_us_is_kept_only_where_we_were_addressed(inbox: Inbox) -> None:
    before = await inbox.accept(message("chatter", id="1", addressed=False))
    called = await inbox.accept(message("@bot hi", id="2"))
    after = await inbox.accept(message("and more", id="3", addressed=False))
    elsewhere = await inbox.accept(message("chatter", id="4", addressed=False, thread=OTHER))

    assert (before, called, after, elsewhere) == (
        Accepted.UNKNOWN_THREAD,
        Accepted.NEW,
        Accepted.NEW,
        Accepted.UNKNOWN_THREAD,
    )
    assert (await inbox.knows(THREAD), await inbox.knows(OTHER)) == (True, False)


async def test_a_message_refused_in_an_unknown_thread_is_new_when_it_comes_again_as_a_mention(inbox: Inbox) -> None:
    await inbox.accept(message("hi", id="1", addressed=False))

    assert await inbox.accept(message("hi", id="1")) is Accepted.NEW


async def test_a_full_thread_says_so_and_takes_the_message_later(inbox: Inbox) -> None:
    for number in range(20):
        assert await inbox.accept(message("x", id=str(number))) is Accepted.NEW
    assert await inbox.accept(message("one too many", id="20")) is Accepted.FULL
    assert await inbox.accept(message("elsewhere", id="20", thread=OTHER)) is Accepted.NEW

    await run(inbox, Recorder(), turns=2)

    assert await inbox.accept(message("one too many", id="20")) is Accepted.NEW


async def test_a_key_is_claimed_once_a_thread(inbox: Inbox) -> None:
    claims = [await inbox.claim(THREAD, "command:1"), await inbox.claim(THREAD, "command:1")]

    assert claims == [True, False]
    assert await inbox.claim(OTHER, "command:1")
    assert await inbox.accept(message("hi", id="command:1")) is Accepted.NEW


async def test_what_was_claimed_and_not_done_may_be_claimed_again(inbox: Inbox) -> None:
    await inbox.claim(THREAD, "looked")
    await inbox.disclaim(THREAD, "looked")

    assert await inbox.claim(THREAD, "looked")


async def test_in_a_thread_that_turns_out_to_be_ours_a_plain_reply_is_taken(inbox: Inbox) -> None:
    assert await inbox.accept(message("a", id="1", addressed=False)) is Accepted.UNKNOWN_THREAD
    await inbox.join(THREAD)

    assert await inbox.accept(message("b", id="2", addressed=False)) is Accepted.NEW
    assert await inbox.accept(message("a", id="1", addressed=False)) is Accepted.NEW
    assert (await inbox.knows(THREAD), await inbox.knows(OTHER)) == (True, False)


async def test_the_askers_are_those_who_wait(inbox: Inbox) -> None:
    await inbox.accept(message("a", id="1", author=ANA))
    await inbox.accept(message("b", id="2", author=BEN))

    assert await inbox.askers(THREAD) == {ANA.id, BEN.id}
    assert await inbox.waiting() == 1

    await run(inbox, Recorder())

    assert await inbox.askers(THREAD) == frozenset()
    assert await inbox.waiting() == 0


# --- turns ------------------------------------------------------------------------------------------------------------


async def test_all_that_waits_is_one_turn_in_order(inbox: Inbox) -> None:
    messages = tuple(message(f"question {number}", id=str(number)) for number in range(5))
    for one in messages:
        await inbox.accept(one)
    recorder = Recorder()

    await run(inbox, recorder)

    lease = recorder.leases[0]
    assert lease.messages == messages
    assert (lease.thread, lease.context, lease.attempt, lease.took_part, lease.muted) == (THREAD, (), 1, False, False)
    assert lease.turn_id.isascii()
    assert lease.turn_id.isalnum()
    assert len(lease.turn_id) <= 20


async def test_what_arrives_during_a_turn_is_answered_together_in_the_next(inbox: Inbox) -> None:
    gate = Gate()
    recorder = Recorder(before_end=gate)
    await inbox.accept(message("first", id="1"))

    async with serving(inbox, recorder):
        await gate.wait_reached()
        for number in (2, 3):
            await inbox.accept(message(f"later {number}", id=str(number)))
        gate.opened.set()
        await recorder.ended(2)

    assert recorder.texts == [["first"], ["later 2", "later 3"]]
    first, second = recorder.leases
    assert second.took_part
    assert second.turn_id != first.turn_id


async def test_a_thread_has_one_turn_at_a_time_and_threads_do_not_wait_for_each_other(inbox: Inbox) -> None:
    gate = Gate()
    running: set[ThreadId] = set()
    together = 0

    async def watch(lease: Lease) -> None:
        nonlocal together
        assert lease.thread not in running
        running.add(lease.thread)
        together = max(together, len(running))
        await gate(lease)
        running.discard(lease.thread)

    threads = [replace(OTHER, thread=f"1720.{number}") for number in range(6)]
    recorder = Recorder(before_end=watch)
    async with serving(inbox, recorder, slots=4):
        for thread in threads:
            await inbox.accept(message("one", id="1", thread=thread))
        await eventually(lambda: len(running) == 4)
        for thread in threads:
            await inbox.accept(message("two", id="2", thread=thread))
        gate.opened.set()
        await eventually(lambda: sum(len(texts) for texts in recorder.texts) == 12)

    assert together == 4


async def test_a_turn_may_cover_only_its_first_messages(inbox: Inbox) -> None:
    for number in (1, 2, 3):
        await inbox.accept(message(str(number), id=str(number)))
    recorder = Recorder(count=1)

    await run(inbox, recorder, turns=3)

    assert recorder.texts == [["1"], ["2"], ["3"]]


@pytest.mark.parametrize("outcome", list(Outcome))
async def test_each_outcome_says_what_becomes_of_the_messages(inbox: Inbox, outcome: Outcome) -> None:
    await inbox.accept(message("one", id="1"))
    await run(inbox, Recorder(outcome))
    await inbox.accept(message("two", id="2"))
    after = Recorder()

    await run(inbox, after)

    heard = [one.text for one in after.leases[0].context]
    assert heard == (["one"] if outcome in (Outcome.LEFT_ALONE, Outcome.FAILED) else [])
    assert after.leases[0].took_part is (outcome is Outcome.ANSWERED)


async def test_an_answer_uses_up_what_was_heard(inbox: Inbox) -> None:
    for number, outcome in enumerate((Outcome.LEFT_ALONE, Outcome.LEFT_ALONE, Outcome.ANSWERED)):
        await inbox.accept(message(str(number), id=str(number)))
        recorder = Recorder(outcome)
        await run(inbox, recorder)
    assert [one.text for one in recorder.leases[0].context] == ["0", "1"]
    await inbox.accept(message("after", id="after"))
    after = Recorder()

    await run(inbox, after)

    assert after.leases[0].context == ()


async def test_what_is_heard_is_bounded(inbox: Inbox) -> None:
    for batch in range(11):
        for number in range(20):
            await inbox.accept(message(f"{batch}.{number}", id=f"{batch}.{number}"))
        await run(inbox, Recorder(Outcome.LEFT_ALONE))
    await inbox.accept(message("hi", id="hi"))
    recorder = Recorder()

    await run(inbox, recorder)

    assert [one.text for one in recorder.leases[0].context] == [f"{b}.{n}" for b in range(1, 11) for n in range(20)]


# --- faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_a_turn_whose_handler_raises_comes_again_with_the_same_id(inbox: Inbox) -> None:
    await inbox.accept(message("hi", id="1"))
    faults = [RuntimeError("one"), RuntimeError("two")]

    async def fail_twice(lease: Lease) -> None:
        await inbox.accept(message("meanwhile", id=f"2.{lease.attempt}"))
        if faults:
            raise faults.pop()

    recorder = Recorder(before_end=fail_twice)
    async with serving(inbox, recorder):
        await recorder.ended(1)

    first = recorder.leases[0]
    assert [lease.attempt for lease in recorder.leases[:3]] == [1, 2, 3]
    assert {lease.turn_id for lease in recorder.leases[:3]} == {first.turn_id}
    assert recorder.texts[0] == ["hi"]


async def test_a_worker_that_is_cancelled_leaves_its_turn_to_another(stores: Stores) -> None:
    gate = Gate()
    abandoned, finished = Recorder(before_end=gate), Recorder()
    await stores.inbox.accept(message("hi", id="1"))
    async with serving(stores.worker(), abandoned):
        await gate.wait_reached()

    async with serving(stores.worker(), finished):
        await finished.ended(1)

    before, after = abandoned.leases[0], finished.leases[0]
    assert abandoned.texts == []
    assert finished.texts == [["hi"]]
    assert after.turn_id == before.turn_id
    assert after.fence > before.fence
    assert after.attempt == 1  # a hand-over says nothing against the turn


async def test_a_draining_worker_ends_what_runs_and_takes_nothing_new(stores: Stores) -> None:
    gate = Gate()
    worker, recorder = stores.worker(), Recorder(before_end=gate)
    await stores.inbox.accept(message("hi", id="1"))
    async with serving(worker, recorder) as task:
        await gate.wait_reached()

        worker.drain()
        await stores.inbox.accept(message("later", id="2"))
        await stores.inbox.accept(message("elsewhere", id="3", thread=OTHER))
        gate.opened.set()

        async with asyncio.timeout(60):
            with contextlib.suppress(asyncio.CancelledError):
                await task

    assert recorder.texts == [["hi"]]
    assert await stores.inbox.waiting() == 2


# --- stop, retry, mute, forget ----------------------------------------------------------------------------------------


async def test_a_running_turn_hears_who_stops_it(inbox: Inbox) -> None:
    async def until_stopped(lease: Lease) -> None:
        async with asyncio.timeout(60):
            await lease.stop.requested.wait()

    recorder = Recorder()
    recorder.before_end = until_stopped
    await inbox.accept(message("hi", id="1"))

    async with serving(inbox, recorder):
        await eventually(lambda: bool(recorder.leases))
        assert await inbox.stop(THREAD, "Ben")
        await recorder.ended(1)

    assert recorder.leases[0].stop.by == "Ben"


async def test_a_stop_before_the_turn_begins_wins_and_is_over_with_it(inbox: Inbox) -> None:
    assert not await inbox.stop(THREAD, "Ben")
    await inbox.accept(message("hi", id="1"))
    assert await inbox.stop(THREAD, "Ben")

    async def until_stopped(lease: Lease) -> None:
        async with asyncio.timeout(60):
            await lease.stop.requested.wait()

    await run(inbox, Recorder(before_end=until_stopped))
    await inbox.accept(message("again", id="2"))
    after = Recorder(before_end=lambda _: asyncio.sleep(LEASE_SECONDS / 2))  # long enough to hear of a stop
    await run(inbox, after)

    assert not after.leases[0].stop.requested.is_set()
    assert not await inbox.stop(THREAD, "Ben")


async def test_a_failed_turn_is_retried_once_with_its_id_and_its_order(inbox: Inbox) -> None:
    for number in (1, 2):
        await inbox.accept(message(str(number), id=str(number)))
    failed = Recorder(Outcome.FAILED)
    await run(inbox, failed)
    turn = failed.leases[0].turn_id
    await inbox.accept(message("3", id="3"))

    retried = [await inbox.retry(THREAD, turn), await inbox.retry(THREAD, turn), await inbox.retry(THREAD, "unknown")]
    recorder = Recorder()
    await run(inbox, recorder)

    assert retried == [True, False, False]
    assert recorder.texts == [["1", "2", "3"]]
    lease = recorder.leases[0]
    assert (lease.turn_id, lease.attempt, lease.context) == (turn, 1, ())


async def test_a_retry_during_another_turn_waits_for_the_next(inbox: Inbox) -> None:
    await inbox.accept(message("failed", id="1"))
    failed = Recorder(Outcome.FAILED)
    await run(inbox, failed)
    gate = Gate()
    recorder = Recorder(before_end=gate)
    await inbox.accept(message("running", id="2"))

    async with serving(inbox, recorder):
        await gate.wait_reached()
        await inbox.accept(message("waiting", id="3"))
        assert await inbox.retry(THREAD, failed.leases[0].turn_id)
        gate.opened.set()
        await eventually(lambda: sum(len(texts) for texts in recorder.texts) == 3)

    assert recorder.texts == [["running"], ["failed", "waiting"]]


async def test_a_muted_thread_says_so_until_it_is_not(inbox: Inbox) -> None:
    muted = []
    for number, mute in enumerate((True, False)):
        await inbox.mute(THREAD, mute)
        await inbox.accept(message("hi", id=str(number)))
        recorder = Recorder()
        await run(inbox, recorder)
        muted.append(recorder.leases[0].muted)

    assert muted == [True, False]


async def test_muting_a_thread_does_not_make_it_ours(inbox: Inbox) -> None:
    await inbox.mute(THREAD, True)

    assert await inbox.accept(message("chatter", addressed=False)) is Accepted.UNKNOWN_THREAD


async def test_forgetting_drops_what_was_heard_and_could_be_retried_but_not_what_waits(inbox: Inbox) -> None:
    await inbox.accept(message("failed", id="1"))
    failed = Recorder(Outcome.FAILED)
    await run(inbox, failed)
    await inbox.accept(message("waits", id="2"))

    await inbox.forget(THREAD)

    assert not await inbox.retry(THREAD, failed.leases[0].turn_id)
    recorder = Recorder()
    await run(inbox, recorder)
    assert (recorder.texts, recorder.leases[0].context) == ([["waits"]], ())


async def test_a_follow_up_that_comes_before_its_question_is_answered_behind_it(stores: Stores) -> None:
    inbox = stores.inbox
    for number in ("12", "9", "11", "12"):
        said = message(f"follow-up {number}", id=number, addressed=False)
        assert await inbox.accept(said) is Accepted.UNKNOWN_THREAD

    assert await inbox.accept(message("question", id="10")) is Accepted.NEW
    assert await inbox.accept(message("follow-up 11", id="11", addressed=False)) is Accepted.DUPLICATE

    recorder = Recorder()
    async with serving(inbox, recorder):
        await recorder.ended(1)
    # What was said before the question is context, which its platform is asked for.
    assert recorder.texts == [["question", "follow-up 11", "follow-up 12"]]


async def test_replies_in_threads_of_others_are_held_for_minutes_only(
    redis_inbox: RedisInbox, clients: RedisClients
) -> None:
    await redis_inbox.accept(message("lunch?", addressed=False))

    assert 0 < await clients.hot.ttl(thread_key(THREAD, "early")) <= 360
