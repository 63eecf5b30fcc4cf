"""What many ask a store at once goes together, in order, and each hears what is true after it asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bot.errors import StoreUnavailable
from storage.gathered import MOST_TOGETHER, Gathered


class Store:
    """Gives back twice the number; `refused` cannot be asked, alone or with others. `opened`: until then nothing is told."""

    def __init__(self, refused: int | None = None) -> None:
        self.asked: list[list[int]] = []
        self.refused = refused
        self.opened = asyncio.Event()

    async def __call__(self, numbers: Sequence[int]) -> Sequence[int]:
        self.asked.append([*numbers])
        await self.opened.wait()
        if self.refused in numbers:
            raise StoreUnavailable("refused")
        return [2 * number for number in numbers]


async def begun(*asked: object) -> None:
    """Return when whoever could begin has begun."""
    for _ in asked:
        await asyncio.sleep(0)


async def test_what_is_asked_while_others_are_on_their_way_goes_together_and_in_order() -> None:
    store = Store()
    gathered = Gathered(store)

    first = asyncio.create_task(gathered(0))
    await begun(1, 2, 3)
    others = [asyncio.create_task(gathered(number)) for number in range(1, MOST_TOGETHER + 11)]
    await begun(1, 2, 3)
    assert store.asked == [[0]]
    store.opened.set()

    assert await asyncio.gather(first, *others) == [2 * number for number in range(MOST_TOGETHER + 11)]
    assert store.asked == [[0], [*range(1, MOST_TOGETHER + 1)], [*range(MOST_TOGETHER + 1, MOST_TOGETHER + 11)]]
    assert await gathered(7) == 14  # and again, when all was quiet


async def test_one_that_cannot_be_asked_spoils_no_other_and_one_that_went_away_holds_nobody_up() -> None:
    store = Store(refused=3)
    gathered = Gathered(store)
    asking = [asyncio.create_task(gathered(number)) for number in range(6)]
    await begun(1, 2, 3)
    asking[5].cancel()
    store.opened.set()

    told = await asyncio.gather(*asking, return_exceptions=True)

    assert told[:3] + told[4:5] == [0, 2, 4, 8]
    assert isinstance(told[3], StoreUnavailable)
    assert isinstance(told[5], asyncio.CancelledError)


async def test_whoever_waits_ends_with_the_loop() -> None:
    gathered = Gathered(Store())
    asking = asyncio.create_task(gathered(1))
    await begun(1, 2, 3)
    assert gathered._task is not None
    gathered._task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asking
