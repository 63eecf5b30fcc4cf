"""What was called at our Discord, and when: a window for each bucket. The figures are in `limits.py`."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from dataclasses import dataclass

from tests.servers.discord.limits import BUCKETS, SHARED, Limit


@dataclass(frozen=True, slots=True)
class Room:
    """What is left behind a call, and whether it was taken itself."""

    is_taken: bool
    left: int
    reset_after: float


class Buckets:
    """What was called, and when. `limits`: a test may change them for its own server."""

    def __init__(self) -> None:
        self.limits = {**BUCKETS, **SHARED}
        self._used: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)

    def take(self, kind: str, place: str, limit: Limit | None = None) -> Room:
        """Count one more call where there is room for it."""
        most = limit or self.limits[kind]
        used, at = self._used[kind, place], time.monotonic()
        while used and used[0] < at - most.seconds:
            used.popleft()
        is_taken = len(used) < most.calls
        if is_taken:
            used.append(at)
        reset_after = most.seconds - (at - used[0] if used else 0)
        return Room(is_taken, most.calls - len(used), reset_after)

    def use_up(self, kind: str, place: str, *, keeps: int = 0) -> None:
        """As if calls had been made there just now, until so many are left: by this bot in another process."""
        room = self.limits[kind].calls - keeps
        self._used[kind, place] = deque([time.monotonic()] * room)
