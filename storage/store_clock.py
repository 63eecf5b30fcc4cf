"""What time it is where the store is: hosts' clocks differ, and one that is an hour ahead must not end what another has begun."""

from __future__ import annotations

import time

from redis.asyncio import Redis

from storage.connections import redis_errors
from storage.scripts import Script

KEY = "plumbline:now"
ASKED_SECONDS = 60.0


class StoreClock:
    """Asked once a minute, and reckoned on from there by what this process counts, which nobody sets."""

    def __init__(self, redis: Redis) -> None:
        self._now = Script(redis, "now")
        self._ahead = 0.0
        self._until = 0.0

    async def now(self) -> float:
        """In seconds since 1970. Raises StoreUnavailable."""
        if time.monotonic() >= self._until:
            with redis_errors():
                seconds, microseconds = await self._now([KEY])
            self._ahead = int(seconds) + int(microseconds) / 1_000_000 - time.monotonic()
            self._until = time.monotonic() + ASKED_SECONDS
        return time.monotonic() + self._ahead
