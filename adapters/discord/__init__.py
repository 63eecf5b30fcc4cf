"""Discord. Nothing of it is imported unless its token is set."""

from __future__ import annotations

from adapters.doors import Entrance
from bot.settings import Settings


def build(settings: Settings) -> Entrance | None:
    if not settings.discord_bot_token:
        return None
    from adapters.discord.door import DiscordEntrance

    return DiscordEntrance(settings)
