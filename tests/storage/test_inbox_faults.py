"""What must never be lost or doubled: copies, races, lost wake-ups, workers that die, hang or are overtaken."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import sys
from collections import Counter, defaultdict
from typing import Any, cast

import pytest

from bot.conversation import Message, ThreadId
from bot.errors import LeaseLost, PlatformUnavailable, StoreUnavailable
from bot.ports.inbox import Accepted, Lease, Outcome
from storage.connections import RedisClients
from storage.hot import Hot
from storage.inbox import RedisInbox
from storage.keys import thread_key
from storage.leases import Leases
from storage.redis_history import RedisHistory
from storage.redis_outbox import RedisOutbox
from tests.fakes import ANA, BEN, THREAD, lease, message
from tests.storage.conftest import LEASE_SECONDS
from tests.storage.serving import Recorder, eventually, serving, settled, thread
from tests.storage.test_history import PINNED, turn
from tests.stores import ValkeyServer

pytestmark = pytest.mark.slow

# --- copies and races -------------------------------------------------------------------------------------------------


async def test_copies_to_three_processes_are_answered_once_and_in_order(three: list[RedisInbox]) -> None:
    dice = random.Random(7)
    events = [message(f"{n // 15}:{n % 15}", id=str(n), thread=thread(n // 15)) for n in range(510)]
    recorder = Recorder(before_end=lambda _: asyncio.sleep(dice.random() * 0.01))
    accepted: Counter[Accepted] = Counter()

    async def deliver(own: list[Message]) -> None:
        for event in own:
            for _ in range(dice.randint(1, 5)):
                accepted[await dice.choice(three).accept(event)] += 1

    async with contextlib.AsyncExitStack() as stack:
        for one in three:
            await stack.enter_async_context(serving(one, recorder))
        await asyncio.gather(*(deliver(events[start : start + 15]) for start in range(0, 510, 15)))
        await recorder.answered(510)
        for number in range(34):
            await settled(three[0], thread(number))

    texts = [text for texts in recorder.texts for text in texts]
    assert accepted[Accepted.NEW] == 510
    assert len(texts) == len(set(texts)) == 510
    for number in range(34):
        assert [text for text in texts if text.startswith(f"{number}:")] == [f"{number}:{n}" for n in range(15)]


async def test_two_people_who_ask_at_the_same_moment_are_both_answered(
    redis_inbox: RedisInbox, others: list[RedisInbox]
) -> None:
    recorder = Recorder()

    async with serving(redis_inbox, recorder, slots=20):
        for number in range(200):
            asked = [
                message(f"{number}", id=f"{author.id}", author=author, thread=thread(number)) for author in (ANA, BEN)
            ]
            accepted = await asyncio.gather(*(one.accept(each) for one, each in zip(others, asked, strict=True)))
            assert accepted == [Accepted.NEW, Accepted.NEW]
        await recorder.answered(400)


async def test_a_message_that_arrives_as_a_turn_ends_is_never_stranded(
    redis_inbox: RedisInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """400 times, in 20 threads at once; without the sweeper, which would find what was stranded."""
    monkeypatch.setattr(redis_inbox._engine, "_unattended", _nobody_looks)
    dice = random.Random(11)
    ending = defaultdict[ThreadId, asyncio.Event](asyncio.Event)
    handed_out = Counter[ThreadId]()

    async def announce(lease: Lease) -> None:
        handed_out[lease.thread] += len(lease.messages)
        ending[lease.thread].set()

    recorder = Recorder(before_end=announce)

    async def race(place: ThreadId) -> None:
        for number in range(20):
            ending[place].clear()
            await redis_inbox.accept(message("first", id=f"a{number}", thread=place))
            await ending[place].wait()
            await asyncio.sleep(dice.random() * 0.006)
            await redis_inbox.accept(message("second", id=f"b{number}", thread=place))
            await eventually(lambda expected=2 * (number + 1): handed_out[place] == expected)  # type: ignore[misc]

    async with serving(redis_inbox, recorder, slots=20):
        await asyncio.gather(*(race(thread(number)) for number in range(20)))
        await recorder.answered(800)

    assert sorted(text for texts in recorder.texts for text in texts) == ["first"] * 400 + ["second"] * 400


async def _nobody_looks() -> list[ThreadId]:
    return []


ORDERS = sorted(set(itertools.permutations("AWDT")))
ORDERS = [order for order in ORDERS if order.index("A") < order.index("W") and order.index("D") < order.index("T")]


@pytest.mark.parametrize("order", ORDERS, ids="".join)
async def test_every_order_of_accepting_and_ending_leaves_the_message_with_one_worker(
    redis_inbox: RedisInbox, leases: Leases, order: tuple[str, ...]
) -> None:
    """A: accept, W: the woken worker takes, D: the turn in the air is done, T: its worker takes on."""
    await redis_inbox.accept(message("first", id="1"))
    lease = await leases.take(THREAD)
    assert lease
    taken: list[Lease | None] = []

    for step in order:
        match step:
            case "A":
                await redis_inbox.accept(message("second", id="2"))
            case "W":
                taken.append(await leases.take(THREAD))
            case "D":
                assert await leases._finish(lease, Outcome.ANSWERED, 1)
            case _:
                taken.append(await leases.take(THREAD, before=lease))

    assert [[one.text for one in found.messages] for found in taken if found] == [["second"]]


@pytest.mark.parametrize("is_next", [False, True])
async def test_a_turn_that_is_given_to_a_worker_that_is_cancelled_meanwhile_is_anothers_at_once(
    redis_inbox: RedisInbox, clients: RedisClients, valkey_server: ValkeyServer, is_next: bool
) -> None:
    leases, hot = Leases(clients, 60_000, 100), cast(Hot, clients.hot)
    await redis_inbox.accept(message("hi", id="1"))
    before = await leases.take(THREAD) if is_next else None
    await redis_inbox.accept(message("and", id="2"))
    if before:
        assert await leases._finish(before, Outcome.ANSWERED, 1)

    await eventually(lambda: not hot._flying)
    valkey_server.pause()
    try:
        taking = asyncio.create_task(leases.take(THREAD, before))
        await eventually(lambda: bool(hot._flying) and not hot._line)
        taking.cancel()
        await asyncio.sleep(0)
    finally:
        valkey_server.resume()
    with pytest.raises(asyncio.CancelledError):
        await taking

    heirs = await leases.take(THREAD)
    assert heirs
    assert heirs.attempt == 1  # a hand-over says nothing against the turn


async def test_an_end_that_is_told_twice_takes_no_message_of_the_next_turn(
    redis_inbox: RedisInbox, leases: Leases
) -> None:
    await redis_inbox.accept(message("first", id="1"))
    first = await leases.take(THREAD)
    assert first
    await redis_inbox.accept(message("second", id="2", author=BEN))

    ended = [await leases._finish(first, Outcome.ANSWERED, 1) for _ in range(2)]
    second = await leases.take(THREAD, before=first)
    late = await leases._finish(first, Outcome.ANSWERED, 1)

    assert (ended, late) == ([True, True], False)
    assert second
    assert await redis_inbox.askers(THREAD) == {BEN.id}


async def test_a_message_whose_first_reply_was_lost_still_wakes_a_worker(
    redis_inbox: RedisInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store kept it, and we did not hear: the platform sends it again, and it is a duplicate."""
    door = RedisInbox(RedisClients(redis_inbox._redis, redis_inbox._redis), lease_seconds=LEASE_SECONDS)
    kept = door._confirmed.run

    async def lose_the_reply(*arguments: Any) -> tuple[str, bool]:
        await kept(*arguments)
        raise StoreUnavailable("cut")

    monkeypatch.setattr(door._confirmed, "run", lose_the_reply)
    recorder = Recorder()

    with pytest.raises(StoreUnavailable):
        await door.accept(message("hi"))

    async with serving(redis_inbox, recorder):
        await recorder.ended(1)


async def test_what_no_replica_had_when_its_primary_died_is_handed_in_again(
    redis_inbox: RedisInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its platform was told that it is kept, and will not send it again."""
    monkeypatch.setattr("storage.unconfirmed.PAUSE_SECONDS", 0.05)
    door = RedisInbox(RedisClients(redis_inbox._redis, redis_inbox._redis), lease_seconds=LEASE_SECONDS, replicas=1)
    recorder = Recorder()

    assert await door.accept(message("hi")) is Accepted.NEW
    await redis_inbox._redis.flushall()  # as a replica without it becomes the primary

    async with serving(redis_inbox, recorder):
        await recorder.ended(1)
        await settled(redis_inbox)
    assert recorder.texts == [["hi"]]


async def test_nothing_is_posted_of_which_no_replica_knows(
    redis_inbox: RedisInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What only a primary knew is lost with it, and whoever goes on would post it a second time."""
    monkeypatch.setattr("storage.confirmed.WAIT_MS", 50)
    clients = RedisClients(redis_inbox._redis, redis_inbox._redis)
    held = lease(message("?"))
    await clients.hot.set(thread_key(held.thread, "fence"), held.fence)

    with pytest.raises(StoreUnavailable, match="no replica"):
        await RedisOutbox(clients, replicas=1).attempted(held, 0)

    assert (await RedisOutbox(clients).attempted(held, 0)).post_id == ""


async def test_a_lost_wake_up_costs_a_moment_and_no_message(
    redis_inbox: RedisInbox, others: list[RedisInbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(_: ThreadId) -> None:
        raise StoreUnavailable("lost")

    monkeypatch.setattr(others[0]._engine, "wake", lost)
    recorder = Recorder()

    async with serving(redis_inbox, recorder):
        for number in range(5):
            await others[0].accept(message("hi", thread=thread(number)))
        await recorder.ended(5)

    assert {lease.thread for lease in recorder.leases} == {thread(number) for number in range(5)}


# --- workers that die, hang or are overtaken --------------------------------------------------------------------------

DYING_WORKER = """
import asyncio, sys
from storage.connections import open_redis
from storage.inbox import RedisInbox

async def hang(lease):
    print("began", flush=True)
    await asyncio.sleep(3600)

async def main():
    async with open_redis(sys.argv[1]) as clients:
        await RedisInbox(clients, lease_seconds=float(sys.argv[2])).serve(hang, 4)

asyncio.run(main())
"""


async def test_a_lone_turn_whose_worker_is_killed_is_taken_over(redis_inbox: RedisInbox, valkey_url: str) -> None:
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", DYING_WORKER, valkey_url, str(LEASE_SECONDS)), stdout=asyncio.subprocess.PIPE
    )
    assert worker.stdout
    await redis_inbox.accept(message("hi", id="1"))
    async with asyncio.timeout(60):
        assert await worker.stdout.readline() == b"began\n"
    recorder = Recorder()

    async with serving(redis_inbox, recorder):
        worker.kill()
        await worker.wait()
        await recorder.ended(1)

    assert (recorder.texts, recorder.leases[0].attempt) == ([["hi"]], 2)


async def test_a_turn_that_outlives_its_lease_many_times_is_handed_out_once(
    redis_inbox: RedisInbox, others: list[RedisInbox]
) -> None:
    recorder = Recorder(before_end=lambda _: asyncio.sleep(LEASE_SECONDS * 4))
    await redis_inbox.accept(message("long", id="1"))

    async with contextlib.AsyncExitStack() as stack:
        for one in (redis_inbox, *others):
            await stack.enter_async_context(serving(one, recorder))
        await recorder.ended(1)
        await settled(redis_inbox)

    assert len(recorder.leases) == 1


async def test_a_worker_that_is_overtaken_is_silenced(
    redis_inbox: RedisInbox, valkey_server: ValkeyServer, clients: RedisClients
) -> None:
    cancelled: list[int] = []

    async def hang_at_first(lease: Lease) -> None:
        if lease.attempt == 1:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                cancelled.append(lease.fence)
                raise

    recorder = Recorder(before_end=hang_at_first)
    await redis_inbox.accept(message("hi", id="1"))
    async with serving(redis_inbox, recorder):
        await eventually(lambda: bool(recorder.leases))

        with valkey_server.client() as client:  # what a successor does after a long freeze of ours
            client.incr(thread_key(THREAD, "fence"))
            client.delete(thread_key(THREAD, "lease"))
        await recorder.ended(1)

    first, second = recorder.leases
    assert cancelled == [first.fence]
    assert (second.attempt, second.turn_id) == (2, first.turn_id)
    with pytest.raises(LeaseLost):
        await RedisHistory(clients).append(THREAD, first.fence, turn(1), PINNED)


async def test_a_platform_that_is_away_says_nothing_against_the_turn(redis_inbox: RedisInbox) -> None:
    async def fail_once(lease: Lease) -> None:
        if len(recorder.leases) == 1:
            raise PlatformUnavailable("away")

    recorder = Recorder(before_end=fail_once)
    await redis_inbox.accept(message("hi", id="1"))

    async with serving(redis_inbox, recorder):
        await recorder.ended(1)

    assert [lease.attempt for lease in recorder.leases] == [1, 1]


async def test_a_turn_that_always_raises_comes_again_after_a_pause_that_grows(
    redis_inbox: RedisInbox, valkey_server: ValkeyServer
) -> None:
    async def fail(_: Lease) -> None:
        raise RuntimeError("always")

    recorder = Recorder(before_end=fail)
    await redis_inbox.accept(message("hi", id="1"))

    async with serving(redis_inbox, recorder):
        await eventually(lambda: len(recorder.leases) == 2)
        with valkey_server.client() as client:
            await eventually(lambda: client.get(thread_key(THREAD, "lease")) == "pause")
            pause: Any = client.pttl(thread_key(THREAD, "lease"))

    assert 1_000 < pause <= 2_000
    assert len(recorder.leases) == 2


async def test_a_call_that_is_cancelled_at_any_moment_ends_there(clients: RedisClients) -> None:
    """redis-py 8.1 swallows some cancellations; a worker that did not notice would hang its shutdown."""
    ended = 0
    for moment in range(40):
        call = asyncio.create_task(RedisOutbox(clients).posts(lease(message("?"))))
        for _ in range(moment):
            await asyncio.sleep(0)
        if call.cancel():
            with pytest.raises(asyncio.CancelledError):
                await call
            ended += 1

    assert ended > 2
