"""A second table of what engines and gateways were reported to send, chosen after the first (conformance.py) was green.

Each entry names its report, or the page that documents it. `text` is what is shown and answered, or `fault` the error that it ends in;
each of `replies` is one request.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.errors import (
    ModelBusy,
    ModelForbidden,
    ModelRefused,
    ModelRejected,
    ModelUnreachable,
    NoAnswer,
    QuestionTooLong,
    SpendLimitReached,
)
from tests.bot.claude.conformance import (
    AGAIN,
    FOUND,
    HTML,
    INDEX,
    JSON,
    LOOK,
    LOOKED,
    PLAIN,
    REDACTED,
    SIGNED,
    TOOL,
    TRIES,
    A,
    B,
    Case,
    Json,
    calling,
    changed,
    failure,
    inserted,
    said,
    stream,
)
from tests.bot.claude.conformance import _call as calls_with
from tests.servers.claude import Reply
from tests.servers.claude_rules import signature
from tests.servers.claude_streams import DONE, Event, Framing, text

EVENTS = (("Content-Type", "text/event-stream"),)
WORDS = b'{"type": "content_block_delta", "index": 0,\ndata: "delta": {"type": "text_delta", "text": "Use an index."}}'


def raw(*parts: bytes, status: int = 200, headers: Sequence[tuple[str, str]] = EVENTS) -> Reply:
    """Byte for byte, where no framing of events would write it so."""
    return Reply(body=b"".join(parts), status=status, headers=tuple(headers))


def written(events: Sequence[Event]) -> bytes:
    return Framing().write(events)


def answer(status: int, body: object, *headers: tuple[str, str]) -> Reply:
    data = body if isinstance(body, str) else json.dumps(body)
    return raw(data.encode(), status=status, headers=(*(HTML if isinstance(body, str) else JSON), *headers))


def ended(reason: str, *blocks: tuple[Json, list[Json]]) -> Reply:
    return stream(said(*blocks, stop=reason))


def told(**error: object) -> Reply:
    """An error as the only event, with whatever keys."""
    return raw(b"data: " + json.dumps(error).encode() + b"\n\n")


def chunk(words: str) -> Event:
    return {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": words}}]}


def _restarted(events: list[Event]) -> list[Event]:
    """A text that is begun and ended before anything is known, and the real first block under the same index."""
    empty: list[Event] = [
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_stop", "index": 0},
    ]
    return [events[0], *empty, *events[1:]]


def _interleaved() -> list[Event]:
    """Two calls whose pieces come by turns, the second one begun first."""
    events = said(LOOK, AGAIN, stop="tool_use")
    starts = [one for one in events if isinstance(one, dict) and one["type"] == "content_block_start"]
    deltas = [one for one in events if isinstance(one, dict) and one["type"] == "content_block_delta"]
    stops = [one for one in events if isinstance(one, dict) and one["type"] == "content_block_stop"]
    turned = [deltas[2], deltas[0], deltas[3], deltas[1]]
    return [events[0], starts[0], starts[1], *turned, *stops, *events[-2:]]


def _indexed(events: list[Event]) -> list[Event]:
    return [{**one, "index": f"{one['index']}"} if isinstance(one, dict) and "index" in one else one for one in events]


def begun(start: str, *pieces: str) -> tuple[Json, list[Json]]:
    return {"type": "text", "text": start}, text(*pieces)[1]


def twice(events: list[Event]) -> list[Event]:
    """With each start of a block two times."""
    starts = [isinstance(one, dict) and one["type"] == "content_block_start" for one in events]
    return [one for one, is_start in zip(events, starts, strict=True) for _ in range(1 + is_start)]


def unsent(events: list[Event], indent: int | None = None) -> Reply:
    """All of a stream's events as one list, in one piece."""
    return raw(json.dumps(events, indent=indent).encode(), headers=JSON)


STRAY: Json = {"type": "content_block_delta", "index": 9, "delta": {"type": "input_json_delta", "partial_json": "{}"}}
METRICS: Json = {"type": "message_stop", "amazon-bedrock-invocationMetrics": {"inputTokenCount": 100}}
TWICE = calls_with(TOOL, '{"word": "a"}', '{"word": "a"}')
LATE = [*PLAIN[:3], *PLAIN[4:-1], PLAIN[3], PLAIN[-1]]
IN_START: tuple[Json, list[Json]] = ({"type": "thinking", "thinking": "hm", "signature": signature("hm")}, [])
SIGNED_FIRST: tuple[Json, list[Json]] = (SIGNED[0], [SIGNED[1][-1], *SIGNED[1][:-1]])
QUOTA = [{"error": {"code": 429, "message": "Quota exceeded for aiplatform", "status": "RESOURCE_EXHAUSTED"}}]
LITELLM = "https://github.com/BerriAI/litellm"

STREAMS: dict[str, tuple[str, Case]] = {
    "an event on two lines": (
        "https://github.com/RightNow-AI/openfang/issues/296",
        Case([raw(written(PLAIN[:2]), b"data: ", WORDS, b"\n\n", written(PLAIN[4:]))], INDEX),
    ),
    "data twice": ("https://github.com/songquanpeng/one-api", Case([raw(written(PLAIN).replace(b"data: ", b"data: data: "))], INDEX)),
    "ids and retries": ("html.spec.whatwg.org", Case([raw(written(PLAIN).replace(b"event:", b"id: 7\nretry: 10\nevent:"))], INDEX)),
    "comments within events": ("html.spec.whatwg.org", Case([raw(written(PLAIN).replace(b"data:", b": busy\ndata:"))], INDEX)),
    "empty data": ("https://github.com/Aider-AI/aider", Case([inserted(3, "", "{}")], INDEX)),
    "tabs as they are": (
        "json.org, control characters",
        Case([raw(written(said(text("a@b"))).replace(b"@", b"\t"))], "a\tb"),
    ),
    "bytes of no letter": ("unicode.org", Case([raw(written(said(text("a@b"))).replace(b"@", b"\xff"))], "a\ufffdb")),
    "without a content type": ("anthropics/anthropic-sdk-python", Case([raw(written(PLAIN), headers=())], INDEX)),
    "text/plain": ("anthropics/anthropic-sdk-python", Case([raw(written(PLAIN), headers=(("Content-Type", "text/plain"),))], INDEX)),
    "a text before the first block": (f"{LITELLM}/pull/22504", Case([stream(_restarted(said(SIGNED, text(INDEX))))], INDEX)),
    "pieces by turns": (
        "https://github.com/anthropics/anthropic-sdk-python/pull/1145",
        Case([stream(_interleaved()), FOUND], "Found.", calls=(A, B)),
    ),
    "indexes as texts": (
        "https://github.com/Oaklight/llm-rosetta/issues/52",
        Case([stream(_indexed(_interleaved())), FOUND], "Found.", calls=(A, B)),
    ),
    "no block starts": (
        f"{LITELLM}/pull/30115", Case([stream([one for one in PLAIN if isinstance(one, dict) and one["type"] != "content_block_start"])], INDEX),
    ),
    "a stray piece of a call": ("https://github.com/bigduu/Bamboo-agent/pull/368", Case([inserted(4, STRAY)], INDEX)),
    "a block that is null": ("bigduu/Bamboo-agent#368", Case([inserted(1, {"type": "content_block_start", "index": 7, "content_block": None})], INDEX)),
    "thinking in its start": ("https://github.com/Compresr-ai/Context-Gateway/pull/32", Case([stream(said(IN_START, text(INDEX)))], INDEX)),
    "signed first": ("Compresr-ai/Context-Gateway#32", Case([stream(said(SIGNED_FIRST, text(INDEX)))], INDEX)),
    "counts apart from the reason": (
        "Oaklight/llm-rosetta#52",
        Case([stream(changed([*PLAIN[:-1], {"type": "message_delta", "usage": {"output_tokens": 7}}, PLAIN[-1]], "x", lambda one: one))], INDEX),
    ),
    "counts as fractions": (
        "google-cloud", Case([stream(changed(PLAIN, "message_delta", lambda one: {**one, "usage": {"input_tokens": 100.0, "output_tokens": 7.0}}))], INDEX),
    ),
    "metrics at the end": ("docs.aws.amazon.com, invocation metrics", Case([stream([*PLAIN[:-1], METRICS])], INDEX)),
    "more in a message_delta": (
        "docs.claude.com, context editing",
        Case([stream(changed(PLAIN, "message_delta", lambda one: {**one, "context_management": {"applied_edits": []}}))], INDEX),
    ),
    "words after the reason": (f"{LITELLM}/issues/25561", Case([stream(LATE)], INDEX)),
    "a reason in the start": (
        f"{LITELLM}/issues/25561",
        Case([stream(changed(PLAIN, "message_start", lambda one: {**one, "message": {**one["message"], "stop_reason": "end_turn"}}))], INDEX),
    ),
    "reasons in capitals": ("ai.google.dev, finishReason", Case([ended("MAX_TOKENS", text(INDEX))], INDEX, stop="max_tokens", notices=1)),
    "a guardrail": ("docs.aws.amazon.com, guardrails", Case([ended("guardrail_intervened")], fault=ModelRefused)),
    "a filter": ("ai.google.dev, finishReason", Case([ended("SAFETY")], fault=ModelRefused)),
    "an input told twice": ("https://github.com/vllm-project/vllm, streamed tool calls", Case([calling(TWICE), FOUND], "Found.", calls=(A,))),
    "an input with its tag": (
        "vllm-project/vllm, hermes parser", Case([calling(calls_with(TOOL, '{"word": "a"}\n</tool_call>')), FOUND], "Found.", calls=(A,)),
    ),
    "an input in a fence": (
        "ggml-org/llama.cpp", Case([calling(calls_with(TOOL, '```json\n{"word": "a"}\n```')), FOUND], "Found.", calls=(A,)),
    ),
    "an input of null pieces": (
        "ggml-org/llama.cpp", Case([calling((TOOL, [{"type": "input_json_delta", "partial_json": None}, *LOOK[1]])), FOUND], "Found.", calls=(A,)),
    ),
    "spaces around a name": (
        "ggml-org/llama.cpp", Case([calling(calls_with({**TOOL, "name": " lookup\n"}, A)), FOUND], "Found.", calls=(A,)),
    ),
    "its input also in its start": (
        "https://github.com/PeakCode-AI/PeakCode/pull/16", Case([calling(text("I look."), ({**TOOL, "input": {"word": "a"}}, LOOK[1])), FOUND], LOOKED, calls=(A,)),
    ),
    "an end alone": ("https://github.com/theopenco/llmgateway/pull/2271", Case([stream([{"type": "message_stop"}])] * 2, fault=NoAnswer)),
    "a start and its text again": (f"{LITELLM}/pull/34433", Case([stream(said(begun(INDEX, "Use ", "an index.")))], INDEX)),
    "a first piece twice": (f"{LITELLM}/pull/34433", Case([stream(said(begun("Use ", "Use ", "an index.")))], INDEX)),
    "a first piece within more": ("langflow-ai/langflow#15081", Case([stream(said(begun("Use ", "Use an index.")))], INDEX)),
    "a first piece that goes on": (f"{LITELLM}/issues/30014", Case([stream(said(begun("Use ", "an index.")))], INDEX)),
    "a first piece that nearly comes again": (f"{LITELLM}/issues/30014", Case([stream(said(begun("a ab", "a a", "c")))], "a aba ac")),
    "a first piece of which half comes again": (f"{LITELLM}/issues/30014", Case([stream(said(begun("no no", "no")))], "no nono")),
    "thinking twice": (f"{LITELLM}/pull/34433", Case([stream(said((IN_START[0], SIGNED[1][:2]), text(INDEX)))], INDEX)),
    "a start with its text twice": (f"{LITELLM}/issues/25561", Case([stream(twice(said(begun("Use ", "Use ", "an index."))))], INDEX)),
    "events in a list": ("a gateway that gathers them", Case([unsent(PLAIN)], INDEX)),
    "events in a list over lines": ("a gateway that gathers them", Case([unsent(PLAIN, indent=1)], INDEX)),
    "calls in a list": ("a gateway that gathers them", Case([unsent(said(LOOK, stop="tool_use")), FOUND], "Found.", calls=(A,))),
    "events one a line": ("a gateway that gathers them", Case([raw(*(json.dumps(one).encode() + b"\n" for one in PLAIN))], INDEX)),
    "a list an event": ("html.spec.whatwg.org", Case([raw(b"data: " + json.dumps(PLAIN).encode() + b"\n\n")], INDEX)),
    "no line between": (
        "https://github.com/fuergaosi233/claude-code-proxy/issues/29",
        Case([raw(*(b"data: " + json.dumps(one).encode() for one in PLAIN))], INDEX),
    ),
    "no empty line between": ("fuergaosi233/claude-code-proxy#29", Case([raw(written(PLAIN).replace(b"\n\n", b"\n"))], INDEX)),
    "thinking under an index of another": (f"{LITELLM}/pull/22504", Case([stream(said((REDACTED[0], SIGNED[1]), text(INDEX)))], INDEX)),
    "an empty body": ("cloudflare.com, 200 without a body", Case([raw(), stream(PLAIN)], INDEX, is_priced=False)),
}  # fmt: skip

REFUSALS: dict[str, tuple[str, Case]] = {
    "an error by its event's name": (
        "ggml-org/llama.cpp", Case([raw(b'event: error\ndata: {"code": 400, "message": "no", "type": "invalid_request_error"}\n\n')], fault=ModelRejected),
    ),
    "an error that is the object": (
        "vllm-project/vllm", Case([told(object="error", message="max_tokens is wrong", type="BadRequestError", code=400)], fault=ModelRejected),
    ),
    "an overflow that is the object": (
        "vllm-project/vllm", Case([told(object="error", message="This model's maximum context length is 8", code=400)], fault=QuestionTooLong),
    ),
    "an error, then an end": (
        "theopenco/llmgateway#2271",
        Case([stream([{"type": "error", "error": {"type": "invalid_request_error", "message": "no"}}, {"type": "message_stop"}])], fault=ModelRejected),
    ),
    "a model's own exception": (
        "docs.aws.amazon.com, InvokeModelWithResponseStream",
        Case([stream([{"type": "error", "error": {"type": "modelStreamErrorException", "message": "x"}}]), stream(PLAIN)], INDEX, is_priced=False),
    ),
    "another protocol": (
        "https://github.com/anomalyco/opencode", Case([stream([chunk("Use "), chunk("an index."), DONE])], fault=ModelRejected),
    ),
    "another protocol, not streamed": (
        "anomalyco/opencode", Case([answer(200, {"object": "chat.completion", "choices": [{"message": {"content": "no"}}]})], fault=ModelRejected),
    ),
    "a list of errors": (
        "https://github.com/cline/cline/issues/651", Case([answer(429, QUOTA), stream(PLAIN)], INDEX),
    ),
    "a list that says too long": (
        "https://github.com/anthropics/anthropic-sdk-python/issues/1028",
        Case([answer(400, [{"error": {"code": 400, "message": "Prompt is too long", "status": "INVALID_ARGUMENT"}}])], fault=QuestionTooLong),
    ),
    "no credit": (
        "anthropics/claude-code",
        Case([failure(400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API.")], fault=SpendLimitReached),
    ),
    "402": ("docs.claude.com, errors", Case([failure(402, "billing_error", "pay")], fault=SpendLimitReached)),
    "a gateway's budget": (
        "docs.litellm.ai, budgets",
        Case([failure(400, "budget_exceeded", "Budget has been exceeded! Current cost: 1.0, Max budget: 0.9")], fault=SpendLimitReached),
    ),
    "a quota that does not come back": (
        "platform.openai.com, error codes",
        Case([failure(429, "insufficient_quota", "You exceeded your current quota, please check your plan")], fault=SpendLimitReached),
    ),
    "no throughput": (
        "https://github.com/anthropics/claude-code/issues/110",
        Case([answer(400, {"message": "Invocation of model ID x with on-demand throughput isn't supported."})], fault=ModelForbidden),
    ),
    "424": ("docs.aws.amazon.com, ModelErrorException", Case([answer(424, {"message": "The model had an error"}), stream(PLAIN)], INDEX)),
    "499": ("nginx", Case([answer(499, ""), stream(PLAIN)], INDEX)),
    "loading": ("ggml-org/llama.cpp", Case([answer(503, {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}), stream(PLAIN)], INDEX)),
    "524": ("developers.cloudflare.com", Case([answer(524, "<html>A timeout occurred</html>"), stream(PLAIN)], INDEX)),
    "422 of a form": ("fastapi", Case([answer(422, {"detail": [{"loc": ["body", "tools"], "msg": "no", "type": "extra"}]})], fault=ModelRejected)),
    "no such path": ("a gateway in Go", Case([answer(404, "404 page not found")], fault=ModelForbidden)),
    "a wait without an end": ("RFC 9110", Case([failure(429, "rate_limit_error", "no", ("retry-after", "99999999999999"))], fault=ModelBusy)),
    "a wait of infinity": ("RFC 9110", Case([failure(429, "rate_limit_error", "no", ("retry-after", "inf"))], fault=ModelBusy)),
    "a wait that is no number": ("RFC 9110", Case([failure(529, "overloaded_error", "no", ("retry-after", "nan")), stream(PLAIN)], INDEX)),
    "a wait in the past": ("RFC 9110", Case([failure(529, "overloaded_error", "no", ("retry-after", "-5")), stream(PLAIN)], INDEX)),
    "words for a message": ("a gateway", Case([answer(500, {"error": {"message": {"reason": ["no"]}, "type": None}}), stream(PLAIN)], INDEX)),
    "an error in a text": ("a gateway", Case([told(error="the backend is gone")] * TRIES, fault=ModelUnreachable)),
}  # fmt: skip

LLAMA = "https://github.com/ggml-org/llama.cpp/issues"
THOUGHTS: tuple[tuple[str, str, str], ...] = (
    (f"{LLAMA}/24671", "<think>\nhm, `x`\n</think>\n\nUse an index.", INDEX),
    (f"{LLAMA}/25292", "\n<think>hm</think>Use an index.", INDEX),
    ("QwenLM, without thinking", "<think>\n\n</think>\n\nUse an index.", INDEX),
    ("https://github.com/pipecat-ai/pipecat/issues/4901", "<thinking>hm</thinking> Use an index.", INDEX),
    ("mistralai, Magistral", "[THINK]hm[/THINK]Use an index.", INDEX),
    ("openai, gpt-oss", "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Use an index.", INDEX),
    ("https://github.com/QwenLM/qwen-code/pull/6033", "hm,\nlet me see.\n</think>\n\nUse an index.", INDEX),
    (f"{LLAMA}/23320", "hm, let me see.</think>Use an index.", INDEX),
    (f"{LLAMA}/22577", "</think>\n\nUse an index.", INDEX),
    (f"{LLAMA}/23320", "Let me think</think>\nUse an index.", INDEX),
    (f"{LLAMA}/23320", "<think>a</think>\n<think>b</think>\nUse an index.", INDEX),
    (f"{LLAMA}/27661", "<think>`</think>` ends it</think>Use an index.", INDEX),
    *(("of the tag itself", said, said) for said in (
        "The model closes with </think> and answers.", "Use `<think>` and `</think>` for it.", "```\n<think>\nx\n</think>\n```\nso.",
        "`<think>` is a tag; `</think>` closes it.", "<think> is what it begins with, `</think>` ends it.", "It ends with `</think>`.",
        "So:\n\n```html\n</think>\n```\n\nDone.", "<table> and <div> are tags.", "Tags: <think>, </think>.", "<thi", "1 < 2",
    )),
)  # fmt: skip
"""Where it was reported, what an engine's model writes, and what of it is the answer."""

REPORTED: dict[str, Case] = {name: case for table in (STREAMS, REFUSALS) for name, (_, case) in table.items()}
