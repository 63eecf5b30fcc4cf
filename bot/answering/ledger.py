"""Enters every turn in the ledger: how it ended, how long it took, what it cost. Ids and counts, no words.

Every request to the model is noted as it is paid, so that it counts whatever becomes of its turn and of us. A ledger that is away
never spoils an answer: that is said in the log, with the row, so that it can be entered by hand.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.conversation import Answer, Usage
from bot.errors import NotForYou, OverBudget, StoreUnavailable, SwitchedOff
from bot.events import AnswerEvent, Paid, TextDelta
from bot.ports import Clock
from bot.ports.inbox import Lease
from bot.ports.model import SideAnswer, Spent
from bot.ports.stores import LedgerRow, Receipt, Receipts, UsageLog

log = logging.getLogger(__name__)

NOTE = timedelta(seconds=5)
"""How often a request that goes on is noted."""

NOTHING = Answer("", "")

Status = Literal["running", "answered", "stopped", "failed", "declined"]

HOLD_DAYS, HOLD_TIMES = timedelta(days=7), 1.5
LEAST_HOLD, FIRST_HOLD = 50_000, 150_000
"""What a question holds of its budgets while it is answered: one and a half times what one cost of late, and at least five cents."""


@dataclass(slots=True)
class Entry:
    """One turn while it runs."""

    lease: Lease
    started_at: datetime
    first_token_at: datetime | None = None
    answer: Answer | None = None
    began: bool = False
    side_answers: list[SideAnswer] = field(default_factory=list)
    paid: Paid = field(default_factory=Paid)
    held: int = 0
    """What stands for it in the ledger already, in millionths of a dollar."""

    spent: dict[str, Spent] = field(default_factory=dict)
    noted_at: dict[str, datetime] = field(default_factory=dict)
    """What each request costs by now, and when that was noted last."""

    @property
    def counted(self) -> frozenset[str]:
        """The requests that its row counts."""
        side = (one.request_id for one in self.side_answers)
        return frozenset((*self.paid.request_ids, *(self.answer or NOTHING).request_ids, *side)) - {""}

    @property
    def cost_microdollars(self) -> int:
        """What the answer says of itself, or at least what its requests cost until it broke off."""
        answered = (self.answer or NOTHING).cost_microdollars
        return max(answered, self.paid.cost_microdollars) + sum(one.cost_microdollars for one in self.side_answers)

    @property
    def usage(self) -> Usage:
        is_more = self.paid.cost_microdollars > (self.answer or NOTHING).cost_microdollars
        usage = self.paid.usage if is_more or not self.answer else self.answer.usage
        return sum((one.usage for one in self.side_answers), usage)

    def pay(self, paid: Paid) -> None:
        """The requests of the turn until now."""
        self.paid = paid

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

    async def hold(self, entry: Entry, now: datetime) -> None:
        """Enter what the turn may cost before it is asked, so that budgets count it."""
        before = await self._usage_log.total(now - HOLD_DAYS, only_ended=True)
        each = round(HOLD_TIMES * before.cost_microdollars / before.turns) if before.turns else FIRST_HOLD
        entry.held = max(each, LEAST_HOLD)
        row = replace(_row(entry, now, None), status="running", cost_microdollars=entry.held)
        await self._usage_log.record(row)

    async def note(self, entry: Entry, spent: Spent) -> None:
        """A request of this turn costs so much by now: noted at its beginning and its end, and now and then between."""
        entry.spent[spent.request_id] = spent
        noted = entry.noted_at.get(spent.request_id)
        if spent.is_whole or noted is None or abs(self._clock() - noted) >= NOTE:
            await self._keep(entry, spent)

    async def leave(self, entry: Entry) -> None:
        """We are out of the turn before its end: others have it, or nobody, for its question was edited or deleted. What was paid stays
        noted, and nothing is held any more; whoever has the turn now holds for it anew, and a row of theirs is the newer one."""
        await self._note_all(entry)
        if not entry.held:
            return
        row = replace(_row(entry, self._clock(), None), status="stopped", usage=Usage(), cost_microdollars=0)
        for one in entry.side_answers:
            row = replace(
                row, usage=row.usage + one.usage, cost_microdollars=row.cost_microdollars + one.cost_microdollars
            )
        try:
            await self._usage_log.record(row)
        except StoreUnavailable:
            log.warning("what a turn held is not given back", extra={"turn": row.turn_id})

    async def _note_all(self, entry: Entry) -> None:
        """What has come since the last note."""
        for spent in entry.spent.values():
            if not spent.is_whole and spent.request_id not in entry.counted:
                await self._keep(entry, spent)

    async def _keep(self, entry: Entry, spent: Spent) -> None:
        lease, now = entry.lease, self._clock()
        entry.noted_at[spent.request_id] = now
        receipt = Receipt(
            spent.request_id,
            lease.turn_id,
            lease.thread,
            lease.messages[-1].author.id,
            "unused" if spent.is_whole else "cut",
            spent.model,
            spent.usage,
            spent.cost_microdollars,
            now,
        )
        try:
            await self._receipts.note(receipt)
        except StoreUnavailable:
            log.warning("receipt not kept", extra={"receipt": asdict(receipt)})

    async def close(self, entry: Entry, now: datetime, fault: Exception | None = None) -> None:
        """Write the row. A turn that was left alone has none."""
        if not (entry.began or entry.held) and fault is None:
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
        await self._note_all(entry)
        try:
            await self._receipts.settle(row.thread, entry.lease.turn_id, entry.counted)
            await self._usage_log.record(row)
        except StoreUnavailable:
            log.exception("turn not entered in the ledger", extra={"row": asdict(row)})


def _row(entry: Entry, now: datetime, fault: Exception | None) -> LedgerRow:
    answer = entry.answer or NOTHING
    first = entry.first_token_at
    return LedgerRow(
        turn_id=_row_id(entry.lease),
        thread=entry.lease.thread,
        asker=entry.lease.messages[-1].author.id,
        status=_status(entry, fault),
        attempts=entry.lease.attempt,
        model=answer.model,
        usage=entry.usage,
        cost_microdollars=entry.cost_microdollars,
        first_token_ms=_milliseconds(entry.started_at, first) if first else None,
        latency_ms=_milliseconds(entry.started_at, now),
        error_id=entry.lease.turn_id if fault else "",
        started_at=entry.started_at,
    )


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
