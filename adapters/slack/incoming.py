"""Slack events -> Message. Raw payloads end here.

A mention comes twice, as `app_mention` and as `message`, with the same channel and ts: both become the same Message, and the inbox
takes one. `ts` stays a string: as a number it would lose digits that name the message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from adapters.slack.mrkdwn import from_mrkdwn
from bot.conversation import Attachment, Author, Message, ThreadId
from bot.text import fence_for, sanitise

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


def concerns_us(event: Event, ours: Ourselves) -> bool:
    """True for what a person said in a direct message, in a thread, or to us. Our own echoes, bots and edits are not."""
    if event.get("type") not in ("message", "app_mention") or event.get("subtype") not in SAID:
        return False
    if event.get("bot_id") or not event.get("user") or event.get("user") == ours.user_id:
        return False
    return bool(event.get("channel_type") == "im" or event.get("thread_ts") or ours.user_id in mentioned(event))


def mentioned(event: Event) -> list[str]:
    """The user ids that the text mentions, in order."""
    return USER.findall(str(event.get("text") or ""))


def thread_of(team: str, channel: str, event: Event) -> ThreadId:
    return ThreadId("slack", team, channel, str(event.get("thread_ts") or event["ts"]))


def to_message(event: Event, team: str, ours: Ourselves, names: Mapping[str, str]) -> Message:
    """A message that concerns us. `names` gives the name of each user id in it."""
    user, people = str(event["user"]), mentioned(event)
    direct = event.get("channel_type") == "im"
    return Message(
        thread=thread_of(team, str(event["channel"]), event),
        id=str(event["ts"]),
        author=Author(f"slack:{user}", names.get(user, user)),
        text=sanitise(text_of(event, ours, names)),
        sent_at=moment(str(event["ts"])),
        addressed=direct or ours.user_id in people,
        mentions_others=any(one != ours.user_id for one in people),
        attachments=tuple(_files(event)),
    )


def to_earlier(event: Event, thread: ThreadId, ours: Ourselves, names: Mapping[str, str]) -> Message | None:
    """Something said in the thread before, by an alert or by us included; None for what says nothing."""
    is_ours = event.get("user") == ours.user_id or bool(event.get("bot_id") and event.get("bot_id") == ours.bot_id)
    text = sanitise(read_back(event.get("blocks") or ()) if is_ours else text_of(event, ours, names))
    if not text.strip():
        return None
    if is_ours:
        author, sent_at = Author(f"slack:{ours.user_id}", OURS, is_bot=True), moment(str(event["ts"]))
        return Message(thread, str(event["ts"]), author, text, sent_at, addressed=False, ours=True)
    is_bot = bool(event.get("bot_id"))
    author_id = str(event.get("user") or event.get("bot_id") or "unknown")
    profile = event.get("bot_profile") or {}
    name = names.get(author_id) or sanitise(str(event.get("username") or profile.get("name") or author_id))
    author = Author(f"slack:{author_id}", name, is_bot=is_bot)
    return Message(thread, str(event["ts"]), author, text, moment(str(event["ts"])), addressed=False)


def text_of(event: Event, ours: Ourselves, names: Mapping[str, str]) -> str:
    """The text without our own mention; where there is none, what stands in attachments and blocks, as alerts are written."""
    text = str(event.get("text") or "")
    text = re.sub(rf"\s*<@{ours.user_id}(?:\|[^>]*)?>[ ,:]*", " ", text).strip()
    if not text:
        text = "\n".join(_alert(event))
    return from_mrkdwn(text, names)


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
                    said.append(f"- {text}")
                case "rich_text_quote":
                    said.append("\n".join(f"> {line}" for line in text.split("\n")))
                case _:
                    said.append(text)
    return "\n\n".join(said)


def _alert(event: Event) -> Iterator[str]:
    for attachment in event.get("attachments") or ():
        for key in ("pretext", "title", "text", "fallback"):
            if attachment.get(key):
                yield str(attachment[key])
        for field in attachment.get("fields") or ():
            yield f"{field.get('title', '')}: {field.get('value', '')}"
        yield from _texts(attachment.get("blocks") or ())
    yield from _texts(event.get("blocks") or ())


def _texts(value: Any) -> Iterator[str]:
    """Every text in blocks, in order."""
    if isinstance(value, str):
        return
    if isinstance(value, Mapping):
        if isinstance(value.get("text"), str):
            yield value["text"]
        for key, one in value.items():
            if key != "text" or not isinstance(one, str):
                yield from _texts(one)
    elif isinstance(value, Sequence):
        for one in value:
            yield from _texts(one)


def _files(event: Event) -> Iterator[Attachment]:
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
