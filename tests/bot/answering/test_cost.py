"""A long thread stays affordable: cached while it is hot, folded when it is cold or long, so that its cost grows with its length."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.claude import wire
from tests.pricing import thread

HOT, WARM = timedelta(minutes=1), timedelta(minutes=10)


@pytest.mark.parametrize("apart", [HOT, WARM])
@pytest.mark.parametrize("read", [0.05, 0.10])
def test_a_thread_of_twenty_and_of_forty_turns_costs_a_twelfth_and_a_twenty_fourth_of_resending(
    apart: timedelta, read: float
) -> None:
    assert thread(20, apart, read=read).ratio >= 12
    assert thread(40, apart, read=read).ratio >= 24


@pytest.mark.parametrize("apart", [HOT, WARM])
def test_the_cost_grows_with_the_length_and_not_with_its_square(apart: timedelta) -> None:
    forty, eighty = (thread(turns, apart, read=0.10).ours for turns in (40, 80))

    assert eighty <= 2.5 * forty


def test_without_the_markers_nothing_of_that_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    def unmarked(messages: Sequence[wire.Json], previous_end: int | None) -> list[wire.Json]:
        return list(messages)

    monkeypatch.setattr(wire, "marked", unmarked)

    assert thread(20, HOT, read=0.05).ratio < 12
