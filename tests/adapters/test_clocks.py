"""The platform's time, read from the dates of its answers."""

from __future__ import annotations

import email.utils
import itertools
import random
from datetime import UTC, datetime, timedelta

import pytest

from adapters.clocks import PlatformClock

START = datetime(2026, 11, 28, 12, 0, 0, tzinfo=UTC)


class Times:
    """The true time, and a machine's clock that is wrong by some seconds."""

    def __init__(self, wrong_seconds: float) -> None:
        self.true, self.wrong = START, timedelta(seconds=wrong_seconds)
        self.clock = PlatformClock("slack", lambda: self.true + self.wrong)

    def answered(self, way_seconds: float) -> None:
        """An answer that was made now and is read after its way here."""
        date = email.utils.format_datetime(self.true.replace(microsecond=0), usegmt=True)
        self.true += timedelta(seconds=way_seconds)
        self.clock.told(date)

    @property
    def error_seconds(self) -> float:
        return (self.true - self.clock()).total_seconds()


@pytest.mark.parametrize("wrong_seconds", [0, 7_200, -7_200, 0.4])
@pytest.mark.parametrize("seed", range(5))
def test_time_of_whole_seconds_is_known_closer_with_each_answer_and_never_jumps(
    wrong_seconds: float, seed: int
) -> None:
    chance, times, errors = random.Random(seed), Times(wrong_seconds), list[float]()
    for _ in range(200):
        times.true += timedelta(seconds=chance.random() * 3)
        times.answered(0.05 + 0.3 * chance.random())
        errors.append(times.error_seconds)

    assert all(0 <= error < 1.4 for error in errors)
    assert max(errors[16:]) < 0.7
    assert max(abs(late - soon) for soon, late in itertools.pairwise(errors[16:])) < 0.6


@pytest.mark.parametrize("seconds", [3_600, -3_600, 5])
def test_a_clock_that_is_set_meanwhile_is_followed_at_once(seconds: float) -> None:
    times = Times(0)
    for _ in range(20):
        times.true += timedelta(seconds=0.7)
        times.answered(0.1)
    times.wrong = timedelta(seconds=seconds)
    times.answered(0.1)

    assert 0 <= times.error_seconds < 1.2


def test_an_answer_that_was_long_on_its_way_moves_time_only_until_the_next() -> None:
    times = Times(0)
    times.answered(0.1)
    times.answered(20)
    times.answered(0.1)

    assert 0 <= times.error_seconds < 1.2
