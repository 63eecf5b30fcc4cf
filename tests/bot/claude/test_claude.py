"""The real SDK over the wire: every fault has its own end, history is replayed byte for byte, and a stop ends the request."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answering.agent_file import AgentFile
from bot.answering.prompt import PromptBuilder
from bot.answering.tool_calls import ToolCalls
from bot.capability import Session
from bot.claude import wire
from bot.claude.breaker import OPENS_AFTER, PROBE_SECONDS, Breaker
from bot.claude.client import BUSY_TRIES, LONGEST_SECONDS, Claude, tool_definitions
from bot.claude.streams import MANY_STREAMS, Patience
from bot.conversation import Answer, Conversation, Message, Pinned, Turn
from bot.errors import (
    BotError,
    ModelBusy,
    ModelRefused,
    ModelRejected,
    ModelStalled,
    ModelUnreachable,
    PrefixRejected,
    QuestionTooLong,
    SpendLimitReached,
)
from bot.events import AnswerEvent, Checkpoint, Restart, Status, TextDelta, Thinking, ToolCall, ToolResult
from bot.ports.model import FoldedTurn, Spent, Tool, ToolDefinition, ToolFailed
from bot.ports.stores import ChannelSettings
from tests import clock as clocks
from tests.bot.claude.clock import Clock
from tests.fakes import BEN, START, THREAD, message
from tests.servers.claude import ClaudeServer, Fault, said
from tests.servers.claude_rules import invalid

pytestmark = pytest.mark.usefixtures("loop_clock")
loop_clock = clocks.clock

AGENT = AgentFile("tester", "", "sonnet", "You answer backend questions. " * 40)


class Lookup(Tool):
    """A tool for the tests; slow when told to be, failing for "bad"."""

    name = "lookup"
    description = "Looks a word up."
    schema: Mapping[str, object] = {
        "type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"], "additionalProperties": False
    }  # fmt: skip

    def __init__(self, seconds: float = 0) -> None:
        self.seconds = seconds

    def label(self, arguments: Mapping[str, object]) -> str:
        return f"looking up {arguments['word']}"

    async def run(self, arguments: Mapping[str, object]) -> str:
        await asyncio.sleep(self.seconds)
        if arguments["word"] == "bad":
            raise ToolFailed("no such word")
        if arguments["word"] == "bug":
            raise RuntimeError("secret internals")
        return f"{arguments['word']} means something"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def claude(server: ClaudeServer, clock: Clock) -> AsyncIterator[Claude]:
    model = Claude(
        "key",
        base_url=server.url,
        clock=clock,
        sleep=clock.sleep,
        now=clock.seconds,
        patience=Patience(stall_seconds=0.4),
    )
    yield model
    await model.close()


class Talk:
    """A thread that goes on, as the assistant would keep it."""

    def __init__(
        self, claude: Claude, *, tools: str = "[]", agent: AgentFile = AGENT, lookup: Lookup | None = None
    ) -> None:
        self.claude = claude
        self.tools = ToolCalls([Session([lookup or Lookup()])])
        self.conversation = Conversation(THREAD)
        self.builder = PromptBuilder(agent, b"secret", write_tools=lambda _: tools)
        self.events: list[AnswerEvent] = []

    async def ask(self, *said: Message) -> Answer:
        number = len(self.conversation.turns)
        messages = said or (message(f"question {number}?", id=f"m{number}"),)
        built = self.builder.build(self.conversation, messages, (), (), START, ChannelSettings())
        self.events = []
        async with aclosing(self.claude.stream(built.prompt, self.tools)) as events:
            async for event in events:
                if not isinstance(event, Checkpoint | Spent):
                    self.events.append(event)
        answer = self.events[-1]
        assert isinstance(answer, Answer)
        turn = Turn(f"t{number}", messages, (), answer, START)
        turns = (*self.conversation.turns, turn)
        self.conversation = replace(self.conversation, turns=turns, pinned=built.prompt.pinned, folded=built.folded)
        return answer

    @property
    def shown(self) -> str:
        """What a reader has before them at the end."""
        text = ""
        for event in self.events:
            if isinstance(event, Restart):
                text = ""
            elif isinstance(event, TextDelta):
                text += event.text
        return text


async def test_an_answer_streams_and_comes_whole(server: ClaudeServer, claude: Claude) -> None:
    server.says("Use an index on (a, b).", thinking="hm")
    talk = Talk(claude)

    answer = await talk.ask()

    assert answer.text == talk.shown == "Use an index on (a, b)."
    assert answer.stop_reason == "end_turn"
    assert Thinking("hm") in talk.events
    assert answer.request_ids == ("req_1",)
    assert answer.usage.output_tokens > 0
    assert answer.cost_microdollars > 0


async def test_the_request_is_what_the_new_api_wants(server: ClaudeServer, claude: Claude) -> None:
    await Talk(claude).ask()

    body = server.requests[0].body
    assert body["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert body["output_config"] == {"effort": "medium"}
    assert "temperature" not in body
    assert body["system"][0]["cache_control"]["ttl"] == "1h"
    assert "slack:U1" not in body["metadata"]["user_id"]


async def test_six_turns_replay_an_identical_prefix_over_a_restart_and_a_new_prompt(
    server: ClaudeServer, clock: Clock
) -> None:
    conversation = Conversation(THREAD)
    for number in range(6):
        # Another process each time, from the third on with another agent file.
        claude = Claude("key", base_url=server.url, clock=clock, sleep=clock.sleep)
        agent = AGENT if number < 3 else replace(AGENT, instructions="Something else entirely.")
        talk = Talk(claude, tools=tool_definitions([ToolDefinition.of(Lookup)]), agent=agent)
        talk.conversation = conversation
        server.says("Let me look.", thinking="a", calls=(("lookup", {"word": f"é{number}🎉"}),))
        server.says(f"Answer {number}.", thinking="b")
        await talk.ask()
        conversation = talk.conversation
        await claude.close()

    for earlier, later in zip(server.requests, server.requests[1:], strict=False):
        assert later.prefix[: len(earlier.prefix)] == earlier.prefix
    assert len(server.requests) == 12
    assert all(request.usage["cache_read_input_tokens"] > 0 for request in server.requests[1:])


@pytest.mark.parametrize(
    ("fault", "error", "tries"),
    [
        ("overloaded", ModelBusy, 6),
        ("rate_limited", ModelBusy, 6),
        ("server_error", ModelUnreachable, 3),
        ("stream_error", ModelBusy, 6),
        ("cut", ModelUnreachable, 3),
        ("clean_end", ModelUnreachable, 3),
        ("empty", ModelUnreachable, 3),
        ("stall", ModelStalled, 3),
        ("no_headers", ModelStalled, 3),
        ("busy_for_an_hour", ModelBusy, 1),
        ("spend_limit", SpendLimitReached, 1),
        ("bad_key", ModelRejected, 1),
        ("too_long", QuestionTooLong, 1),
        ("window", QuestionTooLong, 1),
        ("prefix_rejected", PrefixRejected, 1),
        ("refusal", ModelRefused, 1),
    ],
)
async def test_each_fault_that_stays_ends_in_its_own_error(
    server: ClaudeServer, claude: Claude, clock: Clock, fault: Fault, error: type[BotError], tries: int
) -> None:
    server.fails(*[fault] * 7)
    for _ in range(7):
        server.says("some text that is long enough to be cut in two")

    with pytest.raises(error):
        await Talk(claude).ask()

    assert len(server.requests) == tries
    assert sum(clock.slept) < (LONGEST_SECONDS if tries == BUSY_TRIES else 25)


@pytest.mark.parametrize("fault", ["overloaded", "server_error", "stream_error", "cut", "clean_end", "empty", "stall"])
async def test_a_fault_that_passes_leaves_one_whole_answer(server: ClaudeServer, claude: Claude, fault: Fault) -> None:
    server.fails(fault)
    for _ in range(2):
        server.says("the whole answer, told once, from its beginning to its end")
    talk = Talk(claude)

    answer = await talk.ask()
    follow_up = await talk.ask()

    assert answer.text == "the whole answer, told once, from its beginning to its end"
    assert not any(isinstance(event, Restart) for event in talk.events)
    assert follow_up.text


async def test_a_hundred_turns_outlive_a_minute_of_overload_behind_one_breaker(
    server: ClaudeServer, claude: Claude, clock: Clock
) -> None:
    server.is_overloaded = lambda: clock.seconds() < START.timestamp() + 60
    talks = [Talk(claude) for _ in range(100)]

    answers = await asyncio.gather(
        *(talk.ask(message(f"q{n}")) for n, talk in enumerate(talks)), return_exceptions=True
    )

    assert all(isinstance(one, Answer | ModelBusy) for one in answers)
    assert sum(isinstance(one, Answer) for one in answers) >= 95
    refused = [said(request.question) for request in server.requests if request.status == 529]
    asked = Counter(said(request.question) for request in server.requests)
    assert max(asked.values()) <= BUSY_TRIES
    # All hundred were under way before the first refusal came; from then on they ask at the breaker's pace.
    assert len(refused) <= 100 + 60 / PROBE_SECONDS + 2


async def test_a_closed_breaker_keeps_nobody_and_an_open_one_lets_one_ask_at_a_time() -> None:
    clock = Clock()
    breaker = Breaker(clock.seconds, clock.sleep)
    await breaker.wait(clock.seconds(), clock.seconds() + 10)
    assert clock.slept == []

    for _ in range(OPENS_AFTER):
        breaker.refused()
    asked = []

    async def ask() -> None:
        await breaker.wait(clock.seconds(), clock.seconds() + 1_000)
        asked.append(clock.seconds())

    await asyncio.gather(*(ask() for _ in range(5)))
    assert all(later - before >= PROBE_SECONDS for before, later in itertools.pairwise(asked))

    with pytest.raises(ModelBusy):
        await breaker.wait(clock.seconds() + 100, clock.seconds() + 5)
    breaker.taken()
    await breaker.wait(clock.seconds(), clock.seconds())


async def test_a_cut_after_text_was_shown_tells_it_anew(server: ClaudeServer, claude: Claude) -> None:
    server.fails("cut")
    server.says("first try of the answer")
    server.says("second try of the answer")
    talk = Talk(claude)

    await talk.ask()

    assert Restart() in talk.events
    assert any(isinstance(event, Status) for event in talk.events)
    assert talk.shown == "second try of the answer"


async def test_a_long_wait_is_told_and_not_slept_through(server: ClaudeServer, claude: Claude, clock: Clock) -> None:
    server.fails("busy_for_an_hour")

    with pytest.raises(ModelBusy) as caught:
        await Talk(claude).ask()

    assert caught.value.until is not None
    assert (caught.value.until - START).total_seconds() == pytest.approx(3600)
    assert clock.slept == []


async def test_the_length_limit_is_said(server: ClaudeServer, claude: Claude) -> None:
    server.fails("max_tokens")
    server.says("as far as it goes")

    answer = await Talk(claude).ask()

    assert answer.stop_reason == "max_tokens"
    assert answer.text == "as far as it goes"
    assert answer.notices


async def test_a_call_cut_by_the_length_limit_is_never_run(server: ClaudeServer, claude: Claude) -> None:
    server.fails("max_tokens")
    server.says(calls=(("lookup", {"word": "half"}),))
    server.says("done")
    talk = Talk(claude, tools=tool_definitions([ToolDefinition.of(Lookup)]))

    answer = await talk.ask()

    assert answer.text == "done"
    assert server.requests[1].body["max_tokens"] == 2 * server.requests[0].body["max_tokens"]
    assert not any(isinstance(event, ToolCall) for event in talk.events)


async def test_tools_run_at_once_and_answer_in_the_order_of_the_calls(server: ClaudeServer, clock: Clock) -> None:
    claude = Claude("key", base_url=server.url, clock=clock)
    words = ["a", "bad", "bug", "b"]
    server.says("Looking.", calls=(*(("lookup", {"word": word}) for word in words), ("nothing", {}), ("lookup", {})))
    server.says("Found.")
    talk = Talk(claude, tools=tool_definitions([ToolDefinition.of(Lookup)]), lookup=Lookup(seconds=0.2))
    start = asyncio.get_running_loop().time()

    answer = await talk.ask()

    assert asyncio.get_running_loop().time() - start < 0.7
    results = [event for event in talk.events if isinstance(event, ToolResult)]
    assert [result.is_error for result in results] == [False, True, True, False, True, True]
    assert "internals" not in results[2].text
    assert [block["tool_use_id"] for block in server.requests[1].body["messages"][-1]["content"]] == [
        r.call_id for r in results
    ]
    assert answer.text == talk.shown == "Looking.\n\nFound."
    assert next(event.label for event in talk.events if isinstance(event, ToolCall)) == "looking up a"
    await claude.close()


async def test_a_model_that_calls_and_calls_is_brought_to_an_end(server: ClaudeServer, claude: Claude) -> None:
    for _ in range(3):
        server.says(calls=(("lookup", {"word": "bad"}),))
    server.says("I give up.")

    answer = await Talk(claude, tools=tool_definitions([ToolDefinition.of(Lookup)])).ask()

    assert answer.text == "I give up."
    assert server.requests[-1].body["tool_choice"] == {"type": "none"}


async def test_closing_the_stream_ends_the_request_at_once(clock: Clock) -> None:
    async with ClaudeServer(tokens_per_second=20) as server:
        server.says("word " * 500)
        claude = Claude("key", base_url=server.url, clock=clock)
        built = PromptBuilder(AGENT, b"s").build(Conversation(THREAD), [message("?")], (), (), START, ChannelSettings())
        async with asyncio.timeout(20):  # the whole reply takes 31 seconds
            async with aclosing(claude.stream(built.prompt, ToolCalls([]))) as events:
                async for event in events:
                    if isinstance(event, TextDelta):
                        break
            await server.requests[0].ended.wait()
        assert server.requests[0].left_early
        await claude.close()


async def test_of_many_answers_at_once_each_comes_in_larger_pieces_and_whole(clock: Clock) -> None:
    text = "word " * 60

    async def pieces(count: int) -> float:
        async with ClaudeServer(tokens_per_second=150) as server:
            for _ in range(count):
                server.says(text)
            claude = Claude("key", base_url=server.url, clock=clock)
            talks = [Talk(claude) for _ in range(count)]
            await asyncio.gather(*(talk.ask() for talk in talks))
            await claude.close()
        assert [talk.shown for talk in talks] == [text] * count
        return sum(isinstance(event, TextDelta) for talk in talks for event in talk.events) / count

    few, many = await pieces(3), await pieces(MANY_STREAMS + 10)

    assert many < few / 2


@pytest.mark.parametrize("events", range(0, 50, 2))
async def test_a_turn_that_dies_anywhere_between_call_and_result_leaves_a_valid_history(
    server: ClaudeServer, claude: Claude, events: int
) -> None:
    talk = Talk(claude, tools=tool_definitions([ToolDefinition.of(Lookup)]))
    await talk.ask()
    server.says("Let me look it up for you.", calls=(("lookup", {"word": "a"}), ("lookup", {"word": "b"})))
    server.says("This is what I found, and a bit more of it.")
    built = talk.builder.build(talk.conversation, [message("dies", id="d")], (), (), START, ChannelSettings())
    async with aclosing(claude.stream(built.prompt, talk.tools)) as stream:
        seen = 0
        async for _ in stream:
            seen += 1
            if seen > events:
                break

    server._scripts.clear()
    answer = await talk.ask()

    assert answer.text
    assert all(invalid(request.body) == "" for request in server.requests)


@pytest.mark.parametrize("died_after", range(0, 60, 3))
async def test_a_turn_that_is_picked_up_anywhere_pays_for_no_finished_request_and_runs_no_finished_tool_again(
    server: ClaudeServer, claude: Claude, died_after: int
) -> None:
    lookup = Lookup()
    talk = Talk(claude, tools=tool_definitions([ToolDefinition.of(lookup)]), lookup=lookup)
    await talk.ask()
    script = ("Let me look it up.", "And once more.", "This is what I found, and a bit more of it.")
    server.says(script[0], thinking="hm", calls=(("lookup", {"word": "a"}), ("lookup", {"word": "bad"})))
    server.says(script[1], calls=(("lookup", {"word": "c"}),))
    server.says(script[2])
    built = talk.builder.build(talk.conversation, [message("dies", id="d")], (), (), START, ChannelSettings())

    course, whole_replies, results, seen = "", 0, 0, 0
    async with aclosing(claude.stream(built.prompt, talk.tools)) as stream:
        async for event in stream:
            if isinstance(event, Checkpoint):
                course = event.course
                whole_replies = len(json.loads(course)["request_ids"])
            results += isinstance(event, ToolResult)
            seen += 1
            if seen > died_after:
                break
    cut = len(server.requests) - 1 - whole_replies  # a request cut in mid-stream is asked for once more
    server._scripts.clear()
    for text, calls in ((script[0], ("a", "bad")), (script[1], ("c",)), (script[2], ()))[whole_replies:]:
        server.says(text, calls=tuple(("lookup", {"word": word}) for word in calls))
    asked = len(server.requests)

    again = [event async for event in claude.stream(replace(built.prompt, course=course), talk.tools)]

    answer = again[-1]
    assert isinstance(answer, Answer)
    assert answer.text == "\n\n".join(script)
    assert "".join(event.text for event in again if isinstance(event, TextDelta)) == answer.text
    assert len(server.requests) - asked == 3 - whole_replies
    assert cut in (0, 1)
    assert len(answer.request_ids) == 3
    assert all(invalid(request.body) == "" for request in server.requests)
    kept = [json.loads(one) for one in answer.transcript]
    assert sum(block["type"] == "tool_result" for one in kept for block in one["content"]) == 3


async def test_a_course_of_another_release_that_cannot_be_read_is_the_beginning(
    server: ClaudeServer, claude: Claude
) -> None:
    talk = Talk(claude)
    built = talk.builder.build(talk.conversation, [message("q")], (), (), START, ChannelSettings())

    for course in ("nonsense", "{}", '{"turn": 1, "reply": {}, "usage": {}}'):
        events = [event async for event in claude.stream(replace(built.prompt, course=course), talk.tools)]
        assert isinstance(events[-1], Answer)


async def test_a_name_that_no_encoding_takes_reaches_the_model_clean(server: ClaudeServer, claude: Claude) -> None:
    talk = Talk(claude)
    named = replace(message("hi", id="x"), author=replace(BEN, name="Be\ud800n\u202e"))

    assert (await talk.ask(named)).text
    assert (await talk.ask()).text
    assert 'from="Ben"' in server.requests[0].question


async def test_a_private_engine_is_asked_for_nothing_that_it_may_not_know(server: ClaudeServer, clock: Clock) -> None:
    claude = Claude("key", base_url=server.url, clock=clock, compat=True)
    talk = Talk(claude)
    server.says("one", thinking="hm")

    await talk.ask()
    await talk.ask()

    for request in server.requests:
        assert not {"thinking", "output_config", "tools"} & set(request.body)
        assert b"cache_control" not in request.raw
        assert request.headers["x-api-key"] == "key"
    assert b'"thinking"' not in server.requests[1].raw
    await claude.close()


async def test_emoji_cut_in_two_by_the_stream_arrive_whole() -> None:
    assert wire.whole("\ud83c" + "\udf89") == "🎉"
    assert wire.whole({"a": ["x\ud83c"]}) == {"a": ["x\ufffd"]}


async def test_check_says_what_is_wrong_and_what_to_do(server: ClaudeServer, clock: Clock) -> None:
    async def said(model: str, key: str = "key") -> str:
        claude = Claude(key, base_url=server.url, clock=clock, model=model)
        lines = await claude.check()
        await claude.close()
        return " ".join(lines)

    server.lifecycle["claude-old"] = "deprecated"
    assert await said("claude-sonnet-5-5") == ""
    assert "2026-11-30" in await said("claude-sonnet-4-5")
    assert "deprecated" in await said("claude-old")
    assert "PLUMBLINE_MODEL" in await said("gpt")
    assert "ANTHROPIC_API_KEY" in await said("claude-sonnet-5-5", key="wrong")


TURNS = st.lists(st.one_of(st.integers(0, 30), st.just(-1)), max_size=8)


@given(TURNS)
@settings(max_examples=150, deadline=None)
def test_markers_are_at_most_four_and_stand_where_the_last_request_ended(calls_by_turn: list[int]) -> None:
    turns: list[Turn | FoldedTurn] = []
    for number, calls in enumerate(calls_by_turn):
        if calls < 0:
            turns.append(FoldedTurn("q", "a"))
            continue
        sent: list[dict[str, Any]] = [{"role": "user", "content": [{"type": "text", "text": f"q{number}"}]}]
        if calls:
            uses = [{"type": "tool_use", "id": f"{number}_{n}", "name": "x", "input": {}} for n in range(calls)]
            sent.append({"role": "assistant", "content": uses})
            results = [wire.tool_result(f"{number}_{n}", "r", is_error=False) for n in range(calls)]
            sent.append({"role": "user", "content": results})
        sent.append({"role": "assistant", "content": [{"type": "text", "text": "a"}]})
        answer = Answer("a", "m", transcript=tuple(json.dumps(one) for one in sent))
        turns.append(Turn(str(number), (message("q"),), (), answer, START))
    messages = [*wire.history(turns), {"role": "user", "content": [{"type": "text", "text": "now"}]}]
    end = wire.last_request_end(messages)

    marked = wire.marked(messages, end)

    body = {"system": wire.system(Pinned("s", "[]", "m", "low"), marked=True), "messages": marked}
    assert invalid({**body, "model": "m", "max_tokens": 1}) == ""
    flat = [block for one in marked for block in one["content"]]
    assert sum("cache_control" in block for block in flat) == (1 if end is None else 2)
    assert "cache_control" in flat[-1]
    if end is not None:
        assert "cache_control" in marked[end]["content"][-1]
    assert wire.history(turns) == messages[:-1], "marking must not touch what is replayed"


def test_a_second_person_is_named_in_the_request() -> None:
    built = PromptBuilder(AGENT, b"s").build(
        Conversation(THREAD), [message("a"), message("b", id="2", author=BEN)], (), (), START, ChannelSettings()
    )

    texts = [part.text for part in built.prompt.question if hasattr(part, "text")]
    assert 'from="Ana"' in texts[0]
    assert 'from="Ben"' in texts[1]
