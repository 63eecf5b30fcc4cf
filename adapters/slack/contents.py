"""What a message of Slack's says: its words, what stands only in its blocks and attachments, its files, and who said it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.phrases import picture
from adapters.slack.attached import all_within, blocks_within, is_of_an_app, is_quotation
from adapters.slack.blocks import Piece, leads_to, pieces, read_back, tables
from adapters.slack.files import attachment_of, words_of
from adapters.slack.mrkdwn import from_mrkdwn, moment, outside_code, prose
from bot.conversation import Attachment, Quote
from bot.copies import file_source, in_quotation
from bot.writing.gestures import is_gesture
from bot.writing.masking import mask
from bot.writing.text import excerpt, sanitise

Event = Mapping[str, Any]

NO_PREVIEW = "[no preview available]"
"""What Slack writes where there is nothing to write."""

NO_WORDS = "(no words)"
NOT_READABLE = "(not readable: it stands where I have no access)"

PREVIEW_CHARACTERS = 2_000
"""Of one preview: what it is of is not read, and it is not what the person said."""

USER = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
GROUP = re.compile(r"<!(?:subteam\^[A-Z0-9]+|here|channel|everyone)(?:\|[^>]*)?>")
MARK = r"(?: *[,:]+(?=\s|\Z)|[,:]+(?![\w+'-]+:))?"
"""What ends a mention, as in `@bot: how`; the colon of an emoji's name behind it does not."""

MESSAGE_LINK = re.compile(r"<https://[\w.-]+\.slack\.com/archives/[A-Z0-9]+/p\d+[^>]*>")
"""Leads to another message: https://docs.slack.dev/reference/methods/chat.getPermalink."""

UNNAMED = re.compile(r"<(?:!subteam\^|#)([A-Z0-9]+)(?:\|\s*)?>")
"""A group or a channel that Slack tells the id of alone."""


@dataclass(frozen=True, slots=True)
class Ourselves:
    """Who we are in this workspace, and which it is; `enterprise` is its Enterprise organisation, "" where it has none."""

    user_id: str
    bot_id: str
    name: str
    team: str = ""
    enterprise: str = ""

    def said(self, message: Event) -> bool:
        """True for a message of ours; some carry our user, some only our bot's id."""
        return message.get("user") == self.user_id or bool(message.get("bot_id") and message["bot_id"] == self.bot_id)


def enterprise_of(user: Event) -> tuple[str, tuple[str, ...]]:
    """A person's Enterprise organisation, and those of its workspaces that they are in; empty where it is not told.

    https://docs.slack.dev/reference/objects/user-object#enterprise-grid
    """
    told = user.get("enterprise_user")
    if not isinstance(told, dict):
        return "", ()
    teams = told.get("teams")
    return str(told.get("enterprise_id") or ""), tuple(sorted(map(str, teams))) if isinstance(teams, list) else ()


def mentioned(event: Event) -> list[str]:
    """The user ids that the text mentions, in order; in code nobody is."""
    return USER.findall(prose(str(event.get("text") or "")))


def is_among_people(event: Event, ours: Ourselves) -> bool:
    """True for what is said to other people: it calls somebody else or a group, only nods, or shows around what somebody else said."""
    text = str(event.get("text") or "")
    if any(user != ours.user_id for user in mentioned(event)) or GROUP.search(prose(text)):
        return True
    return is_nod(event, ours) or shows_around(event, ours)


def shows_around(event: Event, ours: Ourselves) -> bool:
    """A message that is forwarded or linked to, and no word beside it: nobody says what is wanted of us."""
    said = _without_us(str(event.get("text") or ""), ours)
    own, links = MESSAGE_LINK.subn("", said)
    is_quoting = links > 0 or any(is_quotation(one) for one in event.get("attachments") or ())
    is_wordless = not own.strip() or is_gesture(own)
    return is_quoting and is_wordless and not event.get("files")


def is_nod(event: Event, ours: Ourselves) -> bool:
    """An emoji and nothing else, but for our name."""
    brings = any(event.get(key) for key in ("files", "attachments")) or tables(event.get("blocks") or ())
    return not brings and is_gesture(_without_us(str(event.get("text") or ""), ours))


def people_in(event: Event) -> list[str]:
    """Whose names are needed to read it: who speaks, who is quoted, who or what is mentioned anywhere."""
    room = event.get("room")
    huddled = [str(one) for one in room.get("participant_history") or ()] if isinstance(room, Mapping) else []
    return [speaker(event), *_users([event.get("text"), event.get("attachments"), event.get("blocks")]), *huddled]


def _users(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from USER.findall(value)
        yield from UNNAMED.findall(value)
    elif isinstance(value, Mapping):
        yield from (str(value[key]) for key in ("author_id", "user_id", "usergroup_id") if value.get(key))
        yield from [str(value["channel_id"])] if value.get("type") == "channel" and value.get("channel_id") else []
        for one in value.values():
            yield from _users(one)
    elif isinstance(value, Sequence):
        for one in value:
            yield from _users(one)


def speaker(event: Event) -> str:
    return str(event.get("user") or event.get("bot_id") or "unknown")


def name_of(event: Event, names: Mapping[str, str]) -> str:
    """The speaker's name: as it was looked up, as the event tells it, or, where nobody tells, "". Slack refuses to look up some
    strangers of a shared channel."""
    return _known(speaker(event), names) or own_name(event)


def _known(user: str, names: Mapping[str, str]) -> str:
    """Whoever could not be looked up stands there with the id."""
    found = names.get(user, "")
    return found if found != user else ""


def own_name(event: Event) -> str:
    """The name that the event itself gives: an app's, or a stranger's."""
    profile, person = event.get("bot_profile") or {}, event.get("user_profile") or {}
    told = event.get("username") or profile.get("name") or person.get("display_name") or person.get("real_name")
    return mask(" ".join(sanitise(str(told or "")).split()))


def with_own_names(names: Mapping[str, str], events: Iterable[Event]) -> Mapping[str, str]:
    """The names, and for strangers whom Slack does not look up those that their own messages tell."""
    told = {speaker(event): own_name(event) for event in events}
    return {**names, **{user: name for user, name in told.items() if name and not _known(user, names)}}


def quoted(message: Event, ours: Ourselves, names: Mapping[str, str]) -> tuple[str, str]:
    """Whose a message is, and all that it says as a quotation: for a question about it."""
    said = sanitise(said_by_us(message) if ours.said(message) else text_of(message, ours, names))
    return name_of(message, names) or str(message.get("user") or ""), in_quotation(said)


def said_by_us(message: Event) -> str:
    """What a message of ours says, but for what the bot says in its own name under it."""
    blocks = message.get("blocks") or ()
    return read_back(blocks) if blocks else from_mrkdwn(str(message.get("text") or ""), {})


def text_of(event: Event, ours: Ourselves, names: Mapping[str, str]) -> str:
    """The text without our own mention, and behind it what stands only in attachments and blocks: what an alert says, what is
    forwarded, tables."""
    text = "\n\n".join(part for part in (typed(event, ours, names), _huddle(event, names)) if part)
    return _joined(text, _brought(event, names, whole=bool(event.get("bot_id")) or not text))


def _huddle(event: Event, names: Mapping[str, str]) -> str:
    """A huddle stands in a channel as a message without words."""
    room = event.get("room")
    if not isinstance(room, Mapping):
        return ""
    people = ", ".join(_known(str(one), names) or str(one) for one in room.get("participant_history") or ())
    return f"Huddle{' of ' if people else ''}{people}{' (it has ended)' if room.get('has_ended') else ''}"


def typed(event: Event, ours: Ourselves, names: Mapping[str, str]) -> str:
    """What its author typed, without our own mention."""
    return from_mrkdwn(_without_us(str(event.get("text") or ""), ours), names)


def _without_us(text: str, ours: Ourselves) -> str:
    mention = rf"\s*<@{ours.user_id}(?:\|[^>]*)?>{MARK} *"
    return outside_code(text, lambda said: re.sub(mention, " ", said)).strip()


def _joined(text: str, pieces: Iterable[Piece]) -> str:
    """The text and each piece that says something new."""
    said, joined, was_apart = {_bare(line) for line in text.split("\n")}, text, False
    whole = _bare(text)
    for piece in pieces:
        bare = {_bare(one) for one in piece.texts} - {""} or {_bare(piece.words)}
        if all(one in said or one in whole for one in bare) or not piece.words.strip():
            continue
        said |= bare
        gap = "\n\n" if piece.stands_apart or was_apart else "\n"
        joined, was_apart = f"{joined}{gap}{piece.words}" if joined else piece.words, piece.stands_apart
    return joined


def _bare(text: str) -> str:
    return " ".join(text.split())


def _brought(event: Event, names: Mapping[str, str], *, whole: bool) -> Iterator[Piece]:
    """What files, attachments and blocks say. Of a person's message with a text only what is quoted, what apps show of a link, and
    tables: blocks say the same again, and the rest are previews that Slack made of pages."""
    for file in event.get("files") or ():
        if words := words_of(file):
            yield Piece(words, (words,), stands_apart=True)
    for attachment in event.get("attachments") or ():
        if is_quotation(attachment):
            words = _quotation(attachment, names)
            yield Piece(words, (words,), stands_apart=True)
        elif whole:
            yield from _alert(attachment, names)
        elif is_of_an_app(attachment):
            words = _preview(attachment, names)
            yield Piece(words, (words,), stands_apart=True)
        else:
            yield from pieces(tables(attachment.get("blocks") or ()), names)
    blocks = event.get("blocks") or ()
    yield from pieces(blocks if whole else tables(blocks), names)


def _alert(attachment: Event, names: Mapping[str, str]) -> Iterator[Piece]:
    """What another app says in an attachment."""
    said = [key for key in ("pretext", "author_name", "title", "text") if attachment.get(key)]
    for key in said:
        text, link = from_mrkdwn(str(attachment[key]), names), str(attachment.get(f"{key}_link") or "")
        yield Piece(f"[{text}]({link})" if key == "title" and link else text, (text,))
    for field in attachment.get("fields") or ():
        halves = (str(field.get(key) or "") for key in ("title", "value"))
        text = from_mrkdwn(": ".join(half for half in halves if half), names)
        yield Piece(text, (text,))
    for text in (leads_to(one) for one in attachment.get("actions") or ()):
        yield Piece(text, (text,))
    for address in (attachment[key] for key in ("image_url", "thumb_url") if attachment.get(key)):
        words = picture("", str(address))
        yield Piece(words, (words,))
    shown = list(pieces(attachment.get("blocks") or (), names))
    yield from shown
    fallback = str(attachment.get("fallback") or "")
    if fallback != NO_PREVIEW and not said and not shown:
        yield Piece(from_mrkdwn(fallback, names), (fallback,))
    if footer := from_mrkdwn(str(attachment.get("footer") or ""), names):
        yield Piece(footer, (footer,))
    if attachment.get("ts") and (said or shown):
        at = moment(attachment["ts"])
        yield Piece(at, (at,))


def _preview(attachment: Event, names: Mapping[str, str]) -> str:
    """What an app shows under a person's words; it is not theirs."""
    return _under(*_preview_parts(attachment, names))


def _preview_parts(attachment: Event, names: Mapping[str, str]) -> tuple[str, str]:
    """Whose it is, and what it says; "" where it says nothing."""
    words, cut = excerpt(_joined("", _alert(attachment, names)), PREVIEW_CHARACTERS)
    app = str(attachment.get("service_name") or attachment.get("author_name") or "")
    link = str(attachment.get("from_url") or attachment.get("title_link") or "")
    place = (f" by {app}" if app else "") + (f" of <{link}>" if link else "")
    return f"{_bare(sanitise('Preview' + place))}{' (in part)' if cut else ''}:", words


def _under(head: str, words: str) -> str:
    return f"{head}\n{in_quotation(words)}" if words.strip() else ""


# --- what others said -------------------------------------------------------------------------------------------------


def _quotation(attachment: Event, names: Mapping[str, str]) -> str:
    """What somebody else said, in their name, with where it stands."""
    return _under(*_quotation_parts(attachment, names))


def _quotation_parts(attachment: Event, names: Mapping[str, str]) -> tuple[str, str]:
    """Whose it is, and what they said."""
    text = from_mrkdwn(str(attachment.get("text") or ""), names)
    nothing = NOT_READABLE if attachment.get("private_channel_prompt") else NO_WORDS
    attachment = {key: value for key, value in attachment.items() if key != "footer"}  # says where it stands, as we do
    inside = {**attachment, "blocks": blocks_within(attachment), "attachments": all_within(attachment, "attachments")}
    inside["files"] = all_within(attachment, "files")
    words = _joined(text, _brought(inside, names, whole=True))
    fallback = str(attachment.get("fallback") or "")
    words = words or ("" if fallback == NO_PREVIEW else from_mrkdwn(fallback, names)) or nothing
    author = str(attachment.get("author_id") or "")
    who = _known(author, names) or str(attachment.get("author_name") or attachment.get("author_subname") or author)
    channel, link = str(attachment.get("channel_name") or ""), str(attachment.get("from_url") or "")
    place = (f" by {who}" if who else "") + (f" in #{channel}" if channel else "") + (f", <{link}>" if link else "")
    kind = "Forwarded message" if attachment.get("is_share") else "Linked message"
    return f"{_bare(sanitise(kind + place))}:", words


def source_of(channel: object, ts: object) -> str:
    """The name of a message, by which copies of it are found."""
    return f"{channel}/{ts}"


def copies_in(event: Event, names: Mapping[str, str]) -> Iterator[tuple[Quote, str]]:
    """What a message brings of somebody else's or of a file, and the words of it."""
    for place, attachment in enumerate(event.get("attachments") or ()):
        if is_quotation(attachment):
            head, words = _quotation_parts(attachment, names)
        elif is_of_an_app(attachment):
            head, words = _preview_parts(attachment, names)
        else:
            continue
        if is_quotation(attachment) and attachment.get("channel_id") and attachment.get("ts"):
            source = source_of(attachment["channel_id"], attachment["ts"])
        else:
            of = _digest(attachment.get("from_url")) or attachment.get("id") or place
            source = f"{source_of(event.get('channel'), event.get('ts'))}#{of}"
        files = all_within(attachment, "files")
        ids = tuple(one.id for one in (attachment_of(file) for file in files) if one)
        yield Quote(source, sanitise(_under(head, words)), sanitise(head), ids), sanitise(words)
    for file in event.get("files") or ():
        if words := words_of(file):
            head, _, _ = words.partition(":")
            yield Quote(file_source(str(file.get("id"))), sanitise(words), sanitise(f"{head}:")), sanitise(words)


def _digest(address: object) -> str:
    """What an address is told by without being kept: some hold a token."""
    return hashlib.sha256(str(address).encode("utf-8", "replace")).hexdigest()[:16] if address else ""


def quotes_of(event: Event, text: str, names: Mapping[str, str]) -> tuple[Quote, ...]:
    """Those of its copies that stand in its text."""
    return tuple(quote for quote, _ in copies_in(event, names) if quote.text and quote.text in text)


# --- files ------------------------------------------------------------------------------------------------------------


def files_of(event: Event) -> Iterator[Attachment]:
    """Those to be read: its own, and those of what it forwards."""
    found = (attachment_of(file) for file in files_within(event))
    yield from {(one.id, one.name): one for one in found if one}.values()


def files_within(event: Event) -> Iterator[Event]:
    """A message's own files, and those of what it forwards, however deep it stands."""
    yield from event.get("files") or ()
    for one in event.get("attachments") or ():
        if is_quotation(one):
            yield from files_within({key: all_within(one, key) for key in ("files", "attachments")})
