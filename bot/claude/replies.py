"""From what was read of a stream to a reply, and from the last reply to the answer."""

from __future__ import annotations

import json
from dataclasses import replace

from bot.claude import phrases, wire
from bot.claude.course import Course, Response
from bot.claude.stream import Reading
from bot.conversation import Answer
from bot.events import ToolCall, ToolResult

UNREADABLE = "The input of this call was no JSON object. Call again, with all of it."
NO_MORE_CALLS = "No more calls in this turn: answer with what you have, and say what you could not look at."
"""What the model is told of calls that are not run."""


def reply_of(reading: Reading, course: Course, request_id: str, request: wire.Json, *, signed: bool) -> Response:
    """A message that came whole. `signed`: without thinking that nobody signed; a reason for its end that is missing is inferred, and
    what it cost is estimated from the `request` where the sender does not count."""
    blocks, unreadable = reading.finished(signed=signed)
    named = wire.named_apart(wire.whole(blocks), [*course.before, *course.turn])
    usage = wire.usage(reading.usage)
    if not (usage.context_tokens and usage.output_tokens):
        usage = wire.estimated(usage, request, named)
    has_calls = any(block["type"] == "tool_use" for block in named)
    return Response(
        blocks=tuple(named),
        stop_reason=reading.stop_reason or ("tool_use" if has_calls else "end_turn"),
        refusal=reading.refusal,
        usage=usage,
        model=reading.model,
        request_id=request_id,
        unreadable=tuple(unreadable),
    )


def answer_of(course: Course, reply: Response) -> Answer:
    """The answer that ends with this reply; calls in it that were not run are left out of the transcript."""
    cut = reply.stop_reason == "max_tokens"
    finished = replace(reply, blocks=tuple(block for block in reply.blocks if block["type"] != "tool_use"))
    course.keep(finished)
    ends_well = course.turn[-1]["role"] == "assistant" and finished.text
    return Answer(
        text="\n\n".join(course.texts),
        model=reply.model,
        stop_reason="max_tokens" if cut else "end_turn",
        usage=course.usage,
        transcript=tuple(json.dumps(message, ensure_ascii=False) for message in course.turn) if ends_well else (),
        notices=(phrases.cut_short(),) if cut else (),
        context_tokens=course.context_tokens,
        cost_microdollars=course.cost_microdollars,
        request_ids=tuple(course.request_ids),
    )


def not_run(call_id: str, course: Course) -> ToolResult:
    return ToolResult(call_id, UNREADABLE if course.may_call else NO_MORE_CALLS, is_error=True)


def call_of(block: wire.Json, label: str) -> ToolCall:
    return ToolCall(block["id"], block["name"], json.dumps(block["input"], ensure_ascii=False), label)
