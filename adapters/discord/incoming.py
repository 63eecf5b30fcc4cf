"""Discord's events -> Said, Edited, Deleted. The library's raw payloads end here."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import discord

from adapters.discord.contents import (
    NOBODY,
    Names,
    asked_by_command,
    asks_nobody,
    author_of,
    calls_others,
    files_of,
    is_called,
    is_nod,
    quotes_of,
    replied_to,
    shows_around,
    text_of,
    titled,
    typed,
    without_notices,
)
from adapters.discord.directory import as_told
from adapters.discord.threads import DIRECT, Parents, thread_at
from adapters.events import Deleted, Edited, Said, Wording, is_edit
from bot.conversation import Message, ThreadId
from bot.copies import Change
from bot.writing.text import sanitise

log = logging.getLogger(__name__)

SPOKEN = (discord.MessageType.default, discord.MessageType.reply, discord.MessageType.poll_result)
COMMANDS = (discord.MessageType.chat_input_command, discord.MessageType.context_menu_command)
START = {"start": "1"}
"""Route of a question whose thread is still to be made."""

BLIND = {"blind": "1"}
"""Route of a message that was told to us only because it mentions us."""


@dataclass(frozen=True, slots=True)
class Wordless:
    """Somebody speaks to us, and there is nothing in it that we could read."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What we know while we listen. `blind`: what does not mention us is not told to us. `answer_bots`: what another bot says to us
    concerns us."""

    client: discord.Client
    parents: Parents
    blind: bool
    answer_bots: bool


async def read(
    event: discord.Message | discord.RawMessageUpdateEvent | discord.RawMessageDeleteEvent, hearing: Hearing
) -> Said | Edited | Deleted | Wordless | None:
    """What an event says to us; None for what is none of our business."""
    match event:
        case discord.Message():
            message = await _message(event, hearing)
            if message is None:
                return None
            return Wordless() if says_nothing(event, message) else Said(message)
        case discord.RawMessageUpdateEvent():
            return await _edited(event, hearing)
        case discord.RawMessageDeleteEvent():
            if _is_answer(event.cached_message, hearing):
                return None
            parent = await hearing.parents.of(event.channel_id, guild_id=event.guild_id)
            thread = thread_at(event.guild_id, event.channel_id, parent, event.message_id)
            return Deleted(thread, str(event.message_id))


async def read_many(
    event: discord.RawBulkMessageDeleteEvent | discord.RawThreadDeleteEvent | discord.abc.GuildChannel, hearing: Hearing
) -> list[Deleted]:
    """Of an event that takes away more than one message, each. What hung on a channel is gone with it."""
    match event:
        case discord.RawBulkMessageDeleteEvent(guild_id=guild, channel_id=channel):
            parent = await hearing.parents.of(channel, guild_id=guild)
            return [Deleted(thread_at(guild, channel, parent, one), str(one)) for one in sorted(event.message_ids)]
        case discord.RawThreadDeleteEvent():
            said = [one.id for one in hearing.client.cached_messages if one.channel.id == event.thread_id]
            thread = thread_at(event.guild_id, event.thread_id, event.parent_id, event.thread_id)
            return [Deleted(thread, str(one)) for one in dict.fromkeys((event.thread_id, *said))]
        case _:
            return [
                Deleted(thread_of(one, _parent_of(one)), str(one.id))
                for one in list(hearing.client.cached_messages)
                if event.id in (one.channel.id, _parent_of(one)) and not _is_answer(one, hearing)
            ]


def is_whole(update: Mapping[str, Any]) -> bool:
    """An update without the message's author and type says nothing of its words, and the library would lose its session over it."""
    return {"author", "type"} <= update.keys()


async def _edited(event: discord.RawMessageUpdateEvent, hearing: Hearing) -> Edited | Wordless | None:
    """An edit has a time; one that is told twice has that of the first telling."""
    now, before = event.message, event.cached_message
    is_marked = now.edited_at is not None and "content" in event.data
    if not is_marked or (before and before.edited_at == now.edited_at):
        return None
    is_app = bool(now.webhook_id or now.author.bot)  # whose edits change embeds, too
    if not (is_app or is_edit(_wording(now), _wording(before) if before else None, is_marked=is_marked)):
        return None
    message = await _message(now, hearing, also=now.flags.has_thread, before=before) or await _retold(now, hearing)
    is_unreadable = hearing.blind and not now.content
    if message is None or (is_unreadable and not message.addressed):
        return None
    return Wordless() if says_nothing(now, message) else Edited(message)


def _wording(message: discord.Message) -> Wording:
    return Wording(message.content, tuple(str(one.id) for one in message.attachments))


async def _message(
    message: discord.Message, hearing: Hearing, *, also: bool = False, before: discord.Message | None = None
) -> Message | None:
    """The message as we know it, when it is any of our business: as it reads now, or as it read before an edit."""
    ours = hearing.client.user
    if ours is None or message.author.id == ours.id:
        return None
    parent = await hearing.parents.of(message.channel.id, guild_id=guild_of(message))
    in_thread = parent is not None or (also and not message.author.bot)
    for one in (message, before):
        if one and concerns_us(one, ours, in_thread=in_thread, answer_bots=hearing.answer_bots):
            return to_message(
                message,
                ours,
                parent,
                blind=hearing.blind,
                servers=len(hearing.client.guilds),
                titled=await _titled(message, hearing),
            )
    if before is None and (message.webhook_id or message.author.bot) and is_called(message, ours):
        reason = "it is a webhook" if message.webhook_id else "PLUMBLINE_ANSWER_BOTS is off"
        app = author_of(message.author).name
        log.info("another app is not answered", extra={"app": app, "message_id": str(message.id), "reason": reason})
    return None


async def _titled(message: discord.Message, hearing: Hearing) -> str:
    """What stands over the first message of a post in a forum, which has its thread's id; the thread may be told of after it."""
    if message.id != message.channel.id:
        return ""
    thread = hearing.client.get_channel(message.channel.id)
    try:
        thread = thread or await hearing.client.fetch_channel(message.channel.id)
    except (discord.HTTPException, discord.InvalidData, discord.RateLimited) as fault:
        log.info("a post's title is not known", extra={"reason": type(fault).__name__})
    return titled(thread.name, (tag.name for tag in thread.applied_tags)) if isinstance(thread, discord.Thread) else ""


async def _retold(message: discord.Message, hearing: Hearing) -> Message | None:
    """Another app's message that changed, where it may have been read as a thread's beginning, or in it."""
    ours = hearing.client.user
    if ours is None or message.author.id == ours.id or not (message.webhook_id or message.author.bot):
        return None
    parent = await hearing.parents.of(message.channel.id, guild_id=guild_of(message))
    if parent is None and not message.flags.has_thread:
        return None
    told = to_message(message, ours, parent, blind=hearing.blind, servers=len(hearing.client.guilds))
    return replace(told, author=replace(told.author, is_bot=True), addressed=False)


def _parent_of(message: discord.Message) -> int | None:
    return message.channel.parent_id if isinstance(message.channel, discord.Thread) else None


def _is_answer(message: discord.Message | None, hearing: Hearing) -> bool:
    """One of ours, and not the line that shows a command's question."""
    ours = hearing.client.user
    return bool(message and ours and message.author.id == ours.id and message.type not in COMMANDS)


def concerns_us(
    message: discord.Message, ours: discord.ClientUser, *, in_thread: bool, answer_bots: bool = False
) -> bool:
    """True for what a person said directly, in a thread, or to us, and for another bot that speaks to us where that is wanted.
    Webhooks, Discord's own lines and we are not."""
    if message.webhook_id or message.author.id == ours.id or message.type not in SPOKEN:
        return False
    if message.author.bot:
        return answer_bots and is_addressed(message, ours)
    return in_thread or message.guild is None or is_addressed(message, ours)


def is_addressed(message: discord.Message, ours: discord.ClientUser) -> bool:
    """A direct message, a mention of us or of our own role, or a reply to us. A gesture is only with a mention."""
    if is_called(message, ours):
        return True
    if asks_nobody(message):
        return False
    replied = replied_to(message)
    if is_direct(message) or replied:
        return is_direct(message) or bool(replied and replied.author.id == ours.id)
    return str(ours.id) not in message.content and ours in message.mentions  # by a reply to what is gone


def is_for_others(message: discord.Message, ours: discord.ClientUser) -> bool:
    """Talk among people: calls others, answers a colleague, with or without a ping, asks nobody in particular, or shows around what
    somebody said."""
    replied, spared = replied_to(message), (ours.id, message.author.id)
    answers = replied and not replied.author.bot and replied.author.id not in spared
    pinged = any(
        one.id not in spared and not one.bot and str(one.id) not in message.content for one in message.mentions
    )
    return bool(calls_others(message, ours) or answers or pinged or asks_nobody(message) or shows_around(message))


def guild_of(message: discord.Message) -> int | None:
    """The server, also of a message whose server the library does not know (yet); None for a direct one."""
    return message.guild.id if message.guild else getattr(message.channel, "guild_id", None)


def is_direct(message: discord.Message) -> bool:
    return guild_of(message) is None


def thread_of(message: discord.Message, parent: int | None) -> ThreadId:
    return thread_at(guild_of(message), message.channel.id, parent, message.id)


def to_message(
    message: discord.Message,
    ours: discord.ClientUser,
    parent: int | None,
    *,
    blind: bool = False,
    servers: int = 0,
    titled: str = "",
) -> Message:
    """A message that concerns us. `blind`: what does not mention us is not told to us. `servers`: in how many we are. `titled`: what
    stands over it."""
    thread = thread_of(message, parent)
    own = sanitise(typed(message, ours))
    starts = thread.workspace != DIRECT and parent is None
    route = {**(START if starts else {}), **(BLIND if blind and thread.workspace != DIRECT else {})}
    told_at, place = message.edited_at or message.created_at, getattr(message.channel, "type", None)
    route |= as_told(message.author, told_at, servers=servers, place=place)
    text = "\n\n".join(part for part in (titled, sanitise(text_of(message, ours, is_known=not starts))) if part)
    return Message(
        thread=thread,
        id=str(message.id),
        author=author_of(message.author),
        text=text,
        sent_at=message.created_at,
        addressed=is_addressed(message, ours),
        mentions_others=is_for_others(message, ours),
        attachments=tuple(files_of(message, ours)),
        route=route,
        edition=_edition(message),
        typed=own if own not in ("", text) else None,
        gesture=is_nod(message),
        quotes=quotes_of(message, ours, text, is_known=not starts),
    )


def _edition(message: discord.Message) -> str:
    return message.edited_at.isoformat() if message.edited_at else ""


def says_nothing(message: discord.Message, ours: Message) -> bool:
    """Addressed to us, and nothing in it that we could read. A bare mention in a thread is about what stands above it."""
    return ours.addressed and not ours.text and not ours.attachments and ("start" in ours.route or not message.content)


def to_earlier(
    message: discord.Message, thread: ThreadId, ours: discord.ClientUser, called: Names = NOBODY
) -> Message | None:
    """Something said in the thread before, by us too; None for what says nothing, and for what of ours is no answer: notices,
    apologies, and what is said at once. `called`: what roles and channels are called."""
    if message.type in COMMANDS and message.author.id == ours.id:
        asked = asked_by_command(message)
        author, text = asked or (author_of(message.author), "")
        said = sanitise(text)
        return Message(thread, str(message.id), author, said, message.created_at, addressed=False) if said else None
    is_ours = message.author.id == ours.id
    if is_ours and message.type is discord.MessageType.reply and str(message.channel.id) == thread.thread:
        return None  # within a thread an answer is no reply, and what is said at once is one
    text = sanitise(without_notices(message) if is_ours else text_of(message, ours, called=called))
    files = tuple(files_of(message, ours))
    if not (text.strip() or files) or message.type not in (*SPOKEN, *COMMANDS):
        return None
    return Message(
        thread,
        str(message.id),
        author_of(message.author),
        text,
        message.created_at,
        addressed=False,
        attachments=() if is_ours else files,
        ours=is_ours,
        edition=_edition(message),
        quotes=() if is_ours else quotes_of(message, ours, text, called=called),
    )


# --- what others copied -----------------------------------------------------------------------------------------------


def copied_change(
    event: discord.RawMessageUpdateEvent | discord.RawMessageDeleteEvent | discord.RawBulkMessageDeleteEvent,
    hearing: Hearing,
) -> list[Change]:
    """What an event tells of messages that somebody's question may hold a copy of, wherever they stand."""
    match event:
        case discord.RawMessageDeleteEvent():
            return [Change(str(event.message_id), None)]
        case discord.RawBulkMessageDeleteEvent():
            return [Change(str(one), None) for one in sorted(event.message_ids)]
    now, before, ours = event.message, event.cached_message, hearing.client.user
    is_marked = now.edited_at is not None and "content" in event.data
    is_told = now.content or now.embeds or now.components or now.attachments  # without the intent nothing is
    if ours is None or now.author.id == ours.id or not (is_marked and is_told):
        return []
    if before and before.edited_at == now.edited_at:
        return []
    words = sanitise(text_of(now, ours, is_known=False))
    return [Change(str(now.id), words, tuple(files_of(now, ours)), _edition(now))]
