"""What our Claude takes and no more, each figure with where it is from; the product has its own, and neither reads the other's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Limit:
    """So much at most, and where that is written."""

    most: int
    source: str


API, GUIDES = "https://docs.claude.com/en/api", "https://docs.claude.com/en/docs/build-with-claude"

REQUEST_BYTES = Limit(32 * 1024**2, f"{API}/overview#request-size-limits: above it a 413")
MARKERS = Limit(4, f"{GUIDES}/prompt-caching")
LOOK_BACK = Limit(20, f"{GUIDES}/prompt-caching: blocks before a marker in which an earlier one is found")
IMAGE_CHARACTERS = Limit(5 * 1024**2, f"{GUIDES}/vision: 5 MB; the API counts what it is sent, which is base64")
IMAGES = Limit(100, f"{GUIDES}/vision: of one request")
TOOL_NAME = Limit(128, "https://docs.claude.com/en/docs/agents-and-tools/tool-use/implement-tool-use")
TITLE = Limit(500, f"{API}/messages: of a document")


def oversized(body: Json) -> str:
    """Why the API would refuse this request for what it holds, or ""."""
    if not isinstance(body.get("max_tokens"), int) or body["max_tokens"] < 1:
        return "max_tokens: Field required"
    images = [block["source"] for block in _blocks(body) if block.get("type") == "image"]
    if len(images) > IMAGES.most:
        return f"too many images: {len(images)} > {IMAGES.most}"
    for source in images:
        if (size := len(source.get("data") or "")) > IMAGE_CHARACTERS.most:
            return f"image exceeds 5 MB maximum: {size} bytes > {IMAGE_CHARACTERS.most} bytes"
    if any(len(block.get("title") or "") > TITLE.most for block in _blocks(body) if block.get("type") == "document"):
        return "document: title is too long"
    for tool in body.get("tools") or ():
        if not re.fullmatch(rf"[a-zA-Z0-9_-]{{1,{TOOL_NAME.most}}}", tool["name"]):
            return "tools: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'"
    return ""


def _blocks(body: Json) -> Iterator[Json]:
    """All content, also what tools gave back."""
    waiting: list[Any] = [message["content"] for message in body["messages"]]
    while waiting:
        content = waiting.pop()
        for block in content if isinstance(content, list) else ():
            yield block
            waiting.append(block.get("content"))
