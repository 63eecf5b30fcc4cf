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

ENDLESS = "9999-01-01T00:00:00+00:00"
"""When a poll ends that never does: the library must have a time."""

KINDS = frozenset((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 17, 18, 19, 21, 22, 23))
"""The components that the library knows; it drops all others: https://discord.com/developers/docs/components/reference."""

TEXT_DISPLAY = 10
UNREADABLE = "(something of a kind that I cannot read)"

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


def _mended(data: Any) -> Any:
    """A message with what the library needs to read it, and those within it. Whoever is named in a forwarded one has their name in its
    words: the library keeps the words, and forgets the names."""
    if not isinstance(data, Mapping):
        return data
    if isinstance(resolved := (data.get("data") or {}).get("resolved") if "token" in data else None, Mapping):
        messages = {key: _mended(one) for key, one in (resolved.get("messages") or {}).items()}
        return {**data, "data": {**data["data"], "resolved": {**resolved, "messages": messages}}}
    mended = dict(data)
    if data.get("message_snapshots"):
        shots = [{**one, "message": _mended(_named(one["message"]))} for one in data["message_snapshots"]]
        mended["message_snapshots"] = shots
    if data.get("referenced_message"):
        mended["referenced_message"] = _mended(data["referenced_message"])
    if isinstance(poll := data.get("poll"), Mapping):
        mended["poll"] = _poll(poll)
    if data.get("attachments"):
        mended["attachments"] = [_attachment(one) for one in data["attachments"]]
    if data.get("components"):
        mended["components"] = [_component(one) for one in data["components"]]
    return mended


def _poll(poll: Mapping[str, Any]) -> Mapping[str, Any]:
    answers = [
        {
            **one,
            "poll_media": {**(one.get("poll_media") or {}), "text": (one.get("poll_media") or {}).get("text") or ""},
        }
        for one in poll.get("answers") or ()
    ]
    question = {**(poll.get("question") or {}), "text": (poll.get("question") or {}).get("text") or ""}
    mended = {**poll, "question": question, "answers": answers, "expiry": poll.get("expiry") or ENDLESS}
    results = mended.pop("results", None)
    return mended | ({"results": {"is_finalized": False, "answer_counts": [], **results}} if results else {})


def _attachment(one: Mapping[str, Any]) -> Mapping[str, Any]:
    """A file of which something is not told; it is named all the same."""
    url = str(one.get("url") or one.get("proxy_url") or "")
    told = {"size": one.get("size") or 0, "url": url, "proxy_url": one.get("proxy_url") or url}
    return {**one, **told, "filename": one.get("filename") or "file"}


def _component(one: Any) -> Any:
    if not isinstance(one, Mapping):
        return one
    if one.get("type") not in KINDS:
        return {"type": TEXT_DISPLAY, "content": UNREADABLE}
    inside = {"components": [_component(part) for part in one["components"]]} if one.get("components") else {}
    return {**one, **inside}


def _named(message: Mapping[str, Any]) -> Mapping[str, Any]:
    names = {str(one["id"]): str(one.get("global_name") or one["username"]) for one in message.get("mentions") or ()}

    def name(found: re.Match[str]) -> str:
        return f"@{names[found[1]]}" if found[1] in names else found[0]

    parts = by_code(str(message.get("content") or ""))
    return {**message, "content": "".join(part if is_code else MENTION.sub(name, part) for is_code, part in parts)}


def _tried(kind: str, parse: Callable[[Any], Any], data: Any) -> Any:
    """What the library makes of it; without the messages in it where it cannot read those, and None where it cannot read itself."""
    try:
        return parse(_mended(data))
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
