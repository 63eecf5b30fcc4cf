"""What time it is where a platform is: a machine whose clock is wrong must neither lose what was missed nor call a new question old."""

from __future__ import annotations

import email.utils
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

log = logging.getLogger(__name__)

WRONG = timedelta(seconds=60)
"""An answer carries whole seconds, and is some on its way."""


class PlatformClock:
    """This machine's clock, set by what a platform's answers say: each carries `Date` (RFC 9110, section 6.6.1). Until one came, this
    machine's own."""

    def __init__(self, platform: str, own: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._platform = platform
        self._own = own
        self._ahead = timedelta()
        self._is_wrong = False

    def __call__(self) -> datetime:
        return self._own() - self._ahead

    @property
    def ahead_seconds(self) -> float:
        """By how much this machine's clock is ahead of the platform's; within a second or two of that."""
        return self._ahead.total_seconds()

    def faults(self) -> list[str]:
        """In words for whoever set this machine up."""
        if abs(self._ahead) <= WRONG:
            return []
        side = "ahead of" if self.ahead_seconds > 0 else "behind"
        seconds = round(abs(self.ahead_seconds))
        return [f"this machine's clock is {seconds} s {side} {self._platform.capitalize()}'s; have it set by NTP"]

    def told(self, date: str | None) -> None:
        """What an answer's `Date` said, just now; anything else than a date is passed over. A clock that is wrong is logged once."""
        try:
            there = email.utils.parsedate_to_datetime(date or "")
        except ValueError:
            return
        self._ahead = self._own() - (there if there.tzinfo else there.replace(tzinfo=UTC))
        faults = self.faults()
        if faults and not self._is_wrong:
            seconds = round(self.ahead_seconds)
            log.warning(faults[0], extra={"platform": self._platform, "ahead_seconds": seconds})
        self._is_wrong = bool(faults)
