"""Enters every turn in the ledger: how it ended, how long it took, what it cost. Ids and counts, no words.

Every request to the model is noted as it is paid, so that it counts whatever becomes of its turn and of us. A ledger that is away
never spoils an answer: that is said in the log, with the row, so that it can be entered by hand.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from bot.conversation import Answer, AnswerEvent, TextDelta
from bot.errors import NotForYou, OverBudget, StoreUnavailable, SwitchedOff
from bot.ports import Clock
from bot.ports.inbox import Lease
from bot.ports.model import Paid, SideAnswer
from bot.ports.stores import LedgerRow, Receipt, Receipts, UsageLog

log = logging.getLogger(__name__)

NOTE = timedelta(seconds=5)
"""How often a request that goes on is noted."""

NOTHING = Answer("", "")

Status = Literal["answered", "stopped", "failed", "declined"]


@dataclass(slots=True)
class Entry:
    """One turn while it runs."""

    lease: Lease
    started_at: datetime
    first_token_at: datetime | None = None
    answer: Answer | None = None
    began: bool = False
    side_answers: list[SideAnswer] = field(default_factory=list)
    paid: dict[str, Paid] = field(default_factory=dict)
    noted_at: dict[str, datetime] = field(default_factory=dict)
    """When each request was noted last; one that has changed since is not there."""

    def see(self, event: AnswerEvent, now: datetime) -> None:
        self.began = True
        if isinstance(event, TextDelta) and self.first_token_at is None:
            self.first_token_at = now
        if isinstance(event, Answer):
            self.answer = event

    def spend(self, answer: SideAnswer) -> None:
        """A small second question was answered within the turn."""
        self.side_answers.append(answer)


class Ledger:
    def __init__(self, usage_log: UsageLog, receipts: Receipts, clock: Clock) -> None:
        self._usage_log = usage_log
        self._receipts = receipts
        self._clock = clock

    def open(self, lease: Lease, now: datetime) -> Entry:
        return Entry(lease, now)

    async def pay(self, entry: Entry, paid: Paid) -> None:
        """A request of this turn costs so much by now: noted at its beginning and its end, and now and then between."""
        entry.paid[paid.request_id] = paid
        noted = entry.noted_at.get(paid.request_id)
        if paid.is_whole or noted is None or self._clock() - noted >= NOTE:
            await self._note(entry, paid)

    async def note_all(self, entry: Entry) -> None:
        """What has come since the last note: we are about to leave the turn."""
        for paid in entry.paid.values():
            if not paid.is_whole:
                await self._note(entry, paid)

    async def _note(self, entry: Entry, paid: Paid) -> None:
        lease, now = entry.lease, self._clock()
        entry.noted_at[paid.request_id] = now
        receipt = Receipt(
            paid.request_id,
            lease.turn_id,
            lease.thread,
            _asker(lease),
            "unused" if paid.is_whole else "cut",
            paid.model,
            paid.usage,
            paid.cost_microdollars,
            now,
        )
        try:
            await self._receipts.note(receipt)
        except StoreUnavailable:
            log.warning("receipt not kept", extra={"receipt": asdict(receipt)})

    async def close(self, entry: Entry, now: datetime, fault: Exception | None = None) -> None:
        """Write the row. A turn that was left alone has none."""
        if not entry.began and fault is None:
            return
        row = _row(entry, now, fault)
        log.info(
            "turn ended",
            extra={"thread_id": str(row.thread), "turn": row.turn_id, "status": row.status, "model": row.model}
            | {"latency_ms": row.latency_ms, "first_token_ms": row.first_token_ms, "attempts": row.attempts}
            | {"cost_microdollars": row.cost_microdollars, "fault": type(fault).__name__ if fault else ""}
            | {
                "request_ids": (*(entry.answer or NOTHING).request_ids, *(one.request_id for one in entry.side_answers))
            },
        )
        try:
            await self._receipts.settle(row.thread, entry.lease.turn_id, _counted(entry))
            await self._usage_log.record(row)
        except StoreUnavailable:
            log.exception("turn not entered in the ledger", extra={"row": asdict(row)})


def _row(entry: Entry, now: datetime, fault: Exception | None) -> LedgerRow:
    answer = entry.answer or NOTHING
    first = entry.first_token_at
    return LedgerRow(
        turn_id=_row_id(entry.lease),
        thread=entry.lease.thread,
        asker=_asker(entry.lease),
        status=_status(entry, fault),
        attempts=entry.lease.attempt,
        model=answer.model,
        usage=sum((one.usage for one in entry.side_answers), answer.usage),
        cost_microdollars=answer.cost_microdollars + sum(one.cost_microdollars for one in entry.side_answers),
        first_token_ms=_milliseconds(entry.started_at, first) if first else None,
        latency_ms=_milliseconds(entry.started_at, now),
        error_id=entry.lease.turn_id if fault else "",
        started_at=entry.started_at,
    )


def _asker(lease: Lease) -> str:
    return lease.messages[-1].author.id


def _counted(entry: Entry) -> frozenset[str]:
    """The requests that the row of this turn counts."""
    side = (one.request_id for one in entry.side_answers)
    return frozenset((*(entry.answer or NOTHING).request_ids, *side)) - {""}


def _row_id(lease: Lease) -> str:
    """The turn's id; asked again after an edit, it has a row of its own, for both answers were paid for."""
    editions = " ".join(message.edition for message in lease.messages).strip()
    return f"{lease.turn_id}.{hashlib.sha256(editions.encode()).hexdigest()[:8]}" if editions else lease.turn_id


def _status(entry: Entry, fault: Exception | None) -> Status:
    if isinstance(fault, OverBudget | SwitchedOff | NotForYou):
        return "declined"
    if fault or not entry.answer:
        return "failed"
    return "stopped" if entry.answer.stop_reason == "stopped" else "answered"


def _milliseconds(start: datetime, end: datetime) -> int:
    return max(0, round((end - start).total_seconds() * 1000))
