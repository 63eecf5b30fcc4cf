"""Listens to Discord: the gateway, slash commands, buttons.

An interaction is deferred before anything else is done, for Discord gives three seconds and our stores may take them. Buttons hold all
that a press needs, so they work after a restart. Without the privileged message-content intent everything works but replies that
mention nobody; that is said once, and the bot goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from typing import Any

import discord
from discord import app_commands
from discord.gateway import DiscordWebSocket
from yarl import URL

from adapters.discord import formatting, incoming
from adapters.discord.missed import DOOR, Missed
from adapters.discord.outgoing import NOBODY, DiscordPlatform, point_at
from bot import phrases
from bot.conversation import Action, Message, Press, ThreadId, View
from bot.errors import ConfigError, HistoryUnavailable
from bot.ports import Adapter, Attendance, Desk, Reply
from bot.text import sanitise

log = logging.getLogger(__name__)

ACTIONS: dict[str, Action] = {"stop": "stop", "retry": "retry", "good": "good", "bad": "bad"}
SILENCE_SECONDS = 45.0
"""Discord answers a heartbeat every 41.25 s, so a connection that was silent for longer is dead."""

CLOSE_SECONDS, RESUMABLE = 5, 4000
"""A dead peer answers no goodbye either. Codes but 1000 and 1001 keep the session: https://docs.discord.com/developers/events/gateway."""

REACH_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 5, 300
"""Discord allows a thousand logins a day."""


class DiscordAdapter(Adapter):
    """`message_content`: ask for the privileged intent; where it is refused, go on without."""

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
        silence_seconds: float = SILENCE_SECONDS,
    ) -> None:
        self._desk = desk
        self._platform = platform
        self._attendance = attendance
        self._silence_seconds = silence_seconds
        self._token = token
        self._api_url = api_url
        self._message_content = message_content
        self._client: Listener | None = None

    def is_ready(self) -> bool:
        client = self._client
        return client is not None and client.is_ready() and client.silence < self._silence_seconds

    async def run(self) -> None:
        """Until cancelled. Raises ConfigError when the token is refused."""
        point_at(self._api_url)
        pause = REACH_PAUSE_SECONDS
        while True:
            client = Listener(self._desk, self._attendance, message_content=self._message_content)
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

    def __init__(self, desk: Desk, attendance: Attendance, *, message_content: bool) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=message_content)
        super().__init__(intents=intents, allowed_mentions=NOBODY, enable_debug_events=True)
        self._desk = desk
        self._attendance = attendance
        self._heard_at = -math.inf
        self.missed = Missed(self, attendance, self.on_message, lambda: self.silence)
        self._marking: asyncio.Task[None] | None = None
        self.tree = app_commands.CommandTree(self)
        self.tree.command(name="ask", description="Ask a backend question")(_ask_command(self))
        self.tree.command(name="plumbline", description="Settings and usage: help, repos, usage, model, on, off")(
            _word_command(self)
        )
        self.tree.error(self._on_command_error)

    async def setup_hook(self) -> None:
        """Ask Discord where its gateway is, and tell it our commands, but only when they have changed: it allows few changes a
        day. The library would go to a fixed gateway, whatever API it was pointed at."""
        DiscordWebSocket.DEFAULT_GATEWAY = URL((await self.http.get_bot_gateway())[1])
        there = {
            (one.name, one.description, tuple(o.name for o in one.options)) for one in await self.tree.fetch_commands()
        }
        ours = {
            (one.name, one.description, tuple(parameter.display_name for parameter in one.parameters))
            for one in self.tree.get_commands()
            if isinstance(one, app_commands.Command)
        }
        if there != ours:
            await self.tree.sync()

        self._marking = asyncio.create_task(self.missed.keep_marking())

    async def close(self) -> None:
        if self._marking:
            self._marking.cancel()
            await asyncio.gather(self._marking, return_exceptions=True)
        await super().close()

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

    async def on_message(self, message: discord.Message) -> None:
        if self.user is None or not incoming.concerns_us(message, self.user):
            return
        ours = incoming.to_message(message, self.user)
        try:
            received = await self._desk.receive(ours)
            if message.guild is None:
                await self._attendance.remember(DOOR, str(message.channel.id), message.created_at)
        except HistoryUnavailable:
            if ours.addressed:
                await message.reply(phrases.store_away(), allowed_mentions=NOBODY, mention_author=False)
            return
        if received.reply:
            for part in _words(received.reply):
                await message.reply(part, allowed_mentions=NOBODY, mention_author=False, suppress_embeds=True)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Our buttons; slash commands go to the tree by themselves."""
        data: Any = interaction.data or {}
        name = str(data.get("custom_id", ""))
        if interaction.type is not discord.InteractionType.component or not name.startswith("pl:"):
            return
        await interaction.response.defer(ephemeral=True, thinking=True)
        try:
            _, action, turn_id, *parts = name.split(":")
            press = Press(ThreadId("discord", *parts), turn_id, ACTIONS[action], incoming.author_of(interaction.user))
            reply = await self._desk.press(press)
            said = reply.text if reply else phrases.thanks_for_feedback()
        except (KeyError, TypeError, ValueError):
            said = phrases.old_button()
        except HistoryUnavailable:
            said = phrases.store_away()
        await interaction.edit_original_response(content=said, allowed_mentions=NOBODY)

    async def ask(
        self, interaction: discord.Interaction, question: str, private: bool, file: discord.Attachment | None
    ) -> None:
        """A slash question: public ones show the question and are answered in a thread from it."""
        await interaction.response.defer(ephemeral=private, thinking=True)
        message = await self._slash_message(interaction, sanitise(question), private, file)
        try:
            received = await self._desk.receive(message)
        except HistoryUnavailable:
            await interaction.edit_original_response(content=phrases.store_away())
            return
        if received.reply:
            await interaction.edit_original_response(content=_words(received.reply)[0], allowed_mentions=NOBODY)
        elif not private:
            asked = View(text=f"**{message.author.name}** asks: {message.text}", final=True)
            shown = formatting.render(asked, files=False)[0].content
            await interaction.edit_original_response(content=shown, allowed_mentions=NOBODY)

    async def _slash_message(
        self, interaction: discord.Interaction, question: str, private: bool, file: discord.Attachment | None
    ) -> Message:
        workspace = str(interaction.guild_id or incoming.DIRECT)
        channel, message_id = str(interaction.channel_id), str(interaction.id)
        route: dict[str, str] = {}
        if private:
            thread = ThreadId("discord", workspace, channel, f"private-{interaction.id}")
            route = {"app": str(interaction.application_id), "token": interaction.token}
        elif interaction.guild_id is None:
            thread = ThreadId("discord", workspace, channel, channel)
        elif isinstance(interaction.channel, discord.Thread):
            thread = ThreadId("discord", workspace, str(interaction.channel.parent_id), channel)
        else:
            message_id = str((await interaction.original_response()).id)
            thread, route = ThreadId("discord", workspace, channel, message_id), dict(incoming.START)
        files = (incoming.attachment_of(file),) if file else ()
        author = incoming.author_of(interaction.user)
        return Message(
            thread, message_id, author, question, interaction.created_at, addressed=True, attachments=files, route=route
        )

    async def word(self, interaction: discord.Interaction, word: str, rest: str) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        channel = interaction.channel
        thread_id = interaction.channel_id if isinstance(channel, discord.Thread) else "channel"
        parent = channel.parent_id if isinstance(channel, discord.Thread) else interaction.channel_id
        thread = ThreadId("discord", str(interaction.guild_id or incoming.DIRECT), str(parent), str(thread_id))
        try:
            reply = await self._desk.command(thread, incoming.author_of(interaction.user), word.lower(), rest)
        except HistoryUnavailable:
            reply = Reply(phrases.store_away())
        first, *others = _words(reply)
        await interaction.edit_original_response(content=first, allowed_mentions=NOBODY)
        for part in others:
            await interaction.followup.send(part, ephemeral=True, allowed_mentions=NOBODY)

    async def _on_command_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        log.error("command failed", exc_info=error)
        if interaction.response.is_done() and not interaction.is_expired():
            await interaction.edit_original_response(content=phrases.command_failed())


def _words(reply: Reply) -> list[str]:
    return [part.content for part in formatting.render(View(text=reply.text, final=True), files=False)]


def _ask_command(listener: Listener) -> Any:
    @app_commands.describe(
        question="What you want to know", private="Only you see the answer", file="A log, code, an image"
    )
    async def ask(
        interaction: discord.Interaction,
        question: app_commands.Range[str, 1, 6000],
        private: bool = False,
        file: discord.Attachment | None = None,
    ) -> None:
        await listener.ask(interaction, question, private, file)

    ask.__annotations__ = {
        "interaction": discord.Interaction,
        "question": app_commands.Range[str, 1, 6000],
        "private": bool,
        "file": discord.Attachment | None,
    }
    return ask


def _word_command(listener: Listener) -> Any:
    @app_commands.describe(
        word="help, repos, usage, model, effort, mode, prompt, budget, on, off", rest="What belongs to it"
    )
    async def plumbline(interaction: discord.Interaction, word: str = "help", rest: str = "") -> None:
        await listener.word(interaction, word, rest)

    return plumbline
