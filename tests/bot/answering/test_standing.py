"""Rights are asked again while an answer is written: what may not be seen any more is taken back, and nobody waits for the asking."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from adapters.delivery import deliver
from bot.answering import standing
from bot.answering.standing import Standing
from bot.answering.tool_calls import ToolCalls
from bot.conversation import Answer
from bot.errors import LookUpFailed, NotForYou, ReadersUnknown, StoreUnavailable
from bot.events import TextDelta, ToolCall
from bot.ports.inbox import Outcome
from bot.ports.policy import ChannelKind, Decision, Facts, Grant, NoGrants, PersonKind, Reader
from tests.bot.answering.test_assistant import House
from tests.bot.answering.test_audience import deciding
from tests.fakes import THREAD, FakeModel, RecordingPost, lease, message

TEXT = "RETRIES is 4 in shop.py"
MEMBERS = Facts(ChannelKind.PRIVATE, PersonKind.MEMBER, readers=(Reader(PersonKind.MEMBER),))
CHANGES = {
    "shared with another company": Facts(ChannelKind.SHARED, PersonKind.MEMBER, readers=MEMBERS.readers),
    "a guest reads along": replace(MEMBERS, readers=(Reader(PersonKind.MEMBER), Reader(PersonKind.GUEST))),
    "the asker is deactivated": replace(MEMBERS, person=PersonKind.DEACTIVATED),
    "the asker became a guest": replace(MEMBERS, person=PersonKind.GUEST),
    "the asker left the server": Facts(ChannelKind.SERVER, PersonKind.OUTSIDER, readers=MEMBERS.readers),
}


class Shop(NoGrants):
    def grants(self, place: str, shared: object = ()) -> tuple[Grant, ...]:
        return (Grant("shop", "[repos.shop]", is_exact=True),)


def house(change: Callable[[House], object]) -> House:
    """Where something changes behind the first words of an answer."""
    model = FakeModel([TextDelta(TEXT), lambda: change(one), Answer(TEXT, "m")])
    one = House(model, grants=Shop())
    return one


def becomes(facts: Facts) -> Callable[[House], object]:
    return lambda one: setattr(one.directory, "told", facts)


@pytest.mark.parametrize("change", CHANGES)
async def test_an_answer_whose_asker_or_readers_change_meanwhile_is_taken_back(change: str) -> None:
    here, post, held = house(becomes(CHANGES[change])), RecordingPost(), lease(message("how?"))

    outcome = await deliver(here.assistant.answer(held, here.platform), post, held)

    assert outcome is Outcome.DECLINED
    assert post.shown.final
    assert "RETRIES" not in post.shown.text
    assert len(post.shown.notices) == 1
    assert (await here.history.load(THREAD)).turns == ()


async def test_what_nobody_changed_stays() -> None:
    here = house(lambda one: None)

    *_, answer = await here.answer(lease(message("how?")))

    assert isinstance(answer, Answer)
    assert [look.again for look in here.directory.looks] == [False, True]


async def test_where_it_cannot_be_known_any_more_the_answer_is_taken_back_and_may_be_asked_again() -> None:
    here = house(lambda one: one.directory.faults.append(LookUpFailed("500")))
    post, held = RecordingPost(), lease(message("how?"))

    await deliver(here.assistant.answer(held, here.platform), post, held)

    assert "RETRIES" not in post.shown.text
    assert [button.action for button in post.shown.buttons] == ["retry"]


async def test_a_store_that_is_away_costs_no_answer() -> None:
    here = house(lambda one: one.directory.faults.append(StoreUnavailable("away")))

    *_, answer = await here.answer(lease(message("how?")))

    assert isinstance(answer, Answer)


async def test_no_result_of_a_tool_is_given_out_after_a_change() -> None:
    async def refused() -> None:
        raise NotForYou("DEACTIVATED")

    with pytest.raises(NotForYou):
        await ToolCalls([], refused).run([ToolCall("1", "read_file", "{}", "")])


async def test_beside_a_long_text_it_is_asked_now_and_then_and_never_waited_for() -> None:
    now, asked, gate = [0.0], list[float](), asyncio.Event()
    decisions = [deciding({"shop"}), deciding(set())]

    async def decide() -> Decision:
        asked.append(now[0])
        await gate.wait()
        return decisions.pop(0)

    looks = Standing(decide, deciding({"shop"}), clock=lambda: now[0])
    for _ in range(8):
        looks.glance()  # asks, and waits for no answer
        await asyncio.sleep(0)
        now[0] += standing.GLANCE_SECONDS / 4
    gate.set()
    for _ in range(4):
        await asyncio.sleep(0)
    looks.glance()  # all is as it was
    now[0] += standing.GLANCE_SECONDS
    looks.glance()
    for _ in range(4):
        await asyncio.sleep(0)
    with pytest.raises(NotForYou):
        looks.glance()
    await looks.close()

    assert len(asked) == 2


async def test_a_look_that_fails_beside_a_text_is_left_to_the_end() -> None:
    async def decide() -> Decision:
        raise ReadersUnknown("500")

    looks = Standing(decide, deciding({"shop"}), clock=iter(range(0, 10_000, 10)).__next__)
    for _ in range(6):
        looks.glance()
        await asyncio.sleep(0)

    with pytest.raises(ReadersUnknown):
        await looks.check()
    await looks.close()
