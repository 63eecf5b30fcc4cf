"""Our own messages, found again on Slack: by the turn in a message's metadata, or in a file's name."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from adapters.slack.calls import SlackCalls, SlackRefused
from adapters.slack.incoming import order
from bot.errors import PlatformUnavailable

log = logging.getLogger(__name__)

EVENT_TYPE = "plumbline_turn"
PAGE = 200

Match = Callable[[Any], str]
"""The id of what was looked for, if this message has it; else ""."""


def metadata(turn_id: str, index: int) -> dict[str, Any]:
    """Goes with every post, so that one whose confirmation was lost is found again."""
    return {"event_type": EVENT_TYPE, "event_payload": {"turn": turn_id, "index": index}}


def file_mark(turn_id: str, index: int) -> str:
    """What the names of this turn's files begin with; people see the title."""
    return f"{turn_id}-{index}-"


def match(message: Any, turn_id: str, index: int) -> str:
    noted = message.get("metadata") or {}
    if {key: noted.get(key) for key in ("event_type", "event_payload")} == metadata(turn_id, index):
        return str(message["ts"])
    for file in message.get("files") or ():
        if str(file.get("name", "")).startswith(file_mark(turn_id, index)):
            return f"file:{file['id']}"
    return ""


def unnamed(message: Any, asked: str) -> str:
    """A stream whose opening was never confirmed carries no turn yet: of our messages behind the question, the one without."""
    is_ours = bool(message.get("bot_id")) and not message.get("metadata")
    is_newer = order(str(message.get("ts", ""))) > order(asked) if asked[:1].isdigit() else False
    return str(message["ts"]) if is_ours and is_newer else ""


async def in_thread(calls: SlackCalls, channel: str, root: str, is_it: Match) -> str | None:
    """Raises SlackRefused, and PlatformUnavailable where it cannot be read now."""
    arguments = {"channel": channel, "ts": root, "limit": PAGE, "include_all_metadata": "true"}
    cursor = ""
    while True:
        answer = await calls.read("conversations.replies", **arguments, cursor=cursor)
        if found := _first(answer, is_it):
            return found
        cursor = (answer.get("response_metadata") or {}).get("next_cursor", "")
        if not cursor:
            return None


async def in_channel(calls: SlackCalls, channel: str, root: str, is_it: Match) -> str | None:
    """In the channel itself, behind a question that is gone: where Slack puts a reply to it. One look, where we may."""
    arguments = {"channel": channel, "oldest": root, "limit": PAGE, "include_all_metadata": "true"}
    try:
        return _first(await calls.look("conversations.history", **arguments), is_it)
    except (SlackRefused, PlatformUnavailable) as fault:
        log.info("channel not looked at", extra={"channel": channel, "reason": str(fault)})
        return None


def _first(answer: Any, is_it: Match) -> str | None:
    return next((found for message in answer["messages"] if (found := is_it(message))), None)
