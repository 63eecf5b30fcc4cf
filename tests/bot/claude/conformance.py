"""What a model may send, and what people must see of it, whatever door it comes through: one table.

Forms are from public reports and the vendors' pages, as tests/servers/claude_streams.py names them. `text`: what is shown and answered;
or `fault`: the error that it ends in. Each of `replies` is one request, and there are no others.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.errors import (
    BotError,
    ModelBusy,
    ModelForbidden,
    ModelRefused,
    ModelRejected,
    ModelUnreachable,
    NoAnswer,
    QuestionTooLong,
    SpendLimitReached,
)
from tests.servers.claude import Reply
from tests.servers.claude_rules import signature
from tests.servers.claude_streams import DONE, ODD, Event, Framing, call, text, thinking, whole

Json = dict[str, Any]
JSON = (("Content-Type", "application/json"),)
HTML = (("Content-Type", "text/html"),)
PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
COUNTS = {"input_tokens": 100, "output_tokens": 7}
DEEP = '{"type": "x", "a": ' + "[" * 3_000 + "]" * 3_000 + "}"
SOME_DAY = "Fri, 27 Nov 2026 10:00:00 GMT"
SPENT = {"error_code": "enforced_spend_limit_reached"}
BUSY_TRIES, TRIES = 6, 3


@dataclass(frozen=True, slots=True)
class Case:
    """`calls`: the inputs with which the tool is run."""

    replies: Sequence[Reply]
    text: str = ""
    fault: type[BotError] | None = None
    calls: Sequence[str] = ()
    is_priced: bool = True
    stop: str = "end_turn"
    notices: int = 0


def stream(events: Sequence[Event], **how: Any) -> Reply:
    return Reply(tuple(events), **how)


def said(*blocks: Any, stop: str = "end_turn", usage: Json | None = None) -> list[Event]:
    return [*whole(blocks, stop=stop, usage=usage)]


def calling(*blocks: Any) -> Reply:
    return stream(said(*blocks, stop="tool_use"))


def bent(name: str, *blocks: Any, stop: str = "end_turn") -> Reply:
    return stream(ODD[name].bend(said(*blocks, stop=stop)))


def failure(status: int, kind: str, message: str, *headers: tuple[str, str], **error: Any) -> Reply:
    body = {"type": "error", "error": {"type": kind, "message": message, **error}}
    return Reply(body=json.dumps(body).encode(), status=status, headers=(*JSON, *headers))


def unstreamed(content: Any) -> Reply:
    """A whole message, though a stream was asked for."""
    told = {"type": "message", "id": "m", "model": "claude-sonnet-5-5", "content": content, "stop_reason": "end_turn"}
    return Reply(body=json.dumps({**told, "usage": COUNTS}).encode(), headers=JSON)


def changed(events: list[Event], kind: str, change: Callable[[Json], Json | None]) -> list[Event]:
    """With each event of that kind changed, or left out for None."""
    made = [change(one) if isinstance(one, dict) and one["type"] == kind else one for one in events]
    return [one for one in made if one is not None]


def inserted(at: int, *others: Event) -> Reply:
    events = said(text("Use ", "an index."))
    return stream([*events[:at], *others, *events[at:]])


def redone(change: Callable[[Json], Json]) -> Reply:
    """With each delta of its text changed."""
    return stream(changed(PLAIN, "content_block_delta", lambda one: {**one, "delta": change(one["delta"])}))


def _holding(one: Json) -> Json:
    return {**one, "message": {**one["message"], "content": [{"type": "text", "text": INDEX}]}}


def _no_usage(events: list[Event], usage: Any) -> list[Event]:
    begun = changed(events, "message_start", lambda one: {**one, "message": {**one["message"], "usage": usage}})
    return changed(begun, "message_delta", lambda one: {**one, "usage": usage})


INDEX, LOOKED = "Use an index.", "I look.\n\nFound."
PLAIN = said(text("Use ", "an index."))
LOOK, AGAIN = call("lookup", {"word": "a"}), call("lookup", {"word": "b"}, id="toolu_2")
A, B = '{"word": "a"}', '{"word": "b"}'
FOUND = stream(said(text("Found.")))
SIGNED = thinking("h", "m", signed=signature("hm"))
REDACTED: tuple[Json, list[Json]] = ({"type": "redacted_thinking", "data": "opaque"}, [])
CITED = text("Use an index.")[0], [
    {"type": "text_delta", "text": "Use an index."},
    {"type": "citations_delta", "citation": {"type": "char_location", "cited_text": "x", "document_index": 0}},
]  # fmt: skip
UNSIGNED: tuple[Json, list[Json]] = ({"type": "thinking"}, [{"type": "thinking_delta", "thinking": "hm"}])
HOLOGRAM: tuple[Json, list[Json]] = ({"type": "hologram", "text": "no"}, [{"type": "hologram_delta", "text": "no"}])
DELTA: Json = {"type": "content_block_delta", "index": 0}
HALVES = text("ok \ud83c", "\udf89 done")
ANOTHER = changed(PLAIN, "message_start", lambda one: {**one, "message": {**one["message"], "id": "msg_2"}})
SOME = "a word " * 40
OVERLOADED: Json = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
BROKEN: Json = {"type": "error", "error": {"type": "api_error", "message": "Internal server error"}}


def _call(start: Json, *written: str) -> tuple[Json, list[Json]]:
    return start, [{"type": "input_json_delta", "partial_json": one} for one in written]


PIECE: Json = {"type": "input_json_delta"}
TOOL: Json = {"type": "tool_use", "id": "toolu_1", "name": "lookup", "input": {}}

TEXTS: dict[str, Case] = {
    "plain": Case([stream(PLAIN)], INDEX),
    "thinking first": Case([stream(said(SIGNED, text(INDEX)))], INDEX),
    "two blocks": Case([stream(said(text("One."), text("Two.")))], "One.\n\nTwo."),
    "halves of a sign": Case([stream(said(HALVES))], "ok 🎉 done"),
    "code": Case([stream(said(text("```sql\nSELECT", " 1;\n```")))], "```sql\nSELECT 1;\n```"),
    "blank block before": Case([stream(said(text(" \n"), text(INDEX)))], INDEX),
    "redacted thinking": Case([stream(said(REDACTED, text(INDEX)))], INDEX),
    "unsigned thinking": Case([stream(said(UNSIGNED, text(INDEX)))], INDEX),
    "citations": Case([stream(said(CITED))], INDEX),
    "text in the start": Case([stream(said(({"type": "text", "text": INDEX}, [])))], INDEX),
    "null texts": Case([stream(said((text("")[0], [{"type": "text_delta", "text": None}, *text(INDEX)[1]])))], INDEX),
}  # fmt: skip

TOOLS: dict[str, Case] = {
    "a call": Case([calling(LOOK), FOUND], "Found.", calls=(A,)),
    "text and two calls": Case([calling(text("I look."), LOOK, AGAIN), FOUND], LOOKED, calls=(A, B)),
    "under end_turn": Case([bent("call under end_turn", text("I look."), LOOK, stop="tool_use"), FOUND], LOOKED, calls=(A,)),
    "ids twice": Case([calling(LOOK, call("lookup", {"word": "b"})), FOUND], "Found.", calls=(A, B)),
    "without an id": Case([calling(_call({"type": "tool_use", "name": "lookup"}, A)), FOUND], "Found.", calls=(A,)),
    "null id and input": Case([calling(_call({**TOOL, "id": None, "input": None}, A)), FOUND], "Found.", calls=(A,)),
    "input as an object": Case([calling((TOOL, [{**PIECE, "partial_json": {"word": "a"}}])), FOUND], "Found.", calls=(A,)),
    "input in the start": Case([calling(({**TOOL, "input": {"word": "a"}}, [])), FOUND], "Found.", calls=(A,)),
    "input no JSON": Case([calling(_call(TOOL, '{"word": '), AGAIN), FOUND], "Found.", calls=(B,)),
    "input as a text": Case([calling(_call(TOOL, '"{\\"word\\": ', '\\"a\\"}"')), FOUND], "Found.", calls=(A,)),
    "unknown tool": Case([calling(call("teleport", {})), FOUND], "Found.", calls=("{}",)),
    "no name": Case([calling(_call({"type": "tool_use", "id": "t"}, "{}")), FOUND], "Found.", calls=("{}",)),
    "thinking and a call": Case([calling(SIGNED, LOOK), FOUND], "Found.", calls=(A,)),
}  # fmt: skip

ENDS: dict[str, Case] = {
    "max_tokens": Case([stream(said(text(INDEX), stop="max_tokens"))], INDEX, stop="max_tokens", notices=1),
    "max_tokens in thinking": Case([stream(said(SIGNED, stop="max_tokens")), stream(PLAIN)], INDEX),
    "max_tokens in a call": Case([stream(said(_call(TOOL, '{"wo'), stop="max_tokens")), stream(PLAIN)], INDEX),
    "empty": Case([stream(said(text(""))), stream(PLAIN)], INDEX),
    "empty twice": Case([stream(said()), stream(said())], fault=NoAnswer),
    "tool_use without a call": Case([stream(said(stop="tool_use")), stream(PLAIN)], INDEX),
    "words and tool_use without a call": Case([stream(said(text(INDEX), stop="tool_use"))], INDEX),
    "pause_turn": Case([stream(said(text("One."), stop="pause_turn")), stream(said(text("Two.")))], "One.\n\nTwo."),
    "refusal": Case([stream(said(text("I would"), stop="refusal"))], fault=ModelRefused),
    "window": Case([stream(said(text("so far"), stop="model_context_window_exceeded"))], fault=QuestionTooLong),
    "stop_sequence": Case([stream(said(text(INDEX), stop="stop_sequence"))], INDEX),
    "unheard of": Case([stream(said(text(INDEX), stop="tea_time"))], INDEX),
}  # fmt: skip

ODD_STREAMS: dict[str, Case] = {
    **{f"{name}, a text": Case([bent(name, SIGNED, text("Use ", "an index."))], INDEX) for name in ODD},
    **{
        f"{name}, a call": Case([bent(name, text("I look."), LOOK, AGAIN, stop="tool_use"), FOUND], LOOKED, calls=(A, B))
        for name in ODD if name != "call under end_turn"
    },
    "unknown event": Case([inserted(3, {"type": "weather", "index": 0, "data": {"text": "no"}})], INDEX),
    "events without a type": Case([inserted(3, {"index": 0, "delta": {"type": "text_delta", "text": "no"}})], INDEX),
    "events that are no objects": Case([inserted(3, "[1, 2]", "null", '"words"', "12")], INDEX),
    "unknown block": Case([stream(said(HOLOGRAM, text(INDEX)))], INDEX),
    "unknown delta": Case([inserted(3, {**DELTA, "delta": {"type": "glow_delta", "text": "no"}})], INDEX),
    "deltas that are no objects": Case([inserted(3, {**DELTA, "delta": None}, {"type": "content_block_delta"})], INDEX),
    "usage null": Case([stream(_no_usage(said(text(INDEX)), None))], INDEX, is_priced=False),
    "usage at the very end": Case([stream([*_no_usage(PLAIN, None)[:-1], {"type": "message_stop", "usage": COUNTS}])], INDEX),
    "usage no object": Case([stream(_no_usage(said(text(INDEX)), [1]))], INDEX, is_priced=False),
    "usage of texts": Case([stream(_no_usage(PLAIN, {"input_tokens": "100", "output_tokens": None}))], INDEX, is_priced=False),
    "CRLF": Case([stream(PLAIN, framing=Framing("\r\n"))], INDEX),
    "CR, a byte at a time": Case([stream(PLAIN, framing=Framing("\r"), size=1)], INDEX),
    "a mark": Case([stream(PLAIN, framing=Framing(mark=True))], INDEX),
    "no names": Case([stream(PLAIN, framing=Framing(named=False))], INDEX),
    "no last line": Case([stream(PLAIN, framing=Framing(ends=False))], INDEX),
    "signs cut in two": Case([stream(said(text("naïve 🎉 é")), size=3)], "naïve 🎉 é"),
    "packed": Case([stream(PLAIN, is_packed=True)], INDEX),
    "packed, in pieces": Case([stream(PLAIN, is_packed=True, size=20)], INDEX),
    "comments": Case([inserted(3, ": keep-alive", ":")], INDEX),
    "error, then once more": Case([stream([*said(text(SOME))[:3], BROKEN]), stream(PLAIN)], INDEX, is_priced=False),
    "overloaded in the middle": Case([stream([*said(text(SOME))[:3], OVERLOADED]), stream(PLAIN)], INDEX, is_priced=False),
    "error after the end": Case([stream([*PLAIN[:-1], BROKEN])], INDEX),
    "cut after the reason": Case([stream(PLAIN[:-1], end="cut")], INDEX),
    "open after the reason": Case([stream(PLAIN[:-1], end="open")], INDEX),
    "open after the end": Case([stream(PLAIN, end="open")], INDEX),
    "cut in the middle": Case([stream(said(text(SOME))[:3], end="cut"), stream(PLAIN)], INDEX, is_priced=False),
    "closed in the middle": Case([stream(said(text(SOME))[:3]), stream(PLAIN)], INDEX, is_priced=False),
    "nothing at all": Case([stream([": nothing"]), stream(PLAIN)], INDEX, is_priced=False),
    "pings alone": Case([stream([{"type": "ping"}] * 9), stream(PLAIN)], INDEX, is_priced=False),
    "two in one": Case([stream([*said(text("Half"))[:3], *ANOTHER]), stream(PLAIN)], INDEX, is_priced=False),
    "said twice": Case([stream([*PLAIN, *PLAIN])], INDEX),
    "not streamed": Case([unstreamed([{"type": "text", "text": INDEX}])], INDEX),
    "not streamed, one text": Case([unstreamed(INDEX)], INDEX),
    "too deep to be read": Case([inserted(3, DEEP)], INDEX),
    "deltas called by what they hold": Case([redone(lambda delta: {**delta, "type": "text"})], INDEX),
    "deltas without a kind": Case([redone(lambda delta: {"text": delta["text"]})], INDEX),
    "all of it in the start": Case([stream(changed(said(), "message_start", _holding))], INDEX),
    "in the start and after it": Case([stream(changed(PLAIN, "message_start", _holding))], INDEX),
    "done twice": Case([stream([*PLAIN, DONE, DONE])], INDEX),
}  # fmt: skip

REFUSALS: dict[str, Case] = {
    "error for a body": Case([Reply(body=json.dumps(OVERLOADED).encode(), headers=JSON)] * BUSY_TRIES, fault=ModelBusy),
    "a page for a stream": Case([Reply(body=PAGE, headers=HTML)] * TRIES, fault=ModelUnreachable),
    "a page once": Case([Reply(body=PAGE, headers=HTML), stream(PLAIN)], INDEX, is_priced=False),
    "a page with 502": Case([Reply(body=PAGE, status=502, headers=HTML), stream(PLAIN)], INDEX),
    "529": Case([failure(529, "overloaded_error", "Overloaded"), stream(PLAIN)], INDEX),
    "429 and when": Case([failure(429, "rate_limit_error", "Slow down", ("retry-after", "2")), stream(PLAIN)], INDEX),
    "429": Case([failure(429, "rate_limit_error", "Slow down"), stream(PLAIN)], INDEX),
    "429 for an hour": Case([failure(429, "rate_limit_error", "Slow down", ("retry-after", "3600"))], fault=ModelBusy),
    "429 until a day": Case([failure(429, "rate_limit_error", "Slow down", ("retry-after", SOME_DAY)), stream(PLAIN)], INDEX),
    "408": Case([failure(408, "timeout_error", "timed out"), stream(PLAIN)], INDEX),
    "500": Case([failure(500, "api_error", "Oops"), stream(PLAIN)], INDEX),
    "503 without a word": Case([Reply(status=503, headers=JSON), stream(PLAIN)], INDEX),
    "413": Case([failure(413, "request_too_large", "too large")], fault=QuestionTooLong),
    "413 by a proxy": Case([Reply(body=PAGE, status=413, headers=HTML)], fault=QuestionTooLong),
    "spend limit": Case([failure(429, "rate_limit_error", "limit", details=SPENT)], fault=SpendLimitReached),
    "400": Case([failure(400, "invalid_request_error", "tools.0: unknown field")], fault=ModelRejected),
    "401": Case([failure(401, "authentication_error", "no")], fault=ModelForbidden),
    "403": Case([failure(403, "permission_error", "no")], fault=ModelForbidden),
    "404": Case([failure(404, "not_found_error", "model: x")], fault=ModelForbidden),
    "too long": Case([failure(400, "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum")], fault=QuestionTooLong),
    "elsewhere": Case([Reply(status=302, headers=(("Location", "/login"),))], fault=ModelForbidden),
}  # fmt: skip

CASES: dict[str, Case] = {
    f"{kind}: {name}": case
    for kind, cases in (
        ("texts", TEXTS),
        ("tools", TOOLS),
        ("ends", ENDS),
        ("odd", ODD_STREAMS),
        ("refusals", REFUSALS),
    )
    for name, case in cases.items()
}
