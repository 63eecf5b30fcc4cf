"""The ladder of places: each step once, the next best one, and what is missing where the answer stands now."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adapters.places import Lack, Ladder, Place, Refusal

PLACES = (Place.THREAD, Place.CHANNEL, Place.DIRECT)
REFUSALS = st.lists(
    st.builds(Refusal, st.sampled_from(Lack), st.sampled_from(["", "because"]), st.booleans()), max_size=12
)


@given(REFUSALS)
def test_it_only_goes_down_and_comes_to_an_end(refusals: list[Refusal]) -> None:
    ladder = Ladder(PLACES)
    order = [*PLACES, Place.NOWHERE]
    steps = 0
    for refusal in refusals:
        before, went = ladder.place, ladder.step([refusal])
        steps += went
        assert order.index(ladder.place) >= order.index(before)
        assert ladder.place is before or went

    assert steps <= len(refusals)
    assert set(ladder.notices.values()) <= {"because"}


def test_each_way_is_taken_once_and_then_the_next_one_that_it_can_mean() -> None:
    ladder = Ladder(PLACES)
    meanings = [Refusal(Lack.FILES, "no files"), Refusal(Lack.PLACE, "no place")]

    assert ladder.step(meanings)
    assert (ladder.place, ladder.takes_files) == (Place.THREAD, False)
    assert ladder.step(meanings)
    assert (ladder.place, list(ladder.notices.values())) == (Place.CHANNEL, ["no files", "no place"])


def test_files_that_were_only_guessed_to_be_refused_are_tried_again_in_the_next_place() -> None:
    ladder = Ladder(PLACES)
    meanings = [Refusal(Lack.FILES, "no files", is_guess=True), Refusal(Lack.PLACE, "no place")]
    ladder.step(meanings)
    ladder.step(meanings)

    assert (ladder.place, ladder.takes_files) == (Place.CHANNEL, True)
    assert dict(ladder.notices) == {Lack.PLACE: "no place"}


def test_the_last_place_leads_nowhere_and_from_there_nothing_does() -> None:
    ladder = Ladder([Place.THREAD])

    assert ladder.step([Refusal(Lack.PLACE)])
    assert ladder.place is Place.NOWHERE
    assert not ladder.step([Refusal(Lack.PLACE)])


def test_what_has_no_room_for_a_while_is_said_in_the_next_place_and_waited_for_in_the_last() -> None:
    ladder = Ladder(PLACES[1:])

    assert ladder.step([Refusal(Lack.ROOM, "no room")])
    assert (ladder.place, dict(ladder.notices)) == (Place.DIRECT, {Lack.ROOM: "no room"})
    assert not ladder.step([Refusal(Lack.ROOM, "no room")])
    assert ladder.place is Place.DIRECT


def test_a_question_that_is_gone_ends_it_at_once() -> None:
    ladder = Ladder(PLACES)
    ladder.step([Refusal(Lack.QUESTION)])

    assert ladder.place is Place.NOWHERE


def test_what_cannot_be_understood_is_no_step() -> None:
    assert not Ladder(PLACES).step([])
