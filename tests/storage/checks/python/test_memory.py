"""What the checkers hold is bounded, also while answers keep coming."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import cast

from storage.checks.python.answers.analysis import Analysis
from storage.checks.python.child import ALL_BYTES, MOST_BYTES, Keeper, Workspace
from storage.checks.python.library.library import Library
from storage.checks.servers import Server


class Heavy:
    """A checker that holds so much, until it is stopped."""

    def __init__(self, held: int) -> None:
        self.held = held

    def held_bytes(self) -> int:
        return self.held

    async def stop(self, why: str = "") -> None:
        self.held = 0


def workspace(*held: int) -> Workspace:
    servers = cast("list[Server]", [Heavy(one) for one in held])
    none = cast("Analysis", None), cast("Library", None)
    return Workspace(*none, servers, contextlib.ExitStack(), Path("/nonexistent"))


async def test_the_larger_of_a_pair_that_holds_too_much_is_ended(tmp_path: Path) -> None:
    keeper, pair = Keeper(tmp_path, lambda: 1), workspace(ALL_BYTES // 3, ALL_BYTES)
    keeper._workspaces["one"] = pair

    await keeper.slim()

    assert [one.held_bytes() for one in pair.servers] == [ALL_BYTES // 3, 0]


async def test_a_pair_within_its_bounds_goes_on(tmp_path: Path) -> None:
    keeper, pair = Keeper(tmp_path, lambda: 1), workspace(ALL_BYTES // 3, ALL_BYTES // 2)
    keeper._workspaces["one"] = pair

    await keeper.slim()

    assert pair.held_bytes() == ALL_BYTES // 3 + ALL_BYTES // 2


async def test_answers_that_keep_coming_do_not_keep_it_from_being_ended(tmp_path: Path) -> None:
    keeper, pair = Keeper(tmp_path, lambda: 1), workspace(ALL_BYTES, 2)
    keeper._workspaces["one"] = pair
    first, second = asyncio.Event(), asyncio.Event()

    async def answer(done: asyncio.Event) -> None:
        async with pair.turns.together():
            await done.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(answer(first))
        await asyncio.sleep(0)
        slimming = group.create_task(keeper.slim())
        await asyncio.sleep(0)
        group.create_task(answer(second))
        first.set()
        await slimming
        held = pair.held_bytes()
        second.set()

    assert held == 2


async def test_all_together_are_bounded_while_all_are_at_work(tmp_path: Path) -> None:
    keeper, third = Keeper(tmp_path, lambda: ALL_BYTES // 5), ALL_BYTES // 3
    keeper._workspaces = {str(number): workspace(third, 2) for number in range(3)}
    pairs = list(keeper._workspaces.values())

    async with contextlib.AsyncExitStack() as working:
        for one in pairs:
            await working.enter_async_context(one.turns.together())
        slimming = asyncio.create_task(keeper.slim())
        await asyncio.sleep(0)
        held = [one.held_bytes() for one in pairs]
    await slimming

    assert held == [third + 2] * 3
    assert sum(one.held_bytes() for one in pairs) + ALL_BYTES // 5 <= ALL_BYTES
    assert pairs[-1].held_bytes() == third + 2


async def test_what_grows_while_it_is_asked_is_ended_at_once_and_nothing_else(tmp_path: Path) -> None:
    keeper, growing = Keeper(tmp_path, lambda: 1), workspace(MOST_BYTES, 5)
    keeper._workspaces = {"growing": growing}

    async with growing.turns.together():
        await asyncio.wait_for(keeper.relieve(), 5)

    assert [one.held_bytes() for one in growing.servers] == [0, 5]


async def test_what_nobody_asks_is_ended_before_what_is_asked(tmp_path: Path) -> None:
    keeper, idle, asked = Keeper(tmp_path, lambda: 1), workspace(MOST_BYTES // 2, 3), workspace(MOST_BYTES // 2, 5)
    keeper._workspaces = {"idle": idle, "asked": asked}
    asked.used_at = 1

    async with asked.turns.together():
        await asyncio.wait_for(keeper.relieve(), 5)

    assert [*keeper._workspaces] == ["asked"]
    assert asked.held_bytes() == MOST_BYTES // 2 + 5
    assert idle.held_bytes() == 0


async def test_a_checker_is_not_ended_for_what_others_hold(tmp_path: Path) -> None:
    keeper, pair = Keeper(tmp_path, lambda: MOST_BYTES), workspace(5, 3)
    keeper._workspaces["one"] = pair

    async with pair.turns.together():
        await asyncio.wait_for(keeper.relieve(), 5)

    assert pair.held_bytes() == 8
