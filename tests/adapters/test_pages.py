"""A row of messages stays equal to a row of parts, and nothing is posted twice, whoever dies, freezes or is cut short."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import pytest

from adapters.delivery import Sleep
from adapters.pages import Pages
from bot.errors import LeaseLost, NotTaken, PlatformUnavailable, StoreUnavailable
from bot.ports.inbox import Lease, Outbox, Posted
from storage.memory import Fences, MemoryOutbox
from tests.fakes import lease, message

LEASE = lease(message("how?"))


async def no_wait(_: float) -> None:
    await asyncio.sleep(0)


class Wire:
    """A platform that keeps what was sent, and can lose its replies."""

    def __init__(self) -> None:
        self.messages: dict[str, tuple[int, str]] = {}
        self.calls: list[str] = []
        self.cut = False
        self.fault: Exception | None = None
        self.before_posting: Callable[[], Awaitable[None]] | None = None
        self.while_posting: Callable[[], Awaitable[None]] | None = None
        self.looked_for = 0
        self.numbers = itertools.count()


class WirePages(Pages[str]):
    def __init__(self, wire: Wire, held: Lease, outbox: Outbox, sleep: Sleep = no_wait) -> None:
        super().__init__(held, outbox, sleep)
        self.wire = wire

    async def create(self, index: int, part: str, mark: str) -> str:
        if self.wire.fault:
            fault, self.wire.fault = self.wire.fault, None
            raise fault
        if self.wire.before_posting:
            await self.wire.before_posting()
        await self.leave()
        if self.wire.while_posting:
            await self.wire.while_posting()
        post_id = f"p{next(self.wire.numbers)}"
        self.wire.messages[post_id] = (index, part)
        self.wire.calls.append(f"create {part}")
        if self.wire.cut:
            raise PlatformUnavailable("cut after it was accepted")
        return post_id

    async def edit(self, post_id: str, index: int, part: str) -> None:
        self.wire.messages[post_id] = (index, part)
        self.wire.calls.append(f"edit {part}")

    async def remove(self, post_id: str) -> None:
        del self.wire.messages[post_id]
        self.wire.calls.append("remove")

    async def find(self, index: int, tried: Posted) -> str | None:
        self.wire.looked_for += 1
        return next((post_id for post_id, (at, _) in self.wire.messages.items() if at == index), None)


def texts(wire: Wire) -> Sequence[str]:
    return [part for _, part in wire.messages.values()]


async def test_pages_post_what_is_new_and_edit_only_what_changed() -> None:
    wire = Wire()
    pages = WirePages(wire, LEASE, MemoryOutbox())

    await pages.show(["a"])
    await pages.show(["a", "b"])
    await pages.show(["a", "c"])

    assert wire.calls == ["create a", "create b", "edit c"]


async def test_pages_remove_what_is_over() -> None:
    wire, outbox = Wire(), MemoryOutbox()
    pages = WirePages(wire, LEASE, outbox)
    await pages.show(["a", "b", "c"])

    await pages.show(["a"])

    assert texts(wire) == ["a"]
    assert list(await outbox.posts(LEASE)) == [0]


async def test_a_worker_that_takes_over_finishes_in_the_same_messages() -> None:
    wire, outbox = Wire(), MemoryOutbox()
    await WirePages(wire, LEASE, outbox).show(["half"])

    await WirePages(wire, LEASE, outbox).show(["whole", "and more"])

    assert texts(wire) == ["whole", "and more"]


async def test_a_post_that_was_accepted_and_never_confirmed_is_found_and_not_doubled() -> None:
    wire, outbox = Wire(), MemoryOutbox()
    wire.cut = True
    with pytest.raises(PlatformUnavailable):
        await WirePages(wire, LEASE, outbox).show(["half"])
    wire.cut = False

    await WirePages(wire, LEASE, outbox).show(["whole"])

    assert texts(wire) == ["whole"]


async def test_a_part_that_was_tried_and_is_not_wanted_any_more_is_taken_away() -> None:
    wire, outbox = Wire(), MemoryOutbox()
    await WirePages(wire, LEASE, outbox).show(["one"])
    wire.cut = True
    with pytest.raises(PlatformUnavailable):
        await WirePages(wire, LEASE, outbox).show(["one", "two"])
    wire.cut = False

    await WirePages(wire, LEASE, outbox).show(["one, and that is all"])

    assert texts(wire) == ["one, and that is all"]


async def test_the_same_pages_find_a_post_whose_reply_was_lost() -> None:
    wire = Wire()
    pages = WirePages(wire, LEASE, MemoryOutbox())
    wire.cut = True
    with pytest.raises(PlatformUnavailable):
        await pages.show(["half"])
    wire.cut = False

    await pages.show(["whole"])

    assert texts(wire) == ["whole"]


async def test_a_post_that_the_platform_shows_late_is_waited_for_and_not_doubled() -> None:
    wire, outbox, waited = Wire(), MemoryOutbox(), list[float]()

    class Lagging(WirePages):
        read_back_seconds = 3.0

        async def find(self, index: int, tried: Posted) -> str | None:
            return await super().find(index, tried) if sum(waited) >= 2 else None

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    wire.cut = True
    with pytest.raises(PlatformUnavailable):
        await WirePages(wire, LEASE, outbox).show(["half"])
    wire.cut = False

    await Lagging(wire, LEASE, outbox, sleep).show(["whole"])

    assert texts(wire) == ["whole"]


@pytest.mark.parametrize("by", ["the same worker", "a successor"])
async def test_a_post_that_waited_long_for_its_turn_and_is_shown_late_is_not_doubled(
    by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A place that takes a message a second, or a store that is away: it is made long after it was noted."""
    wire, outbox, now = Wire(), MemoryOutbox(), [1_000.0]
    monkeypatch.setattr("adapters.pages.time.monotonic", lambda: now[0])
    made_at = list[float]()

    class Lagging(WirePages):
        read_back_seconds = 5.0

        async def find(self, index: int, tried: Posted) -> str | None:
            return await super().find(index, tried) if now[0] >= made_at[-1] + 2 else None

    async def sleep(seconds: float) -> None:
        now[0] += seconds

    async def waits() -> None:
        now[0] += 20
        made_at.append(now[0])

    wire.before_posting, wire.cut = waits, True
    pages = Lagging(wire, LEASE, outbox, sleep)
    with pytest.raises(PlatformUnavailable):
        await pages.show(["half"])
    wire.before_posting, wire.cut = None, False

    await (pages if by == "the same worker" else Lagging(wire, LEASE, outbox, sleep)).show(["whole"])

    assert texts(wire) == ["whole"]


async def test_a_post_that_only_the_store_has_not_heard_of_is_edited_and_not_looked_for() -> None:
    wire = Wire()

    class Away(MemoryOutbox):
        times = 2

        async def delivered(self, lease: Lease, index: int, post_id: str) -> str:
            self.times -= 1
            if self.times >= 0:
                raise StoreUnavailable("away")
            return await super().delivered(lease, index, post_id)

    pages = WirePages(wire, LEASE, Away())
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            await pages.show(["half"])

    await pages.show(["whole"])

    assert texts(wire) == ["whole"]
    assert wire.looked_for == 0


@pytest.mark.parametrize("fault", [NotTaken("not reached"), ValueError("the platform said no")])
async def test_a_post_that_was_surely_not_taken_is_not_looked_for(fault: Exception) -> None:
    wire, outbox = Wire(), MemoryOutbox()
    pages = WirePages(wire, LEASE, outbox)
    wire.fault = fault
    with pytest.raises(type(fault)):
        await pages.show(["half"])

    await pages.show(["whole"])

    assert dict(await outbox.posts(LEASE)) == {0: Posted("p0")}
    assert wire.looked_for == 0


async def test_a_frozen_worker_that_posts_too_late_takes_its_post_away() -> None:
    wire, fences = Wire(), Fences({LEASE.thread: LEASE.fence})
    outbox = MemoryOutbox(fences)
    successor = replace(LEASE, fence=LEASE.fence + 1)

    async def taken_over() -> None:
        fences[LEASE.thread] = successor.fence
        wire.while_posting = None
        await WirePages(wire, successor, outbox).show(["whole"])

    wire.while_posting = taken_over
    with pytest.raises(LeaseLost):
        await WirePages(wire, LEASE, outbox).show(["half"])

    assert texts(wire) == ["whole"]
    assert wire.calls == ["create whole", "edit whole", "create half", "remove"]


async def test_a_post_that_waits_for_its_turn_is_not_made_when_the_thread_was_lost_meanwhile() -> None:
    wire, fences = Wire(), Fences({LEASE.thread: LEASE.fence})
    outbox = MemoryOutbox(fences)
    successor = replace(LEASE, fence=LEASE.fence + 1)

    async def taken_over() -> None:
        fences[LEASE.thread] = successor.fence
        wire.before_posting = None
        await WirePages(wire, successor, outbox).show(["whole"])

    wire.before_posting = taken_over
    with pytest.raises(LeaseLost):
        await WirePages(wire, LEASE, outbox).show(["half"])

    assert wire.calls == ["create whole", "edit whole"]


async def test_a_post_that_is_on_its_way_when_its_worker_is_cut_short_is_seen_through_and_taken_away() -> None:
    wire, fences = Wire(), Fences({LEASE.thread: LEASE.fence})
    outbox = MemoryOutbox(fences)
    successor = replace(LEASE, fence=LEASE.fence + 1)
    is_flying, lands = asyncio.Event(), asyncio.Event()

    async def flies() -> None:
        is_flying.set()
        await lands.wait()

    wire.while_posting = flies
    cut_short = asyncio.create_task(WirePages(wire, LEASE, outbox).show(["half"]))
    await is_flying.wait()
    wire.while_posting = None
    fences[LEASE.thread] = successor.fence
    await WirePages(wire, successor, outbox).show(["whole"])
    cut_short.cancel()
    await asyncio.sleep(0)
    lands.set()
    with pytest.raises(asyncio.CancelledError):
        await cut_short

    assert texts(wire) == ["whole"]
    assert sorted(wire.calls) == ["create half", "create whole", "edit whole", "remove"]


async def test_a_post_that_waits_for_its_turn_is_given_up_at_once() -> None:
    wire, outbox = Wire(), MemoryOutbox()
    is_waiting = asyncio.Event()

    async def waits() -> None:
        is_waiting.set()
        await asyncio.Event().wait()

    wire.before_posting = waits
    cut_short = asyncio.create_task(WirePages(wire, LEASE, outbox).show(["half"]))
    await is_waiting.wait()
    cut_short.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(60):
            await cut_short

    assert wire.calls == []


async def test_of_two_workers_that_posted_the_first_to_confirm_has_the_post() -> None:
    wire, outbox = Wire(), MemoryOutbox()
    first, second = WirePages(wire, LEASE, outbox), WirePages(wire, replace(LEASE, fence=2), outbox)

    async def meanwhile() -> None:
        wire.while_posting = None
        await second.show(["second"])

    wire.while_posting = meanwhile
    await first.show(["first"])

    assert texts(wire) == ["first"]
    assert [Posted(post_id) for post_id in wire.messages] == list((await outbox.posts(LEASE)).values())


async def test_a_worker_that_lost_its_thread_makes_no_call_any_more() -> None:
    wire, fences = Wire(), Fences({LEASE.thread: LEASE.fence})
    outbox = MemoryOutbox(fences)
    pages = WirePages(wire, LEASE, outbox)
    await pages.show(["a", "b"])
    calls = list(wire.calls)
    fences[LEASE.thread] += 1

    for parts in (["changed", "b"], ["a", "b", "new"], ["a"]):
        with pytest.raises(LeaseLost):
            await pages.show(parts)

    assert wire.calls == calls


async def test_edits_go_on_while_the_store_is_away_for_nobody_can_have_taken_over() -> None:
    class Away(MemoryOutbox):
        away = False

        async def check(self, lease: Lease) -> None:
            if self.away:
                raise StoreUnavailable("away")

    wire, outbox = Wire(), Away()
    pages = WirePages(wire, LEASE, outbox)
    await pages.show(["half"])
    outbox.away = True

    await pages.show(["whole"])

    assert texts(wire) == ["whole"]
