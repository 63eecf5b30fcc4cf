"""A first question that reads much: what was read by then is there for the next one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from bot.capabilities.checks.verdicts import Block, Verdict
from storage.checks.scripts import child
from storage.checks.scripts.findings.analysis import Analysis
from storage.checks.servers import Server


class Reading:
    """An analysis and its compiler in one, which answers once its types are read."""

    def __init__(self) -> None:
        self.read = asyncio.Event()
        self.stopped = 0

    async def check(self, blocks: Sequence[Block]) -> list[Verdict]:
        await self.read.wait()
        return [Verdict("none") for _ in blocks]

    async def stop(self) -> None:
        self.stopped += 1


@dataclass
class Held:
    """A compiler that holds so much."""

    bytes: int

    def held_bytes(self) -> int:
        return self.bytes

    async def stop(self) -> None:
        self.bytes = 0


@pytest.mark.asyncio
async def test_the_compiler_goes_on_reading_when_its_first_answer_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "ANSWER_SECONDS", 0.01)
    one = Reading()
    workspace = child.Workspace(cast(Analysis, one), cast(Server, one))
    keeper = child.Keeper(Path("tsc"))

    async def state() -> str:
        told = await keeper._answered(workspace, [Block("ts", "x")])
        return str(told["verdicts"][0]["state"])

    assert (await state(), one.stopped) == ("unchecked", 0)
    monkeypatch.setattr(child, "ANSWER_SECONDS", 60)
    one.read.set()
    assert (await state(), one.stopped) == ("none", 0)

    one.read.clear()
    monkeypatch.setattr(child, "ANSWER_SECONDS", 0.01)
    assert (await state(), one.stopped) == ("unchecked", 1)  # it had read, and hangs


@pytest.mark.asyncio
async def test_a_large_compiler_stays_for_its_next_question_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = child.Keeper(Path("tsc"))
    servers = [Held(child.HELD_BYTES // 2), Held(child.HELD_BYTES + 1)]
    for at, one in enumerate(servers):
        keeper._workspaces[str(at)] = child.Workspace(cast(Analysis, one), cast(Server, one), used_at=time.monotonic())

    await keeper.slim()
    assert [one.bytes for one in servers] == [0, child.HELD_BYTES + 1]

    monkeypatch.setattr(child, "WARM_SECONDS", 0.0)
    await keeper.slim()
    assert [one.bytes for one in servers] == [0, 0]


@pytest.mark.asyncio
async def test_one_that_holds_more_than_any_may_is_ended_at_once() -> None:
    keeper, one = child.Keeper(Path("tsc")), Held(child.LARGEST_BYTES + 1)
    keeper._workspaces["a"] = child.Workspace(cast(Analysis, one), cast(Server, one), used_at=time.monotonic())

    await keeper.slim()

    assert one.bytes == 0


@pytest.mark.asyncio
async def test_a_compiler_that_is_late_twice_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "ANSWER_SECONDS", 0.01)
    one = Reading()
    workspace = child.Workspace(cast(Analysis, one), cast(Server, one))
    keeper = child.Keeper(Path("tsc"))

    for stopped in (0, 1, 1, 2):
        await keeper._answered(workspace, [Block("ts", "x")])
        assert one.stopped == stopped
