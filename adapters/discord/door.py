"""Builds Discord's pair from the settings: the platform that answers, and the adapter that listens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from adapters.discord.audiences import audiences
from adapters.discord.outgoing import DiscordPlatform
from adapters.doors import Around, Entrance, secret
from bot.errors import LookUpFailed, PlatformUnavailable
from bot.ports.doors import Adapter, Desk
from bot.ports.policy import Audience, Marks
from bot.settings import Settings


class DiscordEntrance(Entrance):
    name = "discord"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._token = secret(settings.discord_bot_token)
        self._platform: DiscordPlatform | None = None

    def open(self, around: Around) -> DiscordPlatform:
        """The same one for both sides."""
        refused = partial(around.metrics.platform_refused, self.name)
        self._platform = self._platform or self._made(around.marks, refused)
        return self._platform

    def _made(self, marks: Marks | None, refused: Callable[[str], None] = lambda code: None) -> DiscordPlatform:
        settings = self._settings
        return DiscordPlatform(
            self._token,
            settings.discord_api_url,
            calls_per_second=settings.plumbline_discord_calls_per_second,
            servers=settings.discord_servers,
            marks=marks,
            on_refusal=refused,
        )

    def listen(self, desk: Desk, around: Around) -> Adapter:
        from adapters.discord.app import DiscordAdapter  # with its gateway and commands, which only listening needs

        return DiscordAdapter(
            desk,
            self.open(around),
            around.attendance,
            token=self._token,
            api_url=self._settings.discord_api_url,
            message_content=self._settings.plumbline_discord_message_content,
            answer_bots=self._settings.plumbline_answer_bots,
            is_alone=around.is_alone,
        )

    async def check(self) -> Sequence[str]:
        platform = self._made(None)
        try:
            return await platform.check()
        finally:
            await platform.close()

    async def audiences(self, is_given: Callable[[str], bool]) -> Sequence[Audience]:
        platform = self._made(None)
        try:
            return await audiences(await platform.office(), is_given)
        except PlatformUnavailable as fault:
            raise LookUpFailed(str(fault)) from fault
        finally:
            await platform.close()
