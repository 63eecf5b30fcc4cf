"""Whether another process begins a session with our token: Discord hands every event to each session, and tells neither of the other.

What it tells is how many sessions may still be begun, which counts everybody's; ours we count ourselves.
https://docs.discord.com/developers/events/gateway#session-start-limit-object
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from discord.types.gateway import SessionStartLimit

IDENTIFY = 2


@dataclass(slots=True)
class _Look:
    """So many were begun by everybody in this window, of which so many by us; it ends in so many milliseconds."""

    begun: int
    ours: int
    ends_in: int


class Sessions:
    def __init__(self) -> None:
        self._ours = 0
        self._last: _Look | None = None

    def sent(self, payload: str | bytes) -> None:
        """Something that we sent to the gateway."""
        if isinstance(payload, str) and '"intents"' in payload:  # which stand in nothing else
            self._ours += json.loads(payload).get("op") == IDENTIFY

    def another_began(self, limit: SessionStartLimit) -> bool:
        """True when more were begun than ours since the last look; a window that ended since tells nothing."""
        now, before = _Look(limit["total"] - limit["remaining"], self._ours, limit["reset_after"]), self._last
        self._last = now
        if before is None or now.ends_in > before.ends_in:
            return False
        return now.begun - before.begun > now.ours - before.ours
