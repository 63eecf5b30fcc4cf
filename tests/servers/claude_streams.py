"""Streams of the Messages API as they should be, and as gateways and private engines have been reported to send them.

`whole` lays a reply out as the documentation does; every entry of ODD bends such a stream into a form from a public report, without
touching a word of what it says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

DONE = "[DONE]"
Event = Json | str
"""An event's JSON, or bytes that are none."""


def whole(
    blocks: Iterable[tuple[Json, Sequence[Json]]], *, stop: str = "end_turn", usage: Json | None = None
) -> list[Json]:
    """A reply's events, in the documented order: https://docs.claude.com/en/docs/build-with-claude/streaming."""
    counts = usage or {"input_tokens": 100, "output_tokens": 7}
    message: Json = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5", "content": []}
    message |= {"stop_reason": None, "stop_sequence": None, "usage": {**counts, "output_tokens": 1}}
    events: list[Json] = [{"type": "message_start", "message": message}]
    for index, (start, deltas) in enumerate(blocks):
        events.append({"type": "content_block_start", "index": index, "content_block": start})
        events += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        events.append({"type": "content_block_stop", "index": index})
    events.append({"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": None}, "usage": counts})
    return [*events, {"type": "message_stop"}]


def text(*pieces: str) -> tuple[Json, list[Json]]:
    return {"type": "text", "text": ""}, [{"type": "text_delta", "text": one} for one in pieces]


def thinking(*pieces: str, signed: str) -> tuple[Json, list[Json]]:
    deltas = [{"type": "thinking_delta", "thinking": one} for one in pieces]
    return {"type": "thinking", "thinking": "", "signature": ""}, [
        *deltas,
        {"type": "signature_delta", "signature": signed},
    ]


def call(name: str, arguments: Json, *, id: str = "toolu_1", pieces: int = 2) -> tuple[Json, list[Json]]:
    written = json.dumps(arguments)
    size = max(1, -(-len(written) // pieces))
    parts = [written[at : at + size] for at in range(0, len(written), size)]
    deltas = [{"type": "input_json_delta", "partial_json": one} for one in parts]
    return {"type": "tool_use", "id": id, "name": name, "input": {}}, deltas


@dataclass(frozen=True, slots=True)
class Odd:
    """A form of a whole stream that says the same; where it was reported, or is documented."""

    bend: Callable[[list[Event]], list[Event]]
    source: str


def _renumbered(events: list[Event], number: Callable[[int], int | None]) -> list[Event]:
    bent: list[Event] = []
    for event in events:
        if isinstance(event, dict) and "index" in event:
            index = number(event["index"])
            rest = {key: value for key, value in event.items() if key != "index"}
            event = rest if index is None else {**rest, "index": index}
        bent.append(event)
    return bent


def _each(events: list[Event], kind: str, change: Callable[[Json], Iterable[Event]]) -> list[Event]:
    bent: list[Event] = []
    for event in events:
        bent += change(event) if isinstance(event, dict) and event.get("type") == kind else [event]
    return bent


def _without(events: list[Event], *kinds: str) -> list[Event]:
    return [event for event in events if not (isinstance(event, dict) and event.get("type") in kinds)]


def _start(event: Json) -> Iterator[Event]:
    """Keys that begin empty are null, or are left out."""
    block = dict(event["content_block"])
    match block["type"]:
        case "text":
            block["text"] = None
        case "thinking":
            block = {"type": "thinking"}
        case "tool_use":
            block["input"] = None
    yield {**event, "content_block": block}


def _stopless(event: Json) -> Iterator[Event]:
    yield {**event, "delta": {**event["delta"], "stop_reason": None}}


def _inferred(event: Json) -> Iterator[Event]:
    """A tool call that says `end_turn`."""
    reason = event["delta"]["stop_reason"]
    yield {**event, "delta": {**event["delta"], "stop_reason": "end_turn" if reason == "tool_use" else reason}}


def _openai(event: Json) -> Iterator[Event]:
    words = {"end_turn": "stop", "tool_use": "tool_calls", "max_tokens": "length"}
    reason = event["delta"]["stop_reason"]
    yield {**event, "delta": {"stop_reason": words.get(reason, reason)}}


def _second_delta(event: Json) -> Iterator[Event]:
    yield {**event, "usage": {"output_tokens": 0}}
    yield {"type": "message_delta", "delta": {}, "usage": event["usage"]}
    yield {"type": "message_delta", "delta": {"stop_reason": None}, "usage": {"input_tokens": 0, "output_tokens": 0}}


def _stormed(events: list[Event]) -> list[Event]:
    return [
        one for event in events for one in (*[{"type": "ping"}] * 3, {"type": "keepalive", "at": 1}, ": busy", event)
    ]


LITELLM = "https://github.com/BerriAI/litellm/issues"

ODD: dict[str, Odd] = {
    "done": Odd(lambda events: [*events, DONE], "https://github.com/vllm-project/vllm/pull/37510"),
    "done for message_stop": Odd(
        lambda events: [*_without(events, "message_stop"), DONE], "https://github.com/huggingface/tau/pull/692"
    ),
    "no stop_reason, then done": Odd(
        lambda events: [*_each(_without(events, "message_stop"), "message_delta", _stopless), DONE],
        "https://github.com/anomalyco/opencode/issues/43617",
    ),
    "no stop_reason": Odd(lambda events: _each(events, "message_delta", _stopless), "anomalyco/opencode#43617"),
    "no message_stop": Odd(lambda events: _without(events, "message_stop"), "anomalyco/opencode#43617"),
    "second message_delta": Odd(lambda events: _each(events, "message_delta", _second_delta), f"{LITELLM}/9657"),
    "call under end_turn": Odd(lambda events: _each(events, "message_delta", _inferred), f"{LITELLM}/34692"),
    "words of another protocol": Odd(lambda events: _each(events, "message_delta", _openai), f"{LITELLM}/34692"),
    "indexes from 1": Odd(lambda events: _renumbered(events, lambda index: index + 1), f"{LITELLM}/5231"),
    "indexes all 0": Odd(lambda events: _renumbered(events, lambda index: 0), f"{LITELLM}/5231"),
    "indexes all -1": Odd(lambda events: _renumbered(events, lambda index: -1), f"{LITELLM}/5231"),
    "no indexes": Odd(lambda events: _renumbered(events, lambda index: None), f"{LITELLM}/5231"),
    "deltas by other indexes": Odd(
        lambda events: _each(events, "content_block_delta", lambda event: [{**event, "index": event["index"] + 7}]),
        f"{LITELLM}/5231",
    ),
    "nulls": Odd(lambda events: _each(events, "content_block_start", _start), f"{LITELLM}/20737"),
    "no block stops": Odd(lambda events: _without(events, "content_block_stop"), f"{LITELLM}/25561"),
    "no message_start": Odd(lambda events: _without(events, "message_start"), f"{LITELLM}/25561"),
    "message_start twice": Odd(lambda events: [events[0], *events], f"{LITELLM}/25561"),
    "storm": Odd(_stormed, "https://docs.claude.com/en/docs/build-with-claude/streaming#ping-events"),
}


def _written(event: Json) -> str:
    """As engines write it, every sign as it is; half a sign has only its escape."""
    data = json.dumps(event, ensure_ascii=False)
    return json.dumps(event) if any("\ud800" <= sign <= "\udfff" for sign in data) else data


@dataclass(frozen=True, slots=True)
class Framing:
    """How events become bytes: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream."""

    line_end: str = "\n"
    mark: bool = False
    named: bool = True
    spaced: bool = True
    ends: bool = True
    """With the empty line after the last event."""

    def write(self, events: Sequence[Event]) -> bytes:
        written = [self._event(event) for event in events]
        end = self.line_end
        stream = (end * 2).join(written) + (end * 2 if self.ends else "")
        return (b"\xef\xbb\xbf" if self.mark else b"") + stream.encode()

    def _event(self, event: Event) -> str:
        if isinstance(event, str) and event.startswith(":"):
            return event
        data = event if isinstance(event, str) else _written(event)
        lines = [f"data:{' ' if self.spaced else ''}{data}"]
        if self.named and isinstance(event, dict) and event.get("type"):
            lines.insert(0, f"event:{' ' if self.spaced else ''}{event['type']}")
        return self.line_end.join(lines)
