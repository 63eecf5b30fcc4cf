"""The inbox in memory: the same order, the same once and the same fences as on Redis, in one process."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.conversation import Message, ThreadId, Turn
from bot.editions import begins_to_ask, order, said_at, says_more
from bot.errors import PlatformUnavailable, StoreUnavailable
from bot.ports import Clock
from bot.ports.inbox import Accepted, Handle, Inbox, Lease, Outcome, Revision, Stop, turn_id
from storage.memory.box import MOST_CONTEXT, Box, place_of, take_from

log = logging.getLogger(__name__)

CLAIM_LIFE, EARLY_LIFE = timedelta(days=1), timedelta(minutes=6)


class Fences(dict[ThreadId, int]):
    """The newest fence of each thread, shared by the inbox that hands them out and the history that asks for them."""


class MemoryInbox(Inbox):
    """`backoff_seconds`: how long a turn rests after its handler raised."""

    def __init__(
        self,
        clock: Clock = lambda: datetime.now(UTC),
        *,
        limit: int = 20,
        fences: Fences | None = None,
        backoff_seconds: float = 0.05,
    ) -> None:
        self._clock = clock
        self._limit = limit
        self.fences = Fences() if fences is None else fences
        self._backoff_seconds = backoff_seconds
        self._boxes: dict[ThreadId, Box] = {}
        self._claims: dict[tuple[ThreadId, str], datetime] = {}
        self._changed = asyncio.Event()
        self._tasks: dict[ThreadId, asyncio.Task[None]] = {}
        self._draining = False

    def _box(self, thread: ThreadId) -> Box:
        return self._boxes.setdefault(thread, Box())

    # --- at the door --------------------------------------------------------------------------------------------------

    async def accept(self, message: Message) -> Accepted:
        box, key = self._box(message.thread), (message.thread, f"message:{message.id}")
        edition = (message.thread, _edition(message)) if message.edition else key
        if self._is_claimed(edition) or self._is_claimed((message.thread, f"gone:{message.id}")):
            return Accepted.DUPLICATE
        if not message.addressed and not box.known:
            box.early[message.id] = (self._clock(), message)
            return Accepted.UNKNOWN_THREAD
        if len(box.waiting) >= self._limit:
            return Accepted.FULL
        self._claims[key] = self._claims[edition] = self._clock()
        box.known = box.known or message.addressed
        box.stirs(self._clock() - message.lay_for)
        box.waiting.append(message)
        for early in self._followers(box, message):
            self._claims[message.thread, f"message:{early.id}"] = self._clock()
            box.waiting.append(early)
        box.early.clear()
        self._changed.set()
        return Accepted.NEW

    def _followers(self, box: Box, question: Message) -> list[Message]:
        held = [message for at, message in box.early.values() if self._clock() - at < EARLY_LIFE]
        return sorted((one for one in held if order(one.id) > order(question.id)), key=lambda one: order(one.id))

    async def claim(self, thread: ThreadId, key: str) -> bool:
        if self._is_claimed((thread, f"key:{key}")):
            return False
        self._claims[thread, f"key:{key}"] = self._clock()
        return True

    def _is_claimed(self, key: tuple[ThreadId, str]) -> bool:
        claimed_at = self._claims.get(key)
        return claimed_at is not None and self._clock() - claimed_at < CLAIM_LIFE

    async def disclaim(self, thread: ThreadId, key: str) -> None:
        self._claims.pop((thread, f"key:{key}"), None)

    async def join(self, thread: ThreadId) -> None:
        box = self._box(thread)
        box.known = box.took_part = True

    async def knows(self, thread: ThreadId) -> bool:
        return self._box(thread).known

    async def askers(self, thread: ThreadId) -> frozenset[str]:
        return frozenset(message.author.id for message in self._box(thread).waiting)

    async def stop(self, thread: ThreadId, by: str) -> bool:
        box = self._box(thread)
        if not box.waiting:
            return False
        if not box.stop.requested.is_set():
            box.stop.by = by
            box.stop.requested.set()
        return True

    async def retry(self, thread: ThreadId, turn_id: str) -> bool:
        box = self._box(thread)
        failed_at, messages = box.failed.pop(turn_id, (None, ()))
        if failed_at is None or self._clock() - failed_at >= CLAIM_LIFE:
            return False
        for message in messages:
            if message in box.context:
                box.context.remove(message)
        self._put_back(box, messages)
        if box.turn_sizes:
            box.turn_sizes.insert(0, len(messages))
        return True

    def _put_back(self, box: Box, messages: Sequence[Message]) -> None:
        """Behind the turn in the air, and before all others."""
        held = [box.waiting.popleft() for _ in range(box.begun)]
        box.waiting.extendleft(reversed((*held, *messages)))
        box.stirs(self._clock())
        self._changed.set()

    async def revise(self, message: Message) -> Revision:
        box = self._box(message.thread)
        if (place := place_of(box.waiting, message.id)) is not None:
            if not box.waiting[place].withdrawn and says_more(message, box.waiting[place]):
                box.waiting[place] = message
                box.stirs(self._clock())
                if place < box.begun:
                    self._begin_anew(message.thread)
            return Revision.KEPT
        place = place_of(box.context, message.id)
        for turn, (at, messages) in tuple(box.failed.items()):
            if (failed := place_of(messages, message.id)) is not None:
                if says_more(message, messages[failed]):
                    box.failed[turn] = (at, (*messages[:failed], message, *messages[failed + 1 :]))
                    if place is not None:
                        box.context[place] = message
                    await self.retry(message.thread, turn)
                return Revision.KEPT
        if place is None:
            return Revision.UNKNOWN
        old = box.context[place]
        if says_more(message, old) and begins_to_ask(message, old):
            del box.context[place]
            box.waiting.append(message)
            box.known = True
            box.stirs(self._clock())
            self._changed.set()
        elif says_more(message, old):
            box.context[place] = message
            if box.begun:
                self._begin_anew(message.thread)
        return Revision.KEPT

    async def withdraw(self, thread: ThreadId, message_id: str) -> None:
        box = self._box(thread)
        if (place := place_of(box.waiting, message_id)) is not None and not box.waiting[place].withdrawn:
            if place < box.begun:
                box.waiting[place] = replace(box.waiting[place], text="", attachments=(), withdrawn=True)
                self._begin_anew(thread)
            else:
                del box.waiting[place]
                take_from(box.turn_sizes, place - box.begun)
        if (place := place_of(box.context, message_id)) is not None:
            del box.context[place]
            if box.begun:
                self._begin_anew(thread)
        box.early.pop(message_id, None)
        for turn, (at, messages) in tuple(box.failed.items()):
            if left := tuple(one for one in messages if one.id != message_id):
                box.failed[turn] = (at, left)
            else:
                del box.failed[turn]
        self._claims[thread, f"message:{message_id}"] = self._claims[thread, f"gone:{message_id}"] = self._clock()

    async def ask_again(self, message: Message, turn: Turn) -> None:
        edition = (message.thread, _edition(message))
        if self._is_claimed(edition):
            return
        self._claims[edition] = self._clock()
        box = self._box(message.thread)
        box.context = deque((*turn.context, *box.context), MOST_CONTEXT)
        again = [message if one.id == message.id else one for one in turn.messages]
        self._put_back(box, again)
        box.turn_sizes.insert(0, len(again))

    def _begin_anew(self, thread: ThreadId) -> None:
        """Take the turn in the air from its worker; the next one begins it anew."""
        box = self._box(thread)
        self.fences[thread] = self.fences.get(thread, 0) + 1
        box.attempt -= 1
        if task := self._tasks.get(thread):
            box.is_taken_away = True
            task.cancel()

    async def mute(self, thread: ThreadId, muted: bool) -> None:
        self._box(thread).muted = muted

    async def forget(self, thread: ThreadId) -> None:
        box = self._box(thread)
        box.context.clear()
        box.failed.clear()

    async def waiting(self) -> int:
        return sum(1 for box in self._boxes.values() if box.waiting)

    async def ping(self) -> None:
        return None

    # --- at the worker ------------------------------------------------------------------------------------------------

    async def serve(self, handle: Handle, slots: int) -> None:
        running: set[asyncio.Task[None]] = set()
        try:
            while True:
                self._changed.clear()
                if self._draining and not running:
                    return
                for thread in self._free_threads(slots - len(running)):
                    self._box(thread).running = True
                    task = self._tasks[thread] = asyncio.create_task(self._turn(thread, handle))
                    running.add(task)
                    task.add_done_callback(running.discard)
                await self._changed.wait()
        finally:
            for task in tuple(running):
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def drain(self) -> None:
        self._draining = True
        self._changed.set()

    def _free_threads(self, slots: int) -> list[ThreadId]:
        if self._draining:
            return []
        free = [t for t, box in self._boxes.items() if box.waiting and not box.running and not box.resting]
        return free[: max(slots, 0)]

    async def _turn(self, thread: ThreadId, handle: Handle) -> None:
        with self._held(thread) as lease:
            try:
                outcome, count = await handle(lease)
            except asyncio.CancelledError:
                if self._box(thread).is_taken_away:
                    self._box(thread).is_taken_away = False
                    return
                self._box(thread).attempt -= 1  # a hand-over says nothing against the turn
                raise
            except Exception as fault:
                log.warning("turn given back", extra={"turn": lease.turn_id, "reason": type(fault).__name__})
                if isinstance(fault, PlatformUnavailable | StoreUnavailable):
                    self._box(thread).attempt -= 1  # says nothing against the turn
                self._rest(thread)
            else:
                self._settle(lease, outcome, count)

    @contextmanager
    def _held(self, thread: ThreadId) -> Iterator[Lease]:
        try:
            yield self._lease(thread)
        finally:
            self._box(thread).running = False
            self._tasks.pop(thread, None)
            # Woken after this task has left its slot, so that the slot is counted as free.
            asyncio.get_running_loop().call_soon(self._changed.set)

    def _lease(self, thread: ThreadId) -> Lease:
        box = self._box(thread)
        self.fences[thread] = self.fences.get(thread, 0) + 1
        if not box.begun:
            box.begun = min(box.turn_sizes.pop(0), len(box.waiting)) if box.turn_sizes else len(box.waiting)
        box.attempt += 1
        held = tuple(box.waiting)[: box.begun]
        messages = tuple(sorted(held, key=said_at))
        turn = turn_id(thread, messages[0].id)
        context = tuple(box.context)
        return Lease(
            thread,
            turn,
            messages,
            context,
            self.fences[thread],
            box.attempt,
            box.took_part,
            box.muted,
            box.stop,
            box.last_active_at,
        )

    def _rest(self, thread: ThreadId) -> None:
        box = self._box(thread)
        box.resting = True

        def wake() -> None:
            box.resting = False
            self._changed.set()

        asyncio.get_running_loop().call_later(self._backoff_seconds, wake)

    def _settle(self, lease: Lease, outcome: Outcome, count: int) -> None:
        box = self._box(lease.thread)
        done = tuple(box.waiting.popleft() for _ in range(min(max(count, 1), box.begun)))
        box.begun, box.attempt, box.stop = 0, 0, Stop()
        box.stirs(self._clock())
        match outcome:
            case Outcome.ANSWERED:
                box.context.clear()
                box.known = box.took_part = True
            case Outcome.LEFT_ALONE:
                box.context.extend(done)
            case Outcome.FAILED:
                box.context.extend(done)
                box.failed[lease.turn_id] = (self._clock(), done)
            case Outcome.DECLINED | Outcome.REDRAWN:
                pass


def _edition(message: Message) -> str:
    return f"message:{message.id}#{message.edition}"
