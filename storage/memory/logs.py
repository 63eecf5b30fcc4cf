"""Ledger, feedback and channel settings in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from bot.conversation import Author, ThreadId, Usage
from bot.ports.stores import (
    ChannelSettings,
    ChannelSettingsStore,
    FeedbackLog,
    LedgerRow,
    Receipt,
    Receipts,
    UsageLog,
    UsageTotal,
)
from bot.views import Press


class MemoryUsageLog(UsageLog, Receipts):
    """`rows` is there for tests to read, by turn id, and `requests` by their own."""

    def __init__(self) -> None:
        self.rows: dict[str, LedgerRow] = {}
        self.requests: dict[str, Receipt] = {}
        self.noted: dict[str, Receipt] = {}

    async def record(self, row: LedgerRow) -> None:
        before = self.rows.get(row.turn_id)
        if before is None or row.started_at >= before.started_at:
            self.rows[row.turn_id] = row

    async def record_request(self, receipt: Receipt) -> None:
        self.requests[receipt.request_id] = receipt

    async def note(self, receipt: Receipt) -> None:
        self.noted[receipt.request_id] = receipt

    async def settle(self, thread: ThreadId, turn_id: str, counted: Collection[str]) -> None:
        for receipt in [one for one in self.noted.values() if (one.thread, one.turn_id) == (thread, turn_id)]:
            del self.noted[receipt.request_id]
            if receipt.request_id not in counted:
                await self.record_request(receipt)

    async def total(
        self, since: datetime, *, place: str | None = None, asker: str | None = None, only_ended: bool = False
    ) -> UsageTotal:
        rows = [
            row
            for row in self.rows.values()
            if row.started_at >= since
            and place in (None, row.thread.place)
            and asker in (None, row.asker)
            and not (only_ended and row.status == "running")
        ]
        beside = [
            one
            for one in self.requests.values()
            if one.at >= since and place in (None, one.thread.place) and asker in (None, one.asker)
        ]
        both: list[LedgerRow | Receipt] = [*rows, *beside]
        usage = sum((one.usage for one in both), Usage())
        return UsageTotal(len(rows), usage, sum(one.cost_microdollars for one in both))

    async def ping(self) -> None:
        return None


class MemoryFeedbackLog(FeedbackLog):
    def __init__(self) -> None:
        self._thumbs: dict[tuple[str, str], str] = {}

    async def record(self, press: Press, at: datetime) -> None:
        self._thumbs[press.turn_id, press.author.id] = press.action

    async def count(self, turn_id: str) -> Mapping[str, int]:
        counted = Counter(thumb for (turn, _), thumb in self._thumbs.items() if turn == turn_id)
        return {"good": counted["good"], "bad": counted["bad"]}

    async def of(self, author: Author, turn_ids: Sequence[str]) -> Mapping[str, str]:
        keys = ((turn, author.id) for turn in turn_ids)
        return {key[0]: self._thumbs[key] for key in keys if key in self._thumbs}


class MemoryChannelSettings(ChannelSettingsStore):
    def __init__(self) -> None:
        self._settings: dict[str, ChannelSettings] = {}

    async def get(self, place: str) -> ChannelSettings:
        return self._settings.get(place, ChannelSettings())

    async def put(self, place: str, settings: ChannelSettings, by: str) -> None:
        self._settings[place] = settings
