"""Every paid request is counted, as what it was, however its turn ends."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from bot.conversation import Answer, Usage
from bot.errors import ModelBusy
from bot.events import Checkpoint, Paid, TextDelta
from bot.ports.model import Spent
from tests.bot.answering.test_assistant import House
from tests.fakes import FakeModel, Script, lease, message

CUT = Spent("req_cut", "m", Usage(100, 5), 1_050, is_whole=False)
REACHED = Checkpoint("c", Paid(Usage(100, 50), 1_500, ("req_whole",)))
WHOLE = Spent("req_whole", "m", Usage(100, 50), 1_500, is_whole=True)
ANSWER = Answer("use it", "m", usage=WHOLE.usage, cost_microdollars=1_500, request_ids=("req_whole",))


def entered(house: House) -> list[tuple[str, str, int]]:
    return [(one.request_id, one.kind, one.cost_microdollars) for one in house.usage.requests.values()]


async def test_a_reply_that_was_cut_and_asked_for_again_is_counted_beside_the_answer() -> None:
    house = House(FakeModel([CUT, TextDelta("use it"), WHOLE, REACHED, ANSWER]))

    await house.answer(lease(message("how?")))

    assert (house.usage.rows["turn1"].cost_microdollars, entered(house)) == (1_500, [("req_cut", "cut", 1_050)])


async def test_a_turn_that_failed_counts_what_it_reached_and_the_rest_is_beside_it() -> None:
    house = House(FakeModel([WHOLE, REACHED, CUT, ModelBusy("no")]))

    with pytest.raises(ModelBusy):
        await house.answer(lease(message("how?")))

    assert (house.usage.rows["turn1"].cost_microdollars, entered(house)) == (1_500, [("req_cut", "cut", 1_050)])


async def test_an_answer_that_was_stopped_costs_what_had_come_of_it() -> None:
    held = lease(message("how?"))
    steps: Script = [WHOLE, REACHED, CUT, TextDelta("use "), held.stop.requested.set, asyncio.Event().wait, ANSWER]
    house = House(FakeModel(steps))

    await house.answer(held)
    await house.answer(lease(message("how?"), attempt=2))  # its worker died before all was shown

    row = house.usage.rows["turn1"]
    assert (row.status, row.cost_microdollars, entered(house)) == ("stopped", 1_500, [("req_cut", "cut", 1_050)])


async def test_what_a_worker_paid_before_it_ended_is_counted_by_whoever_ends_the_turn() -> None:
    house = House(FakeModel([WHOLE, REACHED, CUT, TextDelta("use "), TextDelta("it")], [ANSWER]))
    async with aclosing(house.assistant.answer(lease(message("how?")), house.platform)) as events:
        async for event in events:
            if event == TextDelta("use "):
                break
    assert {"req_cut", "req_whole"} == set(house.usage.noted)

    await house.answer(lease(message("how?"), attempt=2))

    assert (house.usage.rows["turn1"].cost_microdollars, entered(house)) == (1_500, [("req_cut", "cut", 1_050)])
