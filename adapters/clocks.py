"""What time it is where a platform is: a machine whose clock is wrong must neither lose what was missed nor call a new question old."""

from __future__ import annotations

import email.utils
import logging
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

log = logging.getLogger(__name__)

WRONG = timedelta(seconds=60)
"""An answer carries whole seconds, and is some on its way."""

KEPT, STEP = 16, timedelta(seconds=3)
"""How many answers are minded, and by how much one may be later than the others before they are of another time."""


class PlatformClock:
    """This machine's clock, set by what a platform's answers say: each carries `Date` (RFC 9110, section 6.6.1). Until one came, this
    machine's own."""

    def __init__(self, platform: str, own: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._platform = platform
        self._own = own
        self._errors = deque[timedelta]((), KEPT)
        self._is_wrong = False

    def __call__(self) -> datetime:
        return self._own() - self._ahead

    @property
    def _ahead(self) -> timedelta:
        """Each answer told too early a time, by the part of a second that it leaves out and by its way here: the latest is truest."""
        return min(self._errors, default=timedelta())

    @property
    def ahead_seconds(self) -> float:
        """By how much this machine's clock is ahead of the platform's; within a second of that, and closer after a few answers."""
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
        error = self._own() - (there if there.tzinfo else there.replace(tzinfo=UTC))
        if error - self._ahead > STEP:  # this machine's clock was set
            self._errors.clear()
        self._errors.append(error)
        faults = self.faults()
        if faults and not self._is_wrong:
            seconds = round(self.ahead_seconds)
            log.warning(faults[0], extra={"platform": self._platform, "ahead_seconds": seconds})
        self._is_wrong = bool(faults)
