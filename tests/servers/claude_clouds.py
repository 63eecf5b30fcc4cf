"""The clouds' doors to the same Claude: other paths, the model in the path, Amazon's framing. Seen of the SDK's own classes."""

from __future__ import annotations

import base64
import json
import re
import struct
import zlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from tests.servers.claude_streams import Event, Framing

Json = dict[str, Any]

RUNTIME = re.compile(r"/model/([^/]+)/(invoke|invoke-with-response-stream)")
VERTEX = re.compile(r".*/publishers/anthropic/models/([^/:]+):(rawPredict|streamRawPredict)")
PATHS = (
    "/model/{model}/invoke",
    "/model/{model}/invoke-with-response-stream",
    "/projects/{project}/locations/{location}/publishers/anthropic/models/{call}",
)


def read(request: web.Request, body: Json) -> str:
    """Complete a body from its path; why the cloud would refuse it, or ""."""
    path = unquote(request.raw_path)
    if found := RUNTIME.fullmatch(path):
        if "model" in body or "stream" in body or "anthropic_version" not in body:
            return "Malformed input request: extraneous key is not permitted"
        if "." not in found[1]:
            return "The provided model identifier is invalid."
        body |= {"model": found[1], "stream": found[2] != "invoke"}
    elif found := VERTEX.fullmatch(path):
        if "model" in body or "anthropic_version" not in body:
            return "model: Extra inputs are not permitted"
        body["model"] = found[1]
    return ""


def content_type(request: web.Request) -> str:
    return "application/vnd.amazon.eventstream" if RUNTIME.fullmatch(unquote(request.raw_path)) else "text/event-stream"


def framed(request: web.Request, kind: str, data: str) -> bytes:
    """An event as its door sends it. An error in mid-stream is an exception there."""
    if not RUNTIME.fullmatch(unquote(request.raw_path)):
        return f"event: {kind}\ndata: {data}\n\n".encode()
    if kind == "error":
        said = json.loads(data)["error"]["message"]
        return frame({":message-type": "exception", ":exception-type": "throttlingException"}, {"message": said})
    inner = {"bytes": base64.b64encode(data.encode()).decode(), "p": "abcd"}
    return frame({":message-type": "event", ":event-type": "chunk", ":content-type": "application/json"}, inner)


def written(request: web.Request, events: Sequence[Event], framing: Framing) -> bytes:
    """A whole stream as its door sends it; Amazon frames every event by itself, and has no words between them."""
    if not RUNTIME.fullmatch(unquote(request.raw_path)):
        return framing.write(events)
    return b"".join(framed(request, str(one.get("type")), json.dumps(one)) for one in events if isinstance(one, dict))


def frame(headers: dict[str, str], body: Json) -> bytes:
    written = b"".join(
        bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for name, value in headers.items()
    )
    payload = json.dumps(body).encode()
    prelude = struct.pack(">II", 16 + len(written) + len(payload), len(written))
    prelude += struct.pack(">I", zlib.crc32(prelude))
    whole = prelude + written + payload
    return whole + struct.pack(">I", zlib.crc32(whole))
