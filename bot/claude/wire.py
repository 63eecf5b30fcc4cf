"""A Prompt as the Messages API wants it: pure functions from our nouns to JSON and back.

History is replayed from transcripts byte for byte; cache markers are put on copies. Four are allowed, the longer-lived first:
https://docs.claude.com/en/docs/build-with-claude/prompt-caching.
"""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.conversation import Pinned, Turn, Usage
from bot.ports.model import FoldedTurn, ImagePart, PdfPart, Prompt, QuestionPart, TextPart
from bot.writing.text import NO_TEXT, is_blank

Json = dict[str, Any]

HOUR = {"type": "ephemeral", "ttl": "1h"}
FIVE_MINUTES = {"type": "ephemeral"}
THINKING = ("thinking", "redacted_thinking")
NOTHING: Json = {"type": "text", "text": "(nothing)"}
UNSAID: Json = {"type": "text", "text": NO_TEXT}


def system(pinned: Pinned, *, marked: bool, for_an_hour: bool = True) -> list[Json]:
    """The system text, shared by all threads of a workspace, so cached for an hour where an engine can."""
    block: Json = {"type": "text", "text": pinned.system}
    return [{**block, "cache_control": HOUR if for_an_hour else FIVE_MINUTES} if marked else block]


def question(prompt: Prompt) -> Json:
    """The turn's own user message."""
    return {"role": "user", "content": [_block(part) for part in prompt.question]}


def _block(part: QuestionPart) -> Json:
    match part:
        case TextPart(text):
            return {"type": "text", "text": text}
        case ImagePart(media_type=media_type, data=data):
            return {"type": "image", "source": _base64(media_type, data)}
        case PdfPart(name=name, data=data):
            return {"type": "document", "title": name[:255], "source": _base64("application/pdf", data)}


def _base64(media_type: str, data: bytes) -> Json:
    return {"type": "base64", "media_type": media_type, "data": base64.b64encode(data).decode()}


def history(turns: Sequence[Turn | FoldedTurn], *, keep_thinking: bool = True) -> list[Json]:
    """What was said before, as messages. Without thinking where an engine does not take it back."""
    messages: list[Json] = []
    for turn in turns:
        match turn:
            case FoldedTurn(asked, answered):
                messages += [_text("user", asked), _text("assistant", answered)]
            case Turn():
                messages += [json.loads(message) for message in turn.answer.transcript]
    return messages if keep_thinking else [without_thinking(message) for message in messages]


def _text(role: str, text: str) -> Json:
    return {"role": role, "content": [{"type": "text", "text": text}]}


def without_thinking(message: Json) -> Json:
    return {**message, "content": [block for block in message["content"] if block["type"] not in THINKING]}


def marked(messages: Sequence[Json], previous_end: int | None) -> list[Json]:
    """Copies with a cache marker where the previous request ended, if that is known, and one at the end of this one."""
    ends = {len(messages) - 1} | ({previous_end} if previous_end is not None else set())
    return [_mark(message) if index in ends else message for index, message in enumerate(messages)]


def _mark(message: Json) -> Json:
    *others, last = message["content"]
    return {**message, "content": [*others, {**last, "cache_control": FIVE_MINUTES}]}


def last_request_end(messages: Sequence[Json]) -> int | None:
    """Where the request that gave the last assistant message ended: the last user message before it."""
    before = [index for index, message in enumerate(messages) if message["role"] == "assistant"]
    return before[-1] - 1 if before else None


def sendable(messages: Sequence[Json]) -> list[Json]:
    """Messages as the API takes them back, also those that were kept before this rule; what it takes already is left untouched.

    It refuses a text block in which there is nothing but white space, a message without blocks, and thinking that ends a message,
    though a model may write all three.
    """
    return [_sendable(message) for message in messages]


def _sendable(message: Json) -> Json:
    blocks = replayable(message["content"])
    if not blocks or blocks[-1].get("type") in THINKING:
        blocks.append(UNSAID)
    return message if blocks == message["content"] else {**message, "content": blocks}


def replayable(blocks: Sequence[Json]) -> list[Json]:
    """A message's blocks without blank texts, and with a word where a tool gave nothing. Thinking is signed: it stays as it came."""
    return [_worded(block) for block in blocks if not _says_nothing(block)]


def _says_nothing(block: Json) -> bool:
    return block.get("type") == "text" and is_blank(block.get("text") or "")


def _worded(block: Json) -> Json:
    content = block.get("content")
    if block.get("type") != "tool_result" or not isinstance(content, list):
        return block
    said = [one for one in content if not _says_nothing(one)] or [NOTHING]
    return block if said == content else {**block, "content": said}


def named_apart(blocks: Sequence[Json], before: Sequence[Json]) -> list[Json]:
    """The blocks of a reply with calls under ids that the API takes back: of its letters, and each once in a conversation.

    Gateways and private engines number them anew in every reply, or give one to two calls:
    https://github.com/BerriAI/litellm/issues/23510.
    """
    taken = {block.get("id") for message in before for block in message["content"] if block.get("type") == "tool_use"}
    return [_named_apart(block, taken) for block in blocks]


def _named_apart(block: Json, taken: set[Any]) -> Json:
    if block.get("type") != "tool_use":
        return block
    plain = re.sub(r"[^a-zA-Z0-9_-]", "_", block["id"])[:50] or "call"
    others = (f"{plain}_{number}" for number in itertools.count(2))
    name = next(one for one in itertools.chain([plain], others) if one not in taken)
    taken.add(name)
    return block if name == block["id"] else {**block, "id": name}


def resumable(blocks: Sequence[Json]) -> list[Json]:
    """The blocks of a reply that paused, sent back as the last message: its text may not end in white space."""
    *others, last = blocks
    if last.get("type") != "text":
        return list(blocks)
    return [*others, {**last, "text": last["text"].rstrip()}]


def whole(value: Any) -> Any:
    """The value with surrogate pairs that came in two pieces joined, and lone ones replaced: UTF-8 has no place for them."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return json.loads(whole(json.dumps(value, ensure_ascii=False)))


def usage(reported: Mapping[str, Any]) -> Usage:
    """The API's usage object as ours; a count that an engine leaves out, or that is none, is 0."""
    parts = reported.get("cache_creation")
    parts = parts if isinstance(parts, Mapping) else {}
    told = {name: count for name, count in {**parts, **reported}.items() if isinstance(count, int)}
    hour = told.get("ephemeral_1h_input_tokens", 0)
    return Usage(
        input_tokens=told.get("input_tokens", 0),
        output_tokens=told.get("output_tokens", 0),
        cache_read_tokens=told.get("cache_read_input_tokens", 0),
        cache_write_5m_tokens=max(0, told.get("cache_creation_input_tokens", 0) - hour),
        cache_write_1h_tokens=hour,
    )


TOKEN_CHARACTERS = 3
"""Of code and prose together, a little less than there are, so that what is estimated is rather too much."""


def estimated(told: Usage, request: Json, blocks: Sequence[Json]) -> Usage:
    """Counts where a gateway leaves them out: a budget holds there, too. Files are left out of it."""
    sent = _characters([request.get("system"), request.get("tools"), request["messages"]])
    return replace(
        told,
        input_tokens=told.input_tokens if told.context_tokens else sent // TOKEN_CHARACTERS,
        output_tokens=told.output_tokens or _characters(blocks) // TOKEN_CHARACTERS,
    )


def begun(reported: Mapping[str, Any], blocks: Sequence[Json]) -> Usage:
    """What a reply used that broke off: its prompt as it was counted, and about what had come of it."""
    told = usage(reported)
    return replace(told, output_tokens=max(told.output_tokens, _characters(blocks) // TOKEN_CHARACTERS))


def _characters(value: Any) -> int:
    match value:
        case str():
            return len(value)
        case list() | tuple():
            return sum(map(_characters, value))
        case dict():
            return sum(_characters(one) for key, one in value.items() if key not in ("source", "signature"))
        case _:
            return 0


def tool_result(call_id: str, text: str, *, is_error: bool) -> Json:
    content = [NOTHING if is_blank(text) else {"type": "text", "text": text}]
    block: Json = {"type": "tool_result", "tool_use_id": call_id, "content": content}
    return {**block, "is_error": True} if is_error else block


def definition(name: str, description: str, schema: Mapping[str, object], *, strict: bool) -> Json:
    tool: Json = {"name": name, "description": description, "input_schema": dict(schema)}
    return {**tool, "strict": True} if strict else tool
