"""What a message of Discord's says: its words, what it quotes, forwards or embeds, its files, and who said it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

import discord

from adapters.discord.cards import composed, embedded, quote
from adapters.discord.reading import UNREADABLE
from bot.conversation import Attachment, Author, Quote
from bot.writing import gestures
from bot.writing.masking import mask
from bot.writing.text import by_code, sanitise

Names = Mapping[str, str]
NOBODY: Names = {}

CALLED = re.compile(r"<(?:@&|#)(\d+)>")
MENTION = r"<@[!&]?\d+>"
LEADING = re.compile(rf"(?:\s*{MENTION}(?:\s*[,:]+(?=\s|\Z))?\s*)*")
"""Whom a message is addressed to; a fence behind it begins a line all the same."""

MESSAGE_LINK = re.compile(r"<?https://(?:\w+\.)?discord(?:app)?\.com/channels/(?:\d+|@me)/\d+/\d+/?>?")
"""Leads to another message."""

EVERYONE = re.compile(r"(?<![\w@])@(?:everyone|here)\b")
ASKED = re.compile(r"\*\*.+?\*\* asks: ")
"""How the line begins that shows a command's question."""

NOTICE = re.compile(r"^-# .*$", re.MULTILINE)
CUSTOM_EMOJI = re.compile(r"<a?(:\w+:)\d+>")
COMMAND = re.compile(r"</([\w -]+):\d+>")
MOMENT = re.compile(r"<t:(-?\d{1,15})(?::[tTdDfFRsS])?>")
GUIDE = re.compile(r"<id:(customize|browse|guide|linked-roles)(?::\d+)?>")
GUIDES = {
    "customize": "Channels & Roles",
    "browse": "Browse Channels",
    "guide": "Server Guide",
    "linked-roles": "Linked Roles",
}
"""What Discord's own marks are called on a screen: https://docs.discord.com/developers/reference#message-formatting-formats."""


def replied_to(message: discord.Message) -> discord.Message | None:
    reference = message.reference
    if reference is None or reference.type is discord.MessageReferenceType.forward:
        return None
    return reference.resolved if isinstance(reference.resolved, discord.Message) else reference.cached_message


def answers_what_is_gone(message: discord.Message) -> bool:
    return message.reference is not None and isinstance(message.reference.resolved, discord.DeletedReferencedMessage)


def titled(name: str, tags: Iterable[str]) -> str:
    """What stands over a post in a forum."""
    named = ", ".join(tags)
    return sanitise(f"Post: {name}" + (f" (tags: {named})" if named else ""))


def author_of(user: discord.User | discord.Member) -> Author:
    name = mask(re.sub(r"\s+", " ", sanitise(user.display_name)).strip())
    return Author(f"discord:{user.id}", name or str(user.id), is_bot=user.bot)


def text_of(
    message: discord.Message, ours: discord.ClientUser, *, is_known: bool = True, called: Names = NOBODY
) -> str:
    """The words without our own mention, names for other mentions, and after them what the person quotes, forwards or embeds.
    `is_known`: what we said before is remembered, so that a reply to us need not quote it. `called`: what roles and channels are
    called, by their ids, where the library does not know the server."""
    brought = (words for words, _ in _brought(message, ours, is_known=is_known, called=called))
    return "\n\n".join(part for part in (_said(message, ours, called), *brought) if part)


def quotes_of(
    message: discord.Message, ours: discord.ClientUser, text: str, *, is_known: bool = True, called: Names = NOBODY
) -> tuple[Quote, ...]:
    """What of its text is a copy of another message's."""
    found = (quote for _, quote in _brought(message, ours, is_known=is_known, called=called) if quote)
    clean = (Quote(one.source, sanitise(one.text), sanitise(one.head), one.files) for one in found)
    return tuple(one for one in clean if one.text in text)


def quoted(message: discord.Message, ours: discord.ClientUser) -> Quote:
    """The whole of a message that somebody asks about, with who said it."""
    words = text_of(message, ours, is_known=False)
    return _copy(message.id, f"{message.author.display_name} said:", words, (one.id for one in files_of(message, ours)))


def _copy(source: int | None, head: str, words: str, files: Iterable[str] = ()) -> Quote:
    """A message has its id for a name: no other thing of Discord's has the same."""
    return Quote(str(source), f"{head}\n{quote(words or '(no words)')}", head, tuple(files))


def is_called(message: discord.Message, ours: discord.ClientUser) -> bool:
    """Whether the words mention us, or our own role; in code a mention is code."""
    mine = message.guild.self_role if message.guild else None
    called = rf"<@!?{ours.id}>" + (rf"|<@&{mine.id}>" if mine else "")
    return re.search(called, _outside_code(message.content)) is not None


def calls_others(message: discord.Message, ours: discord.ClientUser) -> bool:
    """Whether the words mention somebody who is not us, a group, or all."""
    words = _outside_code(message.content)
    mine = message.guild.self_role if message.guild else None
    people, roles = set(re.findall(r"<@!?(\d+)>", words)), set(re.findall(r"<@&(\d+)>", words))
    return bool(people - {str(ours.id)} or roles - {str(mine.id) if mine else ""} or EVERYONE.search(words))


def is_nod(message: discord.Message) -> bool:
    """A sticker or an emoji, and no word beside it."""
    if message.attachments or message.message_snapshots or message.poll:
        return False
    words = re.sub(rf"{MENTION}(?:\s*[,:]+(?=\s|\Z))?", "", message.content).strip()
    return gestures.is_gesture(words) if words else bool(message.stickers)


def asks_nobody(message: discord.Message) -> bool:
    """A nod, a poll without a word, or the end of one: nobody waits for an answer."""
    if message.type is discord.MessageType.poll_result:
        return True
    return is_nod(message) or bool(message.poll and not re.sub(MENTION, "", message.content).strip())


def shows_around(message: discord.Message) -> bool:
    """A message that is forwarded or linked to, and no word beside it: nobody says what is wanted of us."""
    own, links = MESSAGE_LINK.subn("", re.sub(MENTION, "", message.content))
    is_wordless = not own.strip() or gestures.is_gesture(own)
    return bool(links or message.message_snapshots) and is_wordless and not message.attachments


def _outside_code(content: str) -> str:
    lead = LEADING.match(content)
    end = lead.end() if lead else 0
    return content[:end] + "".join(part for part_is_code, part in by_code(content[end:]) if not part_is_code)


def _said(message: discord.Message, ours: discord.ClientUser, called: Names) -> str:
    said = (_used(message), typed(message, ours, called), *_signs(message))
    return "\n\n".join(part for part in said if part)


def _used(message: discord.Message) -> str:
    """Whose command it is that another app answers: it stands above the answer."""
    used = message.interaction_metadata
    if message.type is not discord.MessageType.chat_input_command or used is None:
        return ""
    return f"{author_of(used.user).name} used a command:"


def typed(message: discord.Message, ours: discord.ClientUser, called: Names = NOBODY) -> str:
    """What its author typed, without our own mention."""
    names = {str(user.id): user.display_name for user in message.mentions}
    names |= {str(role.id): role.name for role in message.role_mentions} | dict(called)
    mine = message.guild.self_role if message.guild else None
    us = re.compile(rf"<@!?{ours.id}>" + (rf"|<@&{mine.id}>" if mine else ""))
    lead = LEADING.match(message.content)
    end = lead.end() if lead else 0
    text = (
        re.sub(rf"(?:{us.pattern})(?:\s*[,:]+(?=\s|\Z))?", "", message.content[:end]).lstrip() + message.content[end:]
    )
    parts = (part if is_code else us.sub("", part) for is_code, part in by_code(text))
    words = "".join(parts).strip()
    return "".join(part if is_code else _named(part, names, message.guild) for is_code, part in by_code(words))


def _signs(message: discord.Message) -> Iterator[str]:
    """What is said without words."""
    if poll := message.poll:
        is_counted = poll.is_finalised() or poll.total_votes > 0
        choices = " / ".join(_choice(answer, is_counted=is_counted) for answer in poll.answers)
        yield f"Poll: {poll.question} {choices}{' (closed)' if poll.is_finalised() else ''}"
    if message.type is discord.MessageType.poll_result:
        yield from (_result(embed) for embed in message.embeds)
    for sticker in message.stickers:
        yield f"Sticker: {sticker.name}"
    if message.activity:
        yield f"Invitation to {message.application.name if message.application else 'an activity'}"


def _choice(answer: discord.PollAnswer, *, is_counted: bool) -> str:
    shown = f":{answer.emoji.name}:" if answer.emoji and answer.emoji.id else str(answer.emoji or "")
    votes = f"({_votes(answer.vote_count)})" if is_counted else ""
    return " ".join(part for part in (shown, answer.text, votes) if part)


def _votes(count: int | str) -> str:
    return f"{count} {'vote' if str(count) == '1' else 'votes'}"


def _result(embed: discord.Embed) -> str:
    """How a poll ended: https://docs.discord.com/developers/resources/message#embed-fields-by-embed-type-poll-result-embed-fields."""
    told = {str(field.name): str(field.value) for field in embed.fields}
    emoji = told.get("victor_answer_emoji_name", "")
    emoji = f":{emoji}:" if "victor_answer_emoji_id" in told else emoji
    victor = " ".join(part for part in (emoji, told.get("victor_answer_text", "")) if part)
    total = _votes(told.get("total_votes", "0"))
    ended = f"{victor} won with {told.get('victor_answer_votes', '?')} of {total}" if victor else f"nobody won, {total}"
    return f"Poll closed: {told.get('poll_question_text', '')} {ended}"


def asked_by_command(message: discord.Message) -> tuple[Author, str] | None:
    """Who asked, and what, where a message of ours shows the question of a command; None for anything else that a command showed."""
    used = message.interaction_metadata
    found = ASKED.match(message.content)
    return (author_of(used.user), message.content[found.end() :].strip()) if used and found else None


def without_notices(message: discord.Message) -> str:
    """An answer of ours without what stands under it in our own name: such a line is small, and in an answer's own text the mark is
    escaped."""
    parts = (part if is_code else NOTICE.sub("", part) for is_code, part in by_code(message.content))
    return "".join(parts).strip()


def _named(text: str, names: Names, guild: discord.Guild | None) -> str:
    text = CUSTOM_EMOJI.sub(r"\1", text)
    text = COMMAND.sub(r"/\1", text)
    text = GUIDE.sub(lambda found: GUIDES.get(found[1], found[1]), text)
    text = MOMENT.sub(_moment, text)
    text = re.sub(r"<@!?(\d+)>", lambda found: "@" + names.get(found[1], found[1]), text)
    text = re.sub(r"<#(\d+)>", lambda found: "#" + _channel_name(found[1], names, guild), text)
    return re.sub(r"<@&(\d+)>", lambda found: "@" + _role_name(found[1], names, guild), text)


def _role_name(role_id: str, names: Names, guild: discord.Guild | None) -> str:
    role = guild.get_role(int(role_id)) if guild else None
    return names.get(role_id) or (role.name if role else f"{role_id} (a role)")


def _moment(found: re.Match[str]) -> str:
    """A moment that each reader sees by their own clock; one that no clock has stays as it was typed."""
    try:
        return f"{datetime.fromtimestamp(int(found[1]), UTC):%a %Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError, OSError):
        return found[0]


def _channel_name(channel_id: str, names: Names, guild: discord.Guild | None) -> str:
    channel = guild.get_channel_or_thread(int(channel_id)) if guild else None
    return channel.name if channel else names.get(channel_id, channel_id)


def called_in(message: discord.Message) -> set[int]:
    """The roles and channels that its words name."""
    return {int(one) for one in CALLED.findall(message.content)}


def _brought(
    message: discord.Message, ours: discord.ClientUser, *, is_known: bool, called: Names
) -> Iterator[tuple[str, Quote | None]]:
    """What is not the person's own words, quoted, and which of it is a copy of another message."""
    replied = replied_to(message)
    if replied and not (is_known and replied.author.id == ours.id):
        words = "\n\n".join(part for part in (_said(replied, ours, called), *_shown_by(replied)) if part)
        if words or replied.attachments:
            files = (one.id for one in _files_at(replied))
            head = f"In reply to {replied.author.display_name}:"
            quote = _copy(replied.id, head, words or "(files alone)", files)
            yield quote.text, quote
    elif replied is None and answers_what_is_gone(message):
        yield "In reply to a message that was deleted, and is not readable any more.", None
    for quote in _forwards(message):
        yield quote.text, quote
    yield from ((words, None) for words in _embedded_or_composed(message))


def _shown_by(message: discord.Message) -> Iterator[str]:
    """What a message shows besides its words."""
    yield from (quote.text for quote in _forwards(message))
    yield from _embedded_or_composed(message)


def _embedded_or_composed(message: discord.Message) -> Iterator[str]:
    if message.type is not discord.MessageType.poll_result:
        names = {str(user.id): user.display_name for user in message.mentions}
        names |= {str(role.id): role.name for role in message.role_mentions}
        yield from (_plain(one, names, message.guild) for one in embedded(message.embeds))
        yield from (_plain(one, names, message.guild) for one in composed(message.components))


def _plain(text: str, names: Names, guild: discord.Guild | None) -> str:
    return "".join(part if is_code else _named(part, names, guild) for is_code, part in by_code(text))


def _forwards(message: discord.Message) -> Iterator[Quote]:
    for snapshot in message.message_snapshots:
        said = snapshot.content  # with names already, see reading.py
        stickers = (f"Sticker: {sticker.name}" for sticker in snapshot.stickers)
        words = "\n\n".join(
            part for part in (said, *stickers, *embedded(snapshot.embeds), *composed(snapshot.components)) if part
        )
        words = words or ("" if snapshot.attachments else UNREADABLE)
        if words:
            origin = message.reference.message_id if message.reference else None
            files = (attachment_of(one, message).id for one in snapshot.attachments)
            yield _copy(origin, f"{_forwarded(message)}:", _plain(words, NOBODY, message.guild), files)


def _forwarded(message: discord.Message) -> str:
    """Where it comes from, as far as we know: Discord tells the place alone; the author is known where we heard the first one."""
    reference = message.reference
    if reference is None:
        return "Forwarded"
    channel = message.guild.get_channel_or_thread(reference.channel_id) if message.guild else None
    origin = reference.cached_message
    where = f" from #{channel.name}" if channel else ""
    who = f", written by {origin.author.display_name}" if origin else ", written by somebody else"
    return f"Forwarded{where}{who} ({reference.jump_url})"


def files_of(message: discord.Message, ours: discord.ClientUser) -> Iterator[Attachment]:
    """Its own, and those of what it forwards or answers; our own are known."""
    replied = replied_to(message)
    for source in (message, *([replied] if replied and replied.author.id != ours.id else [])):
        yield from _files_at(source)


def _files_at(message: discord.Message) -> Iterator[Attachment]:
    for one in (*message.attachments, *(one for shot in message.message_snapshots for one in shot.attachments)):
        yield attachment_of(one, message)


def attachment_of(one: discord.Attachment, message: discord.Message | None = None) -> Attachment:
    """Its id says which message it hangs on, where there is one: its address may have to be asked for again."""
    media_type = (one.content_type or "application/octet-stream").split(";")[0]
    place = f"{message.channel.id}/{message.id}/" if message else ""
    return Attachment(f"{place}{one.id}", sanitise(one.filename), media_type, one.size, one.url)


def place_of(attachment: Attachment) -> tuple[tuple[int, int] | None, str]:
    """The channel and message that a file hangs on, if any, and the file's own id."""
    *place, file_id = attachment.id.split("/")
    return (int(place[0]), int(place[1])) if len(place) == 2 else None, file_id
