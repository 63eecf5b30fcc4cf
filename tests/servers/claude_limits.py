"""What our Claude takes and no more, each figure with where it is from; the product has its own, and neither reads the other's."""

from __future__ import annotations

import base64
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
PIXELS = Limit(8_000, f"{GUIDES}/vision: a side of an image")
MANY, PIXELS_OF_MANY = (
    Limit(20, f"{GUIDES}/vision#request-limits"),
    Limit(2_000, f"{GUIDES}/vision: a side, where there are more"),
)
PAGES = Limit(600, f"{GUIDES}/pdf-support: of all PDFs of a request")
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
    if problem := _pictures(body) or _papers(body):
        return problem
    if any(len(block.get("title") or "") > TITLE.most for block in _blocks(body) if block.get("type") == "document"):
        return "document: title is too long"
    for tool in body.get("tools") or ():
        if not re.fullmatch(rf"[a-zA-Z0-9_-]{{1,{TOOL_NAME.most}}}", tool["name"]):
            return "tools: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'"
    return ""


def _placed(body: Json, kind: str, begins: str) -> Iterator[tuple[str, bytes]]:
    """Files that begin so in base64, and where they stand."""
    for number, message in enumerate(body["messages"]):
        for place, block in enumerate(message["content"] if isinstance(message["content"], list) else ()):
            data = (block.get("source") or {}).get("data") or ""
            if block.get("type") == kind and data.startswith(begins):
                yield f"messages.{number}.content.{place}", base64.b64decode(data)


def _pictures(body: Json) -> str:
    """In the words of https://github.com/anthropics/claude-code/issues/49537; only PNG is looked into."""
    images = list(_placed(body, "image", "iVBORw0KGgo"))
    for where, data in images:
        if data[-8:-4] != b"IEND":
            return f"{where}.image.source.base64: Could not process image"
        side = max(int.from_bytes(data[16:20]), int.from_bytes(data[20:24]))
        if side > PIXELS.most:
            return f"{where}.image.source.base64.data: At least one of the image dimensions exceed max allowed size: 8000 pixels"
        if len(images) > MANY.most and side > PIXELS_OF_MANY.most:
            return (
                f"{where}.image.source.base64.data: At least one of the image dimensions exceed max allowed size for many-image "
                "requests: 2000 pixels"
            )
    return ""


def _papers(body: Json) -> str:
    """In the words of https://github.com/anthropics/claude-code/issues/6231; pages are counted where they stand in the clear."""
    papers = list(_placed(body, "document", "JVBERi"))
    for where, data in papers:
        if b"/Encrypt" in data:
            return f"{where}.pdf.source.base64.data: The PDF specified is password protected."
        if not data.rstrip().endswith(b"%%EOF"):
            return "Could not process PDF"
    if sum(data.count(b"/Type /Page ") for _, data in papers) > PAGES.most:
        return "A maximum of 600 PDF pages may be provided."
    return ""


def _blocks(body: Json) -> Iterator[Json]:
    """All content, also what tools gave back."""
    waiting: list[Any] = [message["content"] for message in body["messages"]]
    while waiting:
        content = waiting.pop()
        for block in content if isinstance(content, list) else ():
            yield block
            waiting.append(block.get("content"))
