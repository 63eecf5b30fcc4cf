"""The local page."""

from __future__ import annotations

from adapters.doors import Entrance
from bot.settings import Settings


def build(settings: Settings) -> Entrance:
    """Also with its port closed: a worker answers what was asked at another process's page."""
    from adapters.web.door import WebEntrance

    return WebEntrance(settings)
