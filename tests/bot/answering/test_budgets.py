"""Daily budgets hold when many ask at once, and are told of before they are used up, once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.answering.budgets import DailyBudgets
from bot.answering.ledger import LEAST_HOLD
from bot.conversation import Answer, Usage
from bot.errors import LeaseLost, OverBudget
from bot.events import AnswerEvent, TextDelta
from bot.ports.stores import ChannelSettings, LedgerRow
from storage.memory import MemoryUsageLog
from storage.memory.marks import MemoryMarks
from tests.bot.answering.test_assistant import House
from tests.fakes import ANA, BEN, START, THREAD, FakeModel, Script, lease, message

EACH = 100_000
"""What a question costs here, in millionths of a dollar."""


def costing(cost: int = EACH) -> Script:
    return [TextDelta("use it"), Answer("use it", "claude-sonnet-5-5", cost_microdollars=cost)]


async def ask(house: House, number: int) -> list[AnswerEvent]:
    thread = replace(THREAD, thread=f"t{number}")
    held = lease(message("how?", id=f"m{number}", thread=thread))
    return await house.answer(replace(held, thread=thread, turn_id=f"turn{number}"))


async def test_twenty_questions_at_once_cross_a_budget_by_no_more_than_one() -> None:
    house = House(FakeModel(*[costing() for _ in range(22)]), user_budget=10 * EACH)
    await ask(house, 20)
    await ask(house, 21)

    ended = await asyncio.gather(*(ask(house, number) for number in range(20)), return_exceptions=True)

    spent = (await house.usage.total(START.replace(hour=0))).cost_microdollars
    assert 7 * EACH < spent <= 11 * EACH
    faults = [one for one in ended if isinstance(one, BaseException)]
    assert all(isinstance(one, OverBudget) and one.is_held for one in faults)
    assert {row.status for row in house.usage.rows.values()} == {"answered", "declined"}


async def test_what_a_question_held_is_replaced_by_what_it_cost() -> None:
    house = House(FakeModel(costing(7)), user_budget=10 * EACH)

    await ask(house, 1)

    assert [row.cost_microdollars for row in house.usage.rows.values()] == [7]


async def test_a_question_that_fails_holds_nothing_any_more() -> None:
    house = House(FakeModel([RuntimeError("boom")]), user_budget=10 * EACH)

    with pytest.raises(RuntimeError):
        await ask(house, 1)

    assert [(row.status, row.cost_microdollars) for row in house.usage.rows.values()] == [("failed", 0)]


async def test_a_question_that_is_edited_or_deleted_while_it_is_answered_holds_nothing_any_more() -> None:
    """Its answer is given up, and nobody asks again in the same turn."""
    house = House(FakeModel([TextDelta("use"), LeaseLost("edited")]), user_budget=10 * EACH)

    with pytest.raises(LeaseLost):
        await ask(house, 1)

    assert (await house.usage.total(START.replace(hour=0))).cost_microdollars == 0


async def test_what_an_heir_holds_is_not_given_back_by_whoever_lost_the_turn() -> None:
    house = House(FakeModel([TextDelta("use"), LeaseLost("taken over")]), user_budget=10 * EACH)
    heirs = LedgerRow("turn1", THREAD, "slack:U1", "running", 2, "", Usage(), EACH, None, 0, "", START.replace(hour=23))
    await house.usage.record(heirs)

    with pytest.raises(LeaseLost):
        await ask(house, 1)

    assert house.usage.rows["turn1"] == heirs


async def test_where_no_budget_is_set_nothing_is_held() -> None:
    house = House(FakeModel(costing()))
    written = []
    record = house.usage.record

    async def noted(row: object) -> None:
        written.append(row)
        await record(row)  # type: ignore[arg-type]

    house.usage.record = noted  # type: ignore[method-assign]
    await ask(house, 1)

    assert len(written) == 1


async def test_three_quarters_and_nearly_all_of_a_budget_are_said_once_each() -> None:
    costs = [700_000, 40_000, 20_000, 30_000, 160_000, 20_000]
    house = House(FakeModel(*[costing(cost) for cost in costs]), user_budget=1_000_000, marks=MemoryMarks())
    said = []
    for number in range(len(costs)):
        *_, answer = await ask(house, number)
        assert isinstance(answer, Answer)
        said.append([notice for notice in answer.notices if "budget" in notice])

    you = "75 % of today's budget for you is used."
    assert said == [[], [], [you], [], [you.replace("75", "95")], []]


async def test_alerts_of_a_channel_are_its_own_and_begin_anew_the_next_day() -> None:
    usage, marks = MemoryUsageLog(), MemoryMarks()
    budgets = DailyBudgets(usage, marks=marks)
    set_here = ChannelSettings(daily_budget_microdollars=1_000_000)

    assert await budgets.alerts(THREAD, ANA, set_here, START, 800_000) == [("this channel", 75)]
    assert await budgets.alerts(THREAD, BEN, set_here, START, 900_000) == []
    assert await budgets.alerts(THREAD, BEN, set_here, START, 990_000) == [("this channel", 95)]
    tomorrow = START.replace(day=START.day + 1)
    assert await budgets.alerts(THREAD, ANA, set_here, tomorrow, 960_000) == [("this channel", 95)]
    assert await budgets.alerts(THREAD, ANA, ChannelSettings(), START, 990_000) == []


def test_a_held_question_is_worth_something() -> None:
    assert LEAST_HOLD > 0
