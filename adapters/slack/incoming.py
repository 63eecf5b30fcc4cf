"""Slack events -> Message. Raw payloads end here.

A mention comes twice, as `app_mention` and as `message`, with the same channel and ts: both become the same Message, and the inbox
takes one. `ts` stays a string: as a number it would lose digits that name the message. An edit comes as `message_changed`, and so do
previews, counts of replies and our own edits: only other words or other files are an edit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from adapters.slack.mrkdwn import from_mrkdwn
from bot.conversation import Attachment, Author, Message, ThreadId
from bot.writing.text import fence_for, sanitise

Event = Mapping[str, Any]

SAID = (None, "file_share", "thread_broadcast")
"""Subtypes in which a person says something. Edits, deletions, joins and the rest are none of ours here."""

OURS = "Plumbline"

USER = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")


@dataclass(frozen=True, slots=True)
class Ourselves:
    """Who we are in this workspace."""

    user_id: str
    bot_id: str

    def said(self, message: Event) -> bool:
        """True for a message of ours; some carry our user, some only our bot's id."""
        return message.get("user") == self.user_id or bool(message.get("bot_id") and message["bot_id"] == self.bot_id)


def order(ts: str) -> tuple[int, int]:
    """A ts as two whole numbers: as one number it would lose digits, and as text it would sort wrongly across lengths."""
    seconds, _, number = ts.partition(".")
    return int(seconds or 0), int(number or 0)


def is_echo(event: Event, ours: Ourselves) -> bool:
    """True for what we did ourselves and are told of: each edit of an answer comes back. What became of a question that we posted
    in somebody's name is none: it may be deleted."""
    if event.get("type") not in ("message", "app_mention"):
        return False
    message = event.get("message") if event.get("subtype") == "message_changed" else event
    return bool(message and ours.said(message))


def concerns_us(event: Event, ours: Ourselves, *, bots: bool = False) -> bool:
    """True for what a person said in a direct message, in a thread, or to us. Our own echoes and edits are not.

    `bots`: what another bot says to us concerns us, too.
    """
    if event.get("type") not in ("message", "app_mention") or ours.said(event):
        return False
    is_to_us = ours.user_id in mentioned(event)
    if event.get("bot_id"):
        return bots and is_to_us and event.get("subtype") in (*SAID, "bot_message")
    if event.get("subtype") not in SAID or not event.get("user"):
        return False
    return bool(event.get("channel_type") == "im" or event.get("thread_ts") or is_to_us)


def edited(event: Event, ours: Ourselves) -> Event | None:
    """The message as it reads now, where an event tells of an edit of words or files that concerns us, now or before it."""
    if event.get("type") == "app_mention":
        return event if event.get("edited") and concerns_us(event, ours) else None
    if event.get("subtype") != "message_changed":
        return None
    now, before = event.get("message") or {}, event.get("previous_message") or {}
    if now.get("hidden") or not (_reads_differently(now, before) if before else now.get("edited")):
        return None
    place = {"type": "message", "channel": event.get("channel"), "channel_type": event.get("channel_type")}
    if concerns_us({**now, **place}, ours) or (
        before and concerns_us({**now, **place, "text": before.get("text")}, ours)
    ):
        return {**now, **place}
    return None


def edition_of(message: Event, event: Event) -> str:
    """Slack's mark of an edit."""
    return str((message.get("edited") or {}).get("ts") or event.get("event_ts") or event.get("ts") or "")


def _reads_differently(now: Event, before: Event) -> bool:
    return now.get("text") != before.get("text") or _file_ids(now) != _file_ids(before)


def _file_ids(message: Event) -> list[str]:
    return [str(file.get("id")) for file in message.get("files") or () if file.get("mode") != "tombstone"]


def deleted(event: Event, ours: Ourselves) -> tuple[str, str] | None:
    """The thread and the ts of a message that was deleted, where that can concern us. A root with replies leaves a tombstone."""
    before = event.get("previous_message") or {}
    if event.get("subtype") == "message_changed" and (event.get("message") or {}).get("subtype") == "tombstone":
        ts = str(event["message"]["ts"])
    elif event.get("subtype") == "message_deleted":
        ts = str(event["deleted_ts"])
    else:
        return None
    thread = str(before.get("thread_ts") or (event.get("message") or {}).get("thread_ts") or ts)
    if before and ours.said(before):
        return (thread, ts) if thread == ts else None
    is_near = event.get("channel_type") == "im" or before.get("thread_ts") or ours.user_id in mentioned(before)
    return (thread, ts) if is_near or not before else None


def mentioned(event: Event) -> list[str]:
    """The user ids that the text mentions, in order."""
    return USER.findall(str(event.get("text") or ""))


def thread_of(team: str, channel: str, event: Event) -> ThreadId:
    return ThreadId("slack", team, channel, str(event.get("thread_ts") or event["ts"]))


def to_message(event: Event, team: str, ours: Ourselves, names: Mapping[str, str], *, edition: str = "") -> Message:
    """A message that concerns us. `names` gives the name of each user id in it."""
    user, people = speaker(event), mentioned(event)
    direct = event.get("channel_type") == "im"
    home = str(event.get("user_team") or event.get("source_team") or team)
    return Message(
        thread=thread_of(team, str(event["channel"]), event),
        id=str(event["ts"]),
        author=Author(f"slack:{user}", names.get(user) or _own_name(event) or user, is_bot=bool(event.get("bot_id"))),
        text=sanitise(text_of(event, ours, names)),
        sent_at=moment(str(event["ts"])),
        addressed=direct or ours.user_id in people,
        mentions_others=any(one != ours.user_id for one in people),
        attachments=tuple(files_of(event)),
        route={"team": home} if direct and home != team else {},
        edition=edition,
    )


def speaker(event: Event) -> str:
    return str(event.get("user") or event.get("bot_id") or "unknown")


def _own_name(event: Event) -> str:
    """The name under which an app speaks."""
    profile = event.get("bot_profile") or {}
    return sanitise(str(event.get("username") or profile.get("name") or ""))


def quoted(message: Event, ours: Ourselves, names: Mapping[str, str]) -> tuple[str, str]:
    """Whose a message is, and all that it says as a quotation: for a question about it."""
    user = speaker(message)
    who = names.get(user) or _own_name(message) or ""
    said = sanitise(read_back(message.get("blocks") or ()) if ours.said(message) else text_of(message, ours, names))
    return who, "\n".join(f"> {line}" for line in said.strip().split("\n"))


def to_earlier(event: Event, thread: ThreadId, ours: Ourselves, names: Mapping[str, str]) -> Message | None:
    """Something said in the thread before, by an alert or by us included; None for what says nothing."""
    is_ours = ours.said(event)
    text = sanitise(read_back(event.get("blocks") or ()) if is_ours else text_of(event, ours, names))
    if not text.strip():
        return None
    if is_ours:
        author, sent_at = Author(f"slack:{ours.user_id}", OURS, is_bot=True), moment(str(event["ts"]))
        return Message(thread, str(event["ts"]), author, text, sent_at, addressed=False, ours=True)
    author_id = speaker(event)
    author = Author(
        f"slack:{author_id}", names.get(author_id) or _own_name(event) or author_id, bool(event.get("bot_id"))
    )
    return Message(thread, str(event["ts"]), author, text, moment(str(event["ts"])), addressed=False)


def text_of(event: Event, ours: Ourselves, names: Mapping[str, str]) -> str:
    """The text without our own mention, and what stands only in attachments and blocks, as alerts and forwarded messages have it."""
    text = str(event.get("text") or "")
    text = re.sub(rf"\s*<@{ours.user_id}(?:\|[^>]*)?>[ ,:]*", " ", text).strip()
    said = {_bare(line) for line in text.split("\n")}
    more = []
    for piece in _alert(event, whole=bool(event.get("bot_id")) or not text):
        if (bare := _bare(piece)) and bare not in said and bare not in _bare(text):
            said.add(bare)
            more.append(piece)
    return from_mrkdwn("\n".join([*([text] if text else []), *more]), names)


def _bare(text: str) -> str:
    return " ".join(text.split())


def read_back(blocks: Sequence[Event]) -> str:
    """The Markdown of an answer of ours, from the blocks that `formatting` made of it; notices and buttons are left out."""
    said = []
    for block in blocks:
        if block.get("type") == "table":
            said.append("\n".join(" | ".join("".join(_texts(cell)) for cell in row) for row in block["rows"]))
        for element in block.get("elements") or () if block.get("type") == "rich_text" else ():
            text = "".join(_texts(element.get("elements") or ()))
            match element.get("type"):
                case "rich_text_preformatted":
                    fence = fence_for(text)
                    said.append(f"{fence}{element.get('language', '')}\n{text.rstrip(chr(10))}\n{fence}")
                case "rich_text_list":
                    said.append("\n".join(_items(element)))
                case "rich_text_quote":
                    said.append("\n".join(f"> {line}" for line in text.split("\n")))
                case _:
                    said.append(text)
    return "\n\n".join(said)


def _items(element: Event) -> Iterator[str]:
    """A list's items as Markdown."""
    margin = "   " * int(element.get("indent") or 0)
    for number, item in enumerate(element.get("elements") or (), int(element.get("offset") or 0) + 1):
        marker = f"{number}." if element.get("style") == "ordered" else "-"
        yield f"{margin}{marker} {''.join(_texts(item))}"


def _alert(event: Event, *, whole: bool) -> Iterator[str]:
    """What attachments and blocks say. Of a person's message with a text only what they forwarded: blocks say the same again."""
    for attachment in event.get("attachments") or ():
        if not whole and not attachment.get("is_share"):
            continue
        said = [str(attachment[key]) for key in ("pretext", "title", "text") if attachment.get(key)]
        yield from said
        for field in attachment.get("fields") or ():
            yield f"{field.get('title', '')}: {field.get('value', '')}"
        shown = list(_texts(attachment.get("blocks") or ()))
        yield from shown
        if attachment.get("fallback") and not said and not shown:
            yield str(attachment["fallback"])
    if whole:
        yield from _texts(event.get("blocks") or ())


def _texts(value: Any) -> Iterator[str]:
    """Every text in blocks, in order; of a link without one, its address."""
    if isinstance(value, str):
        return
    if isinstance(value, Mapping):
        if isinstance(value.get("text"), str):
            yield value["text"]
        elif value.get("type") == "link" and isinstance(value.get("url"), str):
            yield value["url"]
        for key, one in value.items():
            if key != "text" or not isinstance(one, str):
                yield from _texts(one)
    elif isinstance(value, Sequence):
        for one in value:
            yield from _texts(one)


def files_of(event: Event) -> Iterator[Attachment]:
    for file in event.get("files") or ():
        yield Attachment(
            id=str(file.get("id", "")),
            name=sanitise(str(file.get("name") or file.get("title") or "file")),
            media_type=str(file.get("mimetype") or "application/octet-stream"),
            size_bytes=int(file.get("size") or 0),
            url=str(file.get("url_private_download") or file.get("url_private") or ""),
        )


def moment(ts: str) -> datetime:
    """When a message with this ts was sent; only for showing, for the id is the ts itself."""
    return datetime.fromtimestamp(int(ts.split(".")[0]), UTC)
