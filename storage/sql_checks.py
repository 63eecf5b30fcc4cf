"""What was checked in answers, on SQLite or PostgreSQL: counts, and the false alarms that people report."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.capabilities.checks.log import CheckLog, FalseAlarm, Tally
from bot.capabilities.checks.verdicts import Verdict
from bot.errors import StoreUnavailable
from bot.ports import Clock
from storage.databases import sql_errors
from storage.tables import checked_blocks, false_alarms, upsert

log = logging.getLogger(__name__)

NAMES = tuple(FalseAlarm.__dataclass_fields__)


class SqlCheckLog(CheckLog):
    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def checked(self, verdicts: Iterable[Verdict]) -> None:
        rows = [
            {"at": self._clock(), "state": one.state, "kinds": tuple(finding.kind for finding in one.findings)}
            for one in verdicts
        ]
        try:
            with sql_errors():
                async with self._engine.begin() as connection:
                    await connection.execute(insert(checked_blocks), rows)
        except StoreUnavailable:
            log.warning("checks not counted", extra={"blocks": len(rows)})

    async def wrong(self, alarms: Sequence[FalseAlarm]) -> None:
        with sql_errors():
            async with self._engine.begin() as connection:
                rows = [{**asdict(one), "at": self._clock()} for one in alarms]
                if rows:
                    await connection.execute(upsert(false_alarms, rows[0], self._engine.dialect.name), rows)

    async def tally(self, since: datetime) -> Tally:
        blocks, findings = Counter[str](), Counter[str]()
        query = select(checked_blocks.c.state, checked_blocks.c.kinds).where(checked_blocks.c.at >= since)
        with sql_errors():
            async with self._engine.connect() as connection:
                for state, kinds in await connection.execute(query):
                    blocks[state] += 1
                    findings.update(kinds)
        alarms = {(one.turn_id, one.place, one.line, one.kind) for one in await self.alarms(since)}
        return Tally(dict(blocks), dict(findings), dict(Counter(kind for *_, kind in alarms)))

    async def alarms(self, since: datetime) -> Sequence[FalseAlarm]:
        query = select(*(false_alarms.c[name] for name in NAMES)).where(false_alarms.c.at >= since)
        with sql_errors():
            async with self._engine.connect() as connection:
                rows = (await connection.execute(query.order_by(false_alarms.c.at))).mappings().all()
        return [FalseAlarm(**row) for row in rows]
