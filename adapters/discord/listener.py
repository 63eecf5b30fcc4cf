"""What Discord's gateway tells, as it comes: what people say, edit and delete, and what changes who reads it.

Discord sends nothing twice: a store that is away is waited for where somebody's words are to be changed or forgotten.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar
from weakref import WeakValueDictionary

import discord
from discord.gateway import DiscordWebSocket
from yarl import URL

from adapters import phrases as adapters_phrases
from adapters.clocks import PlatformClock
from adapters.discord import incoming, phrases
from adapters.discord.buckets import keep_buckets
from adapters.discord.budget import CallBudget
from adapters.discord.calls import Calls, new_trace, way_out
from adapters.discord.changes import note, note_servers
from adapters.discord.incoming import Hearing, Wordless
from adapters.discord.interactions import Interactions
from adapters.discord.missed import DOOR, Missed
from adapters.discord.office import NOBODY
from adapters.discord.reading import guard
from adapters.discord.replies import say, whisper
from adapters.discord.sessions import Sessions
from adapters.discord.threads import PLATFORM, Parents
from adapters.events import Deleted, Edited, Said
from bot.conversation import Message, ThreadId
from bot.copies import Change
from bot.errors import StoreUnavailable
from bot.ports.doors import Desk, Received, Reply
from bot.ports.inbox import Accepted
from bot.ports.policy import Marks
from bot.ports.stores import Attendance

log = logging.getLogger(__name__)

STORE_PAUSE_SECONDS, STORE_TRIES, LATE_TRIES = 1.0, 600, 4
"""How long a store that is away is waited for, and after how much of it whoever calls us is told that their question waits."""

T = TypeVar("T")


class Listener(discord.Client):
    """discord.py's client with our handlers."""

    def __init__(
        self,
        desk: Desk,
        attendance: Attendance,
        budget: CallBudget,
        marks: Marks | None,
        clock: PlatformClock,
        *,
        message_content: bool,
        answer_bots: bool = False,
        servers: Sequence[str] = (),
        on_refusal: Callable[[str], None] = lambda code: None,
    ) -> None:
        """`servers`: those that are set to be the team's."""
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=message_content)
        super().__init__(
            intents=intents,
            allowed_mentions=NOBODY,
            enable_debug_events=True,
            http_trace=new_trace(on_refusal, clock, budget),
            proxy=way_out(),
        )
        keep_buckets(self.http)
        self._desk = desk
        self._attendance = attendance
        self._marks = marks
        self._clock = clock
        self._servers = servers
        self._heard_at = -math.inf
        self._turns = WeakValueDictionary[ThreadId, asyncio.Lock]()
        self._calls = Calls(budget)
        parents = Parents(self, self._calls)
        self._hearing = Hearing(self, parents, blind=not message_content, answer_bots=answer_bots)
        self.interactions = Interactions(desk, parents, self, self._calls)
        self.missed = Missed(self, attendance, self._read, self._read_back, clock, lambda: self.silence)
        self.sessions = Sessions()
        self.is_surplus = False
        """Another process has begun a session beside ours."""
        self._marking: asyncio.Task[None] | None = None
        self._pass_over_what_cannot_be_parsed()

    def _pass_over_what_cannot_be_parsed(self) -> None:
        parsers = self._connection.parsers
        take_whole = parsers["MESSAGE_UPDATE"]
        parsers["MESSAGE_UPDATE"] = lambda data: take_whole(data) if incoming.is_whole(data) else None
        guard(parsers)

    async def setup_hook(self) -> None:
        """Ask Discord where its gateway is: the library would go to a fixed one, whatever API it was pointed at."""
        _, url, limit = await self.http.get_bot_gateway()
        DiscordWebSocket.DEFAULT_GATEWAY = URL(url)
        self.sessions.another_began(limit)
        await self.interactions.sync()
        self._marking = asyncio.create_task(self.missed.keep_marking())

    async def close(self) -> None:
        """Ends, too, the library's own wait until all servers are told, which would go on and break on the closed client."""
        for waiting in (self._marking, self._connection._ready_task):
            if waiting:
                waiting.cancel()
                await asyncio.gather(waiting, return_exceptions=True)
        await self.missed.close()
        await self._calls.close()
        await super().close()

    # --- the connection ------------------------------------------------------------------------------------------------

    @property
    def silence(self) -> float:
        """Seconds since Discord was last heard; infinite before the first time."""
        return time.monotonic() - self._heard_at

    def hears(self) -> None:
        self._heard_at = time.monotonic()

    async def on_socket_raw_send(self, payload: str | bytes) -> None:
        self.sessions.sent(payload)

    async def is_joined(self) -> bool:
        """Whether another process has begun a session with our token since we looked last."""
        _, _, limit = await self.http.get_bot_gateway()
        return self.sessions.another_began(limit)

    async def on_socket_raw_receive(self, _: str) -> None:
        self.hears()

    async def on_connect(self) -> None:
        self.missed.begins()

    async def on_disconnect(self) -> None:
        self.missed.pauses()

    async def on_resumed(self) -> None:
        self.missed.goes_on()

    async def on_ready(self) -> None:
        log.info("Discord connected", extra={"guilds": len(self.guilds)})
        await self._once_kept(lambda: note_servers([one.id for one in self.guilds], self._marks))
        self._say_whose_servers()
        self.missed.servers_are_told()

    async def on_guild_available(self, _: discord.Guild) -> None:
        self.missed.one_more_server()

    # --- what people do ------------------------------------------------------------------------------------------------

    async def on_message(self, message: discord.Message) -> None:
        await self._hear(message, self._receive_patiently)

    async def _read_back(self, message: discord.Message) -> None:
        """What was missed. Raises StoreUnavailable, and is read once more."""
        await self._hear(message, self._receive)

    async def _hear(
        self, message: discord.Message, receive: Callable[[discord.Message, Message], Awaitable[Received]]
    ) -> None:
        match await incoming.read(message, self._hearing):
            case Said(said):
                await self._answer(message, await receive(message, said))
            case Wordless():
                await self._say(message, Reply(phrases.nothing_readable()))

    async def _receive_patiently(self, message: discord.Message, said: Message) -> Received:
        """In a thread one after another: what is tried again is not overtaken. Whoever called us is told what their question waits
        for; to be told to ask again would be asked twice, for what was missed is read back."""

        async def tell() -> None:
            if said.addressed:
                await self._say(message, Reply(adapters_phrases.store_waited_for()))

        async with self._turns.setdefault(said.thread, asyncio.Lock()):
            received = await self._once_kept(lambda: self._receive(message, said), tell)
        return received or Received(Accepted.FULL, None)

    async def _receive(self, message: discord.Message, said: Message) -> Received:
        """Raises StoreUnavailable. What is handed over again is taken once."""
        said = replace(said, heard_at=self._clock())
        received = await self._desk.receive(said)
        if received.accepted is Accepted.DUPLICATE and said.edition:  # read again after a lost session
            received = await self._desk.revise(said)
        if incoming.is_direct(message):
            await self._attendance.remember(DOOR, str(message.channel.id), message.created_at)
        return received

    async def _read(self, message: discord.Message) -> Message | None:
        match await incoming.read(message, self._hearing):
            case Said(said):
                return said
        return None

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        match await incoming.read(payload, self._hearing):
            case Edited(message):
                received = await self._once_kept(lambda: self._desk.revise(message))
                if received:
                    await self._answer(payload.message, received)
            case Wordless():
                await self._say(payload.message, Reply(phrases.nothing_readable()))
        await self._requote(*incoming.copied_change(payload, self._hearing))

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        match await incoming.read(payload, self._hearing):
            case Deleted() as gone:
                await self._forget(gone)
        await self._requote(*incoming.copied_change(payload, self._hearing))

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        await self._forget(*await incoming.read_many(payload, self._hearing))
        await self._requote(*incoming.copied_change(payload, self._hearing))

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        await self._gone(*await incoming.read_many(payload, self._hearing))

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        await self._note(channel)
        await self._gone(*await incoming.read_many(channel, self._hearing))

    async def on_guild_channel_update(self, _: discord.abc.GuildChannel, now: discord.abc.GuildChannel) -> None:
        await self._note(now)

    async def on_guild_role_create(self, role: discord.Role) -> None:
        await self._note(role)

    async def on_guild_role_update(self, _: discord.Role, now: discord.Role) -> None:
        await self._note(now)

    async def on_guild_role_delete(self, role: discord.Role) -> None:
        await self._note(role)

    async def on_guild_update(self, _: discord.Guild, now: discord.Guild) -> None:
        await self._note(now)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._note(guild)
        self._say_whose_servers()

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        await self._note(guild)

    def _say_whose_servers(self) -> None:
        """Anybody may add a bot to a server of theirs, unless its owner has switched that off."""
        ids = [str(one.id) for one in self.guilds]
        if said := phrases.whose_servers(ids, self._servers):
            log.warning("not every server is the team's", extra={"cure": said})

    async def _note(self, changed: discord.Guild | discord.Role | discord.abc.GuildChannel) -> None:
        await self._once_kept(lambda: note(changed, self._marks))

    async def _gone(self, *gone: Deleted) -> None:
        """With the place in which they stood."""
        await self._forget(*gone)
        await self._requote(*(Change(one.message_id, None) for one in gone))

    async def _forget(self, *gone: Deleted) -> None:
        for one in gone:
            await self._once_kept(partial(self._desk.withdraw, one.thread, one.message_id))

    async def _requote(self, *changes: Change) -> None:
        """What somebody's question copied of a message follows it."""
        for change in changes:
            await self._once_kept(partial(self._requote_one, change))

    async def _requote_one(self, change: Change) -> None:
        if threads := await self._desk.copied(PLATFORM, change.source):
            await self._desk.requote(threads, change)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Our buttons, and what nothing waits for; commands go to the tree by themselves."""
        match interaction.type:
            case discord.InteractionType.component | discord.InteractionType.modal_submit:
                await self.interactions.press(interaction)
            case discord.InteractionType.autocomplete:
                await self.interactions.offer_nothing(interaction)

    # --- what we say to it ---------------------------------------------------------------------------------------------

    async def _once_kept(
        self, tell: Callable[[], Awaitable[T]], late: Callable[[], Awaitable[None]] | None = None
    ) -> T | None:
        """Discord will not tell again, so a store that is away is waited for. `late` is called once, after some seconds."""
        for tried in range(1, STORE_TRIES + 1):
            try:
                return await tell()
            except StoreUnavailable as fault:
                log.warning("the store is waited for", extra={"reason": str(fault)})
            if late and tried == LATE_TRIES:
                await late()
            await asyncio.sleep(STORE_PAUSE_SECONDS)
        log.error("a change was not kept: the store was away for too long")
        return None

    async def _answer(self, message: discord.Message, received: Received) -> None:
        await self._say(message, received.reply)
        if received.aside:
            await whisper(self._calls, message, received.aside)

    async def _say(self, message: discord.Message, reply: Reply | None) -> None:
        if reply:
            await say(self._calls, message, reply)
