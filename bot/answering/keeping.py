"""A turn that was answered is remembered, as its messages read when it ended, and then given out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import replace

from bot.answering.asking import Asking
from bot.answering.audience import seen_in
from bot.answering.prompt import PromptBuilder
from bot.conversation import Answer, Turn
from bot.copies import sources, turn_as_now
from bot.errors import StoreUnavailable
from bot.events import AnswerEvent
from bot.ports import Clock
from bot.ports.copies import Copies
from bot.ports.inbox import Lease
from bot.ports.stores import History

log = logging.getLogger(__name__)

SAVE_PAUSE_SECONDS = 1.0
"""Between two tries to save an answer while the store is away."""


class TurnKeeper:
    """Saves turns; one object serves all threads."""

    def __init__(
        self,
        history: History,
        copies: Copies,
        builder: PromptBuilder,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._history = history
        self._copies = copies
        self._builder = builder
        self._clock = clock
        self._sleep = sleep

    async def keep(self, asking: Asking, answer: Answer) -> AsyncGenerator[AnswerEvent, None]:
        """Save the turn, then give the answer out; with the store away the answer goes first and is saved as soon as it is back.

        Asking again because saving failed would show another answer than the one that people have read.
        """
        lease = asking.lease
        answer = answer if asking.is_whole else replace(answer, transcript=())
        opened = frozenset(name for session in asking.sessions for name in session.seen())
        told, has_looked = asking.conversation.turns, asking.tools.has_run
        seen = seen_in(told, asking.decision, has_looked=has_looked, opened=opened)
        turn = Turn(lease.turn_id, asking.gathered.messages, asking.gathered.context, answer, self._clock(), seen)
        pinned = asking.pinned or self._builder.pin(asking.settings)
        given = False
        while True:
            try:
                await self._history.append(lease.thread, lease.fence, turn, pinned)
                await self._as_now(turn, told)
                break
            except StoreUnavailable:
                log.warning("answer not saved yet", extra={"thread_id": str(lease.thread), "turn": lease.turn_id})
            if not given:
                yield answer
                given = True
            await self._sleep(SAVE_PAUSE_SECONDS)
        if not given:
            yield answer

    async def _as_now(self, turn: Turn, told: Sequence[Turn]) -> None:
        """Somebody may have edited or deleted what was read for this turn while it was answered; and of what is copied in the thread we
        want to hear for as long as the thread lives."""
        thread = turn.messages[0].thread
        kept = (one for each in (*told, turn) for one in (*each.context, *each.messages))
        await self._copies.hold(thread, {*sources(kept)})
        if changes := await self._copies.changes(thread):
            await self._history.amend(thread, lambda turns: tuple(turn_as_now(one, changes) for one in turns))

    async def forget(self, lease: Lease) -> None:
        """Take the turn out of what is remembered."""
        await self._history.amend(lease.thread, lambda turns: tuple(one for one in turns if one.id != lease.turn_id))
