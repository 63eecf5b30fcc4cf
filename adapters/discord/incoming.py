"""discord.py's messages -> Message. Its objects end here.

A question in a channel gets a thread of its own, and Discord gives a thread the id of the message that it starts from: so the
question's ThreadId is known before the thread exists, and replies in it have the same one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import discord

from bot.conversation import Attachment, Author, Message, ThreadId
from bot.writing.text import by_code, sanitise

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
    replied = _replied(message)
    return bool(replied and replied.author.id == ours.id)


def is_direct(message: discord.Message) -> bool:
    """A message of a server that the library does not know (yet) is not direct either."""
    return message.guild is None and getattr(message.channel, "guild_id", None) is None


def _replied(message: discord.Message) -> discord.Message | None:
    reference = message.reference
    if reference is None or reference.type is discord.MessageReferenceType.forward:
        return None
    return reference.resolved if isinstance(reference.resolved, discord.Message) else reference.cached_message


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
        attachments=tuple(_attachments(message)),
        route=route,
        edition=message.edited_at.isoformat() if message.edited_at else "",
    )


def says_nothing(message: discord.Message, ours: Message) -> bool:
    """Addressed to us, and nothing in it that we could read. A bare mention in a thread is about what stands above it."""
    return ours.addressed and not ours.text and not ours.attachments and ("start" in ours.route or not message.content)


def to_earlier(message: discord.Message, thread: ThreadId, ours: discord.ClientUser) -> Message | None:
    """Something said in the thread before, by us too; None for what says nothing."""
    text = sanitise(text_of(message, ours))
    files = tuple(_attachments(message))
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


def author_of(user: discord.User | discord.Member) -> Author:
    name = re.sub(r"\s+", " ", sanitise(user.display_name)).strip()
    return Author(f"discord:{user.id}", name or str(user.id), is_bot=user.bot)


def text_of(message: discord.Message, ours: discord.ClientUser, *, is_known: bool = True) -> str:
    """The words without our own mention, names for other mentions, and after them what the person quotes, forwards or embeds.
    `is_known`: what we said before is remembered, so that a reply to us need not quote it."""
    return "\n\n".join(part for part in (_said(message, ours), *_brought(message, ours, is_known=is_known)) if part)


def quoted(message: discord.Message, ours: discord.ClientUser) -> str:
    """The whole of a message that somebody asks about, with who said it."""
    words = "\n\n".join(part for part in (_said(message, ours), *_brought(message, ours, is_known=False)) if part)
    return f"{message.author.display_name} said:\n{_quote(words or '(no words)')}"


def _said(message: discord.Message, ours: discord.ClientUser) -> str:
    names = {str(user.id): user.display_name for user in message.mentions}
    roles = {str(role.id): role.name for role in message.role_mentions}
    mine = message.guild.self_role if message.guild else None
    text = re.sub(rf"<@!?{ours.id}>" + (rf"|<@&{mine.id}>" if mine else ""), "", message.content).strip()
    return "".join(part if is_code else _named(part, names, roles, message.guild) for is_code, part in by_code(text))


def _named(text: str, names: Mapping[str, str], roles: Mapping[str, str], guild: discord.Guild | None) -> str:
    text = re.sub(r"<@!?(\d+)>", lambda found: "@" + names.get(found[1], found[1]), text)
    text = re.sub(r"<#(\d+)>", lambda found: "#" + _channel_name(found[1], guild), text)
    return re.sub(r"<@&(\d+)>", lambda found: "@" + roles.get(found[1], found[1]), text)


def _channel_name(channel_id: str, guild: discord.Guild | None) -> str:
    channel = guild.get_channel_or_thread(int(channel_id)) if guild else None
    return channel.name if channel else channel_id


def _brought(message: discord.Message, ours: discord.ClientUser, *, is_known: bool) -> Iterator[str]:
    """What is not the person's own words, quoted."""
    replied = _replied(message)
    if replied and not (is_known and replied.author.id == ours.id):
        words = "\n\n".join(part for part in (_said(replied, ours), *_embedded(replied.embeds)) if part)
        if words:
            yield f"In reply to {replied.author.display_name}:\n{_quote(words)}"
    for snapshot in message.message_snapshots:
        words = "\n\n".join(part for part in (snapshot.content, *_embedded(snapshot.embeds)) if part)
        if words:
            yield f"Forwarded:\n{_quote(words)}"
    yield from _embedded(message.embeds)


def _embedded(embeds: Sequence[discord.Embed]) -> Iterator[str]:
    for embed in embeds:
        parts = (embed.title, embed.description, *(f"{field.name}: {field.value}" for field in embed.fields))
        if words := "\n".join(part for part in (*parts, embed.footer.text) if part):
            yield f"Embedded:\n{_quote(words)}"


def _quote(text: str) -> str:
    return "\n".join("> " + line for line in text.splitlines())


def _attachments(message: discord.Message) -> Iterator[Attachment]:
    """Its own, and those of what it forwards or answers."""
    for one in (*message.attachments, *(one for shot in message.message_snapshots for one in shot.attachments)):
        yield attachment_of(one, message)
    replied = _replied(message)
    for one in replied.attachments if replied and not replied.author.bot else ():
        yield attachment_of(one, replied)


def attachment_of(one: discord.Attachment, message: discord.Message | None = None) -> Attachment:
    """Its id says which message it hangs on, where there is one: its address may have to be asked for again."""
    media_type = (one.content_type or "application/octet-stream").split(";")[0]
    place = f"{message.channel.id}/{message.id}/" if message else ""
    return Attachment(f"{place}{one.id}", sanitise(one.filename), media_type, one.size, one.url)


def place_of(attachment: Attachment) -> tuple[tuple[int, int] | None, str]:
    """The channel and message that a file hangs on, if any, and the file's own id."""
    *place, file_id = attachment.id.split("/")
    return (int(place[0]), int(place[1])) if len(place) == 2 else None, file_id
