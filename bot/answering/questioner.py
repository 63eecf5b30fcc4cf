"""Asking the model a turn's question, and asking again, smaller, what it does not take."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncGenerator
from dataclasses import replace

from bot.answering import phrases
from bot.answering.asking import Asking
from bot.answering.prompt import PromptBuilder
from bot.answering.shrinking import SMALLER, SPACES, size
from bot.conversation import Answer
from bot.errors import FileRefused, PrefixRejected, QuestionTooLong
from bot.events import AnswerEvent, Restart, Status
from bot.ports import Clock
from bot.ports.model import Model
from bot.ports.stores import History

log = logging.getLogger(__name__)

MOST_REJECTIONS = 2
"""Of a thread's prefix within one turn."""


class Questioner:
    """Asks the model and keeps no turn: what a turn is asked with, and how far it has come, is in its Asking."""

    def __init__(self, model: Model, history: History, builder: PromptBuilder, clock: Clock) -> None:
        self._model = model
        self._history = history
        self._builder = builder
        self._clock = clock

    async def write(self, asking: Asking) -> AsyncGenerator[AnswerEvent, None]:
        """Ask the model, then let the reviews settle; a Stop from here on takes nothing of the text away."""
        async with contextlib.aclosing(self._ask(asking)) as events:
            async for event in events:
                if isinstance(event, Answer):
                    asking.written = event
                else:
                    yield event
        if asking.written:
            async with contextlib.aclosing(asking.stream.conclude(asking.written)) as events:
                async for event in events:
                    yield event

    async def _ask(self, asking: Asking) -> AsyncGenerator[AnswerEvent, None]:
        """Ask the model; what it does not take of the question is asked again smaller: without a file that it refuses, with the
        conversation folded where that does not fit or its prefix is rejected, and then with less of it."""
        while True:
            try:
                async with contextlib.aclosing(self._ask_once(asking)) as events:
                    async for event in events:
                        yield event
            except FileRefused as fault:
                asking.drop(fault.places)
                said = phrases.asking_without_files()
            except (QuestionTooLong, PrefixRejected) as fault:
                await self._make_smaller(asking, fault)
                said = phrases.asking_with_less()
            else:
                return
            yield Restart()
            yield Status(said)

    async def _make_smaller(self, asking: Asking, fault: QuestionTooLong | PrefixRejected) -> None:
        """Fold, then take less, until the request is worth sending again. Raises the fault where nothing is left."""

        turns, reached, refused = len(asking.conversation.turns), asking.keeper.progress, self._size(asking)
        course = reached.course or reached.partial
        is_new = asking.conversation.folded < turns
        asking.rejections += isinstance(fault, PrefixRejected)
        if asking.rejections > MOST_REJECTIONS or (isinstance(fault, PrefixRejected) and not (is_new or course)):
            raise fault
        log.warning("folded", extra={"thread_id": str(asking.lease.thread), "reason": type(fault).__name__})
        if is_new or course:
            await self._fold(asking, turns)
        if isinstance(fault, PrefixRejected):
            return
        while not is_new or self._size(asking) > refused * SMALLER:
            if asking.space == len(SPACES) - 1:
                raise fault
            asking.space += 1
            is_new = True  # whatever else, one step was taken

    def _size(self, asking: Asking) -> int:
        return size(asking.build(self._builder, self._clock()).prompt)

    async def _ask_once(self, asking: Asking) -> AsyncGenerator[AnswerEvent, None]:
        built = asking.build(self._builder, self._clock())
        if built.folded != asking.conversation.folded:
            await self._fold(asking, built.folded)
        asking.pinned, asking.left_out, asking.asked = built.prompt.pinned, built.left_out, built.prompt.question
        reached = asking.keeper.progress
        prompt = replace(built.prompt, course=reached.course, partial=reached.partial)
        async with (
            contextlib.aclosing(self._model.stream(prompt, asking.tools)) as written,
            contextlib.aclosing(asking.stream.follow(written)) as events,
        ):
            async for event in events:
                yield event

    async def _fold(self, asking: Asking, folded: int) -> None:
        await self._history.fold(asking.lease.thread, asking.lease.fence, folded)
        asking.conversation = replace(asking.conversation, folded=folded, pinned=None)
        asking.keeper.begin_anew()
        asking.stream.restart()
