"""Reads what was said while nobody listened: Discord sends nothing again after a session that it does not take up.

Every channel, thread and direct message that has news since we last heard is read, and each message goes the usual way; the inbox
takes each once. What an answer of ours stands under is not asked again by a store that was restored from a copy. The moment of
hearing moves on only while we hear and have caught up, so a reading cut short is done again.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain

import discord

from adapters.answered import unanswered
from adapters.discord.calls import discord_errors
from adapters.discord.presses import own_posts
from adapters.discord.reading import since
from bot.conversation import Message
from bot.loops import outlived
from bot.ports.stores import Attendance

log = logging.getLogger(__name__)

DOOR = "discord"
MARGIN = timedelta(minutes=1)
FARTHEST_BACK = timedelta(hours=23)
"""Less than the inbox knows for what it has taken: nothing is answered twice."""

MOST_MESSAGES = 2_000
"""Of one place, oldest first."""

MARK_SECONDS = 5.0
PAUSE_SECONDS = 5.0
AT_ONCE, READ_PAUSE_SECONDS = 5, 0.25
"""So many places are read, and then a pause: Discord's fifty calls a second are for answers first."""

Chat = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
Place = Chat | discord.PartialMessageable
Read = Callable[[discord.Message], Awaitable[Message | None]]
Handle = Callable[[discord.Message], Awaitable[None]]
Clock = Callable[[], datetime]


class Missed:
    """`read` tells what a message says to us; `handle` raises StoreUnavailable where one could not be kept. `clock` is
    Discord's. `silence`: how many seconds
    ago something was heard, infinite before the first time."""

    def __init__(
        self,
        client: discord.Client,
        attendance: Attendance,
        read: Read,
        handle: Handle,
        clock: Clock,
        silence: Callable[[], float],
    ) -> None:
        self._client = client
        self._attendance = attendance
        self._read = read
        self._handle = handle
        self._clock = clock
        self._silence = silence
        self._is_connected = self._is_ready = False
        self._is_behind = True
        self._is_asked = False
        self._reading: asyncio.Task[None] | None = None

    @property
    def has_caught_up(self) -> bool:
        """Whether all that was said until now has been heard."""
        return self._is_connected and not self._is_behind

    def begins(self) -> None:
        """A new session: what was said since the last one was heard by nobody."""
        self._is_connected = self._is_behind = True
        self._is_ready = False

    def pauses(self) -> None:
        self._is_connected = False

    def goes_on(self) -> None:
        """The same session as before the pause, in which Discord sends what was said meanwhile."""
        self._is_connected = True

    def servers_are_told(self) -> None:
        self._is_ready = True
        self._catch_up_from_the_mark()

    def one_more_server(self) -> None:
        """Told late, or it was away itself; the library waits two seconds for each, and is ready then."""
        if self._is_ready:
            self._catch_up_from_the_mark()

    async def keep_marking(self) -> None:
        """Note when we last heard, until cancelled."""
        while True:
            await asyncio.sleep(MARK_SECONDS)
            if self.has_caught_up:
                with outlived(log, "attendance not noted"):
                    await self._mark()

    async def close(self) -> None:
        if self._reading:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    def _catch_up_from_the_mark(self) -> None:
        self._is_asked = self._is_behind = True
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._catch_up())

    async def _catch_up(self) -> None:
        """Read what was missed since the last mark, once more where that is asked for meanwhile. A store or a Discord that is away is
        waited for; a server that Discord says is away keeps the mark where it is."""
        while self._is_asked:
            self._is_asked = False
            with outlived(log, "not caught up yet"):
                last = await self._attendance.last_heard(DOOR)
                count = await self._read_since(max(last - MARGIN, self._clock() - FARTHEST_BACK)) if last else 0
                if count:
                    log.info("caught up", extra={"read": count})
                if self._is_whole():
                    await self._mark()
                    self._is_behind = not self._is_whole()
                continue
            self._is_asked = True
            await asyncio.sleep(PAUSE_SECONDS)

    def _is_whole(self) -> bool:
        """Whether what was read now is all that was missed."""
        is_away = any(guild.unavailable for guild in self._client.guilds)
        return self._is_ready and not self._is_asked and not is_away

    async def _mark(self) -> None:
        await self._attendance.heard(DOOR, self._clock() - timedelta(seconds=self._silence()))

    async def _read_since(self, moment: datetime) -> int:
        """A channel after another, with its threads. Begins in each place where the last process that was cut short had come to, so
        that also one restart after another ends."""
        after, reached = discord.utils.time_snowflake(moment), await self._attendance.reached(DOOR)
        channels = dict[int, list[tuple[Place, int]]]()
        async for place, newest in self._places():
            begin = max(after, int(reached.get(str(place.id), 0)))
            if newest > begin:
                channel = place.parent_id if isinstance(place, discord.Thread) else place.id
                channels.setdefault(channel, []).append((place, begin))
        return sum([await self._hand_on(await self._read_all(places)) for places in channels.values()])

    async def _read_all(self, places: Sequence[tuple[Place, int]]) -> list[discord.Message]:
        """A few places at once, in their order."""
        found = list[discord.Message]()
        for first in range(0, len(places), AT_ONCE):
            few = places[first : first + AT_ONCE]
            found += chain(*await asyncio.gather(*(self._read_place(place, begin) for place, begin in few)))
            await asyncio.sleep(READ_PAUSE_SECONDS)
        return found

    async def _read_place(self, place: Place, after: int) -> list[discord.Message]:
        try:
            async with discord_errors("what was missed"):
                return [one async for one in since(self._client, place, place.id, after, MOST_MESSAGES)]
        except discord.HTTPException as fault:
            log.info("what was missed is not readable there", extra={"code": fault.code})
            return []

    async def _hand_on(self, found: Sequence[discord.Message]) -> int:
        """What no answer of ours stands under; how many."""
        ours = self._client.user
        posts = [post for one in found if ours and one.author.id == ours.id for post in own_posts(one)]
        said = [read for one in found if posts and (read := await self._read(one))]
        open_ids = {one.id for one in unanswered(said, posts, datetime.fromisoformat)}
        answered = {one.id for one in said} - open_ids
        for message in found:
            if str(message.id) not in answered:
                await self._handle(message)
            await self._attendance.reach(DOOR, str(message.channel.id), str(message.id))
        return len(found) - len(answered)

    async def _places(self) -> AsyncIterator[tuple[Place, float]]:
        """Each with its newest message; of direct ones that is not told."""
        for guild in self._client.guilds:
            for channel in _with_messages(guild):
                yield channel, channel.last_message_id or 0
        for place in await self._attendance.places(DOOR):
            yield self._client.get_partial_messageable(int(place), type=discord.ChannelType.private), math.inf


def _with_messages(guild: discord.Guild) -> Iterator[Chat]:
    """Voice and stage channels have a chat, too."""
    yield from guild.text_channels
    yield from guild.voice_channels
    yield from guild.stage_channels
    yield from guild.threads
