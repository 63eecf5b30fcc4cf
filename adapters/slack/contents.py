"""What a message of Slack's says: its words, what stands only in its blocks and attachments, its files, and who said it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.slack.mrkdwn import from_mrkdwn
from bot.conversation import Attachment
from bot.writing.text import fence_for, sanitise

Event = Mapping[str, Any]


USER = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")


@dataclass(frozen=True, slots=True)
class Ourselves:
    """Who we are in this workspace."""

    user_id: str
    bot_id: str
    name: str

    def said(self, message: Event) -> bool:
        """True for a message of ours; some carry our user, some only our bot's id."""
        return message.get("user") == self.user_id or bool(message.get("bot_id") and message["bot_id"] == self.bot_id)


def mentioned(event: Event) -> list[str]:
    """The user ids that the text mentions, in order."""
    return USER.findall(str(event.get("text") or ""))


def speaker(event: Event) -> str:
    return str(event.get("user") or event.get("bot_id") or "unknown")


def own_name(event: Event) -> str:
    """The name under which an app speaks."""
    profile = event.get("bot_profile") or {}
    return sanitise(str(event.get("username") or profile.get("name") or ""))


def quoted(message: Event, ours: Ourselves, names: Mapping[str, str]) -> tuple[str, str]:
    """Whose a message is, and all that it says as a quotation: for a question about it."""
    user = speaker(message)
    who = names.get(user) or own_name(message) or ""
    said = sanitise(read_back(message.get("blocks") or ()) if ours.said(message) else text_of(message, ours, names))
    return who, "\n".join(f"> {line}" for line in said.strip().split("\n"))


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
