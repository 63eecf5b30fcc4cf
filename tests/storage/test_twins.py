"""The inbox on Valkey and its twin in memory, through the same random lives: the same is accepted, taken, ended and left."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.conversation import Attachment, Message, ThreadId, Turn
from bot.ports.inbox import Inbox, Lease, Outcome
from storage.connections import RedisClients
from storage.inbox import RedisInbox
from storage.leases import Leases
from storage.memory import MemoryInbox
from tests.fakes import START, THREAD, message
from tests.storage.test_history import turn as some_turn

pytestmark = pytest.mark.slow

FILES = ((), (Attachment("F1", "a.log", "text/plain", 1, "https://files.example/F1"),))
NUMBERS = itertools.count()

some = st.integers(0, 40)
editions = st.sampled_from(("1", "2", "9", "10"))
texts, files = st.sampled_from(("how?", "how so?")), st.sampled_from(FILES)
mostly = st.sampled_from((True, True, True, False))
Step = tuple[object, ...]
ACCEPT = st.tuples(
    st.just("accept"), st.sampled_from((0, 0, 0, 1, -1, -2)), st.sampled_from(("", "", "1", "10")), texts, files, mostly
)
REVISE = st.tuples(st.just("revise"), some, editions, texts, files, mostly)
WITHDRAW = st.tuples(st.just("withdraw"), some)
TAKE = st.just(("take",))
DONE = st.tuples(st.just("done"), st.sampled_from(list(Outcome)), st.sampled_from((1, 2, 9)))
FAIL = st.tuples(st.just("done"), st.just(Outcome.FAILED), st.just(9))
LAY_DOWN = st.just(("lay down",))
RETRY = st.tuples(st.just("retry"), some)
ASK_AGAIN = st.tuples(st.just("ask again"), some, some, editions, texts)
RARE = st.one_of(st.just(("forget",)), st.tuples(st.just("mute"), st.booleans()))
KINDS = (*[ACCEPT] * 5, *[TAKE] * 5, *[DONE] * 3, *[FAIL] * 2, *[REVISE] * 4, *[WITHDRAW] * 2, *[RETRY] * 2)
STEPS: st.SearchStrategy[Step] = st.sampled_from((*KINDS, *[ASK_AGAIN] * 3, LAY_DOWN, RARE)).flatmap(lambda kind: kind)


@dataclass(slots=True)
class RedisWorker:
    """The one worker of a thread, driven by hand."""

    inbox: RedisInbox
    leases: Leases

    async def take(self, thread: ThreadId) -> Lease | None:
        return await self.leases.take(thread)

    async def done(self, lease: Lease, outcome: Outcome, count: int) -> bool:
        ended = await self.leases._finish(lease, outcome, count)
        await self.leases.leave(lease)
        return ended

    async def lay_down(self, lease: Lease) -> None:
        await self.leases.leave(lease)


@dataclass(slots=True)
class MemoryWorker:
    inbox: MemoryInbox

    async def take(self, thread: ThreadId) -> Lease | None:
        return self.inbox._lease(thread) if self.inbox._box(thread).waiting else None

    async def done(self, lease: Lease, outcome: Outcome, count: int) -> bool:
        if self.inbox.fences[lease.thread] != lease.fence:
            return False
        self.inbox._settle(lease, outcome, count)
        return True

    async def lay_down(self, lease: Lease) -> None:
        if self.inbox.fences[lease.thread] == lease.fence:
            self.inbox._box(lease.thread).attempt -= 1


class Life:
    """One side's life in one thread; what each step gave back is its `record`."""

    def __init__(self, worker: RedisWorker | MemoryWorker, thread: ThreadId) -> None:
        self.worker = worker
        self.inbox: Inbox = worker.inbox
        self.thread = thread
        self.held: Lease | None = None
        self.taken: list[Lease] = []
        self.said = ["8"]

    def message(self, id: str, edition: str, text: str, sent: tuple[Attachment, ...], addressed: bool) -> Message:
        said = message(text, id=id, thread=self.thread, addressed=addressed, attachments=sent)
        return replace(said, edition=edition, sent_at=START + timedelta(seconds=int(id) % 3))

    async def step(self, step: Step) -> object:
        match step:
            case ("accept", int(skip), *said):
                self.said.append(str(8 + len(self.said) + skip))
                return await self.inbox.accept(self.message(self.said[-1], *said))  # type: ignore[arg-type]
            case ("revise", int(number), *said):
                return await self.inbox.revise(self.message(self.one(number), *said))  # type: ignore[arg-type]
            case ("withdraw", int(number)):
                await self.inbox.withdraw(self.thread, self.one(number))
            case ("take",):
                return await self.take()
            case ("done", Outcome() as outcome, int(count)):
                return await self.done(outcome, count)
            case ("lay down",) if self.held:
                await self.worker.lay_down(self.held)
                self.held = None
            case ("retry", int(number)) if self.taken:
                return await self.inbox.retry(self.thread, self.taken[number % len(self.taken)].turn_id)
            case ("ask again", int(number), int(place), str(edition), str(text)) if self.taken:
                await self.ask_again(self.taken[number % len(self.taken)], place, edition, text)
            case ("forget",):
                await self.inbox.forget(self.thread)
            case ("mute", bool(muted)):
                await self.inbox.mute(self.thread, muted)
        return None

    def one(self, number: int) -> str:
        """An id of those that were said, the last ones most of all."""
        return self.said[-1 - number % min(len(self.said), 6)]

    async def take(self) -> object:
        """The next turn; a worker that holds one takes none, and one that lost its own finds that out here."""
        if self.held and not await self.is_lost(self.held):
            return None
        self.held = await self.worker.take(self.thread)
        if self.held:
            self.taken.append(self.held)
        return self.seen(self.held)

    async def is_lost(self, lease: Lease) -> bool:
        if isinstance(self.worker, MemoryWorker):
            return self.worker.inbox.fences[lease.thread] != lease.fence
        return await self.worker.inbox._redis.get(f"plumbline:{{{lease.thread}}}:fence") != str(lease.fence)

    async def done(self, outcome: Outcome, count: int) -> object:
        if self.held is None:
            return None
        lease, self.held = self.held, None
        return await self.worker.done(lease, outcome, count)

    async def ask_again(self, lease: Lease, place: int, edition: str, text: str) -> None:
        edited = replace(lease.messages[place % len(lease.messages)], edition=edition, text=text)
        answered = Turn(lease.turn_id, lease.messages, lease.context, some_turn(1).answer, START)
        await self.inbox.ask_again(edited, answered)

    def seen(self, lease: Lease | None) -> object:
        """What of a lease must be the same on both sides; their clocks, their fences and their threads are their own."""
        if lease is None:
            return None
        at_home = [[replace(one, thread=THREAD) for one in some] for some in (lease.messages, lease.context)]
        first = min(range(len(lease.messages)), key=lambda place: lease.messages[place].id)
        is_newest = all(one.fence < lease.fence for one in self.taken if one is not lease)
        known = (is_newest, lease.attempt, lease.took_part, lease.muted, lease.last_active_at is not None)
        return (*at_home, known, first)

    async def end(self) -> list[object]:
        """All that is left, turn by turn."""
        left: list[object] = [await self.inbox.knows(self.thread), await self.inbox.askers(self.thread)]
        if self.held:
            left.append(await self.done(Outcome.FAILED, 9))
        for _ in range(20):
            left.append(await self.take())
            if self.held is None:
                break
            await self.done(Outcome.ANSWERED, 9)
        return left


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=12, max_size=40))
async def test_any_life_is_the_same_on_valkey_and_in_memory(clients: RedisClients, steps: list[Step]) -> None:
    thread = replace(THREAD, thread=f"{next(NUMBERS)}")
    redis = Life(RedisWorker(RedisInbox(clients), Leases(clients, 60_000, 3_600)), thread)
    memory = Life(MemoryWorker(MemoryInbox()), thread)

    for number, step in enumerate(steps):
        assert await redis.step(step) == await memory.step(step), (number, step)

    assert await redis.end() == await memory.end()
