"""Claude's Messages API on loopback: streaming, tools, thinking, prompt caching counted by prefix, and every fault we know of.

    async with ClaudeServer() as claude:
        claude.says("use an index")            # the next answer; without one the server echoes the question
        claude.fails("overloaded")             # the next request's fault, see FAULTS
        ... a bot with ANTHROPIC_BASE_URL=claude.url and any key ...
        claude.requests[-1].body["messages"]

`python -m tests.servers.claude --port 9003` serves it for a bot of another process. It refuses histories that the API refuses, and
keeps each request's exact bytes.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import hashlib
import itertools
import json
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from aiohttp import web

from tests.servers import claude_clouds as clouds
from tests.servers.claude_limits import LOOK_BACK, REQUEST_BYTES
from tests.servers.claude_rules import flat, invalid, signature, without_markers
from tests.servers.claude_streams import Event, Framing
from tests.servers.health import Health

Json = dict[str, Any]

Fault = Literal[
    "overloaded", "overloaded_for_a_while", "rate_limited", "busy_for_an_hour", "server_error", "spend_limit", "bad_key",
    "too_long", "prefix_rejected", "no_headers", "stream_error", "cut", "clean_end", "empty", "stall", "refusal", "max_tokens",
    "window",
]  # fmt: skip
STATUS: dict[str, tuple[int, str, str, Json]] = {
    "overloaded": (529, "overloaded_error", "Overloaded", {}),
    "rate_limited": (429, "rate_limit_error", "Slow down", {"retry-after": "0.2"}),
    "busy_for_an_hour": (429, "rate_limit_error", "Slow down", {"retry-after": "3600"}),
    "overloaded_for_a_while": (529, "overloaded_error", "Overloaded", {"retry-after": "20"}),
    "server_error": (500, "api_error", "Oops", {}),
    "bad_key": (401, "authentication_error", "invalid key", {}),
    "spend_limit": (429, "rate_limit_error", "Spend limit", {}),
    "too_long": (400, "invalid_request_error", "prompt is too long: 1000001 tokens > 1000000 maximum", {}),
    "prefix_rejected": (400, "invalid_request_error", "thinking block is bound to a different conversation", {}),
}


@dataclass(slots=True)
class Request:
    """One request as it came: exact bytes, its JSON, its headers, and whether its stream was left before its end."""

    raw: bytes
    body: Json
    headers: dict[str, str]
    left_early: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    first_token_at: float = 0.0
    last_token_at: float = 0.0
    usage: Json = field(default_factory=dict)
    answered: int = 0
    """Tokens that were written, as the last event counts them."""

    status: int = 200

    @property
    def prefix(self) -> list[str]:
        """system, tools and messages without cache markers, each as text: what must not change from request to request."""
        parts = [self.body.get("system"), self.body.get("tools"), *self.body["messages"]]
        return [json.dumps(without_markers(part), ensure_ascii=False) for part in parts]

    @property
    def question(self) -> str:
        """The text of the last user message."""
        content = self.body["messages"][-1]["content"]
        return content if isinstance(content, str) else "\n".join(block.get("text", "") for block in content)


@dataclass(frozen=True, slots=True)
class Script:
    """One answer. `calls`: tools to call, as (name, input). `parts`: blocks of any kind instead, in this order. `stop`: why it ends."""

    text: str = ""
    thinking: str = ""
    calls: tuple[tuple[str, Json], ...] = ()
    parts: tuple[Json, ...] = ()
    stop: str = ""


PLAIN = Framing()


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of the server, byte for byte: `events` as their door frames them, or a `body`. `size`: bytes a write; 0: all at once.
    `end`: whether the stream is closed, cut or left open after it."""

    events: tuple[Event, ...] = ()
    framing: Framing = PLAIN
    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/event-stream"),)
    size: int = 0
    end: Literal["close", "cut", "open"] = "close"
    is_packed: bool = False


class ClaudeServer:
    """`first_token_seconds` and `tokens_per_second` set the pace; a token is four characters."""

    def __init__(self, *, first_token_seconds: float = 0.0, tokens_per_second: float = 0.0, port: int = 0) -> None:
        self.first_token_seconds = first_token_seconds
        self.tokens_per_second = tokens_per_second
        self.requests: list[Request] = []
        self.lifecycle: dict[str, str] = {}
        self.most_at_once = 0
        self.absent = {"gpt"}
        """Models that are asked for and not there."""
        self.script: Callable[[Json], Script] | None = None
        """Answers by the request's body, where no answer was laid out."""
        self.admits: Callable[[web.Request, bytes], str] = lambda request, raw: ""
        """Why a request is not let in, or ""."""
        self.loses_marks = False
        """As a gateway that does not pass cache markers on."""
        self.is_overloaded: Callable[[], bool] = lambda: False
        self._now = 0
        self._scripts: deque[Script] = deque()
        self._faults: deque[str] = deque()
        self._raw: deque[Reply | tuple[tuple[bytes, ...], str, str]] = deque()
        self._cached: set[str] = set()
        self._numbers = itertools.count(1)
        self._port = port
        self._runner: web.AppRunner | None = None
        self.health = Health()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def says(self, text: str = "", *, thinking: str = "", calls: tuple[tuple[str, Json], ...] = ()) -> None:
        self._scripts.append(Script(text, thinking, calls))

    def writes(self, *parts: Json, stop: str) -> None:
        """The next answer, block by block: {"thinking": ...}, {"text": ...} or {"call": (name, input)}."""
        self._scripts.append(Script(parts=parts, stop=stop))

    def sends(
        self, *pieces: bytes, end: Literal["close", "cut", "open"] = "close", kind: str = "text/event-stream"
    ) -> None:
        """The next stream, byte for byte, a write each; then it is closed, cut, or left open."""
        self._raw.append((pieces, end, kind))

    def replies(self, *replies: Reply) -> None:
        """The next answers, as they are laid out."""
        self._raw += replies

    def forget(self) -> None:
        """What was laid out and not asked for."""
        self._raw.clear()

    def fails(self, *faults: Fault) -> None:
        self._faults += faults

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024 * 1024, middlewares=[self.health.middleware])
        app.add_routes([web.post("/v1/messages", self._messages), web.get("/v1/models/{model}", self._model)])
        app.add_routes([web.post(path, self._messages) for path in clouds.PATHS])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner:
            await self._runner.cleanup()
        self.health.check()

    async def _model(self, request: web.Request) -> web.Response:
        model = request.match_info["model"]
        if "authorization" not in request.headers or request.headers["authorization"] == "Bearer wrong":
            return failure(401, "authentication_error", "invalid key")
        if not model.startswith("claude-"):
            return failure(404, "not_found_error", model)
        lifecycle = self.lifecycle.get(model, "active")
        return web.json_response(
            {
                "id": model,
                "type": "model",
                "display_name": model,
                "created_at": "2026-01-01T00:00:00Z",
                "lifecycle": lifecycle,
            }
        )

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        if shut := self.admits(request, raw):
            return failure(403, "permission_error", shut)
        body = json.loads(raw)
        refused = clouds.read(request, body)
        seen = Request(raw, body, {name.lower(): value for name, value in request.headers.items()})
        self.requests.append(seen)
        if refused:
            seen.status = 400
            return failure(400, "invalid_request_error", refused)
        if len(raw) > REQUEST_BYTES.most:
            return failure(413, "request_too_large", "Request exceeds the maximum size")
        if problem := invalid(seen.body):
            seen.status = 400
            return failure(400, "invalid_request_error", problem)
        if self._raw:
            return await self._send_raw(request, seen)
        if seen.body["model"] in self.absent:
            seen.status = 404
            return failure(404, "not_found_error", f"model: {seen.body['model']}")
        fault = self._faults.popleft() if self._faults else "overloaded" if self.is_overloaded() else ""
        if fault in STATUS:
            status, kind, message, headers = STATUS[fault]
            seen.status = status
            code = "enforced_spend_limit_reached" if fault == "spend_limit" else ""
            return failure(status, kind, message, headers, code)
        seen.usage = self._usage(seen)
        script = self._script(seen)
        if not seen.body.get("stream"):
            return self._whole(seen, script)
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        headers = {"Content-Type": clouds.content_type(request), "request-id": f"req_{next(self._numbers)}"}
        response = web.StreamResponse(headers=headers)
        try:
            if fault == "no_headers":
                await asyncio.sleep(30)
            await response.prepare(request)
            await self._stream(request, response, seen, script, fault)
        except (ConnectionResetError, asyncio.CancelledError):
            seen.left_early = True
        finally:
            seen.ended.set()
            self._now -= 1
        return response

    async def _send_raw(self, request: web.Request, seen: Request) -> web.StreamResponse:
        match self._raw.popleft():
            case Reply() as reply:
                pieces, end, seen.status = laid_out(request, reply), reply.end, reply.status
                headers = dict(reply.headers)
                if reply.events:
                    headers["Content-Type"] = clouds.content_type(request)
                if reply.is_packed:
                    headers["Content-Encoding"] = "gzip"
            case pieces, end, kind:
                headers = {"Content-Type": kind}
        headers["request-id"] = f"req_{next(self._numbers)}"
        response = web.StreamResponse(status=seen.status, headers=headers)
        try:
            await response.prepare(request)
            for piece in pieces:
                await response.write(piece)
                await asyncio.sleep(0)
            if end == "cut" and request.transport:
                request.transport.abort()
            if end == "open":
                await asyncio.Event().wait()
        except (ConnectionResetError, asyncio.CancelledError):
            seen.left_early = True
        finally:
            seen.ended.set()
        return response

    def _whole(self, seen: Request, script: Script) -> web.Response:
        """A reply that is not streamed, cut where it is longer than what was asked for."""
        most = int(seen.body["max_tokens"]) * 4
        number = next(self._numbers)
        seen.usage = {**seen.usage, "output_tokens": max(1, len(script.text[:most]) // 4)}
        seen.ended.set()
        message = {
            "id": f"msg_{number}",
            "type": "message",
            "role": "assistant",
            "model": seen.body["model"],
            "content": [{"type": "text", "text": script.text[:most]}],
            "stop_reason": "max_tokens" if len(script.text) > most else "end_turn",
            "stop_sequence": None,
            "usage": seen.usage,
        }
        return web.json_response(message, headers={"request-id": f"req_{number}"})

    async def _stream(
        self, request: web.Request, response: web.StreamResponse, seen: Request, script: Script, fault: str
    ) -> None:
        number = next(self._numbers)
        if fault == "empty":
            return

        async def send(kind: str, **data: Any) -> None:
            await response.write(clouds.framed(request, kind, json.dumps({"type": kind, **data})))

        message = {
            "id": f"msg_{number}",
            "type": "message",
            "role": "assistant",
            "model": seen.body["model"],
            "content": [],
        }
        message |= {"stop_reason": None, "stop_sequence": None, "usage": {**seen.usage, "output_tokens": 1}}
        await send("message_start", message=message)
        await asyncio.sleep(self.first_token_seconds)
        for index, (kind, pieces) in enumerate(blocks(script)):
            await send("content_block_start", index=index, content_block=start_of(kind, number, index))
            for place, piece in enumerate(pieces):
                if fault and place == max(1, len(pieces) // 2) and kind["type"] == "text":
                    if fault == "stream_error":
                        await send("error", error={"type": "overloaded_error", "message": "Overloaded"})
                        return
                    if fault == "clean_end":
                        return
                    if fault == "cut" and request.transport:
                        request.transport.abort()
                        return
                    if fault == "stall":
                        for _ in range(6_000):
                            await send("ping")
                            await asyncio.sleep(0.05)
                await send("content_block_delta", index=index, delta=piece)
                seen.last_token_at = time.monotonic()
                seen.first_token_at = seen.first_token_at or seen.last_token_at
                if self.tokens_per_second:
                    await asyncio.sleep(1 / self.tokens_per_second)
            await send("content_block_stop", index=index)
        reasons = {"refusal": "refusal", "max_tokens": "max_tokens", "window": "model_context_window_exceeded"}
        stop = reasons.get(fault, script.stop or ("tool_use" if script.calls else "end_turn"))
        delta: Json = {"stop_reason": stop, "stop_sequence": None}
        if stop == "refusal":
            delta["stop_details"] = {"type": "refusal", "category": "cyber", "explanation": "no"}
        seen.answered = max(1, len(script.text) // 4)
        await send("message_delta", delta=delta, usage={**seen.usage, "output_tokens": seen.answered})
        await send("message_stop")

    def _script(self, seen: Request) -> Script:
        if self._scripts:
            return self._scripts.popleft()
        return self.script(seen.body) if self.script else Script(f"You asked: {said(seen.question)}")

    def _usage(self, seen: Request) -> Json:
        """Cache reads and writes, counted as the API does: the longest marked or earlier-marked prefix within the look-back."""
        texts, marks = flat(seen.body)
        marks = [] if self.loses_marks else marks
        sizes = [max(1, len(text) // 4) for text in texts]
        keys = [hashlib.sha256("\0".join(texts[: end + 1]).encode()).hexdigest() for end in range(len(texts))]
        read = 0
        for mark in marks:
            for end in range(mark, max(-1, mark - LOOK_BACK.most), -1):
                if keys[end] in self._cached:
                    read = max(read, sum(sizes[: end + 1]))
                    break
        written = max(0, sum(sizes[: marks[-1] + 1]) - read) if marks else 0
        self._cached |= {keys[mark] for mark in marks}
        usage = {
            "input_tokens": sum(sizes) - read - written,
            "cache_read_input_tokens": read,
            "cache_creation_input_tokens": written,
        }
        return usage | {"cache_creation": {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0}}


def laid_out(request: web.Request, reply: Reply) -> tuple[bytes, ...]:
    """A reply's bytes, in the pieces in which they are written."""
    data = reply.body or clouds.written(request, reply.events, reply.framing)
    if reply.is_packed:
        data = gzip.compress(data)
    size = reply.size or max(1, len(data))
    return tuple(data[at : at + size] for at in range(0, len(data), size))


def blocks(script: Script) -> Iterator[tuple[Json, list[Json]]]:
    """The answer's content blocks, each with its deltas."""
    parts = script.parts or (
        *([{"thinking": script.thinking}] if script.thinking else ()),
        *([{"text": script.text}] if script.text else ()),
        *({"call": call} for call in script.calls),
    )
    for part in parts:
        match part:
            case {"thinking": str(text)}:
                thoughts = [{"type": "thinking_delta", "thinking": one} for one in re.findall(r"(?s).{1,40}", text)]
                yield {"type": "thinking"}, [*thoughts, {"type": "signature_delta", "signature": signature(text)}]
            case {"text": str(text)}:
                yield (
                    {"type": "text"},
                    [{"type": "text_delta", "text": one} for one in re.findall(r"(?s).{1,4}", text)],
                )
            case {"call": (name, arguments)}:
                written = json.dumps(arguments)
                half = len(written) // 2
                pieces = [{"type": "input_json_delta", "partial_json": one} for one in (written[:half], written[half:])]
                yield {"type": "tool_use", "name": name}, pieces


def start_of(kind: Json, number: int, index: int) -> Json:
    match kind["type"]:
        case "thinking":
            return {"type": "thinking", "thinking": "", "signature": ""}
        case "text":
            return {"type": "text", "text": ""}
        case _:
            return {"type": "tool_use", "id": f"toolu_{number}_{index}", "name": kind["name"], "input": {}}


def failure(status: int, kind: str, message: str, headers: Json | None = None, code: str = "") -> web.Response:
    error: Json = {"type": kind, "message": message} | ({"details": {"error_code": code}} if code else {})
    body = {"type": "error", "error": error, "request_id": "req_failed"}
    return web.json_response(body, status=status, headers={"request-id": "req_failed", **(headers or {})})


def said(question: str) -> str:
    """What stands in the last envelope of a question, or all of it."""
    found = re.findall(r"<msg [^>]*>\n(.*?)\n</msg ", question, re.DOTALL)
    return str(found[-1]) if found else question


async def _main(port: int) -> None:
    async with ClaudeServer(first_token_seconds=0.3, tokens_per_second=100, port=port) as server:
        print(f"ANTHROPIC_BASE_URL={server.url}", flush=True)
        await server.health.serve()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="A Claude of our own on loopback; it echoes.")
    arguments.add_argument("--port", type=int, default=9003)
    asyncio.run(_main(arguments.parse_args().port))
