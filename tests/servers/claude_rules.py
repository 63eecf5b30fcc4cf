"""What the Messages API refuses, in its own words: the part of the server on loopback that reads requests.

It must never be kinder than the API. Where its exact bounds are not written down, such as which characters are white space to it, this
refuses more.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from tests.servers.claude_limits import MARKERS, oversized

Json = dict[str, Any]

THINKING = ("thinking", "redacted_thinking")
PREFILLED = ("claude-sonnet-4-5", "claude-haiku-4-5", "claude-opus-4-5")
"""Models that go on with an assistant's text; all newer ones refuse it."""


def signature(thinking: str) -> str:
    """What a thinking block is signed with, as only the service can."""
    return hashlib.sha256(b"signed" + thinking.encode()).hexdigest()


def without_markers(value: Any) -> Any:
    match value:
        case dict():
            return {key: without_markers(one) for key, one in value.items() if key != "cache_control"}
        case list():
            return [without_markers(one) for one in value]
        case _:
            return value


def flat(body: Json) -> tuple[list[str], list[int]]:
    """Every block of a request in order as text, and the places of the cache markers."""
    found = [*(body.get("tools") or []), *(body.get("system") or [])]
    found += [block for message in body["messages"] for block in message["content"]]
    return [json.dumps(without_markers(one)) for one in found], [
        n for n, one in enumerate(found) if "cache_control" in one
    ]


def invalid(body: Json) -> str:
    """Why the API would refuse this request, or ""."""
    if any(name in body for name in ("temperature", "top_p", "top_k")):
        return "sampling parameters are not supported"
    blank = next(_blanks("system", body.get("system") or []), "")
    if problem := blank or _roles(body["messages"]) or next(_contents(body["messages"]), ""):
        return problem
    if problem := _ending(body["messages"][-1], body.get("model", "")):
        return problem
    texts, marks = flat(body)
    if len(marks) > MARKERS.most:
        return "at most 4 blocks with cache_control"
    return oversized(body) if texts else "messages: empty"


def _roles(messages: list[Json]) -> str:
    open_calls: set[str] = set()
    all_calls: set[str] = set()
    expected = "user"
    for message in messages:
        if message["role"] != expected:
            return f"messages must alternate, found {message['role']}"
        content = _content(message)
        results = {block["tool_use_id"] for block in content if block["type"] == "tool_result"}
        if message["role"] == "user" and results != open_calls:
            return "tool_use without tool_result"
        calls = [block["id"] for block in content if block["type"] == "tool_use"]
        if len(all_calls) + len(calls) > len(all_calls.union(calls)):
            return "`tool_use` ids must be unique"
        if bad := next((one for one in calls if not re.fullmatch(r"[a-zA-Z0-9_-]+", one)), ""):
            return f"tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$', not {bad}"
        all_calls |= set(calls)
        open_calls = set(calls)
        expected = "assistant" if message["role"] == "user" else "user"
    return ""


def _contents(messages: list[Json]) -> Iterator[str]:
    """What is wrong with each message by itself."""
    for place, message in enumerate(messages):
        content = _content(message)
        if not content:
            yield f"messages.{place}: all messages must have non-empty content except for the optional final assistant message"
            continue
        yield from _blanks("messages", content)
        if message["role"] == "assistant" and content[-1]["type"] in THINKING:
            yield f"messages.{place}: The final block in an assistant message cannot be `thinking`."
        for number, block in enumerate(content):
            if block["type"] == "thinking" and block["signature"] != signature(block["thinking"]):
                yield f"messages.{place}.content.{number}: Invalid `signature` in `thinking` block"


def _blanks(where: str, blocks: list[Json]) -> Iterator[str]:
    """Text blocks without anything in them, those in a tool's result among them."""
    for block in blocks:
        if block["type"] == "tool_result" and isinstance(block.get("content"), list):
            yield from _blanks(where, block["content"])
        if block["type"] == "text" and not block["text"]:
            yield f"{where}: text content blocks must be non-empty"
        if block["type"] == "text" and all(_is_space(one) for one in block["text"]):
            yield f"{where}: text content blocks must contain non-whitespace text"


def _is_space(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cf", "Zs", "Zl", "Zp")


def _ending(last: Json, model: str) -> str:
    """A conversation ends with a user, or with a reply that is given back to be gone on with."""
    if last["role"] == "user":
        return ""
    *_, block = _content(last)
    if block["type"] == "server_tool_use":
        return ""  # paused: https://docs.claude.com/en/api/handling-stop-reasons#pause-turn
    if block["type"] == "text" and block["text"] != block["text"].rstrip():
        return "messages: final assistant content cannot end with trailing whitespace"
    if model in PREFILLED:
        return ""
    return "This model does not support assistant message prefill. The conversation must end with a user message."


def _content(message: Json) -> list[Json]:
    content = message["content"]
    return content if isinstance(content, list) else [{"type": "text", "text": content}]
