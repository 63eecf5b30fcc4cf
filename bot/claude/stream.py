"""Reads a streamed message of Claude's: server-sent events in, pieces of text and thinking out, and the whole message at the end.

The SDK opens the request, with its key, its time limits and its errors. Its own reading of a stream makes typed objects of every
event, which cost more than all the rest of an answer together (docs/adr/0009); here they stay JSON, which is what is replayed.
The format: https://docs.claude.com/en/docs/build-with-claude/streaming.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


class StreamFault(Exception):
    """An error that came as an event, after the status was 200; `type` is the API's own, such as overloaded_error."""

    def __init__(self, fault_type: str, message: str) -> None:
        super().__init__(f"{fault_type}: {message}")
        self.type = fault_type


@dataclass(frozen=True, slots=True)
class Delta:
    """What came next. `begins`: it is the first of its block."""

    text: str
    is_thinking: bool = False
    begins: bool = False


@dataclass(slots=True)
class Reading:
    """One message on its way. What it does not know it passes over: new kinds of events come without notice."""

    blocks: list[Json] = field(default_factory=list)
    model: str = ""
    stop_reason: str = ""
    refusal: str = ""
    usage: Json = field(default_factory=dict)
    is_whole: bool = False
    characters: int = 0
    """Of text, thinking and arguments, so far."""
    _held: bytes = b""
    _arguments: dict[int, list[str]] = field(default_factory=dict)
    _begun: set[int] = field(default_factory=set)

    def feed(self, data: bytes) -> tuple[list[Delta], bool]:
        """The next bytes: the deltas in them, and whether there was any event but a ping. Raises StreamFault."""
        self._held += data
        if b"\r" in self._held:
            self._held = self._held.replace(b"\r\n", b"\n")
        *events, self._held = self._held.split(b"\n\n")
        deltas: list[Delta] = []
        is_alive = False
        for event in events:
            if (body := _body(event)) and body.get("type") != "ping":
                is_alive = True
                deltas += self._see(body)
        return deltas, is_alive

    def _see(self, event: Json) -> Iterator[Delta]:
        match event.get("type"):
            case "content_block_delta":
                yield from self._grow(event["index"], event["delta"])
            case "content_block_start":
                self.blocks.append(dict(event["content_block"]))
                if self.blocks[-1].get("type") == "text" and self.blocks[-1].get("text"):
                    self._begun.add(event["index"])
                    yield Delta(self.blocks[-1]["text"], begins=True)
            case "content_block_stop":
                if (written := "".join(self._arguments.pop(event["index"], ()))) and (arguments := _arguments(written)):
                    self.blocks[event["index"]]["input"] = arguments
            case "message_start":
                self.model = str(event["message"].get("model") or "")
                self.usage |= event["message"].get("usage") or {}
            case "message_delta":
                delta = event["delta"]
                self.stop_reason = str(delta.get("stop_reason") or "")
                self.refusal = str((delta.get("stop_details") or {}).get("category") or "")
                counts = event.get("usage") or {}
                self.usage |= {name: count for name, count in counts.items() if count is not None}
            case "message_stop":
                self.is_whole = True
            case "error":
                error = event.get("error") or {}
                raise StreamFault(str(error.get("type") or ""), str(error.get("message") or ""))

    def _grow(self, index: int, delta: Json) -> Iterator[Delta]:
        block = self.blocks[index]
        match delta.get("type"):
            case "text_delta":
                self.characters += len(delta["text"])
                block["text"] += delta["text"]
                yield Delta(delta["text"], begins=self._is_first(index))
            case "thinking_delta":
                self.characters += len(delta["thinking"])
                block["thinking"] += delta["thinking"]
                yield Delta(delta["thinking"], is_thinking=True)
            case "signature_delta":
                block["signature"] = delta["signature"]
            case "input_json_delta":
                self.characters += len(delta["partial_json"])
                self._arguments.setdefault(index, []).append(delta["partial_json"])
            case "citations_delta":
                block["citations"] = [*(block.get("citations") or ()), delta["citation"]]

    def _is_first(self, index: int) -> bool:
        is_first = index not in self._begun
        self._begun.add(index)
        return is_first


def _body(event: bytes) -> Json | None:
    """The JSON of one event; None for comments, and for what is no JSON object."""
    data = b"\n".join(line[5:].strip() for line in event.split(b"\n") if line.startswith(b"data:"))
    if not data:
        return None
    body = json.loads(data.decode("utf-8", "replace"))
    return body if isinstance(body, dict) else None


def _arguments(written: str) -> Json | None:
    """A call's input; None for one that was cut in the middle, which is never run."""
    try:
        arguments = json.loads(written)
    except ValueError:
        return None
    return arguments if isinstance(arguments, dict) else None
