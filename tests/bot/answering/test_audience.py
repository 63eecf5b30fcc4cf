"""What was said with a wider audience's rights is not told to a narrower one: turns, answers read back, half an answer."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answering.audience import id_of_going_on, may_see, readable, replayable, resumable, seen_in, written
from bot.capability import Asked, Capability, Session
from bot.conversation import Answer, Author, Conversation, Turn
from bot.errors import NotForYou
from bot.ports.inbox import Progress, Redraw
from bot.ports.policy import ChannelKind, Decision, Facts, Grant, LookInto, NoGrants, PersonKind, Reader, Rule, RuleName
from tests.bot.answering.test_assistant import House
from tests.fakes import ANA, BEN, START, THREAD, FakeModel, lease, message

NAMES = ("shop", "vault", "bank")
SEEN = st.none() | st.lists(st.sampled_from(NAMES), unique=True).map(tuple)


def deciding(visible: set[str], withheld: set[str] = frozenset()) -> Decision:  # type: ignore[assignment]
    rule, facts = Rule(RuleName.GRANTED), Facts(ChannelKind.PRIVATE, PersonKind.MEMBER)
    return Decision(ANA, facts, rule, visible=dict.fromkeys(visible, rule), withheld=dict.fromkeys(withheld, rule))


def turn(number: int, seen: tuple[str, ...] | None) -> Turn:
    answer = Answer(f"answer {number}", "m", transcript=('{"role": "assistant"}',))
    return Turn(f"t{number}", (message("how?", id=str(number)),), (), answer, START, seen)


@given(st.lists(SEEN, max_size=6), st.sets(st.sampled_from(NAMES)))
def test_only_turns_whose_every_source_may_be_seen_are_told_again(
    seen: list[tuple[str, ...] | None], visible: set[str]
) -> None:
    decision = deciding(visible, set(NAMES) - visible)
    conversation = Conversation(THREAD, tuple(turn(number, one) for number, one in enumerate(seen)), folded=1)

    told = replayable(conversation, decision)

    wanted = [
        one.id
        for one in conversation.turns
        if (set(one.seen) <= visible if one.seen is not None else not decision.withheld)
    ]
    assert [one.id for one in told.turns] == wanted
    assert told is conversation or all(not one.answer.transcript for one in told.turns)
    assert told is conversation or told.folded == len(told.turns)


@given(SEEN, st.sets(st.sampled_from(NAMES)), st.booleans())
def test_a_turn_that_was_told_another_ones_words_has_its_sources(
    seen: tuple[str, ...] | None, visible: set[str], looked: bool
) -> None:
    decision, earlier = deciding(visible), turn(1, seen)
    if not may_see(earlier, decision):
        return

    found = seen_in([earlier], decision, has_looked=looked, opened=frozenset())

    assert set(seen or ()) <= set(found) <= visible


def test_our_own_answers_are_read_back_only_where_nothing_is_withheld() -> None:
    ours, theirs = replace(message("secret", id="1"), ours=True), message("hello", id="2")

    assert readable((ours, theirs), deciding({"shop"}, {"vault"})) == (theirs,)
    assert readable((ours, theirs), deciding({"shop"})) == (ours, theirs)


def test_half_an_answer_of_another_worker_goes_on_only_under_the_same_rights() -> None:
    half = Progress("{}", "half", grants=written(deciding({"shop", "vault"})))

    assert resumable(half, deciding({"shop", "vault", "bank"})) == half
    assert resumable(half, deciding({"shop"}, {"vault"})) == Progress()
    assert resumable(replace(half, grants=""), deciding({"shop"}, {"vault"})) == Progress()
    assert json.loads(half.grants) == ["shop", "vault"]


class Given(NoGrants):
    def grants(self, place: str, shared: object = ()) -> list[Grant]:
        return [Grant("shop", "[repos.shop]", is_exact=True)]


MEMBER = Facts(ChannelKind.PRIVATE, PersonKind.MEMBER, readers=(Reader(PersonKind.MEMBER),))
AMONG_GUESTS = replace(MEMBER, readers=(Reader(PersonKind.GUEST),))
GUEST = replace(MEMBER, person=PersonKind.GUEST)


async def test_a_turn_whose_sources_may_not_be_seen_any_more_is_left_out_and_comes_back_with_the_right() -> None:
    house = House(FakeModel("fine"), grants=Given())
    await house.answer(lease(message("how?", id="1"), turn_id="t1"))
    await house.history.amend(THREAD, lambda turns: tuple(replace(one, seen=("shop",)) for one in turns))
    told = []
    for number, facts in ((2, AMONG_GUESTS), (3, MEMBER)):
        house.directory.told = facts
        await house.answer(lease(message("and?", id=str(number)), turn_id=f"t{number}"))
        told.append([one.id for one in house.model.prompts[-1].conversation.turns])

    assert told == [[], ["t1", "t2"]]


async def test_an_answer_that_was_saved_is_not_shown_to_who_may_not_see_it_any_more() -> None:
    house = House(FakeModel("of the shop", "of nothing"), grants=Given())
    held = lease(message("how?", id="1"), turn_id="t1")
    await house.answer(held)
    await house.history.amend(THREAD, lambda turns: tuple(replace(one, seen=("shop",)) for one in turns))
    house.directory.told = AMONG_GUESTS

    events = await house.answer(held)

    assert "of nothing" in str(events)
    assert "of the shop" not in str(events)


@pytest.mark.parametrize(("facts", "drawn"), [(MEMBER, 1), (AMONG_GUESTS, 0), (GUEST, 0)])
async def test_an_answer_is_drawn_once_more_only_where_it_may_still_be_seen(facts: Facts, drawn: int) -> None:
    house = House(FakeModel("of the shop"), grants=Given())
    held = lease(message("how?", id="1"), turn_id="t1")
    await house.answer(held)
    await house.history.amend(THREAD, lambda turns: tuple(replace(one, seen=("shop",)) for one in turns))
    house.directory.told = facts

    recalled = [event async for event in house.assistant.recall(replace(held, redraw=Redraw.ANSWER))]

    assert len(recalled) == drawn


async def test_our_own_answers_on_the_platform_are_not_told_among_people_who_may_not_see_their_sources() -> None:
    for facts, told in ((MEMBER, True), (AMONG_GUESTS, False)):
        house = House(FakeModel("fine"), grants=Given())
        house.platform.before = [replace(message("ours of the shop", id="a"), ours=True), message("theirs", id="b")]
        house.directory.told = facts

        await house.answer(lease(message("and?", id="c")))

        said = str(house.model.prompts[-1])
        assert ("ours of the shop" in said, "theirs" in said) == (told, True)


async def test_half_an_answer_does_not_go_on_among_people_who_may_not_see_its_sources() -> None:
    house = House(FakeModel("of nothing"), grants=Given())
    held = lease(message("how?", id="1"), turn_id="t1", attempt=2)
    await house.progress.save(held, Progress("course of the shop", "half of the shop", grants=json.dumps(["shop"])))
    house.directory.told = AMONG_GUESTS

    events = await house.answer(held)

    assert "half of the shop" not in str(events)
    assert "course of the shop" not in str(house.model.prompts)


@pytest.mark.parametrize(("facts", "asked"), [(MEMBER, 1), (AMONG_GUESTS, 0)])
async def test_going_on_is_refused_where_what_it_goes_on_from_may_not_be_seen_any_more(
    facts: Facts, asked: int
) -> None:
    house = House(FakeModel("fine"), grants=Given())
    await house.answer(lease(message("how?", id="1"), turn_id="t1"))
    await house.history.amend(THREAD, lambda turns: tuple(replace(one, seen=("shop",)) for one in turns))
    house.directory.told = facts
    before = len(house.model.prompts)

    with contextlib.suppress(NotForYou):
        await house.answer(lease(message("goes on from the shop", id=id_of_going_on("t1")), turn_id="t2"))

    assert len(house.model.prompts) - before == asked


class Opening(Capability):
    """Opens the shop by itself, as a check does, and notes what it may look into."""

    def __init__(self) -> None:
        self.may: list[bool] = []

    def open(self, asked: Asked) -> Session:
        self.may.append(asked.may(LookInto("shop")))
        return Opened()


class Opened(Session):
    def seen(self) -> frozenset[str]:
        return frozenset({"shop"})


async def test_what_a_capability_opened_by_itself_is_a_source_of_the_turn() -> None:
    house = House(FakeModel("fine"), grants=Given(), capabilities=[Opening()])

    await house.answer(lease(message("how?", id="1"), turn_id="t1"))

    assert [one.seen for one in (await house.history.load(THREAD)).turns] == [("shop",)]


class ForAna(NoGrants):
    def grants(self, place: str, shared: object = ()) -> list[Grant]:
        return [Grant("shop", "[repos.shop]", is_exact=True, people=frozenset({ANA.id}))]


@pytest.mark.parametrize(("asking", "may"), [((ANA,), True), ((BEN,), False), ((ANA, BEN), False), ((BEN, ANA), False)])
async def test_an_answer_to_several_people_shows_what_each_of_them_may_see(
    asking: tuple[Author, ...], may: bool
) -> None:
    opening = Opening()
    house = House(FakeModel("fine"), grants=ForAna(), capabilities=[opening])
    for person in (ANA, BEN):
        house.directory.of[person.id] = replace(MEMBER, names=frozenset({person.id}))

    await house.answer(lease(*(message("a", id=str(n), author=one) for n, one in enumerate(asking)), turn_id="t1"))

    assert opening.may == [may]


async def test_one_answer_has_the_messages_of_those_who_may_see_the_same() -> None:
    house = House(FakeModel("fine"), grants=Given())
    house.directory.of[BEN.id] = GUEST
    both = lease(message("a", id="1"), message("b", id="2"), message("c", id="3", author=BEN), message("d", id="4"))

    assert [one.id for one in (await house.assistant.alike(both)).messages] == ["1", "2"]
