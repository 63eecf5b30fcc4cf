"""What capabilities found out in a turn, kept with its progress for whoever takes it over."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable

from bot.capability import Notes

log = logging.getLogger(__name__)

MOST_CHARACTERS = 100_000
"""Of one turn, all its capabilities together; what is beyond is found out again."""


class KeptNotes(Notes):
    """Of one turn. `keep` saves them all; `kept` is what a worker before us had."""

    def __init__(self, keep: Callable[[str], Awaitable[None]], kept: str = "") -> None:
        self._keep = keep
        self._notes = _read(kept)

    def get(self, key: str) -> str | None:
        return self._notes.get(key)

    async def put(self, key: str, text: str) -> None:
        notes = {**self._notes, key: text}
        written = json.dumps(notes, ensure_ascii=False)
        if len(written) <= MOST_CHARACTERS:
            self._notes = notes
            await self._keep(written)


def _read(kept: str) -> dict[str, str]:
    """What another release wrote and we cannot read was never found out."""
    try:
        notes = json.loads(kept) if kept else {}
        return {str(key): str(text) for key, text in notes.items()}
    except (ValueError, AttributeError):
        log.warning("notes not readable")
        return {}
