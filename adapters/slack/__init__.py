"""Slack. Nothing of it is imported unless its token is set."""

from __future__ import annotations

from adapters.doors import Entrance
from bot.settings import Settings


def build(settings: Settings) -> Entrance | None:
    if not settings.slack_bot_token:
        return None
    from adapters.slack.door import SlackEntrance

    return SlackEntrance(settings)
