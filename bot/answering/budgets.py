"""Daily budgets, per person and per channel, counted from the ledger in millionths of a US dollar; a day is a UTC day."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from bot.conversation import Author, ThreadId
from bot.errors import OverBudget
from bot.ports.stores import ChannelSettings, UsageLog


class DailyBudgets:
    """0 means no budget. A channel's own setting wins over the default."""

    def __init__(self, usage_log: UsageLog, user_microdollars: int = 0, channel_microdollars: int = 0) -> None:
        self._usage_log = usage_log
        self._user = user_microdollars
        self._channel = channel_microdollars

    async def check(self, thread: ThreadId, author: Author, settings: ChannelSettings, now: datetime) -> None:
        """Raises OverBudget when today's spending has reached a budget; the answer that crosses it is still given."""
        midnight = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
        tomorrow = midnight + timedelta(days=1)
        if self._user:
            spent = (await self._usage_log.total(midnight, asker=author.id)).cost_microdollars
            if spent >= self._user:
                raise OverBudget("you", tomorrow)
        own = settings.daily_budget_microdollars
        channel = self._channel if own is None else own
        if channel:
            spent = (await self._usage_log.total(midnight, place=thread.place)).cost_microdollars
            if spent >= channel:
                raise OverBudget("this channel", tomorrow)
