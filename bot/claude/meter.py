"""What one streamed request has cost so far: for one whose worker dies, or is told to stop, nobody else will say it."""

from __future__ import annotations

import secrets
from datetime import date

from bot.claude import models, wire
from bot.claude.stream import Reading
from bot.conversation import Usage
from bot.ports.model import Spent

STEP_CHARACTERS = 400


class Meter:
    """Of one request. The service counts its prompt when the stream begins, its output at the end: until then that is estimated, and
    thinking comes summarised, so that a cut reply may have cost more than we see.

    `asked`: the model that was asked for. `request_id` as the service named it; for engines that name none, a name of ours.
    """

    def __init__(self, reading: Reading, request_id: str, asked: str, day: date) -> None:
        self._reading = reading
        self._asked = asked
        self._day = day
        self._told_at = -STEP_CHARACTERS
        self.request_id = request_id or f"unnamed-{secrets.token_hex(12)}"

    def due(self, characters: int) -> Spent | None:
        """The cost so far, now and then. `characters`: how many have come."""
        if characters - self._told_at < STEP_CHARACTERS or not self._reading.model:
            return None
        self._told_at = characters
        return self._spent(wire.begun(self._reading.usage, self._reading.blocks), is_whole=False)

    def whole(self, usage: Usage) -> Spent:
        """The cost of a reply that came whole."""
        return self._spent(usage, is_whole=True)

    def _spent(self, usage: Usage, *, is_whole: bool) -> Spent:
        named = self._reading.model if models.plain(self._reading.model) else self._asked
        return Spent(self.request_id, named, usage, models.cost(usage, named, self._day), is_whole)
