"""Builds Discord's pair from the settings: the platform that answers, and the adapter that listens."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial

import discord

from adapters.discord import phrases
from adapters.discord.audiences import audiences, servers_of
from adapters.discord.office import Office
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
        self._platform = platform = self._platform or self._made(around.marks, refused)
        around.metrics.watch_clock(self.name, lambda: platform.clock.ahead_seconds)
        return platform

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
            return [*await platform.check(), *platform.clock.faults()]
        finally:
            await platform.close()

    async def notes(self) -> Sequence[str]:
        async with self._looking() as office:
            said = phrases.whose_servers(await servers_of(office), self._settings.discord_servers)
        return [f"Discord: {said}"] if said else []

    async def audiences(self, is_given: Callable[[str], bool]) -> Sequence[Audience]:
        async with self._looking() as office:
            return await audiences(office, is_given, self._settings.discord_servers)

    @contextlib.asynccontextmanager
    async def _looking(self) -> AsyncIterator[Office]:
        """Raises LookUpFailed, for whatever Discord does not say."""
        platform = self._made(None)
        try:
            yield await platform.office()
        except discord.HTTPException as refused:
            raise LookUpFailed(f"Discord: {refused.status} {refused.code}") from refused
        except (discord.RateLimited, PlatformUnavailable) as fault:
            raise LookUpFailed(str(fault)) from fault
        finally:
            await platform.close()
