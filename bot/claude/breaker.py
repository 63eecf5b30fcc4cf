"""One breaker for all requests of a process to the model: while it is overloaded, few ask, and all go on once one got through.

A hundred turns that each try again for themselves keep an overloaded service down and use up their tries. Behind the breaker each
waits for its own backoff and for the common pace of probes; the first request that is taken closes it for everybody.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from bot.errors import ModelBusy

log = logging.getLogger(__name__)

OPENS_AFTER = 3
"""Refusals one after another, of whichever turns."""

PROBE_SECONDS = 2.0
"""At most one request in this time while it is open."""

STEP_SECONDS, LEAST_SECONDS = 0.25, 0.01


class Breaker:
    """`now`: seconds that only grow. `sleep`: waits that many seconds."""

    def __init__(self, now: Callable[[], float], sleep: Callable[[float], Awaitable[None]]) -> None:
        self._now = now
        self._sleep = sleep
        self._refusals = 0
        self._probe_at = 0.0

    @property
    def is_open(self) -> bool:
        return self._refusals >= OPENS_AFTER

    def refused(self, retry_after_seconds: float = 0) -> None:
        """The model was too busy for a request."""
        self._refusals += 1
        if self._refusals == OPENS_AFTER:
            log.warning("Claude is overloaded, requests wait")
        self._probe_at = max(self._probe_at, self._now() + max(retry_after_seconds, PROBE_SECONDS))

    def taken(self) -> None:
        """The model took a request."""
        if self.is_open:
            log.info("Claude is back")
        self._refusals = 0

    async def wait(self, not_before: float, deadline: float) -> None:
        """Return when the caller may ask: while it is closed after its own backoff (`not_before`), while it is open when it is also
        the next to probe, and at once when it closes meanwhile. Raises ModelBusy at `deadline`; both on `now`'s scale."""
        was_open = self.is_open
        while True:
            now = self._now()
            if self.is_open:
                was_open = True
                if now >= max(not_before, self._probe_at):
                    self._probe_at = now + PROBE_SECONDS
                    return
            elif was_open or now >= not_before:
                return
            if now >= deadline:
                raise ModelBusy("still overloaded")
            # It may close at any moment; while it is closed only our own backoff counts.
            await self._sleep(STEP_SECONDS if self.is_open else max(not_before - now, LEAST_SECONDS))
