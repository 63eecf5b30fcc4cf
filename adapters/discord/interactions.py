"""What people do with our commands, our message menu and our buttons.

Buttons hold all that a press needs, so they work after a restart. Whatever goes wrong, the person is told.
"""

from __future__ import annotations

import logging
from dataclasses import replace

import aiohttp
import discord
from discord import app_commands

from adapters import phrases as adapters_phrases
from adapters.asking import read_asked
from adapters.discord import contents, directory, formatting, incoming, phrases
from adapters.discord.calls import Calls
from adapters.discord.manifest import MENU_CHARACTERS, declare, shape
from adapters.discord.parts import title
from adapters.discord.presses import read_press
from adapters.discord.replies import words
from adapters.discord.responses import Responses
from adapters.discord.threads import Parents, commanded_at, is_private, link_to, private_thread, thread_at
from bot.conversation import Message, ThreadId
from bot.errors import StoreUnavailable
from bot.front_desk import phrases as front_desk_phrases
from bot.ports.doors import Desk, Received, Reply
from bot.views import View
from bot.writing.text import sanitise

log = logging.getLogger(__name__)


class Interactions:
    """All that comes as an interaction."""

    def __init__(self, desk: Desk, parents: Parents, client: discord.Client, calls: Calls) -> None:
        self._desk = desk
        self._responses = Responses(calls)
        self._parents = parents
        self._client = client
        self.tree: app_commands.CommandTree[discord.Client] = app_commands.CommandTree(client)
        self._menu = ""
        self.tree.error(self._on_error)

    async def sync(self) -> None:
        """Tell Discord our commands, but only when they have changed: it allows few changes a day. Without more of them we hear all the
        same what people say, and the commands that it knows. We are logged in by now, and so know our name."""
        name = self._client.user.display_name if self._client.user else ""
        self._menu = adapters_phrases.ask_about_this(name, MENU_CHARACTERS)
        declare(self.tree, self, self._menu)
        try:
            there = {shape(one.to_dict()) for one in await self.tree.fetch_commands()}
            if there != {shape(one.to_dict(self.tree)) for one in self.tree.get_commands()}:
                await self.tree.sync()
        except discord.RateLimited as fault:
            log.warning("commands are told at the next start", extra={"retry_seconds": round(fault.retry_after)})

    async def ask(
        self, interaction: discord.Interaction, question: str, private: bool, file: discord.Attachment | None
    ) -> None:
        """A slash question: public ones show the question and are answered in a thread from it.
        The option, and the word `private` before the question, mean the same."""
        asked = read_asked(sanitise(question))
        private = private or asked.private or not (asked.question and (file or self._desk.asks(asked.question)))
        shown = await self._responses.acknowledge(interaction, private=private)
        if shown is None:
            return
        if not (asked.question or file):
            await self._responses.say(interaction, phrases.ask_usage())
            return
        message = self._slash_message(interaction, shown, asked.question, private, file)
        received = await self._taken(interaction, message, private=private)
        if received and "token" not in message.route:
            question = await self._desk.clean(message.thread, message.text)
            shows = View(text=f"**{message.author.name}** asks: {question}", final=True)
            first, *others = formatting.render(shows, files=False)
            cut = f"\n-# {adapters_phrases.question_cut()}" if others else ""
            await self._responses.say(interaction, first.content + cut)
        await self._responses.whisper(interaction, message, received)

    async def _taken(
        self, interaction: discord.Interaction, message: Message, *, private: bool = True
    ) -> Received | None:
        """Hand a question to the desk. None where all that there is to say to it has been said."""
        try:
            received = await self._desk.receive(message)
        except StoreUnavailable:
            await self._responses.say(interaction, adapters_phrases.store_away())
            return None
        if received.reply:
            await self._responses.say(interaction, *words(received.reply), private=private)
            await self._responses.whisper(interaction, message, received)
            return None
        return received

    def _slash_message(
        self,
        interaction: discord.Interaction,
        shown: int,
        question: str,
        private: bool,
        file: discord.Attachment | None,
    ) -> Message:
        """`shown`: the id of the message that Discord shows for the command."""
        message_id = shown
        if private or not may_write(interaction):
            thread, route = self._by_token(interaction, private=private)
            message_id = interaction.id
        else:
            thread, route = self._at(interaction, interaction.channel_id or 0, _parent(interaction), shown)
        files = (contents.attachment_of(file),) if file else ()
        author = contents.author_of(interaction.user)
        route |= _asker(interaction)
        return Message(
            thread,
            str(message_id),
            author,
            question,
            interaction.created_at,
            addressed=True,
            attachments=files,
            route=route,
        )

    @staticmethod
    def _by_token(interaction: discord.Interaction, *, private: bool) -> tuple[ThreadId, dict[str, str]]:
        """The address of what is answered by the interaction alone."""
        route = {"app": str(interaction.application_id), "token": interaction.token}
        route |= {} if private else {"public": "1"}
        route |= {directory.FOREIGN: "1"} if is_foreign(interaction) else {}
        route |= {} if private or is_foreign(interaction) else {"lacks": "1"}
        return private_thread(interaction.guild_id, interaction.channel_id, interaction.id), route

    @staticmethod
    def _at(
        interaction: discord.Interaction, channel: int, parent: int | None, root: int
    ) -> tuple[ThreadId, dict[str, str]]:
        """The address of what is answered in sight of all, and whether its thread is still to be made."""
        guild, starts = interaction.guild_id, interaction.guild_id is not None and parent is None
        return thread_at(guild, channel, parent, root), dict(incoming.START) if starts else {}

    async def about(self, interaction: discord.Interaction, target: discord.Message) -> None:
        """The message menu: the message is the question, in the name of whoever used the menu."""
        ours = self._client.user
        if ours is None or await self._responses.acknowledge(interaction, private=True) is None:
            return
        author = contents.author_of(interaction.user)
        files = incoming.to_message(target, ours, None).attachments
        quote = contents.quoted(target, ours)
        quote = replace(quote, text=sanitise(quote.text), head=sanitise(quote.head))
        text = sanitise(phrases.asks_about(quote.text))
        if may_write(interaction):
            parent = await self._parents.of(target.channel.id, guild_id=interaction.guild_id)
            thread, route = self._at(interaction, target.channel.id, parent, target.id)
            named = await self._desk.clean(thread, target.content)
            route |= {"title": title(named or self._menu)} if route else {}
        else:
            thread, route = self._by_token(interaction, private=True)
        route |= _asker(interaction)
        message = Message(
            thread,
            str(interaction.id),
            author,
            text,
            interaction.created_at,
            True,
            attachments=files,
            route=route,
            about=str(target.id),
            quotes=(quote,) if quote.text in text else (),
        )
        received = await self._taken(interaction, message)
        if received and "token" not in route:
            await self._responses.say(interaction, phrases.answering_in(link_to(thread)))
        await self._responses.whisper(interaction, message, received)

    async def word(self, interaction: discord.Interaction, word: str, rest: str) -> None:
        if await self._responses.acknowledge(interaction, private=True) is None:
            return
        thread = commanded_at(interaction.guild_id, interaction.channel_id, _parent(interaction))
        try:
            reply = await self._desk.command(thread, contents.author_of(interaction.user), word.lower(), rest)
        except StoreUnavailable:
            reply = Reply(adapters_phrases.store_away())
        await self._responses.say(interaction, *words(reply))

    async def press(self, interaction: discord.Interaction) -> None:
        """One of our buttons, or what nothing waits for (any more); what is said of it is for whoever used it."""
        if await self._responses.acknowledge(interaction, private=True) is None:
            return
        try:
            said = await self._pressed(interaction)
        except StoreUnavailable:
            said = [adapters_phrases.store_away()]
        except Exception:
            log.exception("press failed")
            said = [adapters_phrases.command_failed()]
        if said:
            await self._responses.say(interaction, *said)

    @staticmethod
    async def offer_nothing(interaction: discord.Interaction) -> None:
        """To whoever types where choices would come: none of our commands has any (any more)."""
        try:
            await interaction.response.autocomplete([])
        except (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, TimeoutError, OSError) as fault:
            log.warning("no choices given", extra={"reason": type(fault).__name__})

    async def _pressed(self, interaction: discord.Interaction) -> list[str]:
        """What goes on under an answer for one alone stands in place of a reply to the press."""
        press = read_press(interaction)
        if press is None:
            return [adapters_phrases.too_old()]
        if is_private(press.thread):
            _, route = self._by_token(interaction, private=True)
            press = replace(press, route=route | _asker(interaction))
        reply = await self._desk.press(press)
        if reply is None and press.action == "go_on":
            return []
        return words(reply or Reply(front_desk_phrases.thanks_for_feedback()))

    async def _on_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        if interaction.type is discord.InteractionType.autocomplete:
            return  # see offer_nothing
        is_old = isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch)
        said = adapters_phrases.too_old() if is_old else adapters_phrases.command_failed()
        if is_old:
            log.info("a command that is none (any more)", extra={"reason": type(error).__name__})
        else:
            log.error("command failed", exc_info=error)
        if interaction.response.is_done():
            await self._responses.say(interaction, said)
            return
        try:
            await interaction.response.send_message(said, ephemeral=True)
        except discord.RateLimited:
            await self._responses.say_directly(interaction, said)
        except (discord.HTTPException, aiohttp.ClientError, TimeoutError, OSError) as fault:
            log.warning("interaction not answered", extra={"reason": str(fault)})


def _parent(interaction: discord.Interaction) -> int | None:
    """The channel of the thread in which it happened; None where it happened in no thread."""
    return interaction.channel.parent_id if isinstance(interaction.channel, discord.Thread) else None


def _asker(interaction: discord.Interaction) -> dict[str, str]:
    """Route that tells who asks; of a server that does not know us it would tell nothing."""
    if is_foreign(interaction):
        return {}
    servers, place = len(interaction.client.guilds), getattr(interaction.channel, "type", None)
    return directory.as_told(interaction.user, interaction.created_at, servers=servers, place=place)


def is_foreign(interaction: discord.Interaction) -> bool:
    """In a place that knows us only because this person has installed us for themselves: no channel takes a call of ours there."""
    direct = interaction.context.dm_channel
    return interaction.is_user_integration() and not interaction.is_guild_integration() and not direct


def may_write(interaction: discord.Interaction) -> bool:
    """Can an answer be posted where the interaction happened, in one way or another?"""
    if is_foreign(interaction):
        return False
    if interaction.guild_id is None:
        return True
    rights = interaction.app_permissions
    in_thread = isinstance(interaction.channel, discord.Thread)
    threads = rights.send_messages_in_threads and (in_thread or rights.create_public_threads)
    return rights.view_channel and (threads or rights.send_messages)
