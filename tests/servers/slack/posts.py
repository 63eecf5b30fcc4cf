"""A message in a channel, and what Slack refuses of one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

TEAM, BOT_USER, BOT_ID = "T1", "UBOT", "BBOT"
LIVE = re.compile(r"<(?:!|@|#)[^>]*>")


@dataclass(slots=True)
class Post:
    """`streaming`: a native stream that is open; `closed_by`: how an open one was ended, by Slack's own error name."""

    ts: str
    user: str
    text: str
    thread_ts: str = ""
    blocks: list[Json] = field(default_factory=list)
    metadata: Json = field(default_factory=dict)
    files: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    drawn_at: list[float] = field(default_factory=list)
    bot_id: str = ""
    readable_at: float = 0.0
    edited: str = ""
    streaming: bool = False
    closed_by: str = ""

    def event(self) -> Json:
        body: Json = {"type": "message", "user": self.user, "text": self.text, "ts": self.ts, "team": TEAM}
        for key in ("thread_ts", "blocks", "attachments", "bot_id"):
            body |= {key: getattr(self, key)} if getattr(self, key) else {}
        body |= {"files": self.files, "subtype": "file_share"} if self.files else {}
        return body | ({"edited": {"user": self.user, "ts": self.edited}} if self.edited else {})


class Refused(Exception):
    """Slack's `ok: false`, with its error name."""


class NotTaken(Exception):
    """Not acknowledged in time, or not with 200."""


def found(value: Any, *kinds: str) -> Iterator[Json]:
    """Every object of these types, in order."""
    if isinstance(value, dict):
        if value.get("type") in kinds:
            yield value
        for one in value.values():
            yield from found(one, *kinds)
    elif isinstance(value, list):
        for one in value:
            yield from found(one, *kinds)


def shown(body: Json) -> str:
    """What a reader sees of a message: the blocks' texts, or the text."""
    texts = [
        one["text"]
        for one in found(body.get("blocks") or [], "text", "link", "plain_text", "mrkdwn")
        if isinstance(one.get("text"), str)
    ]
    return "".join(texts) or str(body.get("text") or "")


def check_message(body: Json) -> None:
    """Refuse what Slack refuses."""
    blocks = body.get("blocks") or []
    if not blocks and not str(body.get("text") or "").strip():
        raise Refused("no_text")
    if len(str(body.get("text") or "")) > 40_000:
        raise Refused("msg_too_long")
    if len(blocks) > 50:
        raise Refused("invalid_blocks")
    if len(json.dumps(blocks, ensure_ascii=False)) > 13_000:
        raise Refused("msg_blocks_too_long")
    if sum(len(one["text"]) for one in found(blocks, "markdown")) > 12_000:
        raise Refused("msg_blocks_too_long")
    for block in blocks:
        empty = block["type"] == "rich_text" and not all(one.get("elements") for one in block["elements"])
        long = block["type"] == "section" and len(block["text"]["text"]) > 3_000
        no_cell = block["type"] == "table" and any(
            not list(found(cell, "text", "link")) for row in block["rows"] for cell in row
        )
        if empty or long or no_cell or any(not one.get("text") for one in found(block, "text")):
            raise Refused("invalid_blocks")
        if block["type"] == "table" and not _is_table(block):
            raise Refused("invalid_blocks")
        if not all(map(_is_list, found(block, "rich_text_list"))):
            raise Refused("invalid_blocks")


def _is_table(block: Json) -> bool:
    """https://docs.slack.dev/reference/block-kit/blocks/table-block"""
    settings = block.get("column_settings", [])
    sides = {one.get("align", "left") for one in settings if one is not None}
    return (
        len(block["rows"]) <= 101
        and max(len(block["rows"][0]), len(settings)) <= 20
        and sides <= {"left", "center", "right"}
    )


def _is_list(one: Json) -> bool:
    """https://docs.slack.dev/reference/block-kit/blocks/rich-text-block"""
    numbers = (one.get("indent", 0), one.get("offset", 0))
    sections = all(section["type"] == "rich_text_section" and section["elements"] for section in one["elements"])
    return one["style"] in ("bullet", "ordered") and all(type(n) is int and n >= 0 for n in numbers) and sections


def pings_in(method: str, body: Json) -> list[str]:
    """Every live mention in one call, by Slack's own rules for each carrier."""
    live: list[str] = []
    if method.startswith(("chat.post", "chat.update", "chat.stopStream")):
        live += LIVE.findall(str(body.get("text") or ""))
        for block in found(body.get("blocks") or [], "mrkdwn", "markdown"):
            live += LIVE.findall(block["text"])
        live += [block["type"] for block in found(body.get("blocks") or [], "user", "broadcast", "usergroup")]
    live += LIVE.findall(str(body.get("markdown_text") or ""))
    live += LIVE.findall(str(body.get("status") or "")) + LIVE.findall(str(body.get("title") or ""))
    return live
