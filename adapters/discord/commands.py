"""What people do with our commands, our message menu and our buttons.

An interaction is deferred before anything else is done, for Discord gives three seconds and our stores may take them. Buttons hold all
that a press needs, so they work after a restart. Whatever goes wrong, the person is told.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from typing import Any

import aiohttp
import discord
from discord import app_commands

from adapters import phrases as adapters_phrases
from adapters.discord import formatting, incoming, phrases
from adapters.discord.calls import Calls, Exhausted
from adapters.discord.parents import Parents
from adapters.discord.post import NOBODY, link_to, title
from bot.conversation import Action, Message, Press, ThreadId, View
from bot.errors import PlatformUnavailable, StoreUnavailable
from bot.front_desk import phrases as front_desk_phrases
from bot.ports.doors import Desk, Reply
from bot.writing.text import sanitise

log = logging.getLogger(__name__)

ACTIONS: dict[str, Action] = {"stop": "stop", "retry": "retry", "good": "good", "bad": "bad"}
MENU = "Ask Plumbline about this"
ACKNOWLEDGED, TOO_LATE = 40060, 10062
TRIES = 3
ACKNOWLEDGE_SECONDS = 3.0
MOST_REMEMBERED = 1_000


class Commands:
    """All that comes as an interaction."""

    def __init__(self, desk: Desk, parents: Parents, client: discord.Client, calls: Calls) -> None:
        self._desk = desk
        self._calls = calls
        self._parents = parents
        self._client = client
        self._met: OrderedDict[int, None] = OrderedDict()
        self.tree: app_commands.CommandTree[discord.Client] = app_commands.CommandTree(client)
        self.tree.command(name="ask", description="Ask a backend question")(_ask_command(self))
        self.tree.command(name="plumbline", description="Settings and usage: help, repos, usage, model, on, off")(
            _word_command(self)
        )
        self.tree.add_command(app_commands.ContextMenu(name=MENU, callback=_menu_command(self)))
        self.tree.error(self._on_error)

    async def sync(self) -> None:
        """Tell Discord our commands, but only when they have changed: it allows few changes a day. Without more of them we hear all the
        same what people say, and the commands that it knows."""
        try:
            there = {shape(one.to_dict()) for one in await self.tree.fetch_commands()}
            if there != {shape(one.to_dict(self.tree)) for one in self.tree.get_commands()}:
                await self.tree.sync()
        except discord.RateLimited as fault:
            log.warning("commands are told at the next start", extra={"retry_seconds": round(fault.retry_after)})

    async def ask(
        self, interaction: discord.Interaction, question: str, private: bool, file: discord.Attachment | None
    ) -> None:
        """A slash question: public ones show the question and are answered in a thread from it."""
        shown = await self._acknowledge(interaction, private=private)
        if shown is None:
            return
        message = self._slash_message(interaction, shown, sanitise(question), private, file)
        try:
            received = await self._desk.receive(message)
        except StoreUnavailable:
            await self._say(interaction, adapters_phrases.store_away())
            return
        if received.reply:
            await self._say(interaction, *_words(received.reply), private=private)
        elif "token" not in message.route:
            asked = View(text=f"**{message.author.name}** asks: {message.text}", final=True)
            await self._say(interaction, formatting.render(asked, files=False)[0].content)

    def _slash_message(
        self,
        interaction: discord.Interaction,
        shown: int,
        question: str,
        private: bool,
        file: discord.Attachment | None,
    ) -> Message:
        """`shown`: the id of the message that Discord shows for the command."""
        channel, workspace = interaction.channel, str(interaction.guild_id or incoming.DIRECT)
        here = str(interaction.channel_id)
        message_id, route = str(shown), dict[str, str]()
        if private or not may_write(interaction):
            thread, route = self._by_token(interaction, private=private)
            message_id = str(interaction.id)
        elif interaction.guild_id is None:
            thread = ThreadId("discord", workspace, here, here)
        elif isinstance(channel, discord.Thread):
            thread = ThreadId("discord", workspace, str(channel.parent_id), here)
        else:
            thread, route = ThreadId("discord", workspace, here, message_id), dict(incoming.START)
        files = (incoming.attachment_of(file),) if file else ()
        author = incoming.author_of(interaction.user)
        return Message(
            thread, message_id, author, question, interaction.created_at, addressed=True, attachments=files, route=route
        )

    @staticmethod
    def _by_token(interaction: discord.Interaction, *, private: bool) -> tuple[ThreadId, dict[str, str]]:
        """The address of what is answered by the interaction alone."""
        workspace, channel = str(interaction.guild_id or incoming.DIRECT), str(interaction.channel_id)
        route = {"app": str(interaction.application_id), "token": interaction.token}
        route |= {} if private else {"public": "1"}
        route |= {} if private or is_foreign(interaction) else {"lacks": "1"}
        return ThreadId("discord", workspace, channel, f"private-{interaction.id}"), route

    async def about(self, interaction: discord.Interaction, target: discord.Message) -> None:
        """The message menu: the message is the question, in the name of whoever used the menu."""
        ours = self._client.user
        if ours is None or await self._acknowledge(interaction, private=True) is None:
            return
        author = incoming.author_of(interaction.user)
        files = incoming.to_message(target, ours, None).attachments
        text = sanitise(phrases.asks_about(incoming.quoted(target, ours)))
        if may_write(interaction):
            parent = await self._parents.of(target.channel.id, guild_id=interaction.guild_id)
            thread = self._thread_of(interaction, target, parent)
            starts = interaction.guild_id is not None and parent is None
            route = {**incoming.START, "title": title(target.content or MENU)} if starts else {}
        else:
            thread, route = self._by_token(interaction, private=True)
        message = Message(
            thread, str(interaction.id), author, text, interaction.created_at, True, attachments=files, route=route
        )
        try:
            received = await self._desk.receive(message)
        except StoreUnavailable:
            await self._say(interaction, adapters_phrases.store_away())
            return
        if received.reply:
            await self._say(interaction, *_words(received.reply))
        elif "token" not in route:
            await self._say(interaction, phrases.answering_in(link_to(thread)))

    @staticmethod
    def _thread_of(interaction: discord.Interaction, target: discord.Message, parent: int | None) -> ThreadId:
        here = str(target.channel.id)
        if interaction.guild_id is None:
            return ThreadId("discord", incoming.DIRECT, here, here)
        if parent is not None:
            return ThreadId("discord", str(interaction.guild_id), str(parent), here)
        return ThreadId("discord", str(interaction.guild_id), here, str(target.id))

    async def word(self, interaction: discord.Interaction, word: str, rest: str) -> None:
        if await self._acknowledge(interaction, private=True) is None:
            return
        channel = interaction.channel
        thread_id = interaction.channel_id if isinstance(channel, discord.Thread) else "channel"
        parent = channel.parent_id if isinstance(channel, discord.Thread) else interaction.channel_id
        thread = ThreadId("discord", str(interaction.guild_id or incoming.DIRECT), str(parent), str(thread_id))
        try:
            reply = await self._desk.command(thread, incoming.author_of(interaction.user), word.lower(), rest)
        except StoreUnavailable:
            reply = Reply(adapters_phrases.store_away())
        await self._say(interaction, *_words(reply))

    async def press(self, interaction: discord.Interaction) -> None:
        """One of our buttons; what it says is for whoever pressed it."""
        data: Any = interaction.data or {}
        name = str(data.get("custom_id", ""))
        if not name.startswith("pl:") or await self._acknowledge(interaction, private=True) is None:
            return
        try:
            _, action, turn_id, *parts = name.split(":")
            press = Press(ThreadId("discord", *parts), turn_id, ACTIONS[action], incoming.author_of(interaction.user))
            reply = await self._desk.press(press)
            said = reply.text if reply else front_desk_phrases.thanks_for_feedback()
        except (KeyError, TypeError, ValueError):
            said = phrases.old_button()
        except StoreUnavailable:
            said = adapters_phrases.store_away()
        except Exception:
            log.exception("press failed")
            said = adapters_phrases.command_failed()
        await self._say(interaction, said)

    # --- answering an interaction --------------------------------------------------------------------------------------

    async def _acknowledge(self, interaction: discord.Interaction, *, private: bool) -> int | None:
        """Tell Discord at once that we are at it. Gives back the id of the message that it shows; None for an interaction that we have
        met before, or that came too late: then Discord itself has told the person."""
        if interaction.id in self._met:
            return None
        self._met[interaction.id] = None
        while len(self._met) > MOST_REMEMBERED:
            self._met.popitem(last=False)
        for _ in range(TRIES):
            try:
                async with asyncio.timeout(ACKNOWLEDGE_SECONDS):
                    deferred = await interaction.response.defer(ephemeral=private, thinking=True)
            except (discord.DiscordServerError, aiohttp.ClientError, OSError, TimeoutError) as fault:
                log.warning("acknowledging again", extra={"reason": type(fault).__name__})
            except discord.HTTPException as refused:
                if refused.code == ACKNOWLEDGED:  # a try whose confirmation was lost
                    break
                log.warning("acknowledged too late", extra={"code": refused.code})
                return None
            except discord.RateLimited:
                log.warning("Discord takes no acknowledgement")
                return None
            else:
                if deferred and deferred.message_id:
                    return deferred.message_id
                break
        return (await interaction.original_response()).id

    async def _say(self, interaction: discord.Interaction, first: str, *others: str, private: bool = True) -> None:
        editing = interaction.edit_original_response(content=first, allowed_mentions=NOBODY)
        try:
            await self._calls.until_taken("answer by token", editing, final=True, token=interaction.token)
            for part in others:
                sending = interaction.followup.send(
                    part, ephemeral=private, allowed_mentions=NOBODY, suppress_embeds=True
                )
                await self._calls.until_taken("answer by token", sending, final=True, token=interaction.token)
        except Exhausted:
            await self._say_directly(interaction, first, *others)
        except (discord.HTTPException, PlatformUnavailable) as fault:
            log.warning("interaction not answered", extra={"reason": str(fault)})

    async def _say_directly(self, interaction: discord.Interaction, *parts: str) -> None:
        """Where the interaction takes no more for long."""
        try:
            for index, part in enumerate(parts):
                nonce = f"i{interaction.id}.{index}"
                saying = interaction.user.send(part, nonce=nonce, allowed_mentions=NOBODY, suppress_embeds=True)
                await self._calls.make("direct reply", saying)
        except (discord.HTTPException, PlatformUnavailable) as fault:
            log.warning("interaction not answered", extra={"reason": str(fault)})

    async def _on_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        log.error("command failed", exc_info=error)
        if interaction.response.is_done():
            await self._say(interaction, adapters_phrases.command_failed())
            return
        try:
            await interaction.response.send_message(adapters_phrases.command_failed(), ephemeral=True)
        except discord.RateLimited:
            await self._say_directly(interaction, adapters_phrases.command_failed())
        except (discord.HTTPException, aiohttp.ClientError, TimeoutError, OSError) as fault:
            log.warning("interaction not answered", extra={"reason": str(fault)})


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


def shape(command: Any) -> tuple[Any, ...]:
    """What Discord keeps of a command, however it is written."""
    kept = ("type", "name", "description", "required", "min_length", "max_length", "min_value", "max_value", "choices")
    options = tuple(tuple(str(one.get(key) or "") for key in kept) for one in command.get("options") or ())
    return command["type"], command["name"], command.get("description") or "", tuple(
        tuple("" if word in ("[]", "False") else word for word in option) for option in options
    )  # fmt: skip


def _words(reply: Reply) -> list[str]:
    return [part.content for part in formatting.render(View(text=reply.text, final=True), files=False)]


def _ask_command(commands: Commands) -> Any:
    @app_commands.describe(
        question="What you want to know", private="Only you see the answer", file="A log, code, an image"
    )
    async def ask(
        interaction: discord.Interaction,
        question: app_commands.Range[str, 1, 6000],
        private: bool = False,
        file: discord.Attachment | None = None,
    ) -> None:
        await commands.ask(interaction, question, private, file)

    ask.__annotations__ = {
        "interaction": discord.Interaction,
        "question": app_commands.Range[str, 1, 6000],
        "private": bool,
        "file": discord.Attachment | None,
    }
    return ask


def _word_command(commands: Commands) -> Any:
    @app_commands.describe(
        word="help, repos, usage, model, effort, mode, prompt, budget, on, off", rest="What belongs to it"
    )
    async def plumbline(interaction: discord.Interaction, word: str = "help", rest: str = "") -> None:
        await commands.word(interaction, word, rest)

    return plumbline


def _menu_command(commands: Commands) -> Any:
    async def about(interaction: discord.Interaction, message: discord.Message) -> None:
        await commands.about(interaction, message)

    about.__annotations__ = {"interaction": discord.Interaction, "message": discord.Message}
    return about
