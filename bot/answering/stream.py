"""One answer on its way from the model to its readers: through the reviews, and kept as far as it has come.

Who takes the turn over after us goes on from what is kept here (`Progress`).
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta

from bot.answering.reviews import Reviews, as_revision, text_of
from bot.capability import Shown
from bot.conversation import Answer
from bot.errors import LeaseLost, StoreUnavailable
from bot.events import AnswerEvent, Checkpoint, Paid, Restart, Revised, Status, TextDelta
from bot.ports import Clock
from bot.ports.inbox import Lease, Progress, ProgressLog
from bot.ports.model import Spent

log = logging.getLogger(__name__)

SAVE_TEXT = timedelta(seconds=2)
"""How often what was streamed is saved."""


class ProgressKeeper:
    """How far one turn's answer has come, here and in the store. A store that is away costs the progress, not the answer."""

    def __init__(self, log_: ProgressLog, lease: Lease, progress: Progress, clock: Clock) -> None:
        self._log = log_
        self._lease = lease
        self._clock = clock
        self._saved_at: datetime | None = None
        self.progress = progress

    async def save(self, **changed: str) -> None:
        self.progress = replace(self.progress, **changed)
        try:
            await self._log.save(self._lease, self.progress)
        except StoreUnavailable:
            log.warning("progress not saved", extra={"turn": self._lease.turn_id})

    async def save_text(self, text: Callable[[], str], written: Callable[[], str]) -> None:
        """Now and then: the text alone may be a little behind, and is put together only then. `written`: the model's own, before its
        reviews."""
        now = self._clock()
        if self._saved_at is None or abs(now - self._saved_at) >= SAVE_TEXT:  # a clock may be set back
            self._saved_at = now
            await self.save(text=text(), partial=written())

    def begin_anew(self) -> None:
        """The model cannot go on from what it had reached; what was asked beside it stays answered."""
        before = self.progress
        self.progress = Progress(asked=before.asked, notes=before.notes, grants=before.grants)


class AnswerStream:
    """`seen` is what readers had of a worker that died over this turn; `pay` is told what the requests cost until now, `spend` what
    each of them does."""

    def __init__(
        self,
        reviews: Reviews,
        keeper: ProgressKeeper,
        pay: Callable[[Paid], None] = lambda paid: None,
        spend: Callable[[Spent], Awaitable[None]] | None = None,
    ) -> None:
        self._reviews = reviews
        self._pay = pay
        self._spend = spend
        self._keeper = keeper
        self._seen = keeper.progress.text
        self._written: list[str] = []
        self._told: list[str] = []
        self._is_revised = False
        self._is_ended = False

    async def follow(
        self, events: AsyncIterator[AnswerEvent | Checkpoint | Spent]
    ) -> AsyncGenerator[AnswerEvent, None]:
        """The model's events as readers may see them; its Answer comes as it is, for `finished`."""
        async for event in events:
            match event:
                case TextDelta(text):
                    self._written.append(text)
                    for shown in await self._reviews.feed(text):
                        await self._note(shown)
                        yield shown
                case Spent():
                    if self._spend:
                        await self._spend(event)
                case Checkpoint(course, paid):
                    self._pay(paid)
                    await self._keeper.save(course=course, text=self._text, partial="")
                case Restart():
                    self.restart()
                    yield event
                case _:
                    self._reviews.see(event)
                    yield event

    async def _note(self, shown: Shown) -> None:
        match shown:
            case TextDelta(text):
                self._told.append(text)
                await self._keeper.save_text(lambda: self._text, lambda: "".join(self._written))
            case Revised(text):
                self._told[:] = [text]
                self._is_revised = True
                await self._keeper.save(text=text)  # whoever takes over must not show what was taken back
            case _:
                pass

    async def keep(self) -> None:
        """We are about to leave: whoever takes over goes on from the last word."""
        partial = "".join(self._written) or self._keeper.progress.partial
        with contextlib.suppress(LeaseLost):
            await self._keeper.save(text=self._text or self._seen, partial=partial)

    @property
    def _text(self) -> str:
        return "".join(self._told)

    def restart(self) -> None:
        """The text begins anew."""
        self._written.clear()
        self._told.clear()
        self._is_revised = False
        self._reviews.restart()

    async def conclude(self, answer: Answer) -> AsyncGenerator[AnswerEvent, None]:
        """The text is over: what was held back of it, and what readers see while its reviews settle."""
        for shown in await self._ended(answer):
            yield shown
        async with aclosing(self._reviews.settle()) as settling:
            async for event in settling:
                if not isinstance(event, Status):
                    await self._note(event)
                yield event

    async def finished(self, answer: Answer) -> Answer:
        """The whole answer as its readers get it. What the model wrote and readers never had is not replayed to it."""
        await self._ended(answer)
        if self._is_revised:
            answer = replace(answer, transcript=())
        return await self._reviews.finish(replace(answer, text=self._text))

    async def _ended(self, answer: Answer) -> Sequence[Shown]:
        """What its readers still get of the text, once."""
        if self._is_ended:
            return ()
        self._is_ended = True
        shown: Sequence[Shown] = ()
        if answer.text != "".join(self._written):
            self.restart()
            shown = as_revision(await self._reviews.feed(answer.text))
        shown = [*shown, *await self._reviews.end()]
        for one in shown:
            await self._note(one)
        return shown

    async def stopped(self, answer: Answer) -> Answer:
        """The answer as far as it came: what was told, or what readers had of another worker where that was more."""
        self._take(await self._reviews.end())
        return await self._reviews.finish(replace(answer, text=max(self._text, self._seen, key=len)))

    def _take(self, shown: Sequence[Shown]) -> None:
        self._is_revised = self._is_revised or any(isinstance(one, Revised) for one in shown)
        self._told[:] = [text_of(shown, self._text)]
