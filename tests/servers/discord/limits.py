"""What our Discord takes and no more, each figure with where it is from; the product has its own, and neither reads the other's.

Discord publishes no figures of its buckets and asks bots to obey the headers (https://docs.discord.com/developers/topics/rate-limits);
those here are as seen in the headers of the real one, or stricter. A window slides, which refuses more than one that begins anew.
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """So many calls in so many seconds. `of`: what has a bucket of its own: a channel, an interaction's token, or the bot."""

    calls: int
    seconds: float
    of: str = "channel"


BUCKETS: dict[str, Limit] = {
    "send": Limit(5, 5),  # https://github.com/discord/discord-api-docs/issues/4413
    "edit": Limit(5, 5),  # the same; counted apart from sends
    "delete": Limit(5, 1),  # headers of DELETE .../messages/{id}
    "thread": Limit(50, 300),  # headers of POST .../threads
    "GET channels": Limit(5, 5),  # headers of GET /channels/{id}
    "history": Limit(5, 5),  # headers of GET .../messages
    "PATCH channels": Limit(5, 15),  # headers of PATCH /channels/{id}
    "direct": Limit(10, 10, "bot"),  # headers of POST /users/@me/channels; they vary
    "GET users": Limit(30, 30, "bot"),  # headers of GET /users/@me
    "GET oauth2": Limit(5, 5, "bot"),
    "GET gateway": Limit(2, 5, "bot"),  # headers of GET /gateway/bot
    "GET applications": Limit(5, 20, "bot"),
    "PUT applications": Limit(2, 60, "bot"),
    "webhook": Limit(5, 2, "token"),  # follow-ups and edits of them together: headers of POST /webhooks/{id}/{token}
    "callback": Limit(5, 5, "token"),
}
SHARED: dict[str, Limit] = {
    "rename": Limit(2, 600),  # https://github.com/Rapptz/discord.py/discussions/9073: a 429 while its bucket has room
}


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
