"""How often our Slack may be called: sliding windows of a minute, and one post a second for each channel, with short bursts."""

from __future__ import annotations

import math
import time
from collections import defaultdict, deque

from tests.servers.slack.limits import BURST, TIERS, WINDOW_SECONDS


class Limits:
    """`times` of the documented limits are allowed; 0 allows everything."""

    def __init__(self, times: float) -> None:
        self.times = times
        self._used: defaultdict[str, deque[float]] = defaultdict(deque)
        self._tokens: dict[str, tuple[float, float]] = {}

    def wait_seconds(self, method: str, channel: str) -> int:
        """0 when the call is let through, and counted; else the whole seconds until one is free."""
        if not self.times or method not in TIERS:
            return 0
        now = time.monotonic()
        used, most = self._used[method], max(1, int(TIERS[method] * self.times))
        while used and used[0] <= now - WINDOW_SECONDS:
            used.popleft()
        wait = used[-most] + WINDOW_SECONDS - now if len(used) >= most else 0.0
        if method == "chat.postMessage":
            wait = max(wait, self._bucket(channel, now, take=wait <= 0))
        if wait <= 0:
            used.append(now)
            return 0
        return max(1, math.ceil(wait))

    def _bucket(self, channel: str, now: float, *, take: bool) -> float:
        full = BURST * self.times
        tokens, at = self._tokens.get(channel, (full, now))
        tokens = min(full, tokens + (now - at) * self.times)
        wait = 0.0 if tokens >= 1 else (1 - tokens) / self.times
        self._tokens[channel] = (tokens - (1 if take and not wait else 0), now)
        return wait
