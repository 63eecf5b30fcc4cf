"""The address of a conversation from a place in Discord, and which channel a thread belongs to.

A question in a channel gets a thread of its own, and Discord gives a thread the id of the message that it starts from: so the
question's address is known before the thread exists, and replies in it have the same one. Direct messages are one long thread.
"""

from __future__ import annotations

import asyncio
import logging

import discord

from adapters.discord.calls import Calls
from bot.conversation import ThreadId
from bot.errors import PlatformUnavailable

log = logging.getLogger(__name__)

PLATFORM = "discord"
DIRECT = "dm"
"""The workspace of direct messages, which belong to no server."""

MOST_REMEMBERED = 1_000


def thread_at(guild: int | None, channel: int, parent: int | None, message: int) -> ThreadId:
    """Where a message stands. `parent`: the channel of the thread `channel` in which it was said, None where it was said in no
    thread: then one of its own hangs on it. `guild` None: it was said directly."""
    if guild is None:
        return ThreadId(PLATFORM, DIRECT, str(channel), str(channel))
    if parent is not None:
        return ThreadId(PLATFORM, str(guild), str(parent), str(channel))
    return ThreadId(PLATFORM, str(guild), str(channel), str(message))


PRIVATE = "private-"


def private_thread(guild: int | None, channel: int | None, interaction: int) -> ThreadId:
    """Of a question that is answered by its interaction alone."""
    return ThreadId(PLATFORM, str(guild or DIRECT), str(channel), f"{PRIVATE}{interaction}")


def is_private(thread: ThreadId) -> bool:
    """Whether it is answered by an interaction alone."""
    return thread.thread.startswith(PRIVATE)


def commanded_at(guild: int | None, channel: int | None, parent: int | None) -> ThreadId:
    """Where a command about a channel is given; `parent` as in `thread_at`."""
    if parent is not None:
        return ThreadId(PLATFORM, str(guild or DIRECT), str(parent), str(channel))
    return ThreadId(PLATFORM, str(guild or DIRECT), str(channel), "channel")


def link_to(thread: ThreadId) -> str:
    """Where a conversation stands, as an address that Discord's client opens."""
    server = "@me" if thread.workspace == DIRECT else thread.workspace
    return f"https://discord.com/channels/{server}/{thread.thread}"


class Parents:
    """For one client. The library knows the threads that are open; Discord is asked about one that is archived, or whose first message
    comes before it is told of."""

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
