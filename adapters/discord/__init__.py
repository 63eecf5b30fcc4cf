"""Discord. Nothing of it is imported unless its token is set."""

from __future__ import annotations

from adapters.doors import Door
from bot.settings import Settings


def build(settings: Settings) -> Door | None:
    if not settings.discord_bot_token:
        return None
    from adapters.discord.door import DiscordDoor

    return DiscordDoor(settings)
