"""Discord's limits are kept whoever calls: with a clock of our own, over any order of answers."""

from __future__ import annotations

import asyncio
import math

from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.budget import EDIT_SECONDS, EDITS, ON_THE_WAY_SECONDS, PAUSE_SECONDS, CallBudget


class Answer:
    """Something that is written."""


class Hands:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.at = 100.0

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += max(seconds, 0)
        await asyncio.sleep(0)


async def test_an_answer_alone_draws_every_1_3_seconds_and_keeps_one_edit_for_its_end() -> None:
    hands = Hands()
    budget, answer = CallBudget(now=hands.now), Answer()
    budget.begins(1, answer)
    assert budget.pause_seconds(1) == PAUSE_SECONDS
    for _ in range(EDITS - 1):
        assert math.isfinite(budget.pause_seconds(1))
        await budget.edit(1)
    assert math.isinf(budget.pause_seconds(1))

    hands.at += EDIT_SECONDS
    assert budget.pause_seconds(1) == PAUSE_SECONDS


def test_answers_in_one_channel_share_its_edits_and_other_channels_do_not_mind() -> None:
    budget, answers = CallBudget(now=Hands().now), [Answer() for _ in range(4)]
    for answer in answers:
        budget.begins(1, answer)
    other = Answer()
    budget.begins(2, other)

    assert budget.pause_seconds(1) >= 4 * PAUSE_SECONDS
    assert budget.pause_seconds(2) == PAUSE_SECONDS
    for answer in answers[1:]:
        budget.ends(1, answer)
    assert budget.pause_seconds(1) == PAUSE_SECONDS


def test_answers_that_ended_unseen_do_not_count() -> None:
    budget = CallBudget(now=Hands().now)
    for _ in range(3):
        budget.begins(1, Answer())

    assert budget.pause_seconds(1) == PAUSE_SECONDS


def test_two_hundred_answers_draw_as_often_as_all_calls_together_allow() -> None:
    budget, answers = CallBudget(50, now=Hands().now), [Answer() for _ in range(200)]
    for number, answer in enumerate(answers):
        budget.begins(number, answer)

    assert budget.pause_seconds(0) * 50 >= 200


@given(st.lists(st.floats(0, 0.2), min_size=1, max_size=120), st.integers(1, 10))
def test_no_second_holds_more_calls_than_discord_takes(pauses: list[float], most: int) -> None:
    hands = Hands()
    budget = CallBudget(most, now=hands.now, sleep=hands.sleep)
    made: list[float] = []

    async def call() -> None:
        await budget.call(final=False)
        made.append(hands.at)
        budget.landed()

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            for pause in pauses:
                hands.at += pause
                group.create_task(call())

    asyncio.run(run())

    assert len(made) == len(pauses)
    for number in range(len(made) - most):
        assert made[number + most] - made[number] >= 1 - 1e-6


async def test_ends_go_before_all_else_that_waits() -> None:
    hands = Hands()

    async def look_again(_: float) -> None:
        await asyncio.sleep(0)

    budget = CallBudget(2, now=hands.now, sleep=look_again)
    made: list[bool] = []

    async def call(final: bool) -> None:
        await budget.call(final=final)
        made.append(final)
        budget.landed()

    async with asyncio.TaskGroup() as group:
        for final in (False, False, *(False,) * 5, *(True,) * 5):
            group.create_task(call(final))
        for _ in range(6):
            for _ in range(5):
                await asyncio.sleep(0)
            hands.at += 1.1

    assert made == [False, False, *(True,) * 5, *(False,) * 5]


@given(st.lists(st.floats(0.01, 2), min_size=1, max_size=60), st.integers(1, 5))
async def test_whoever_draws_when_told_to_leaves_room_for_an_end_at_any_moment(pauses: list[float], live: int) -> None:
    hands = Hands()
    budget, answers = CallBudget(now=hands.now), [Answer() for _ in range(live)]
    for answer in answers:
        budget.begins(1, answer)
    edits: list[float] = []
    for pause in pauses:
        hands.at += pause
        if math.isfinite(budget.pause_seconds(1)):
            await budget.edit(1)
            edits.append(hands.at)
        assert sum(one > hands.at - EDIT_SECONDS for one in edits) < EDITS


@given(st.lists(st.floats(0, 6), min_size=1, max_size=20))
async def test_ends_in_one_channel_go_five_in_five_seconds_however_late_they_come_there(asked: list[float]) -> None:
    hands = Hands()
    budget = CallBudget(now=hands.now, sleep=hands.sleep)
    begun = hands.at
    went = []
    for at in sorted(asked):
        hands.at = max(hands.at, begun + at)
        await budget.edit(1)
        went.append(hands.at)

    assert went[0] == begun + min(asked)
    for early, late in zip(went, went[EDITS:], strict=False):
        assert late - early >= EDIT_SECONDS + ON_THE_WAY_SECONDS - 0.001
