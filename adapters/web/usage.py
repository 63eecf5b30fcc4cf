"""What was asked and what it cost, by day, from the ledger: the numbers behind the page's plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.ports.stores import UsageLog

DAYS = 30


@dataclass(frozen=True, slots=True)
class Day:
    """One day, UTC. `dollars` is what its answers cost."""

    name: str
    turns: int
    tokens: int
    dollars: float


async def by_day(log: UsageLog, now: datetime, days: int = DAYS) -> Sequence[Day]:
    """The last days, the oldest first, today included. The ledger adds up from a moment on, so a day is what two sums differ by."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    since = [midnight - timedelta(days=back) for back in range(days)]
    sums = [await log.total(moment) for moment in since]
    found, turns, tokens, cost = [], 0, 0, 0
    for moment, one in zip(since, sums, strict=True):
        read = one.usage.input_tokens + one.usage.output_tokens
        day = Day(f"{moment:%Y-%m-%d}", one.turns - turns, read - tokens, (one.cost_microdollars - cost) / 1_000_000)
        found.append(day)
        turns, tokens, cost = one.turns, read, one.cost_microdollars
    return list(reversed(found))
