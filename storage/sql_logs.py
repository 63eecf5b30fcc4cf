"""The ledger of turns, the thumbs and the channel settings on SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.conversation import Author, Usage
from bot.ports import Clock
from bot.ports.stores import (
    ChannelSettings,
    ChannelSettingsStore,
    FeedbackLog,
    LedgerRow,
    Receipt,
    UsageLog,
    UsageTotal,
)
from bot.views import Press
from storage.databases import sql_errors
from storage.gathered import Gathered
from storage.tables import channels, feedback, requests, turns, upsert

TOKENS = tuple(Usage.__dataclass_fields__)


async def _put(engine: AsyncEngine, table: Table, rows: Sequence[dict[str, Any]], newer: str = "") -> None:
    """All of them or none, in this order; they have the same columns."""
    with sql_errors():
        async with engine.begin() as connection:
            await connection.execute(upsert(table, rows[0], engine.dialect.name, newer), rows)


class SqlUsageLog(UsageLog):
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._gathered = Gathered(self._record_all)

    async def record(self, row: LedgerRow) -> None:
        await self._gathered(row)

    async def _record_all(self, rows: Sequence[LedgerRow]) -> Sequence[None]:
        await _put(self._engine, turns, [_columns(row) for row in rows], newer="started_at")
        return [None] * len(rows)

    async def record_request(self, receipt: Receipt) -> None:
        await _put(self._engine, requests, [_columns(receipt)], newer="at")

    async def total(
        self, since: datetime, *, place: str | None = None, asker: str | None = None, only_ended: bool = False
    ) -> UsageTotal:
        ended = (turns.c.status != "running",) if only_ended else ()
        count, turned, cost = await self._sum(turns, (turns.c.started_at >= since, *ended), place, asker)
        _, beside, cost_beside = await self._sum(requests, (requests.c.at >= since,), place, asker)
        return UsageTotal(count, turned + beside, cost + cost_beside)

    async def _sum(
        self, table: Table, which: Sequence[ColumnElement[bool]], place: str | None, asker: str | None
    ) -> tuple[int, Usage, int]:
        sums = [func.coalesce(func.sum(table.c[name]), 0) for name in (*TOKENS, "cost_microdollars")]
        query = select(func.count(), *sums).select_from(table).where(*which)
        if place is not None:
            query = query.where(table.c.place == place)
        if asker is not None:
            query = query.where(table.c.asker == asker)
        with sql_errors():
            async with self._engine.connect() as connection:
                count, *tokens, cost = (await connection.execute(query)).one()
        return int(count), Usage(*(int(one) for one in tokens)), int(cost)

    async def ping(self) -> None:
        with sql_errors():
            async with self._engine.connect() as connection:
                await connection.execute(text("SELECT 1"))


def _columns(row: LedgerRow | Receipt) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in row.__dataclass_fields__ if name not in ("thread", "usage")}
    return {**values, **asdict(row.usage), "thread": str(row.thread), "place": row.thread.place}


class SqlFeedbackLog(FeedbackLog):
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def record(self, press: Press, at: datetime) -> None:
        values = {"turn_id": press.turn_id, "author": press.author.id, "thumb": press.action}
        await _put(self._engine, feedback, [{**values, "thread": str(press.thread), "at": at}])

    async def count(self, turn_id: str) -> Mapping[str, int]:
        query = select(feedback.c.thumb, func.count()).where(feedback.c.turn_id == turn_id).group_by(feedback.c.thumb)
        with sql_errors():
            async with self._engine.connect() as connection:
                counted = {thumb: int(count) for thumb, count in (await connection.execute(query)).all()}
        return {"good": 0, "bad": 0, **counted}

    async def of(self, author: Author, turn_ids: Sequence[str]) -> Mapping[str, str]:
        if not turn_ids:
            return {}
        query = select(feedback.c.turn_id, feedback.c.thumb)
        query = query.where(feedback.c.turn_id.in_(turn_ids), feedback.c.author == author.id)
        with sql_errors():
            async with self._engine.connect() as connection:
                return {str(turn): str(thumb) for turn, thumb in (await connection.execute(query)).all()}


class SqlChannelSettings(ChannelSettingsStore):
    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._gathered = Gathered(self._get_all)

    async def get(self, place: str) -> ChannelSettings:
        return await self._gathered(place)

    async def _get_all(self, places: Sequence[str]) -> Sequence[ChannelSettings]:
        names = tuple(ChannelSettings.__dataclass_fields__)
        query = select(channels.c.place, *(channels.c[name] for name in names)).where(channels.c.place.in_(places))
        with sql_errors():
            async with self._engine.connect() as connection:
                found = (await connection.execute(query)).all()
        kept = {str(place): ChannelSettings(*values) for place, *values in found}
        return [kept.get(place, ChannelSettings()) for place in places]

    async def put(self, place: str, settings: ChannelSettings, by: str) -> None:
        values = {"place": place, **asdict(settings), "changed_by": by, "changed_at": self._clock()}
        await _put(self._engine, channels, [values])
