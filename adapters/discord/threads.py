"""Which channel a thread belongs to. The library knows the threads that are open; Discord is asked about one that is archived, or whose
first message comes before it is told of."""

from __future__ import annotations

import asyncio
import logging

import discord

from adapters.discord.calls import Calls
from bot.errors import PlatformUnavailable

log = logging.getLogger(__name__)

MOST_REMEMBERED = 1_000


class Parents:
    """For one client."""

    def __init__(self, client: discord.Client, calls: Calls) -> None:
        self._client = client
        self._calls = calls
        self._asked: dict[int, asyncio.Task[int | None]] = {}

    async def of(self, channel_id: int, *, guild_id: int | None) -> int | None:
        """The channel that the thread belongs to; None for what is no thread. Those who ask about the same one go on in order."""
        if guild_id is None:
            return None
        known = self._client.get_channel(channel_id)
        if known is not None:
            return known.parent_id if isinstance(known, discord.Thread) else None
        if channel_id not in self._asked:
            if len(self._asked) >= MOST_REMEMBERED:
                del self._asked[next(iter(self._asked))]
            self._asked[channel_id] = asyncio.create_task(self._ask(channel_id))
        return await asyncio.shield(self._asked[channel_id])

    async def _ask(self, channel_id: int) -> int | None:
        try:
            found = await self._calls.make("channel", self._client.fetch_channel(channel_id))
        except (discord.DiscordException, PlatformUnavailable) as fault:
            log.warning("a channel cannot be asked about", extra={"channel": channel_id, "reason": str(fault)})
            del self._asked[channel_id]
            return None
        return found.parent_id if isinstance(found, discord.Thread) else None
