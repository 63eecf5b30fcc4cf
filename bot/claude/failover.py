"""Several doors to Claude behind one Model port: the next takes over where one is overloaded or away, and says so.

A thread stays with the engine that answered it last while that has its prompt in the cache. What one engine thought is not shown to
another: a thought is signed for whoever had it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.claude import phrases
from bot.claude.client import Claude
from bot.claude.course import without_thinking
from bot.claude.streams import Patience
from bot.conversation import Answer
from bot.errors import ModelBusy, ModelForbidden, ModelStalled, ModelUnreachable, SpendLimitReached
from bot.events import AnswerEvent, Checkpoint, Restart, Status, TextDelta
from bot.ports.model import Model, Prompt, SideAnswer, SideQuestion, Spent, Tools

log = logging.getLogger(__name__)

SHUT = (ModelForbidden, SpendLimitReached)
AWAY = (ModelBusy, ModelUnreachable, ModelStalled, *SHUT)
"""What another engine may mend: a key that this one does not take, or an account that has nothing left, is none of the next one's."""

IMPATIENT: Mapping[str, Any] = {
    "longest_seconds": 12, "tries": 1, "patience": Patience(stall_seconds=25, opening_seconds=25),
}  # fmt: skip
"""Of every engine but the last: the next one begins within 30 s of the last sign of life."""

WARM_SECONDS, REST_SECONDS = 300, 60
"""How long a thread's prompt stays cached, and how long an engine that failed is asked last."""

MOST_THREADS = 10_000


class Engines(Model):
    """The first of `engines` that is well answers; at least two. `now`: seconds that only grow."""

    is_rehearsal = False

    def __init__(self, engines: Sequence[Claude], now: Callable[[], float] = time.monotonic) -> None:
        self._engines = tuple(engines)
        self._now = now
        self._warm: dict[str, tuple[Claude, float]] = {}
        self._rests: dict[Claude, float] = {}
        self._shut: set[Claude] = set()

    async def close(self) -> None:
        for engine in self._engines:
            await engine.close()

    def _order(self, thread: str) -> list[Claude]:
        """The thread's own first, then as they were set; those that just failed last."""
        now = self._now()
        own, until = self._warm.get(thread, (None, 0.0))
        keeps = own if until > now else None
        return sorted(self._engines, key=lambda one: (self._rests.get(one, 0) > now, one is not keeps))

    async def stream(self, prompt: Prompt, tools: Tools) -> AsyncGenerator[AnswerEvent | Checkpoint | Spent, None]:
        thread, shown = str(prompt.conversation.thread), False
        order = self._order(thread)
        for place, engine in enumerate(order):
            first = self._engines[0]
            try:
                stream = engine.stream(prompt, tools, is_moved=engine is not first or place > 0)
                async with contextlib.aclosing(stream) as events:
                    async for event in events:
                        match event:
                            case Checkpoint(course):
                                prompt = replace(prompt, course=course)
                            case Answer():
                                self._answered(thread, engine)
                                event = event if engine is first else self._signed(event, engine)
                            case TextDelta():
                                shown = True
                            case Restart():
                                shown = False
                            case _:
                                pass
                        yield event
            except AWAY as fault:
                self._rests[engine] = self._now() + REST_SECONDS
                (self._shut.add if isinstance(fault, SHUT) else self._shut.discard)(engine)
                if place == len(order) - 1:
                    raise
                log.warning(
                    "engine away", extra={"engine": engine.engine.kind, "reason": type(fault).__name__, "place": place}
                )
                prompt = replace(prompt, course=without_thinking(prompt.course))
                if shown:
                    yield Restart()
                shown = False
                yield Status(phrases.turning_to(order[place + 1].engine.traits.name))
            else:
                return

    def _answered(self, thread: str, engine: Claude) -> None:
        self._rests.pop(engine, None)
        self._shut.discard(engine)
        self._warm.pop(thread, None)
        self._warm[thread] = (engine, self._now() + WARM_SECONDS)
        while len(self._warm) > MOST_THREADS:
            self._warm.pop(next(iter(self._warm)))

    def _signed(self, answer: Answer, engine: Claude) -> Answer:
        first = self._engines[0]
        said = phrases.answered_by(engine.engine.traits.name, first.engine.traits.name, is_shut=first in self._shut)
        return replace(answer, notices=(*answer.notices, said))

    async def ask(self, question: SideQuestion) -> SideAnswer:
        *others, last = self._order("")
        for engine in others:
            with contextlib.suppress(*AWAY):
                return await engine.ask(question)
        return await last.ask(question)

    async def check(self) -> Sequence[str]:
        """What is wrong with each, by its name."""
        return [f"{name}: {fault}" for name, faults in await self.checked() for fault in faults]

    async def checked(self) -> Sequence[tuple[str, Sequence[str]]]:
        """Each by its name, with what is wrong with it."""
        found = await asyncio.gather(*(one.check() for one in self._engines))
        return [(one.engine.traits.name, faults) for one, faults in zip(self._engines, found, strict=True)]
