"""A checker that finds one made-up name, for the tests of what stands around it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.capabilities.checks.checking import Checker, Ground
from bot.capabilities.checks.log import CheckLog, FalseAlarm, Tally
from bot.capabilities.checks.verdicts import Block, Finding, Verdict

VERSIONS = {"shoplib": "2.1"}
WRONG, RIGHT = "upsert", "merge"
GROUND = Ground("shop", "9cad1a1")


def verdict_of(block: Block) -> Verdict:
    if block.language != "python":
        return Verdict("unchecked", reasons=(f"{block.language or 'it'} is not checked",))
    lines = [number for number, line in enumerate(block.code.split("\n"), 1) if WRONG in line]
    findings = tuple(Finding(line, "attribute", f"Session has no `{WRONG}`", "shoplib", "2.1") for line in lines)
    return Verdict(
        "problems" if findings else "none", VERSIONS, ("get_session",) if "get_session" in block.code else (), findings
    )


class MadeUpChecker(Checker):
    """`gate` holds every check until it is set."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked: list[tuple[Block, ...]] = []
        self.fault: Exception | None = None

    async def check(self, blocks: Sequence[Block], ground: Ground) -> Sequence[Verdict]:
        self.asked.append(tuple(blocks))
        await self.gate.wait()
        if self.fault:
            raise self.fault
        return [verdict_of(one) for one in blocks]

    async def api(self, package: str, name: str, ground: Ground) -> str:
        return f"{package}: Session.{RIGHT}(instance)"

    async def ready(self, ground: Ground) -> bool:
        return self.gate.is_set()


class MadeUpLog(CheckLog):
    def __init__(self) -> None:
        self.counted: list[Verdict] = []
        self.kept: list[FalseAlarm] = []

    async def checked(self, verdicts: Iterable[Verdict]) -> None:
        self.counted += verdicts

    async def wrong(self, alarms: Sequence[FalseAlarm]) -> None:
        self.kept += alarms

    async def tally(self, since: datetime) -> Tally:
        return Tally({}, {}, {})

    async def alarms(self, since: datetime) -> Sequence[FalseAlarm]:
        return self.kept
