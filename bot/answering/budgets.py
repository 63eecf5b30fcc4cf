"""Daily budgets, per person and per channel, counted from the ledger in millionths of a US dollar; a day is a UTC day.

A question that is being answered counts with what it may cost (`Ledger.hold`), so that many at once do not all slip through.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from bot.conversation import Author, ThreadId
from bot.errors import OverBudget
from bot.ports.policy import Marks
from bot.ports.stores import ChannelSettings, UsageLog

log = logging.getLogger(__name__)

ALERTS = (95, 75)
"""Percent of a budget at which it is said, once a day each."""


@dataclass(frozen=True, slots=True)
class Budget:
    """One that applies; `scope` as in OverBudget, `key` names it in the marks."""

    scope: str
    limit: int
    key: str
    place: str | None = None
    asker: str | None = None


class DailyBudgets:
    """0 means no budget. A channel's own setting wins over the default. Without `marks` nothing is said beforehand."""

    def __init__(
        self,
        usage_log: UsageLog,
        user_microdollars: int = 0,
        channel_microdollars: int = 0,
        marks: Marks | None = None,
    ) -> None:
        self._usage_log = usage_log
        self._user = user_microdollars
        self._channel = channel_microdollars
        self._marks = marks

    def _of(self, thread: ThreadId, author: Author, settings: ChannelSettings) -> Iterator[Budget]:
        if self._user:
            yield Budget("you", self._user, f"budget:{author.id}", asker=author.id)
        own = settings.daily_budget_microdollars
        if channel := self._channel if own is None else own:
            yield Budget("this channel", channel, f"budget:{thread.place}", place=thread.place)

    async def check(self, thread: ThreadId, author: Author, settings: ChannelSettings, now: datetime) -> bool:
        """Whether a budget applies. Raises OverBudget when today's spending, with what is held for questions that are being answered,
        has reached one; the answer that crosses it is still given."""
        budgets, midnight = list(self._of(thread, author, settings)), _midnight(now)
        for one in budgets:
            if await self._spent(one, midnight) >= one.limit:
                is_held = await self._spent(one, midnight, only_ended=True) < one.limit
                raise OverBudget(one.scope, midnight + timedelta(days=1), is_held=is_held)
        return bool(budgets)

    async def alerts(
        self, thread: ThreadId, author: Author, settings: ChannelSettings, now: datetime, more: int
    ) -> Sequence[tuple[str, int]]:
        """The budgets of which so many percent are used with `more` than the ledger has: scope and percent, each once a day."""
        found = []
        midnight = _midnight(now)
        for one in self._of(thread, author, settings) if self._marks else ():
            used = (await self._spent(one, midnight) + more) * 100 / one.limit
            percent = next((percent for percent in ALERTS if used >= percent), 0)
            if percent and self._marks and await self._is_news(self._marks, f"{one.key}:{midnight.date()}", percent):
                log.warning("budget nearly used", extra={"scope": one.key, "percent": percent, "limit": one.limit})
                found.append((one.scope, percent))
        return found

    async def _is_news(self, marks: Marks, subject: str, percent: int) -> bool:
        (before,) = await marks.of([subject])
        told = before.rpartition("#")[0]
        return int(told or 0) < percent and await marks.change(subject, str(percent))

    async def _spent(self, budget: Budget, since: datetime, *, only_ended: bool = False) -> int:
        total = await self._usage_log.total(since, place=budget.place, asker=budget.asker, only_ended=only_ended)
        return total.cost_microdollars


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(UTC).date(), time(), UTC)
