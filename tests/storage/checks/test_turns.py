"""Who is checked when: some together, one alone, nobody for ever last."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.checks.turns import Turns


@given(st.integers(1, 4), st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=20))
@settings(max_examples=60, deadline=None)
def test_one_alone_is_alone_and_the_others_never_more_than_they_may_be(
    most: int, asked: list[tuple[bool, int]]
) -> None:
    async def run() -> None:
        turns = Turns(most)
        inside: list[tuple[bool, int]] = []

        async def one(is_alone: bool, steps: int) -> None:
            async with turns.alone() if is_alone else turns.together() as number:
                inside.append((is_alone, number))
                for _ in range(steps + 1):
                    assert len(inside) <= most
                    assert len({place for _, place in inside}) == len(inside)
                    assert len(inside) == 1 or not any(alone for alone, _ in inside)
                    await asyncio.sleep(0)
                inside.remove((is_alone, number))

        await asyncio.gather(*(one(*each) for each in asked))
        assert turns.is_idle

    asyncio.run(run())


@pytest.mark.asyncio
async def test_whoever_gives_up_waiting_leaves_room_for_the_next() -> None:
    turns = Turns(2)
    async with turns.together():
        waiting = asyncio.create_task(turns.alone().__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        async with asyncio.timeout(60), turns.together():
            assert not turns.is_idle

    assert turns.is_idle


@pytest.mark.asyncio
async def test_one_that_wants_to_be_alone_is_not_overtaken_for_ever() -> None:
    turns, order = Turns(2), list[str]()

    async def later(name: str) -> None:
        async with turns.together():
            order.append(name)
            await asyncio.sleep(0)

    async def alone() -> None:
        async with turns.alone():
            order.append("alone")

    async with turns.together():
        tasks = [asyncio.create_task(later("before")), asyncio.create_task(alone())]
        tasks += [asyncio.create_task(later("after")) for _ in range(20)]
        await asyncio.sleep(0)
    async with asyncio.timeout(60):
        await asyncio.gather(*tasks)

    assert order.index("alone") < 10
