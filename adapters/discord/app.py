"""Listens to Discord's gateway: what people say, edit and delete.

Without the privileged message-content intent everything works but replies that mention nobody; that is said once, and the bot goes
on. Discord sends nothing twice: a store that is away is waited for where somebody's words are to be changed or forgotten.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import discord
from discord.gateway import DiscordWebSocket
from yarl import URL

from adapters import phrases as adapters_phrases
from adapters.discord import formatting, incoming, phrases
from adapters.discord.buckets import keep_buckets
from adapters.discord.budget import Budget
from adapters.discord.calls import Calls, Exhausted, new_trace
from adapters.discord.commands import Commands
from adapters.discord.missed import DOOR, Missed
from adapters.discord.outgoing import DiscordPlatform, point_at
from adapters.discord.parents import Parents
from adapters.discord.post import NOBODY
from bot.conversation import Message, ThreadId, View
from bot.errors import ConfigError, PlatformUnavailable, StoreUnavailable
from bot.ports.doors import Adapter, Desk, Received, Reply
from bot.ports.inbox import Accepted
from bot.ports.stores import Attendance

log = logging.getLogger(__name__)

SILENCE_SECONDS = 45.0
"""Discord answers a heartbeat every 41.25 s, so a connection that was silent for longer is dead."""

CLOSE_SECONDS, RESUMABLE = 5, 4000
"""A dead peer answers no goodbye either. Codes but 1000 and 1001 keep the session: https://docs.discord.com/developers/events/gateway."""

REACH_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 5, 300
"""Discord allows a thousand logins a day."""

STORE_PAUSE_SECONDS, STORE_TRIES = 2.0, 300
"""How long a store that is away is waited for when words were changed or deleted."""

T = TypeVar("T")


class DiscordAdapter(Adapter):
    """`message_content`: ask for the privileged intent; where it is refused, go on without. `answer_bots`: hear other bots that
    speak to us; how far that goes is the desk's business."""

    name = "discord"

    def __init__(
        self,
        desk: Desk,
        platform: DiscordPlatform,
        attendance: Attendance,
        *,
        token: str,
        api_url: str = "https://discord.com/api/v10",
        message_content: bool = True,
        answer_bots: bool = False,
        silence_seconds: float = SILENCE_SECONDS,
    ) -> None:
        self._desk = desk
        self._platform = platform
        self._attendance = attendance
        self._silence_seconds = silence_seconds
        self._token = token
        self._api_url = api_url
        self._message_content = message_content
        self._answer_bots = answer_bots
        self._client: Listener | None = None

    def is_ready(self) -> bool:
        client = self._client
        return client is not None and client.is_ready() and client.silence < self._silence_seconds

    async def run(self) -> None:
        """Until cancelled. Raises ConfigError when the token is refused."""
        point_at(self._api_url)
        pause = REACH_PAUSE_SECONDS
        while True:
            client = Listener(
                self._desk,
                self._attendance,
                self._platform.budget,
                message_content=self._message_content,
                answer_bots=self._answer_bots,
            )
            self._client = client
            watching = asyncio.create_task(self._watch(client))
            try:
                await client.start(self._token)
            except discord.PrivilegedIntentsRequired:
                log.warning("message content refused", extra={"cure": phrases.no_message_content()})
                self._message_content = False
            except discord.LoginFailure as fault:
                raise ConfigError(
                    "DISCORD_BOT_TOKEN is not accepted; reset and copy it anew (developer portal, Bot)"
                ) from fault
            except Exception:
                # Also what the library itself trips over: one odd event must not end the bot, nor a storm of logins the token.
                log.exception("Discord connection lost, connecting again", extra={"pause_seconds": pause})
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
                await client.close()

    async def _watch(self, client: Listener) -> None:
        """End a connection that has gone silent: TCP may not notice for hours, and the library only after its next heartbeat."""
        while True:
            await asyncio.sleep(self._silence_seconds / 20)
            if client.silence > self._silence_seconds and math.isfinite(client.silence):
                log.warning("Discord went silent, connecting again", extra={"seconds": round(client.silence)})
                client.hears()  # a new connection gets its own time
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(CLOSE_SECONDS):
                        await client.ws.close(code=RESUMABLE)


class Listener(discord.Client):
    """discord.py's client with our handlers."""

    def __init__(
        self, desk: Desk, attendance: Attendance, budget: Budget, *, message_content: bool, answer_bots: bool = False
    ) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=message_content)
        super().__init__(
            intents=intents,
            allowed_mentions=NOBODY,
            enable_debug_events=True,
            http_trace=new_trace(),
        )
        keep_buckets(self.http)
        self._desk = desk
        self._attendance = attendance
        self._is_blind = not message_content
        self._answer_bots = answer_bots
        self._heard_at = -math.inf
        self._calls = Calls(budget)
        self._parents = Parents(self, self._calls)
        self.commands = Commands(desk, self._parents, self, self._calls)
        self.missed = Missed(self, attendance, self.on_message, lambda: self.silence)
        self._marking: asyncio.Task[None] | None = None
        self._leave_out_partial_updates()

    def _leave_out_partial_updates(self) -> None:
        """An update without the message's author and type says nothing of its words, and the library would lose its session over it."""
        parsers = self._connection.parsers
        take_whole = parsers["MESSAGE_UPDATE"]
        parsers["MESSAGE_UPDATE"] = lambda data: take_whole(data) if {"author", "type"} <= data.keys() else None

    async def setup_hook(self) -> None:
        """Ask Discord where its gateway is: the library would go to a fixed one, whatever API it was pointed at."""
        DiscordWebSocket.DEFAULT_GATEWAY = URL((await self.http.get_bot_gateway())[1])
        await self.commands.sync()
        self._marking = asyncio.create_task(self.missed.keep_marking())

    async def close(self) -> None:
        """Ends, too, the library's own wait until all servers are told, which would go on and break on the closed client."""
        for waiting in (self._marking, self._connection._ready_task):
            if waiting:
                waiting.cancel()
                await asyncio.gather(waiting, return_exceptions=True)
        await self._calls.close()
        await super().close()

    # --- the connection ------------------------------------------------------------------------------------------------

    @property
    def silence(self) -> float:
        """Seconds since Discord was last heard; infinite before the first time."""
        return time.monotonic() - self._heard_at

    def hears(self) -> None:
        self._heard_at = time.monotonic()

    async def on_socket_raw_receive(self, _: str) -> None:
        self.hears()

    async def on_disconnect(self) -> None:
        self.missed.has_caught_up = False

    async def on_resumed(self) -> None:
        self.missed.has_caught_up = True

    async def on_ready(self) -> None:
        """A new session: what was said since the last one was heard by nobody."""
        log.info("Discord connected", extra={"guilds": len(self.guilds)})
        await self.missed.catch_up()

    # --- what people do ------------------------------------------------------------------------------------------------

    async def on_message(self, message: discord.Message) -> None:
        heard = await self._heard(message)
        if heard is None:
            return
        if incoming.says_nothing(message, heard):
            await self._reply(message, Reply(phrases.nothing_readable()))
            return
        try:
            received = await self._desk.receive(heard)
            if received.accepted is Accepted.DUPLICATE and heard.edition:  # read again after a lost session
                received = await self._desk.revise(heard)
            if incoming.is_direct(message):
                await self._attendance.remember(DOOR, str(message.channel.id), message.created_at)
        except StoreUnavailable:
            received = Received(Accepted.FULL, Reply(adapters_phrases.store_away()) if heard.addressed else None)
        await self._reply(message, received.reply)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Discord tells of previews, pins and flags in the same way: an edit has a time, and changes words or files."""
        message, before = payload.message, payload.cached_message
        if message.edited_at is None or "content" not in payload.data:
            return
        if before and (before.edited_at == message.edited_at or _is_same(before, message)):
            return
        heard = await self._heard(message, also=message.flags.has_thread, before=before)
        is_unreadable = self._is_blind and not message.content
        if heard is None or (is_unreadable and not heard.addressed):
            return
        if incoming.says_nothing(message, heard):
            await self._reply(message, Reply(phrases.nothing_readable()))
            return
        received = await self._once_kept(lambda: self._desk.revise(heard))
        await self._reply(message, received.reply if received else None)

    async def _heard(
        self, message: discord.Message, *, also: bool = False, before: discord.Message | None = None
    ) -> Message | None:
        """The message as we know it, when it is any of our business: as it reads now, or as it read before an edit."""
        if self.user is None or message.author.id == self.user.id:
            return None
        guild_id = message.guild.id if message.guild else getattr(message.channel, "guild_id", None)
        parent = await self._parents.of(message.channel.id, guild_id=guild_id)
        in_thread = parent is not None or (also and not message.author.bot)
        for one in (message, before):
            if one and incoming.concerns_us(one, self.user, in_thread=in_thread, answer_bots=self._answer_bots):
                return incoming.to_message(message, self.user, parent, blind=self._is_blind)
        return None

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        if not self._is_answer(payload.cached_message):
            await self._withdraw(payload.guild_id, payload.channel_id, [payload.message_id])

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        await self._withdraw(payload.guild_id, payload.channel_id, sorted(payload.message_ids))

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        said = [one.id for one in self.cached_messages if one.channel.id == payload.thread_id]
        thread = ThreadId("discord", str(payload.guild_id), str(payload.parent_id), str(payload.thread_id))
        for message_id in dict.fromkeys((payload.thread_id, *said)):
            await self._forget(thread, message_id)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Its threads are gone with it."""
        for one in list(self.cached_messages):
            parent = one.channel.parent_id if isinstance(one.channel, discord.Thread) else None
            if channel.id in (one.channel.id, parent) and not self._is_answer(one):
                await self._forget(incoming.thread_of(one, parent), one.id)

    async def _withdraw(self, guild_id: int | None, channel_id: int, message_ids: list[int]) -> None:
        parent = await self._parents.of(channel_id, guild_id=guild_id)
        workspace, channel = str(guild_id or incoming.DIRECT), str(channel_id)
        for message_id in message_ids:
            if guild_id is None:
                thread = ThreadId("discord", workspace, channel, channel)
            elif parent is not None:
                thread = ThreadId("discord", workspace, str(parent), channel)
            else:
                thread = ThreadId("discord", workspace, channel, str(message_id))
            await self._forget(thread, message_id)

    async def _forget(self, thread: ThreadId, message_id: int) -> None:
        await self._once_kept(lambda: self._desk.withdraw(thread, str(message_id)))

    def _is_answer(self, message: discord.Message | None) -> bool:
        """One of ours, and not the line that shows a command's question."""
        is_ours = message is not None and self.user is not None and message.author.id == self.user.id
        return is_ours and message is not None and message.type not in incoming.COMMANDS

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Our buttons; commands go to the tree by themselves."""
        if interaction.type is discord.InteractionType.component:
            await self.commands.press(interaction)

    # --- what we say to it ---------------------------------------------------------------------------------------------

    async def _once_kept(self, tell: Callable[[], Awaitable[T]]) -> T | None:
        """Discord will not tell again, so a store that is away is waited for."""
        for _ in range(STORE_TRIES):
            try:
                return await tell()
            except StoreUnavailable as fault:
                log.warning("the store is waited for", extra={"reason": str(fault)})
                await asyncio.sleep(STORE_PAUSE_SECONDS)
        log.error("a change was not kept: the store was away for too long")
        return None

    async def _reply(self, message: discord.Message, reply: Reply | None) -> None:
        """Under the message; where we may not write there, directly. Said once, however often it is tried."""
        for index, part in enumerate(_words(reply) if reply else ()):
            nonce = f"r{message.id}.{index}"
            try:
                saying = message.reply(
                    part, nonce=nonce, allowed_mentions=NOBODY, mention_author=False, suppress_embeds=True
                )
                await self._calls.make("reply", saying)
            except (discord.Forbidden, Exhausted):
                await self._reply_directly(message, part, nonce)
            except (discord.HTTPException, PlatformUnavailable) as fault:
                log.warning("reply not posted", extra={"message_id": str(message.id), "reason": str(fault)})

    async def _reply_directly(self, message: discord.Message, part: str, nonce: str) -> None:
        try:
            saying = message.author.send(part, nonce=nonce, allowed_mentions=NOBODY, suppress_embeds=True)
            await self._calls.make("direct reply", saying)
        except (discord.HTTPException, PlatformUnavailable) as fault:
            log.warning("reply undeliverable", extra={"message_id": str(message.id), "reason": str(fault)})


def _is_same(before: discord.Message, message: discord.Message) -> bool:
    files = [[one.id for one in which.attachments] for which in (before, message)]
    return before.content == message.content and files[0] == files[1]


def _words(reply: Reply) -> list[str]:
    return [part.content for part in formatting.render(View(text=reply.text, final=True), files=False)]
