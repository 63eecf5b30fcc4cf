"""Messages as the library makes them of what Discord sends, one by one.

The library gives up a whole reading, and its connection too, over one message that it cannot parse (a poll that never ends has `expiry:
null`). Here that message alone is passed over, and said in the log; a reply to it is read without it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping, MutableMapping
from typing import Any

import discord

from adapters.discord.calls import Calls
from bot.writing.text import by_code

log = logging.getLogger(__name__)

PAGE = 100
"""The most that Discord gives at once."""

VITAL = ("READY", "RESUMED")
"""Events without which there is no session: what goes wrong there ends it."""

MENTION = re.compile(r"<@!?(\d+)>")

BROUGHT = ("referenced_message", "message_snapshots")
"""Other messages within a message."""


def guard(parsers: MutableMapping[str, Callable[[Any], Any]]) -> None:
    """Make an event that the library trips over end nothing but itself."""
    for kind, parse in list(parsers.items()):
        if kind not in VITAL:
            parsers[kind] = _guarded(kind, parse)


def _guarded(kind: str, parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def take(data: Any) -> Any:
        return _tried(kind, parse, data)

    return take


def _with_names(data: Any) -> Any:
    """Whoever is named in a forwarded message has their name in its words: the library keeps the words, and forgets the names."""
    if not isinstance(data, Mapping):
        return data
    if isinstance(resolved := (data.get("data") or {}).get("resolved") if "token" in data else None, Mapping):
        messages = {key: _with_names(one) for key, one in (resolved.get("messages") or {}).items()}
        return {**data, "data": {**data["data"], "resolved": {**resolved, "messages": messages}}}
    if not data.get("message_snapshots"):
        return data
    return {
        **data,
        "message_snapshots": [{**one, "message": _named(one["message"])} for one in data["message_snapshots"]],
    }


def _named(message: Mapping[str, Any]) -> Mapping[str, Any]:
    names = {str(one["id"]): str(one.get("global_name") or one["username"]) for one in message.get("mentions") or ()}

    def name(found: re.Match[str]) -> str:
        return f"@{names[found[1]]}" if found[1] in names else found[0]

    parts = by_code(str(message.get("content") or ""))
    return {**message, "content": "".join(part if is_code else MENTION.sub(name, part) for is_code, part in parts)}


def _tried(kind: str, parse: Callable[[Any], Any], data: Any) -> Any:
    """What the library makes of it; without the messages in it where it cannot read those, and None where it cannot read itself."""
    try:
        return parse(_with_names(data))
    except Exception as fault:
        reason = type(fault).__name__
    is_message = isinstance(data, Mapping) and any(data.get(part) for part in BROUGHT)
    named = {"kind": kind, "id": str(data.get("id", "")) if isinstance(data, Mapping) else "", "reason": reason}
    if not is_message:
        log.warning("not understood, and passed over", extra=named)
        return None
    log.warning("read without the message that it answers or forwards", extra=named)
    return _tried(kind, parse, {key: value for key, value in data.items() if key not in BROUGHT})


def _message(client: discord.Client, place: discord.abc.Messageable, data: Any) -> discord.Message | None:
    def make(data: Any) -> discord.Message:
        return client._connection.create_message(channel=place, data=data)  # type: ignore[arg-type]

    found: discord.Message | None = _tried("message", make, data)
    return found


async def since(
    client: discord.Client, place: discord.abc.Messageable, place_id: int, after: int, most: int
) -> AsyncIterator[discord.Message]:
    """What was said there after a message, oldest first; at most so many, read or not."""
    left = most
    while left > 0:
        page = await client.http.logs_from(place_id, min(left, PAGE), after=after)
        for one in reversed(page):
            if message := _message(client, place, one):
                yield message
        if len(page) < PAGE:
            return
        left, after = left - len(page), int(page[0]["id"])


async def before(calls: Calls, client: discord.Client, place_id: int, message: int, most: int) -> list[discord.Message]:
    """The newest of what was said there before a message, oldest first."""
    place, found, left = client.get_partial_messageable(place_id), list[discord.Message](), most
    while left > 0:
        page = await calls.make("history", client.http.logs_from(place_id, min(left, PAGE), before=message))
        found += [read for one in page if (read := _message(client, place, one))]
        if len(page) < PAGE:
            break
        left, message = left - len(page), int(page[-1]["id"])
    return found[::-1]


async def single(client: discord.Client, place_id: int, message: int) -> discord.Message | None:
    """Raises discord.NotFound where it is not; None for one that cannot be read."""
    return _message(client, client.get_partial_messageable(place_id), await client.http.get_message(place_id, message))
