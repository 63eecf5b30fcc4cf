"""The reviews of one answer, one behind the other: each reads what the one before it lets through."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from bot.capability import Review, Shown
from bot.conversation import Answer
from bot.events import AnswerEvent, Revised, Status, TextDelta


class Reviews:
    def __init__(self, reviews: Sequence[Review]) -> None:
        self._reviews = reviews

    async def feed(self, piece: str) -> Sequence[Shown]:
        """The next piece of the text, through all of them."""
        passing: Sequence[Shown] = (TextDelta(piece),)
        for review in self._reviews:
            passing = await _through(review, passing)
        return passing

    async def end(self) -> Sequence[Shown]:
        """What they held back: of each, behind what those before it gave at last."""
        passing: Sequence[Shown] = ()
        for review in self._reviews:
            passing = [*await _through(review, passing), *await review.end()]
        return passing

    async def settle(self) -> AsyncGenerator[Shown | Status, None]:
        """What takes longer: of each, through those behind it."""
        for place, review in enumerate(self._reviews):
            async with aclosing(review.settle()) as settling:  # type: ignore[type-var]
                async for one in settling:
                    passing: Sequence[Shown | Status] = (one,)
                    for later in self._reviews[place + 1 :]:
                        passing = await _whole(later, passing)
                    for shown in passing:
                        yield shown

    def restart(self) -> None:
        for review in self._reviews:
            review.restart()

    def see(self, event: AnswerEvent) -> None:
        for review in self._reviews:
            review.see(event)

    async def finish(self, answer: Answer) -> Answer:
        for review in self._reviews:
            answer = await review.finish(answer)
        return answer


async def _through(review: Review, passing: Sequence[Shown]) -> list[Shown]:
    shown: list[Shown] = []
    for one in passing:
        match one:
            case TextDelta(text):
                shown += await review.feed(text)
            case Revised(text):
                review.restart()
                shown += as_revision(await review.feed(text))
            case _:
                shown.append(one)
    return shown


async def _whole(review: Review, passing: Sequence[Shown | Status]) -> list[Shown | Status]:
    """The text is whole by now: what replaces it is read to its end."""
    shown: list[Shown | Status] = []
    for one in passing:
        if isinstance(one, Revised):
            review.restart()
            shown += as_revision([*await review.feed(one.text), *await review.end()])
        else:
            shown.append(one)
    return shown


def as_revision(shown: Sequence[Shown]) -> list[Shown]:
    """What shows a text from its beginning, as what replaces the text before it."""
    return [*(one for one in shown if not isinstance(one, TextDelta | Revised)), Revised(text_of(shown))]


def text_of(shown: Sequence[Shown], before: str = "") -> str:
    """What readers have after this, when they had `before`."""
    for one in shown:
        match one:
            case TextDelta(text):
                before += text
            case Revised(text):
                before = text
            case _:
                pass
    return before
