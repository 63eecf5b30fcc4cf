"""What one streamed request has cost so far: for one that is cut, nobody else will say it."""

from __future__ import annotations

import secrets

from bot.claude import models, wire
from bot.claude.stream import Reading
from bot.ports.model import Paid

CHARACTERS_A_TOKEN = 4
"""Of English and code, roughly: https://docs.claude.com/en/docs/about-claude/glossary#tokens. Thinking comes summarised, so that a cut
reply may have cost more than we see."""

STEP_CHARACTERS = 400


class Meter:
    """Of one request. Input is counted by the API when the stream begins, output at its end: until then it is estimated."""

    def __init__(self) -> None:
        self._reading: Reading | None = None
        self._told_at = -STEP_CHARACTERS
        self.request_id = ""

    def start(self, reading: Reading, request_id: str) -> None:
        """`request_id` as the service named it; engines that name none get a name of ours, so that each is counted once."""
        self._reading = reading
        self.request_id = request_id or f"unnamed-{secrets.token_hex(12)}"

    def due(self) -> Paid | None:
        """The cost so far, now and then."""
        if not self._reading or self._reading.characters - self._told_at < STEP_CHARACTERS:
            return None
        if paid := self.paid():
            self._told_at = self._reading.characters
        return paid

    def paid(self) -> Paid | None:
        """The cost so far; None before the stream has begun, for what is refused costs nothing."""
        reading = self._reading
        if not reading or not reading.model:
            return None
        usage = wire.usage(reading.usage)
        is_whole = bool(reading.stop_reason)
        if not is_whole:
            seen = -(-reading.characters // CHARACTERS_A_TOKEN)
            usage = wire.usage({**reading.usage, "output_tokens": max(usage.output_tokens, seen)})
        return Paid(self.request_id, reading.model, usage, models.cost(usage, reading.model), is_whole=is_whole)
