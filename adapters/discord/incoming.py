"""discord.py's messages -> Message. Its objects end here.

A question in a channel gets a thread of its own, and Discord gives a thread the id of the message that it starts from: so the
question's ThreadId is known before the thread exists, and replies in it have the same one.
"""

from __future__ import annotations

import discord

from adapters.discord.contents import author_of, files_of, replied_to, text_of
from bot.conversation import Message, ThreadId
from bot.writing.text import sanitise

SAID = (discord.MessageType.default, discord.MessageType.reply)
COMMANDS = (discord.MessageType.chat_input_command, discord.MessageType.context_menu_command)
DIRECT = "dm"
START = {"start": "1"}
"""Route of a question whose thread is still to be made."""

BLIND = {"blind": "1"}
"""Route of a message that was told to us only because it mentions us."""


def concerns_us(
    message: discord.Message, ours: discord.ClientUser, *, in_thread: bool, answer_bots: bool = False
) -> bool:
    """True for what a person said directly, in a thread, or to us, and for another bot that speaks to us where that is wanted.
    Webhooks, Discord's own lines and we are not."""
    if message.webhook_id or message.author.id == ours.id or message.type not in SAID:
        return False
    if message.author.bot:
        return answer_bots and is_addressed(message, ours)
    return in_thread or message.guild is None or is_addressed(message, ours)


def is_addressed(message: discord.Message, ours: discord.ClientUser) -> bool:
    """A direct message, a mention of us or of our own role, or a reply to us."""
    if is_direct(message) or any(user.id == ours.id for user in message.mentions):
        return True
    mine = message.guild.self_role if message.guild else None
    if mine and mine in message.role_mentions:
        return True
    replied = replied_to(message)
    return bool(replied and replied.author.id == ours.id)


def is_direct(message: discord.Message) -> bool:
    """A message of a server that the library does not know (yet) is not direct either."""
    return message.guild is None and getattr(message.channel, "guild_id", None) is None


def thread_of(message: discord.Message, parent: int | None) -> ThreadId:
    """`parent`: the channel of the thread in which it was said, None where it was said in no thread."""
    channel = str(message.channel.id)
    if is_direct(message):
        return ThreadId("discord", DIRECT, channel, channel)
    guild = str(message.guild.id if message.guild else getattr(message.channel, "guild_id", DIRECT))
    if parent is not None:
        return ThreadId("discord", guild, str(parent), channel)
    return ThreadId("discord", guild, channel, str(message.id))


def to_message(
    message: discord.Message, ours: discord.ClientUser, parent: int | None, *, blind: bool = False
) -> Message:
    """A message that concerns us. `blind`: what does not mention us is not told to us."""
    thread = thread_of(message, parent)
    starts = thread.workspace != DIRECT and parent is None
    route = {**(START if starts else {}), **(BLIND if blind and thread.workspace != DIRECT else {})}
    return Message(
        thread=thread,
        id=str(message.id),
        author=author_of(message.author),
        text=sanitise(text_of(message, ours, is_known=not starts)),
        sent_at=message.created_at,
        addressed=is_addressed(message, ours),
        mentions_others=any(user.id != ours.id for user in message.mentions),
        attachments=tuple(files_of(message)),
        route=route,
        edition=message.edited_at.isoformat() if message.edited_at else "",
    )


def says_nothing(message: discord.Message, ours: Message) -> bool:
    """Addressed to us, and nothing in it that we could read. A bare mention in a thread is about what stands above it."""
    return ours.addressed and not ours.text and not ours.attachments and ("start" in ours.route or not message.content)


def to_earlier(message: discord.Message, thread: ThreadId, ours: discord.ClientUser) -> Message | None:
    """Something said in the thread before, by us too; None for what says nothing."""
    text = sanitise(text_of(message, ours))
    files = tuple(files_of(message))
    if not (text.strip() or files) or message.type not in (*SAID, *COMMANDS):
        return None
    is_ours = message.author.id == ours.id
    return Message(
        thread,
        str(message.id),
        author_of(message.author),
        text,
        message.created_at,
        addressed=False,
        attachments=() if is_ours else files,
        ours=is_ours,
    )
