"""Builds Discord's pair from the settings: the platform that answers, and the adapter that listens."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.discord.outgoing import DiscordPlatform
from adapters.doors import Around, Entrance, secret
from bot.ports.doors import Adapter, Desk, Platform
from bot.settings import Settings


class DiscordEntrance(Entrance):
    name = "discord"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._token = secret(settings.discord_bot_token)
        calls = settings.plumbline_discord_calls_per_second
        self._platform = DiscordPlatform(self._token, settings.discord_api_url, calls_per_second=calls)

    def open(self, around: Around) -> Platform:
        return self._platform

    def listen(self, desk: Desk, around: Around) -> Adapter:
        from adapters.discord.app import DiscordAdapter  # with its gateway and commands, which only listening needs

        return DiscordAdapter(
            desk,
            self._platform,
            around.attendance,
            token=self._token,
            api_url=self._settings.discord_api_url,
            message_content=self._settings.plumbline_discord_message_content,
            answer_bots=self._settings.plumbline_answer_bots,
        )

    async def check(self) -> Sequence[str]:
        try:
            return await self._platform.check()
        finally:
            await self._platform.close()
