"""SQL behind the port of a language: its process, and the server that holds the team's schema, both started when first needed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.capabilities.checks.verdicts import Block, Finding, Verdict
from storage.checks.process import IDLE_SECONDS, Checkers, ProcessDied
from storage.checks.room import Room, Stand
from storage.checks.sql.database.cluster import Cluster, NoServer, find_programs
from storage.checks.sql.statements.dialects import LANGUAGES

FIRST_SECONDS = 60.0
STATEMENT_SECONDS = 0.8


class SqlRoom(Room):
    languages = LANGUAGES

    def __init__(self, folder: Path, trees: Path, programs: str = "", seconds: float = STATEMENT_SECONDS) -> None:
        """`programs` is the folder of PostgreSQL's programs, "" to look for them, "none" to do without; `seconds` for a statement."""
        self._seconds = seconds
        self._checkers = Checkers(folder, trees, module="storage.checks.sql.child")
        self._cluster = Cluster(find_programs(programs))
        self._idling: asyncio.TimerHandle | None = None
        self._resting: set[asyncio.Task[None]] = set()

    async def check(self, blocks: Sequence[Block], stand: Stand) -> Sequence[Verdict]:
        try:
            ground = await self._ground(stand)
            said = await self._checkers.ask(
                {"ground": ground, "blocks": [asdict(one) for one in blocks]}, FIRST_SECONDS
            )
        except ProcessDied as fault:
            return [Verdict("unchecked", reasons=(str(fault),)) for _ in blocks]
        finally:
            self._rest()
        if "verdicts" not in said:
            return [Verdict("unchecked", reasons=("the checker could not read it",)) for _ in blocks]
        return [_verdict(one) for one in said["verdicts"]]

    async def _ground(self, stand: Stand) -> dict[str, object]:
        tree = stand.tree
        ground: dict[str, object] = {
            "tree": str(tree.folder) if tree else "",
            "own": tree.name if tree else "",
            "commit": tree.commit[:12] if tree else "",
            "packages": sorted(stand.pins.versions),
            "socket": "",
            "password": "",
            "reason": "",
            "seconds": self._seconds,
        }
        try:
            address = await self._cluster.address()
            ground |= {"socket": address.folder, "password": address.password}
        except NoServer as fault:
            ground["reason"] = f"types and functions are not looked at: {fault}"
        return ground

    def _rest(self) -> None:
        """Without a question for a while the server ends, as the process that asks it does."""
        if self._idling is not None:
            self._idling.cancel()
        self._idling = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._end)

    def _end(self) -> None:
        task = asyncio.ensure_future(self._cluster.stop())
        self._resting.add(task)
        task.add_done_callback(self._resting.discard)

    async def stop(self) -> None:
        if self._idling is not None:
            self._idling.cancel()
        await self._checkers.stop()
        await self._cluster.stop()


def _verdict(told: Mapping[str, Any]) -> Verdict:
    findings = tuple(Finding(**one) for one in told["findings"])
    assumed, reasons, warnings = (tuple(told[name]) for name in ("assumed", "reasons", "warnings"))
    return Verdict(told["state"], told["versions"], assumed, findings, reasons, warnings)
