"""What a message of Discord's says: its words, what it quotes, forwards or embeds, its files, and who said it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import discord

from bot.conversation import Attachment, Author
from bot.writing.text import by_code, sanitise


def replied_to(message: discord.Message) -> discord.Message | None:
    reference = message.reference
    if reference is None or reference.type is discord.MessageReferenceType.forward:
        return None
    return reference.resolved if isinstance(reference.resolved, discord.Message) else reference.cached_message


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
    replied = replied_to(message)
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


def files_of(message: discord.Message) -> Iterator[Attachment]:
    """Its own, and those of what it forwards or answers."""
    for one in (*message.attachments, *(one for shot in message.message_snapshots for one in shot.attachments)):
        yield attachment_of(one, message)
    replied = replied_to(message)
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
