"""Reads a streamed message of Claude's: events in, pieces of text and thinking out, and the whole message at the end.

The SDK opens the request, with its key, its time limits and its errors. Its own reading of a stream makes typed objects of every
event, which cost more than all the rest of an answer together (docs/adr/0010); here they stay JSON, which is what is replayed.
The format: https://docs.claude.com/en/docs/build-with-claude/streaming. Engines and gateways that speak it have been reported with
other indexes, nulls, missing starts and stops, and other words for why a message ends (tests/servers/claude_streams.py names them): a
block is known by its index where that leads to one of its kind, and else by what came last.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bot.claude.arguments import read_arguments
from bot.claude.events import Events, Json
from bot.claude.thoughts import Thoughts

OWN_ENDS = ("end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal")
FILTERS = ("content_filter", "content_filtered", "guardrail_intervened", "safety", "prohibited_content", "recitation")
ENDS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "function_call": "tool_use"}
ENDS |= dict.fromkeys(FILTERS, "refusal") | {word: word for word in OWN_ENDS}
"""Words of OpenAI's, Google's and Amazon's for why a message ends, which gateways let through, as the API's."""

SIGNS_OF_LIFE = (
    "message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop", "message",
)  # fmt: skip
"""Pings and other words say only that somebody keeps the connection open."""

KEPT = re.compile("text|(redacted_)?thinking|tool_use|.+_tool_use|.+_tool_result")
"""Blocks that are taken back; a service's own tools go with their results."""

GROWN = ("text", "tool_use")
"""Whole without whatever else may come to them."""

MOST_TOKENS = 10**9
"""What is more is no count of one request's."""

KINDS = {
    "text_delta": "text",
    "citations_delta": "text",
    "thinking_delta": "thinking",
    "signature_delta": "thinking",
    "input_json_delta": "tool_use",
}

CALLED = {"text": "text_delta", "thinking": "thinking_delta", "partial_json": "input_json_delta"}
"""A delta without its kind is known by what it holds; some engines call it by that, too."""


class StreamFault(Exception):
    """An error that came as an event, after the status was 200; `type` is the API's own, such as overloaded_error."""

    def __init__(self, fault_type: str, message: str) -> None:
        super().__init__(f"{fault_type}: {message}")
        self.type = fault_type
        self.message = message


@dataclass(frozen=True, slots=True)
class Delta:
    """What came next. `begins`: it is the first of its block. `withdraws`: no text before it is the answer's."""

    text: str
    is_thinking: bool = False
    begins: bool = False
    withdraws: bool = False


@dataclass(slots=True)
class Reading:
    """One message on its way. What it does not know it passes over: new kinds of events come without notice."""

    blocks: list[Json] = field(default_factory=list)
    model: str = ""
    stop_reason: str = ""
    refusal: str = ""
    usage: Json = field(default_factory=dict)
    is_whole: bool = False
    may_think: bool = False
    """Whether its sender may write its thinking into its text."""
    _thoughts: Thoughts = field(default_factory=Thoughts)
    _events: Events = field(default_factory=Events)
    _id: str = ""
    _begins_with: tuple[object, ...] = ()
    """What the message's start held already: all of it, where no block follows."""
    _places: dict[int | None, int] = field(default_factory=dict)
    """Where the block is to which an index leads."""
    _arguments: dict[int, list[str]] = field(default_factory=dict)
    _begun: set[int] = field(default_factory=set)
    _echoes: dict[int, tuple[str, str]] = field(default_factory=dict)
    """What a block's start said already, and what of it came again: some senders repeat it in the first pieces."""
    _stopped: set[int] = field(default_factory=set)
    _strays: set[int] = field(default_factory=set)
    """Calls of which nobody said that they begin, and so not what they call."""
    _unread: set[int] = field(default_factory=set)
    """Blocks of which something came that we do not know: they cannot be given back as they were."""

    @property
    def is_begun(self) -> bool:
        """Whether there was any word of the message yet."""
        return bool(self.model or self.blocks or self.usage)

    def feed(self, data: bytes) -> tuple[list[Delta], bool]:
        """The next bytes: the deltas in them, and whether there was a sign of life. Raises StreamFault and ValueError."""
        return self._all(self._events.feed(data))

    def end(self) -> list[Delta]:
        """The stream is over: what had not come to an empty line."""
        return [*self._all(self._events.end())[0], *self._held_back()]

    def _all(self, events: Iterable[Json]) -> tuple[list[Delta], bool]:
        deltas: list[Delta] = []
        is_alive = False
        for event in events:
            if self.is_whole:
                break  # whatever is sent after its end is no part of it, another telling of it least of all
            is_alive = is_alive or event.get("type") in SIGNS_OF_LIFE
            deltas += self._see(event)
        return [*deltas, *(self._held_back() if self.is_whole else ())], is_alive

    def finished(self, *, signed: bool) -> tuple[list[Json], list[int]]:
        """The message's blocks as they are given back, and the places of calls whose input is no JSON object.

        `signed`: without thinking that nobody signed, which the service refuses.
        """
        blocks: list[Json] = []
        unreadable: list[int] = []
        for place, block in enumerate(self.blocks):
            kind = str(block.get("type"))
            if not KEPT.fullmatch(kind) or (place in self._unread and kind not in GROWN):
                continue
            if signed and kind == "thinking" and not block.get("signature"):
                continue
            if place in self._strays and self.stop_reason != "tool_use":
                continue
            if written := "".join(self._arguments.get(place, ())).strip():
                arguments = read_arguments(written)
                block = {**block, "input": arguments or {}}
                unreadable += [len(blocks)] if arguments is None else []
            blocks.append(block)
        return blocks, unreadable

    def _see(self, event: Json) -> Iterator[Delta]:
        match event.get("type"):
            case "content_block_delta":
                yield from self._grow(_index(event), _object(event.get("delta")))
            case "content_block_start":
                yield from self._start(_index(event), _object(event.get("content_block")))
            case "content_block_stop":
                place = self._places.get(_index(event), len(self.blocks) - 1)
                self._stopped.add(place)
                yield from self._put(place, self._echoes.pop(place, ("", ""))[1])
            case "message_start":
                message = _object(event.get("message"))
                self._open(message, skips="output_tokens")  # of what was written before anything was
                self._begins_with = _content(message)
            case "message_delta":
                self._close(_object(event.get("delta")), event.get("usage"))
            case "message_stop":
                for block in () if self.blocks else self._begins_with:
                    yield from self._start(None, _object(block))
                self._count(event.get("usage"))
                self.is_whole = True
            case "message":
                yield from self._take(event)
            case "[DONE]":
                self.is_whole = bool(self.stop_reason) or (
                    bool(self.blocks) and self._stopped >= set(range(len(self.blocks)))
                )
            case kind if kind == "error" or event.get("error"):
                self._fail(event.get("error"))
            case _ if event.get("object") == "error":
                self._fail(event)
            case _ if isinstance(event.get("choices"), list) and not self.blocks:
                raise StreamFault("another_protocol", "it does not answer in the form of the Messages API")

    def _take(self, message: Json) -> Iterator[Delta]:
        """A whole message in one piece."""
        self._open(message)
        for block in _content(message):
            yield from self._start(None, _object(block))
        self._close(message, None)
        self.is_whole = True

    def _open(self, message: Json, skips: str = "") -> None:
        name = str(message.get("id") or "")
        if self.blocks and name and self._id and name != self._id:
            raise StreamFault("api_error", "a second message began within the first")
        self._id = self._id or name
        self.model = str(message.get("model") or self.model)
        self._count({name: count for name, count in _object(message.get("usage")).items() if name != skips})

    def _close(self, delta: Json, usage: object) -> None:
        reason = str(delta.get("stop_reason") or "")
        self.stop_reason = ENDS.get(reason.lower(), reason) or self.stop_reason
        self.refusal = str(_object(delta.get("stop_details")).get("category") or "") or self.refusal
        self._count(usage)

    def _count(self, usage: object) -> None:
        """Counts are of all so far, so the largest holds: some gateways tell a first or a last 0."""
        self.usage = _most(self.usage, _object(usage))

    def _fail(self, error: object) -> None:
        if self.stop_reason:
            self.is_whole = True  # what went wrong came after the message
            return
        told = _object(error)
        code = str(told.get("code") or "")
        kind = str(told.get("type") or "")
        raise StreamFault(kind if kind not in ("", "None", "error") else code, str(told.get("message") or error or ""))

    def _start(self, index: int | None, begun: Json) -> Iterator[Delta]:
        block, place, said = dict(begun), self._places.get(index), ""
        match block.get("type"):
            case "text" | "thinking" as kind:
                said, block[kind] = _text(block.get(kind)), ""
            case str() as kind if kind.endswith("tool_use"):
                block |= {"id": _text(block.get("id")), "name": _text(block.get("name")).strip()}
                block["input"] = _object(begun.get("input"))
        is_same = place is not None and (bool(said) or (place not in self._begun and self.blocks[place] == block))
        if is_same and place not in self._stopped and self._echoes.get(place or 0, ("", "")) == (said, ""):
            return  # told twice
        place = self._add(index, block)
        if isinstance(written := begun.get("input"), str):
            self._arguments[place] = [written]
        if said:
            self._echoes[place] = said, ""
            yield from self._put(place, said)

    def _new(self, place: int, piece: str) -> str:
        """What of a piece the start of its block did not say."""
        begun, seen = self._echoes.pop(place, ("", ""))
        seen += piece
        if begun != seen and begun.startswith(seen):
            self._echoes[place] = begun, seen
            return ""
        return seen[len(begun) :] if seen.startswith(begun) else seen

    def _put(self, place: int, piece: str) -> Iterator[Delta]:
        """More of a block's text or thinking."""
        block = self.blocks[place] if piece else {}
        if block.get("type") == "thinking":
            self._begun.add(place)
            block["thinking"] += piece
            yield Delta(piece, is_thinking=True)
        elif piece:
            text, withdraws = self._thoughts.feed(piece) if self.may_think else (piece, False)
            for other in self.blocks if withdraws else ():
                other |= {"text": ""} if other.get("type") == "text" else {}
            block["text"] += text
            if text or withdraws:
                yield Delta(text, begins=self._is_first(place), withdraws=withdraws)
            else:
                yield Delta(piece, is_thinking=True)

    def _held_back(self) -> Iterator[Delta]:
        is_cut = self.stop_reason in ("max_tokens", "tool_use") or bool(self._arguments)
        if self.may_think and (text := self._thoughts.end(is_cut=is_cut)):
            place = self._place(None, "text")
            self.blocks[place]["text"] += text
            yield Delta(text, begins=self._is_first(place))

    def _add(self, index: int | None, block: Json) -> int:
        self.blocks.append(block)
        self._places[index] = len(self.blocks) - 1
        return len(self.blocks) - 1

    def _grow(self, index: int | None, delta: Json) -> Iterator[Delta]:
        called = str(delta.get("type") or next((key for key in CALLED if key in delta), ""))
        called = CALLED.get(called, called)
        kind = KINDS.get(called)
        if kind is None:
            self._unread.add(self._places.get(index, len(self.blocks) - 1))
            return
        match called:
            case "text_delta" | "thinking_delta" if text := _text(delta.get(kind)):
                place = self._place(index, kind)
                yield from self._put(place, self._new(place, text))
            case "signature_delta" if text := _text(delta.get("signature")):
                self.blocks[self._place(index, kind)]["signature"] = text
            case "input_json_delta" if text := _written(delta.get("partial_json")):
                place = self._place(index, kind)
                self._begun.add(place)
                self._arguments.setdefault(place, []).append(text)
            case "citations_delta" if citation := delta.get("citation"):
                block = self.blocks[self._place(index, kind)]
                block["citations"] = [*(block.get("citations") or ()), citation]

    def _place(self, index: int | None, kind: str) -> int:
        """Where the block of this kind is to which a delta belongs: where its index leads, or the last one, or a new one."""
        for place in (self._places.get(index), len(self.blocks) - 1 if self.blocks else None):
            known = "" if place is None else str(self.blocks[place].get("type"))
            if place is not None and (known == kind or (kind == "tool_use" and known.endswith("_tool_use"))):
                return place
        empty: Json = {"text": {"text": ""}, "thinking": {"thinking": ""}}.get(
            kind, {"id": "", "name": "", "input": {}}
        )
        place = self._add(index, {"type": kind, **empty})
        self._strays |= {place} if kind == "tool_use" else set()
        return place

    def _is_first(self, place: int) -> bool:
        is_first = place not in self._begun
        self._begun.add(place)
        return is_first


def _index(event: Json) -> int | None:
    index = event.get("index")
    if isinstance(index, str) and index.isdecimal():
        return int(index)
    return index if isinstance(index, int) else None


def _content(message: Json) -> tuple[Json, ...]:
    """Its blocks, where they are a list, one, or words."""
    content = message.get("content")
    each = content if isinstance(content, list) else [content]
    return tuple({"type": "text", "text": one} if isinstance(one, str) else _object(one) for one in each if one)


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _written(value: object) -> str:
    """A piece of JSON, also where it was not written as text."""
    return json.dumps(value) if isinstance(value, dict) else _text(value)


def _most(before: Json, now: Json) -> Json:
    """The larger of each count; what is no count is left out."""
    merged = dict(before)
    for name, count in now.items():
        match count:
            case dict():
                merged[name] = _most(_object(before.get(name)), count)
            case bool():
                continue
            case int() | float() if 0 <= count <= MOST_TOKENS:
                known = before.get(name)
                merged[name] = max(int(count), known if isinstance(known, int) else 0)
    return merged
