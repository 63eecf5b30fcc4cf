"""A first question that reads much: what was read by then is there for the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
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
async def test_a_compiler_that_is_late_twice_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "ANSWER_SECONDS", 0.01)
    one = Reading()
    workspace = child.Workspace(cast(Analysis, one), cast(Server, one))
    keeper = child.Keeper(Path("tsc"))

    for stopped in (0, 1, 1, 2):
        await keeper._answered(workspace, [Block("ts", "x")])
        assert one.stopped == stopped
