"""Amazon's event stream, in which the runtime of Bedrock frames a reply, as the server-sent events that it stands for.

A frame: its length, the length of its headers, a check sum, headers, a payload, a check sum; the format is in botocore's eventstream.py
and https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html.
"""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import AsyncIterator, Iterator

CONTENT_TYPE = "application/vnd.amazon.eventstream"
PRELUDE, CHECK_SUM, TEXT = 12, 4, 7
MOST_BYTES = 16 * 1024 * 1024
"""Of one frame, as botocore has it, and of any other event."""


async def as_events(data: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Raises ValueError for what is no such stream."""
    held = b""
    async for piece in data:
        held += piece
        while len(held) >= PRELUDE:
            length, headers, check_sum = struct.unpack_from(">III", held)
            if zlib.crc32(held[:8]) != check_sum or not PRELUDE + headers + CHECK_SUM <= length <= MOST_BYTES:
                raise ValueError("not a frame of an event stream")
            if len(held) < length:
                break
            frame, held = held[:length], held[length:]
            if zlib.crc32(frame[:-CHECK_SUM]) != struct.unpack(">I", frame[-CHECK_SUM:])[0]:
                raise ValueError("a frame of an event stream was damaged")
            yield _event(dict(_headers(frame[PRELUDE : PRELUDE + headers])), frame[PRELUDE + headers : -CHECK_SUM])


def _event(headers: dict[str, str], payload: bytes) -> bytes:
    body = json.loads(payload or b"{}")
    if headers.get(":message-type") in ("exception", "error"):
        kind = headers.get(":exception-type") or headers.get(":error-code") or ""
        said = body.get("message") or body.get("Message") or headers.get(":error-message") or ""
        return b"data: " + json.dumps({"type": "error", "error": {"type": kind, "message": said}}).encode() + b"\n\n"
    return b"data: " + base64.b64decode(body.get("bytes") or "") + b"\n\n"


def _headers(data: bytes) -> Iterator[tuple[str, str]]:
    """Only texts are read; all that such a stream has are."""
    at = 0
    while at < len(data):
        name = data[at + 1 : at + 1 + data[at]].decode()
        at += 1 + data[at]
        if data[at] != TEXT:
            raise ValueError(f"a header of an unknown kind: {name}")
        size = struct.unpack_from(">H", data, at + 1)[0]
        yield name, data[at + 3 : at + 3 + size].decode()
        at += 3 + size
