"""Reads what was said while nobody listened: Discord sends nothing again after a session that it does not take up.

Every channel, thread and direct message that has news since we last heard is read, and each message goes the usual way; the inbox
takes each once. What an answer of ours stands under is not asked again by a store that was restored from a copy. The moment of
hearing moves on only while we hear and have caught up, so a reading cut short is done again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import discord

from adapters.answered import unanswered
from adapters.discord.calls import discord_errors
from adapters.discord.incoming import own_posts
from adapters.discord.reading import since
from bot.conversation import Message
from bot.loops import outlived
from bot.ports.stores import Attendance

log = logging.getLogger(__name__)

DOOR = "discord"
MARGIN = timedelta(minutes=1)
FARTHEST_BACK = timedelta(hours=24)
MOST_MESSAGES = 200
MARK_SECONDS = 5.0
PAUSE_SECONDS = 5.0
PLACE_PAUSE_SECONDS = 0.1
"""Between two places that are read: Discord's fifty calls a second are for answers first."""

Chat = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
Read = Callable[[discord.Message], Awaitable[Message | None]]
Handle = Callable[[discord.Message], Awaitable[None]]


class Missed:
    """`read` tells what a message says to us; `silence` how many seconds ago something was heard, infinite before the first time."""

    def __init__(
        self,
        client: discord.Client,
        attendance: Attendance,
        read: Read,
        handle: Handle,
        silence: Callable[[], float],
    ) -> None:
        self._client = client
        self._attendance = attendance
        self._read = read
        self._handle = handle
        self._silence = silence
        self.has_caught_up = False

    async def keep_marking(self) -> None:
        """Note when we last heard, until cancelled."""
        while True:
            await asyncio.sleep(MARK_SECONDS)
            if self.has_caught_up:
                with outlived(log, "attendance not noted"):
                    await self._attendance.heard(DOOR, datetime.now(UTC) - timedelta(seconds=self._silence()))

    async def catch_up(self) -> None:
        """Read what was missed since the last mark; a store or a Discord that is away is waited for."""
        self.has_caught_up = False
        while True:
            with outlived(log, "not caught up yet"):
                last = await self._attendance.last_heard(DOOR)
                count = await self._read_since(max(last - MARGIN, datetime.now(UTC) - FARTHEST_BACK)) if last else 0
                await self._attendance.heard(DOOR, datetime.now(UTC) - timedelta(seconds=self._silence()))
                break
            await asyncio.sleep(PAUSE_SECONDS)
        self.has_caught_up = True
        if count:
            log.info("caught up", extra={"read": count})

    async def _read_since(self, moment: datetime) -> int:
        after = discord.utils.time_snowflake(moment)
        found = list[discord.Message]()
        async for place in self._places(after):
            try:
                async with discord_errors("what was missed"):
                    found += [one async for one in since(self._client, place, place.id, after, MOST_MESSAGES)]
            except discord.HTTPException as fault:
                log.info("what was missed is not readable there", extra={"code": fault.code})
            await asyncio.sleep(PLACE_PAUSE_SECONDS)
        return await self._hand_on(found)

    async def _hand_on(self, found: Sequence[discord.Message]) -> int:
        """What no answer of ours stands under; how many."""
        ours = self._client.user
        posts = [post for one in found if ours and one.author.id == ours.id for post in own_posts(one)]
        said = [read for one in found if posts and (read := await self._read(one))]
        open_ids = {one.id for one in unanswered(said, posts, datetime.fromisoformat)}
        answered = {one.id for one in said} - open_ids
        for message in (new := [one for one in found if str(one.id) not in answered]):
            await self._handle(message)
        return len(new)

    async def _places(self, since: int) -> AsyncIterator[Chat | discord.PartialMessageable]:
        for guild in self._client.guilds:
            for channel in _with_messages(guild):
                if (channel.last_message_id or 0) > since:
                    yield channel
        for place in await self._attendance.places(DOOR):
            yield self._client.get_partial_messageable(int(place), type=discord.ChannelType.private)


def _with_messages(guild: discord.Guild) -> Iterator[Chat]:
    """Voice and stage channels have a chat, too."""
    yield from guild.text_channels
    yield from guild.voice_channels
    yield from guild.stage_channels
    yield from guild.threads
