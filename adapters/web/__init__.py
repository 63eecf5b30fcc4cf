"""The local page."""

from __future__ import annotations

from adapters.doors import Door
from bot.settings import Settings


def build(settings: Settings) -> Door:
    """Also with its port closed: a worker answers what was asked at another process's page."""
    from adapters.web.door import WebDoor

    return WebDoor(settings)
