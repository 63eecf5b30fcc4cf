"""Facts are kept for a while, and never longer than until somebody hears that they have changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from adapters.lookups import AHEAD_SECONDS, Lookups
from bot.errors import LookUpFailed
from bot.ports.policy import KEPT_SECONDS
from storage.memory import MemoryMarks


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Platform:
    """Says a number, a new one each time; `faults` first."""

    def __init__(self) -> None:
        self.asked = 0
        self.faults: list[Exception] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self) -> int:
        self.asked += 1
        await self.gate.wait()
        if self.faults:
            raise self.faults.pop(0)
        return self.asked


async def test_a_fact_is_asked_for_once_and_again_after_ten_minutes() -> None:
    seconds, platform = Seconds(), Platform()
    lookups = Lookups(clock=seconds)

    found = [
        (await lookups.get(("a", platform)))[0] for seconds.now in (0, 1, AHEAD_SECONDS, KEPT_SECONDS + AHEAD_SECONDS)
    ]

    assert KEPT_SECONDS <= 600
    assert found == [1, 1, 1, 2]


async def test_a_fact_in_use_is_renewed_before_it_is_too_old() -> None:
    seconds, platform = Seconds(), Platform()
    lookups = Lookups(clock=seconds)
    await lookups.get(("a", platform))

    seconds.now = AHEAD_SECONDS + 1
    assert await lookups.get(("a", platform)) == [1]
    for _ in range(10):
        await asyncio.sleep(0)
    seconds.now = KEPT_SECONDS + 1

    assert await lookups.get(("a", platform)) == [2]


async def test_another_process_that_hears_of_a_change_drops_it_here() -> None:
    marks, platform = MemoryMarks(), Platform()
    here, there = Lookups(marks), Lookups(marks)
    await here.get(("a", platform), ("b", platform))

    assert there.marks is not None
    await there.marks.change("a")

    assert await here.get(("a", platform), ("b", platform)) == [3, 2]


async def test_a_change_while_it_is_looked_up_drops_what_comes_back() -> None:
    marks, platform = MemoryMarks(), Platform()
    lookups = Lookups(marks)
    platform.gate.clear()
    asking = asyncio.create_task(lookups.get(("a", platform)))
    for _ in range(5):
        await asyncio.sleep(0)
    await marks.change("a")
    platform.gate.set()
    await asking

    assert await lookups.get(("a", platform)) == [2]


async def test_what_failed_is_asked_for_again_and_those_who_ask_together_share_a_call() -> None:
    platform = Platform()
    lookups = Lookups()
    platform.faults.append(LookUpFailed("away"))
    together: list[Callable[[], Awaitable[list[int]]]] = [lambda: lookups.get(("a", platform))] * 5

    failed = await asyncio.gather(*(one() for one in together), return_exceptions=True)

    assert [type(one) for one in failed] == [LookUpFailed] * 5
    assert platform.asked == 1
    assert await lookups.get(("a", platform)) == [2]


async def test_whoever_gives_up_leaves_the_answer_to_the_next() -> None:
    platform = Platform()
    lookups = Lookups()
    platform.gate.clear()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await lookups.get(("a", platform))
    platform.gate.set()

    assert await lookups.get(("a", platform)) == [1]


async def test_a_fact_that_is_not_kept_is_asked_for_each_time_and_shared_while_it_is_fetched() -> None:
    platform, lookups = Platform(), Lookups()

    together = await asyncio.gather(*(lookups.share("a", platform) for _ in range(5)))

    assert together == [1] * 5
    assert await lookups.share("a", platform) == 2


async def test_a_call_that_somebody_has_given_up_is_nobody_elses() -> None:
    """It may hang for as long as it likes."""
    platform, lookups = Platform(), Lookups()
    platform.gate.clear()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await lookups.share("a", platform)
    platform.gate.set()

    assert await lookups.share("a", platform) == 2


async def test_what_is_shared_and_fails_fails_for_all_and_is_asked_for_again() -> None:
    platform, lookups = Platform(), Lookups()
    platform.faults.append(LookUpFailed("away"))

    failed = await asyncio.gather(*(lookups.share("a", platform) for _ in range(3)), return_exceptions=True)

    assert [type(one) for one in failed] == [LookUpFailed] * 3
    assert await lookups.share("a", platform) == 2
