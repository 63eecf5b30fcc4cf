"""A small second question within a turn: asked once, bounded, and paid for once, whoever goes on with the turn."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from bot.answering import side_questions
from bot.answering.side_questions import MOST, MOST_CHARACTERS, SideQuestions
from bot.conversation import Usage
from bot.ports.model import SideAnswer, SideQuestion
from tests.fakes import FakeModel

ANSWER = SideAnswer("the", True, Usage(10, 2), 55, "req_1")


@dataclass
class Turn:
    model: FakeModel = field(default_factory=lambda: FakeModel("unused"))
    spent: list[SideAnswer] = field(default_factory=list)
    kept: str = ""

    def questions(self) -> SideQuestions:
        return SideQuestions(
            self.model, "claude-sonnet-5", "asker", spent=self.spent.append, keep=self._keep, kept=self.kept
        )

    async def _keep(self, written: str) -> None:
        self.kept = written


async def test_it_goes_to_the_turns_model_and_is_entered_as_spent() -> None:
    turn = Turn()
    turn.model.side_answers = [ANSWER]

    assert await turn.questions().ask("You spell.", "teh?") == "the"

    (asked,) = turn.model.asked
    assert asked == SideQuestion("You spell.", "teh?", "claude-sonnet-5", "asker", side_questions.MOST_TOKENS)
    assert turn.spent == [ANSWER]


async def test_whoever_takes_the_turn_over_has_the_first_answer_and_its_price_and_does_not_ask_again() -> None:
    first = Turn()
    first.model.side_answers = [ANSWER]
    await first.questions().ask("You spell.", "teh?")
    heir = Turn(kept=first.kept)

    questions = heir.questions()

    assert await questions.ask("You spell.", "teh?") == "the"
    assert heir.model.asked == []
    assert heir.spent == [ANSWER]


async def test_two_that_ask_the_same_at_once_pay_once() -> None:
    turn = Turn()
    turn.model.side_answers = [ANSWER, ANSWER]
    questions = turn.questions()

    answers = await asyncio.gather(*(questions.ask("s", "t") for _ in range(5)))

    assert answers == ["the"] * 5
    assert len(turn.model.asked) == 1


async def test_there_are_so_many_of_a_turn_and_no_more_failed_ones_too() -> None:
    turn = Turn()  # a model that has no answer
    questions = turn.questions()

    assert [await questions.ask("s", str(number)) for number in range(MOST + 3)] == [None] * (MOST + 3)
    assert len(turn.model.asked) == MOST


@pytest.mark.parametrize(
    "answer", [SideAnswer("th", False, Usage(1, 1), 5, "r"), SideAnswer(" ", True, Usage(1, 1), 5, "r")]
)
async def test_an_answer_that_was_cut_or_is_blank_is_paid_and_is_none(answer: SideAnswer) -> None:
    turn = Turn()
    turn.model.side_answers = [answer]

    assert await turn.questions().ask("s", "t") is None
    assert turn.spent == [answer]


async def test_a_question_that_is_too_long_is_not_asked() -> None:
    turn = Turn()

    assert await turn.questions().ask("", "x" * (MOST_CHARACTERS + 1)) is None
    assert turn.model.asked == []


async def test_a_model_that_stays_silent_is_waited_for_no_longer_than_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Silent(FakeModel):
        async def ask(self, question: SideQuestion) -> SideAnswer:
            await asyncio.sleep(3_600)
            raise AssertionError

    monkeypatch.setattr(side_questions, "TIMEOUT_SECONDS", 0.01)

    assert await Turn(Silent("unused")).questions().ask("s", "t") is None


@pytest.mark.parametrize("kept", ["{", "[1]", '{"d": 1}', '{"d": {"text": "x"}}', "null"])
async def test_what_cannot_be_read_was_never_asked(kept: str) -> None:
    turn = Turn(kept=kept)
    turn.model.side_answers = [ANSWER]

    assert await turn.questions().ask("s", "t") == "the"
