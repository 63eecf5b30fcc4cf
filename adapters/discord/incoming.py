"""discord.py's messages -> Message. Its objects end here.

A question in a channel gets a thread of its own, and Discord gives a thread the id of the message that it starts from: so the
question's ThreadId is known before the thread exists, and replies in it have the same one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import discord

from bot.conversation import Attachment, Author, Message, ThreadId
from bot.text import by_code, sanitise

SAID = (discord.MessageType.default, discord.MessageType.reply)
DIRECT = "dm"
START = {"start": "1"}
"""Route of a question whose thread is still to be made."""


def concerns_us(message: discord.Message, ours: discord.ClientUser) -> bool:
    """True for what a person said directly, in a thread, or to us. Bots, webhooks and Discord's own lines are not."""
    if message.author.bot or message.webhook_id or message.type not in SAID:
        return False
    return isinstance(message.channel, discord.Thread) or message.guild is None or is_addressed(message, ours)


def is_addressed(message: discord.Message, ours: discord.ClientUser) -> bool:
    """A direct message, a mention of us or of our own role, or a reply to us."""
    if message.guild is None or any(user.id == ours.id for user in message.mentions):
        return True
    mine = message.guild.self_role
    if mine and mine in message.role_mentions:
        return True
    replied = message.reference.resolved if message.reference else None
    return isinstance(replied, discord.Message) and replied.author.id == ours.id


def thread_of(message: discord.Message) -> ThreadId:
    channel = message.channel
    if message.guild is None:
        return ThreadId("discord", DIRECT, str(channel.id), str(channel.id))
    if isinstance(channel, discord.Thread):
        return ThreadId("discord", str(message.guild.id), str(channel.parent_id), str(channel.id))
    return ThreadId("discord", str(message.guild.id), str(channel.id), str(message.id))


def to_message(message: discord.Message, ours: discord.ClientUser) -> Message:
    """A message that concerns us."""
    starts = message.guild is not None and not isinstance(message.channel, discord.Thread)
    return Message(
        thread=thread_of(message),
        id=str(message.id),
        author=author_of(message.author),
        text=sanitise(text_of(message, ours)),
        sent_at=message.created_at,
        addressed=is_addressed(message, ours),
        mentions_others=any(user.id != ours.id for user in message.mentions),
        attachments=tuple(attachment_of(one) for one in message.attachments),
        route=START if starts else {},
    )


def to_earlier(message: discord.Message, thread: ThreadId, ours: discord.ClientUser) -> Message | None:
    """Something said in the thread before, by us too; None for what says nothing."""
    text = sanitise(text_of(message, ours))
    if not text.strip() or message.type not in SAID:
        return None
    is_ours = message.author.id == ours.id
    author = author_of(message.author)
    return Message(thread, str(message.id), author, text, message.created_at, addressed=False, ours=is_ours)


def author_of(user: discord.User | discord.Member) -> Author:
    name = re.sub(r"\s+", " ", sanitise(user.display_name)).strip()
    return Author(f"discord:{user.id}", name or str(user.id), is_bot=user.bot)


def text_of(message: discord.Message, ours: discord.ClientUser) -> str:
    """The words without our own mention, names for other mentions, and after them what the person quotes, forwards or embeds."""
    names = {str(user.id): user.display_name for user in message.mentions}
    roles = {str(role.id): role.name for role in message.role_mentions}
    mine = message.guild.self_role if message.guild else None
    text = re.sub(rf"<@!?{ours.id}>" + (rf"|<@&{mine.id}>" if mine else ""), "", message.content).strip()
    said = "".join(part if is_code else _named(part, names, roles) for is_code, part in by_code(text))
    return "\n\n".join(part for part in (said, *_brought(message)) if part)


def _named(text: str, names: Mapping[str, str], roles: Mapping[str, str]) -> str:
    text = re.sub(r"<@!?(\d+)>", lambda found: "@" + names.get(found[1], found[1]), text)
    return re.sub(r"<@&(\d+)>", lambda found: "@" + roles.get(found[1], found[1]), text)


def _brought(message: discord.Message) -> Iterator[str]:
    """What is not the person's own words, quoted."""
    replied = message.reference.resolved if message.reference else None
    if isinstance(replied, discord.Message) and replied.content and not replied.author.bot:
        yield f"In reply to {replied.author.display_name}:\n{_quote(replied.content)}"
    for snapshot in message.message_snapshots:
        if snapshot.content:
            yield f"Forwarded:\n{_quote(snapshot.content)}"
    for embed in message.embeds:
        parts = (embed.title, embed.description, *(f"{field.name}: {field.value}" for field in embed.fields))
        if words := "\n".join(part for part in parts if part):
            yield f"Embedded:\n{_quote(words)}"


def _quote(text: str) -> str:
    return "\n".join("> " + line for line in text.splitlines())


def attachment_of(one: discord.Attachment) -> Attachment:
    media_type = (one.content_type or "application/octet-stream").split(";")[0]
    return Attachment(str(one.id), sanitise(one.filename), media_type, one.size, one.url)
