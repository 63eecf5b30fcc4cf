"""A message in a channel, and what Slack refuses of one."""

from __future__ import annotations

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
