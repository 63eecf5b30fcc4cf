"""What one thread holds in memory: what waits, what was heard beside it, and what was left undone."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.conversation import Message
from bot.ports.inbox import Stop

MOST_CONTEXT = 200


@dataclass(slots=True)
class Box:
    """One thread. `begun` is how many of `waiting` the turn in the air holds, which stand in front."""

    waiting: deque[Message] = field(default_factory=deque)
    context: deque[Message] = field(default_factory=lambda: deque(maxlen=MOST_CONTEXT))
    early: dict[str, tuple[datetime, Message]] = field(default_factory=dict)
    failed: dict[str, tuple[datetime, tuple[Message, ...]]] = field(default_factory=dict)
    begun: int = 0
    attempt: int = 0
    running: bool = False
    resting: bool = False
    known: bool = False
    took_part: bool = False
    muted: bool = False
    stop: Stop = field(default_factory=Stop)
    last_active_at: datetime | None = None
    turn_sizes: list[int] = field(default_factory=list)
    """How many of what waits, behind the turn in the air, make turns of their own, from the front."""
    is_taken_away: bool = False

    def stirs(self, at: datetime) -> None:
        """Something happened here then: what waits is no older question."""
        self.last_active_at = max(self.last_active_at or at, at)


def take_from(sizes: list[int], place: int) -> None:
    """One less in the turn that holds this place."""
    for number, size in enumerate(sizes):
        if place < size:
            sizes[number : number + 1] = [size - 1] if size > 1 else []
            return
        place -= size


def place_of(messages: Sequence[Message], message_id: str) -> int | None:
    return next((place for place, one in enumerate(messages) if one.id == message_id), None)
