"""Streams as gateways and private engines really send them: what is seen is what was sent, and one paid request is enough."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.claude.arguments import read_arguments
from bot.claude.client import NUDGE, Claude, tool_definitions
from bot.claude.events import Events, MalformedEvent
from bot.claude.stream import Reading
from bot.claude.streams import Patience
from bot.claude.words import Words
from bot.conversation import Answer
from bot.errors import ModelBusy, ModelRejected, ModelUnreachable, NoAnswer
from bot.events import Restart, TextDelta, ToolCall, ToolResult
from bot.ports.model import ToolDefinition
from tests import clock as clocks
from tests.bot.claude.clock import Clock
from tests.bot.claude.reported import THOUGHTS
from tests.bot.claude.test_claude import Lookup, Talk
from tests.servers.claude import ClaudeServer
from tests.servers.claude_rules import signature
from tests.servers.claude_streams import ODD, Event, Framing, call, text, thinking, whole

pytestmark = pytest.mark.usefixtures("loop_clock")
loop_clock = clocks.clock

Json = dict[str, Any]

PLAIN = Framing()
LOOK = call("lookup", {"word": "a"})


@pytest.fixture
async def talk(server: ClaudeServer) -> AsyncIterator[Talk]:
    clock = Clock()
    claude = Claude(
        "key",
        base_url=server.url,
        clock=clock,
        sleep=clock.sleep,
        now=clock.seconds,
        patience=Patience(stall_seconds=30),
    )
    yield Talk(claude, tools=tool_definitions([ToolDefinition.of(Lookup)]))
    await claude.close()


def ran(talk: Talk) -> list[str]:
    return [event.arguments for event in talk.events if isinstance(event, ToolCall)]


# --- forms of a stream that say the same; one by one, at each door: conformance.py ------------------------------------------


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=12)
PIECES = st.lists(WORDS, min_size=1, max_size=4)
ARGUMENTS = st.dictionaries(st.text("abc", min_size=1, max_size=3), WORDS | st.integers() | st.none(), max_size=3)
BLOCKS = st.lists(
    st.one_of(
        PIECES.map(lambda said: ("text", said)),
        PIECES.map(lambda said: ("thinking", said)),
        ARGUMENTS.map(lambda made: ("call", made)),
    ),
    max_size=6,
)
FRAMINGS = st.builds(Framing, st.sampled_from(["\n", "\r\n", "\r"]), *[st.booleans()] * 4)
ENDS = ["done", "done for message_stop", "no stop_reason", "no message_stop", "second message_delta", None]
INDEXES = ["deltas by other indexes", "indexes from 1", "indexes all 0", "indexes all -1", "no indexes", None]
OTHERS = ["nulls", "no block stops", "no message_start", "message_start twice", "storm"]
FORMS = st.tuples(st.sampled_from(ENDS), st.sampled_from(INDEXES), st.lists(st.sampled_from(OTHERS), unique=True))


@given(BLOCKS, FORMS, FRAMINGS, st.lists(st.integers(1, 40), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_whatever_form_a_stream_has_its_words_and_calls_are_read_as_they_were_sent(
    parts: list[tuple[str, Any]], forms: tuple[str | None, str | None, list[str]], framing: Framing, cuts: list[int]
) -> None:
    blocks, texts, calls = [], [], []
    for number, (kind, made) in enumerate(parts):
        match kind:
            case "text":
                blocks.append(text(*made))
                texts.append("".join(made))
            case "thinking":
                blocks.append(thinking(*made, signed="s"))
            case _:
                blocks.append(call("lookup", made, id=f"toolu_{number}", pieces=3))
                calls.append(made)
    events: list[Event] = [*whole(blocks, stop="tool_use" if calls else "end_turn")]
    end, index, others = forms
    for name in (*others, index, end):
        events = ODD[name].bend(events) if name else events
    data, reading, shown, words = framing.write(events), Reading(), "", Words(follows=False)
    at = turn = 0
    while at < len(data):
        piece = data[at : at + cuts[turn % len(cuts)]]
        at, turn = at + len(piece), turn + 1
        shown += "".join(words.join(one) for one in reading.feed(piece)[0] if not one.is_thinking)
    shown += "".join(words.join(one) for one in reading.end() if not one.is_thinking)

    finished, unreadable = reading.finished(signed=True)

    assert [one["text"] for one in finished if one["type"] == "text"] == texts
    assert [one["input"] for one in finished if one["type"] == "tool_use"] == calls
    assert unreadable == []
    assert reading.is_whole or reading.stop_reason
    assert reading.usage["output_tokens"] == 7
    seen = Words(follows=False)
    assert shown == "".join(seen.join(_whole_block(one)) for one in texts)


def _whole_block(said: str) -> Any:
    from bot.claude.stream import Delta

    return Delta(said, begins=True)


@pytest.mark.parametrize(("source", "written", "answer"), THOUGHTS)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_thinking_in_a_text_is_told_from_the_answer_however_it_is_cut(
    source: str, written: str, answer: str, size: int
) -> None:
    pieces = [written[at : at + size] for at in range(0, len(written), size)]
    reading, words, shown = Reading(may_think=True), Words(follows=False), ""
    for delta in [*reading.feed(PLAIN.write([*whole([text(*pieces)])]))[0], *reading.end()]:
        if delta.withdraws:
            words.withdraw()
            shown = ""
        shown += "" if delta.is_thinking else words.join(delta)

    assert shown == "".join(block["text"] for block in reading.finished(signed=False)[0]) == answer, source


# --- streams that break, and messages that are whole -----------------------------------------------------------------


@pytest.mark.parametrize("kept", range(1, 5))
async def test_a_stream_that_breaks_within_its_message_is_asked_for_once_more(
    server: ClaudeServer, talk: Talk, kept: int
) -> None:
    server.sends(PLAIN.write([*whole([text("Half", " of it.")])][:kept]), end="cut")
    server.says("All of it.")

    assert (await talk.ask()).text == talk.shown == "All of it."
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("told", "error", "tries"),
    [
        ({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, ModelBusy, 6),
        ({"error": {"type": "None", "code": "429", "message": "slow down"}}, ModelBusy, 6),
        ({"error": {"code": 529}}, ModelBusy, 6),
        ({"type": "error", "error": "upstream went away"}, ModelUnreachable, 3),
        ({"error": {"type": "", "code": "500", "message": "oops"}}, ModelUnreachable, 3),
        ({"type": "error", "error": {"type": "invalid_request_error", "message": "no such field"}}, ModelRejected, 1),
        ({"error": {"type": "None", "code": "401", "message": "no key"}}, ModelRejected, 1),
    ],
)
async def test_an_error_in_mid_stream_is_what_it_says_in_whatever_form(
    server: ClaudeServer, talk: Talk, told: Json, error: type[Exception], tries: int
) -> None:
    for _ in range(7):
        server.sends(f"data: {json.dumps(told)}\n\n".encode())

    with pytest.raises(error):
        await talk.ask()

    assert len(server.requests) == tries


async def test_a_reply_that_was_not_streamed_is_read_all_the_same(server: ClaudeServer, talk: Talk) -> None:
    content = [
        {"type": "text", "text": "Whole."},
        {"type": "tool_use", "id": "t", "name": "lookup", "input": {"word": "a"}},
    ]
    reply = {"type": "message", "id": "m", "model": "x", "content": content, "stop_reason": "tool_use", "usage": {}}
    server.sends(json.dumps(reply, indent=1).encode(), kind="application/json")
    server.says("Found.")

    assert (await talk.ask()).text == talk.shown == "Whole.\n\nFound."
    assert ran(talk) == ['{"word": "a"}']


async def test_a_stream_of_nothing_but_signs_of_the_gateway_is_given_up(server: ClaudeServer, talk: Talk) -> None:
    beats = [b'data: {"type": "ping"}\n\n', b'data: {"type": "keepalive"}\n\n', b": still here\n\n"]
    server.sends(*beats * 5, end="open")
    server.says("Here.")

    assert (await talk.ask()).text == "Here."
    assert len(server.requests) == 2


def test_an_event_without_an_end_is_given_up_before_it_fills_the_memory() -> None:
    events, piece = Events(), b"data: " + b"x" * 1_000_000

    with pytest.raises(MalformedEvent):
        all([*events.feed(piece)] == [] for _ in range(40))


# --- replies from which nothing follows --------------------------------------------------------------------------------

EMPTY = [
    whole([], stop="end_turn"),
    whole([], stop="tool_use"),
    whole([text("")], stop="end_turn"),
    whole([thinking("hm", signed=signature("hm"))], stop="tool_use"),
    whole([thinking("hm", signed=signature("hm"))], stop="end_turn"),
    whole([], stop="stop_sequence"),
]


@pytest.mark.parametrize("events", EMPTY)
@pytest.mark.parametrize("after_tools", [False, True])
async def test_an_empty_reply_is_asked_to_go_on_once(
    server: ClaudeServer, talk: Talk, events: list[Json], after_tools: bool
) -> None:
    if after_tools:
        server.says("Looking.", calls=(("lookup", {"word": "a"}),))
    server.sends(PLAIN.write([*events])) if not after_tools else None
    if after_tools:
        server.writes({"text": ""}, stop="end_turn")
    server.says("Here it is.")

    answer = await talk.ask()

    assert answer.text == talk.shown == ("Looking.\n\nHere it is." if after_tools else "Here it is.")
    assert Restart() not in talk.events
    assert NUDGE in server.requests[-1].question, "the same request would end the same"
    assert len(ran(talk)) == after_tools
    assert [request.status for request in server.requests] == [200] * (3 if after_tools else 2)
    assert (await talk.ask()).text


@pytest.mark.parametrize("events", EMPTY)
async def test_a_reply_that_stays_empty_is_said_after_the_second_request(
    server: ClaudeServer, talk: Talk, events: list[Json]
) -> None:
    for _ in range(4):
        server.sends(PLAIN.write([*events]))

    with pytest.raises(NoAnswer) as caught:
        await talk.ask()

    assert caught.value.can_retry
    assert len(server.requests) == 2
    assert not any(isinstance(event, Answer | TextDelta) for event in talk.events)


async def test_an_engine_that_calls_and_calls_though_it_may_not_is_brought_to_an_end(
    server: ClaudeServer, talk: Talk
) -> None:
    for _ in range(40):
        server.says("And again.", calls=(("lookup", {"word": "bad"}),))

    answer = await talk.ask()

    assert answer.text.endswith("And again.")
    assert len(ran(talk)) == 3
    assert len(server.requests) == 5
    assert all(request.status == 200 for request in server.requests)


# --- calls --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ['{"word": ', '{"names": cronjob_manage}', "[1]", '"a"', '{"word": NaN}'])
async def test_a_call_whose_input_is_no_json_object_is_told_so_and_never_run(
    server: ClaudeServer, talk: Talk, written: str
) -> None:
    broken = LOOK[0], [{"type": "input_json_delta", "partial_json": written}]
    other = call("lookup", {"word": "b"}, id="toolu_2")
    server.sends(PLAIN.write([*whole([broken, other], stop="tool_use")]))
    server.says("Found.")

    assert (await talk.ask()).text == "Found."
    assert ran(talk) == ['{"word": "b"}']
    results = [event for event in talk.events if isinstance(event, ToolResult)]
    assert [result.is_error for result in results] == [True, False]
    assert "no JSON object" in server.requests[1].raw.decode()


@pytest.mark.parametrize("written", ['{"word": "a"}', '"{\\"word\\": \\"a\\"}"', '{}{"word": "a"}', ' {"word":"a"} '])
def test_arguments_in_the_forms_that_engines_write_are_read(written: str) -> None:
    assert read_arguments(written) == {"word": "a"}


@pytest.mark.parametrize("name", ["toolu_1", "functions.lookup:0", "", "ü"])
async def test_calls_that_share_an_id_are_told_apart_over_a_whole_thread(
    server: ClaudeServer, talk: Talk, name: str
) -> None:
    for _ in range(2):
        calls = [call("lookup", {"word": word}, id=name) for word in ("a", "bad")]
        server.sends(PLAIN.write([*whole(calls, stop="tool_use")]))
        server.says("Found.")
        await talk.ask()
        assert ran(talk) == ['{"word": "a"}', '{"word": "bad"}']
        results = [event for event in talk.events if isinstance(event, ToolResult)]
        assert [result.is_error for result in results] == [False, True]

    assert [request.status for request in server.requests] == [200] * 4


async def test_what_came_in_kinds_that_nobody_knows_is_passed_over_and_not_given_back(
    server: ClaudeServer, talk: Talk
) -> None:
    unknown = {"type": "hologram", "data": "x"}, [{"type": "hologram_delta", "data": "y"}]
    unsigned = {"type": "thinking", "thinking": "hm"}, [{"type": "thinking_delta", "thinking": "…"}]
    odd_text = {"type": "text", "text": ""}, [{"type": "glow_delta"}, {"type": "text_delta", "text": "Seen."}, {}]
    server.sends(PLAIN.write([*whole([unknown, unsigned, odd_text])]))

    answer = await talk.ask()
    await talk.ask()

    assert answer.text == talk.conversation.turns[0].answer.text == "Seen."
    assert b"hologram" not in server.requests[1].raw
    assert [request.status for request in server.requests] == [200, 200]


@pytest.mark.parametrize("usage", [None, {}, {"input_tokens": 0, "output_tokens": 0}])
async def test_what_a_gateway_does_not_count_is_estimated(server: ClaudeServer, talk: Talk, usage: Json | None) -> None:
    events = [*whole([text("word " * 300)])]
    events[0]["message"] |= {"usage": usage, "model": "team-sonnet"}
    events[-2]["usage"] = usage
    server.sends(PLAIN.write(events))

    answer = await talk.ask()

    assert 400 <= answer.usage.output_tokens <= 600
    assert answer.context_tokens > 300
    assert answer.cost_microdollars == answer.usage.input_tokens * 2 + answer.usage.output_tokens * 10
