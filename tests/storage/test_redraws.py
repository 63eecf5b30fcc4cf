"""Whoever lost a lease has the turn drawn once more when it has ended elsewhere: only then, as saved, and in nobody's way."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.errors import PlatformUnavailable, StoreUnavailable
from bot.ports.inbox import Handle, Lease, Outcome, Redraw
from storage.connections import RedisClients
from storage.keys import thread_key
from storage.leases import Ended, Leases
from tests.fakes import THREAD, message
from tests.storage.conftest import Stores
from tests.storage.serving import Gate, Recorder, eventually, serving, settled
from tests.storage.test_history import PINNED, turn

pytestmark = pytest.mark.slow


@contextlib.asynccontextmanager
async def taken_over(stores: Stores, leases: Leases, recorder: Handle) -> AsyncIterator[Lease]:
    """A worker that lost its turn without noticing, and its heir's lease; what comes to it later goes to `recorder`."""
    begun: asyncio.Queue[Lease] = asyncio.Queue()
    has_begun = False

    async def deaf(lease: Lease) -> tuple[Outcome, int]:
        nonlocal has_begun
        if has_begun:
            return await recorder(lease)
        has_begun = True
        begun.put_nowait(lease)
        await asyncio.Event().wait()
        raise AssertionError

    await stores.inbox.accept(message("question", id="1"))
    async with serving(stores.inbox, deaf):
        yield await succeeded(leases, await begun.get())


async def succeeded(leases: Leases, lost: Lease) -> Lease:
    """Another worker's lease, as if this one had lapsed: in one step, so that nobody else takes it up."""
    heir = await leases.take(THREAD, before=lost)
    assert heir is not None
    return heir


async def ends(
    stores: Stores, leases: Leases, heir: Lease, outcome: Outcome = Outcome.ANSWERED, *, leaves: bool = True
) -> None:
    """The heir ends its turn, and leaves the thread, or goes on in it."""
    if outcome is Outcome.ANSWERED:
        await stores.history.append(THREAD, heir.fence, replace(turn(1), id=heir.turn_id), PINNED)
    assert await leases.work(heir, Recorder(outcome)) is Ended.OURS
    if leaves:
        await leases.leave(heir)


async def test_a_turn_that_ended_elsewhere_is_drawn_once_more(redis_stores: Stores, leases: Leases) -> None:
    recorder = Recorder(Outcome.LEFT_ALONE)
    async with taken_over(redis_stores, leases, recorder) as heir:
        await asyncio.sleep(1)  # the lost lease is noticed long before; what runs elsewhere is waited for
        assert recorder.leases == []
        await ends(redis_stores, leases, heir)
        await recorder.ended(1)
        await asyncio.sleep(0.5)

    (drawn,) = recorder.leases
    assert (drawn.redraw, drawn.turn_id) == (Redraw.ANSWER, heir.turn_id)
    assert drawn.fence > heir.fence


async def test_a_failed_turn_is_apologised_for_once_more(redis_stores: Stores, leases: Leases) -> None:
    recorder = Recorder(Outcome.FAILED)
    async with taken_over(redis_stores, leases, recorder) as heir:
        await ends(redis_stores, leases, heir, Outcome.FAILED)
        await recorder.ended(1)

    assert [(one.redraw, one.turn_id) for one in recorder.leases] == [(Redraw.APOLOGY, heir.turn_id)]
    assert await redis_stores.inbox.retry(THREAD, heir.turn_id)


@pytest.mark.parametrize("outcome", [Outcome.DECLINED, Outcome.LEFT_ALONE])
async def test_what_left_nothing_is_not_drawn(redis_stores: Stores, leases: Leases, outcome: Outcome) -> None:
    recorder = Recorder()
    async with taken_over(redis_stores, leases, recorder) as heir:
        await ends(redis_stores, leases, heir, outcome)
        await asyncio.sleep(1)

    assert recorder.leases == []


async def test_what_people_say_meanwhile_waits_and_what_they_said_to_each_other_is_still_heard(
    redis_stores: Stores, leases: Leases
) -> None:
    gate = Gate()
    recorder = Recorder(Outcome.LEFT_ALONE, before_end=gate)
    async with taken_over(redis_stores, leases, recorder) as heir:
        await ends(redis_stores, leases, heir, leaves=False)
        await redis_stores.inbox.accept(message("chatter", id="2", addressed=False))
        between = await leases.take(THREAD, before=heir)
        assert between is not None
        await ends(redis_stores, leases, between, Outcome.LEFT_ALONE)
        await gate.wait_reached()
        await redis_stores.inbox.accept(message("next question", id="3"))
        await asyncio.sleep(0.5)
        assert len(recorder.leases) == 1
        gate.opened.set()
        await recorder.ended(2)
        await settled(redis_stores.inbox)

    drawn, asked = recorder.leases
    assert (drawn.redraw, asked.redraw) == (Redraw.ANSWER, None)
    assert [one.text for one in asked.messages] == ["next question"]
    assert [one.text for one in asked.context] == ["chatter"]


async def test_a_platform_that_is_away_leaves_the_thread_free_and_nothing_behind(
    redis_stores: Stores, clients: RedisClients, leases: Leases
) -> None:
    tries: list[Lease] = []

    async def fails(lease: Lease) -> tuple[Outcome, int]:
        tries.append(lease)
        raise PlatformUnavailable("away")

    async with taken_over(redis_stores, leases, fails) as heir:
        await ends(redis_stores, leases, heir)
        await eventually(lambda: bool(tries))
        await asyncio.sleep(0.2)
        assert not await clients.hot.exists(thread_key(THREAD, "lease"), thread_key(THREAD, "turn"))

    assert len(tries) == 1


async def test_a_redraw_that_is_itself_taken_over_is_drawn_again(
    redis_stores: Stores, clients: RedisClients, leases: Leases
) -> None:
    gate = Gate()
    recorder = Recorder(Outcome.LEFT_ALONE, before_end=gate)
    async with taken_over(redis_stores, leases, recorder) as heir:
        await ends(redis_stores, leases, heir)
        await gate.wait_reached()
        recorder.before_end = None
        await clients.hot.incr(thread_key(THREAD, "fence"))
        await clients.hot.delete(thread_key(THREAD, "lease"))
        await recorder.ended(1)

    assert {one.redraw for one in recorder.leases} == {Redraw.ANSWER}


async def test_a_redraw_that_meets_a_store_that_is_away_is_drawn_when_it_is_back(
    redis_stores: Stores, leases: Leases
) -> None:
    recorder = Recorder(Outcome.LEFT_ALONE)

    async def away(_: Lease) -> None:
        recorder.before_end = None
        raise StoreUnavailable("away")

    recorder.before_end = away
    async with taken_over(redis_stores, leases, recorder) as heir:
        await ends(redis_stores, leases, heir)
        await recorder.ended(1)

    assert [one.redraw for one in recorder.leases] == [Redraw.ANSWER, Redraw.ANSWER]


async def test_who_gives_a_turn_back_that_an_heir_has_ended_draws_it_once_more(
    redis_stores: Stores, leases: Leases
) -> None:
    """What it said last ("waits for the database") may have come after the heir's answer."""
    recorder = Recorder(Outcome.LEFT_ALONE)

    async def late(lease: Lease) -> tuple[Outcome, int]:
        if lease.redraw:
            return await recorder(lease)
        await ends(redis_stores, leases, await succeeded(leases, lease))
        raise StoreUnavailable("away")

    await redis_stores.inbox.accept(message("question", id="1"))
    async with serving(redis_stores.inbox, late):
        await recorder.ended(1)

    assert [one.redraw for one in recorder.leases] == [Redraw.ANSWER]
