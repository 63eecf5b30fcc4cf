"""Server-sent events from bytes: the framing of a stream, apart from what its events mean.

https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream. Gateways bend it: lines end in any way, events
lack their names or their empty line, and some close with OpenAI's `[DONE]` (https://github.com/vllm-project/vllm/pull/37510).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from bot.claude.frames import MOST_BYTES

Json = dict[str, Any]

FIELD = re.compile(rb"^(data:[ \t]*)+")
"""Some gateways write it twice: what they pass on begins with it already."""

PLAIN = re.compile(rb"event: ([a-z_]+)\ndata: (\{[^\n]*\})")
"""How the service itself writes an event."""

BETWEEN = re.compile(r"^\s*(?:event:[^\n{]*)?(?:\s*data:)?\s*")
MARK = b"\xef\xbb\xbf"
DECODER = json.JSONDecoder(strict=False)
DONE: Json = {"type": "[DONE]"}
"""What an event says that holds nothing but the word: the sender has no more."""


class MalformedEvent(ValueError):
    """An event that begins as a JSON object and is none."""


class Events:
    """One stream's events, as they become whole."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> Iterator[Json]:
        """The events that are whole with these bytes. Raises MalformedEvent."""
        held = self._held + data
        if b"\r" in held:
            last = held[-1:] if held.endswith(b"\r") else b""  # its second half may come with the next bytes
            held = held[: len(held) - len(last)].replace(b"\r\n", b"\n").replace(b"\r", b"\n") + last
        *events, self._held = held.split(b"\n\n")
        if len(self._held) > MOST_BYTES:
            raise MalformedEvent("an event without an end")
        for event in events:
            yield from _bodies(event)

    def end(self) -> Iterator[Json]:
        """What stood after the last empty line, where it is whole: the stream is over."""
        held, self._held = self._held, b""
        try:
            yield from _bodies(held.replace(b"\r", b"\n"))
        except MalformedEvent:
            return


def _bodies(event: bytes) -> Iterator[Json]:
    """The JSON in one event, each line by itself where they are none together; nothing for comments and other words."""
    if (plain := PLAIN.fullmatch(event)) and (body := _plain_body(plain)):
        yield body
        return
    lines = event.removeprefix(MARK).split(b"\n")
    data = [FIELD.sub(b"", line).strip() for line in lines if line.startswith(b"data:")]
    if not data and event.removeprefix(MARK).lstrip().startswith((b"{", b"[")):
        data = lines  # a reply that is not streamed, though it was asked to be, or all of its events as one list
    written = b"\n".join(data).strip()
    if written == b"[DONE]":
        yield DONE
    if not written.startswith((b"{", b"[")):
        return
    try:
        bodies = list(_objects(written.decode("utf-8", "replace")))
    except RecursionError:
        return  # nothing that we know nests so deeply
    except ValueError as fault:
        if len(data) == 1 and written.startswith(b"["):
            return
        if len(data) == 1:
            raise MalformedEvent(str(fault)) from None
        for line in data:
            yield from _bodies(b"data:" + line)
        return
    name = next((line[6:].strip() for line in lines if line.startswith(b"event:")), b"").decode("utf-8", "replace")
    for body in bodies:
        if name == "error" and "error" not in body:
            yield {"type": name, "error": body}
        else:
            yield body if "type" in body or not name else {**body, "type": name}


def _objects(written: str) -> Iterator[Json]:
    """One or several, in a list, or without anything between them."""
    while written:
        found, end = DECODER.raw_decode(written)
        yield from (one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict))
        written = BETWEEN.sub("", written[end:], 1)


def _plain_body(event: re.Match[bytes]) -> Json | None:
    """The JSON of an event that is as the service writes them, which a thousand a second of are: one look, no list of lines."""
    try:
        body: Json = DECODER.decode(event[2].decode("utf-8", "replace"))
    except (RecursionError, ValueError):
        return None
    return body if body.get("type") == event[1].decode() else None
