"""Blank texts over the wire: a model writes them, its service refuses to take them back, and no thread may die of that."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import anthropic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answering.prompt import PromptBuilder
from bot.claude import wire
from bot.claude.client import ON, Claude, tool_definitions
from bot.claude.stream import Delta
from bot.claude.words import Words
from bot.conversation import Answer, Conversation, Turn
from bot.errors import NoAnswer
from bot.events import Checkpoint, Restart, TextDelta, ToolCall
from bot.ports.model import Spent, ToolDefinition
from bot.ports.stores import ChannelSettings
from bot.writing.text import is_blank
from tests.bot.claude.clock import Clock
from tests.bot.claude.test_claude import AGENT, Lookup, Talk
from tests.fakes import START, THREAD, message
from tests.servers.claude import ClaudeServer
from tests.servers.claude_rules import invalid, signature, without_markers

Json = dict[str, Any]

BLANKS = ["\n\n", " ", "\t\r\n", "\u00a0", "\u2003\u3000\u2028", "\u200b", "\ufeff\u200d\ufe0f", "\u2800\u3164"]
LOOK = ("lookup", {"word": "a"})


def talk_of(claude: Claude) -> Talk:
    return Talk(claude, tools=tool_definitions([ToolDefinition.of(Lookup)]))


def text(words: str) -> Json:
    return {"type": "text", "text": words}


def thinking(words: str) -> Json:
    return {"type": "thinking", "thinking": words, "signature": signature(words)}


def use(number: int = 1) -> Json:
    return {"type": "tool_use", "id": f"toolu_{number}", "name": "lookup", "input": {"word": "a"}}


def result(content: list[Json], number: int = 1) -> Json:
    return {"type": "tool_result", "tool_use_id": f"toolu_{number}", "content": content}


def said_before(*messages: tuple[str, list[Json]], answer: str = "\n\n") -> Conversation:
    """A thread with one turn, as another release may have kept it."""
    transcript = tuple(json.dumps({"role": role, "content": content}) for role, content in messages)
    turn = Turn("t0", (message("q0", id="m0"),), (), Answer(answer, "m", transcript=transcript), START)
    return Conversation(THREAD, (turn,), pinned=PromptBuilder(AGENT, b"secret").pin(ChannelSettings()))


# --- a model that writes them ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("blank", BLANKS)
async def test_a_blank_text_before_a_call_is_neither_shown_nor_sent_back(
    server: ClaudeServer, claude: Claude, blank: str
) -> None:
    server.says(blank, thinking="where is it?", calls=(LOOK,))
    server.writes({"thinking": "there"}, {"text": blank}, {"thinking": "ah"}, {"text": "Found."}, stop="end_turn")
    talk = talk_of(claude)

    answer, shown = await talk.ask(), talk.shown
    follow_up = await talk.ask()

    assert answer.text == shown == "Found."
    assert follow_up.text
    assert [request.status for request in server.requests] == [200, 200, 200]
    *_, last = server.requests
    thoughts = [block for one in last.body["messages"] for block in one["content"] if block["type"] == "thinking"]
    assert thoughts == [thinking("where is it?"), thinking("there"), thinking("ah")]
    for earlier, later in zip(server.requests, server.requests[1:], strict=False):
        assert later.prefix[: len(earlier.prefix)] == earlier.prefix


@pytest.mark.parametrize("blank", BLANKS)
async def test_what_is_shown_while_it_streams_is_what_the_answer_says(
    server: ClaudeServer, claude: Claude, blank: str
) -> None:
    parts = ({"text": blank}, {"text": blank + "One." + blank}, {"text": blank}, {"text": "Two."})
    server.writes(*parts, stop="end_turn")
    talk = talk_of(claude)

    answer = await talk.ask()

    assert answer.text == talk.shown == f"{blank}One.{blank}\n\nTwo."


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.parametrize(
    ("parts", "stop"),
    [
        (({"text": "{blank}"},), "end_turn"),
        (({"thinking": "hm"}, {"text": "{blank}"}, {"text": "{blank}"}), "end_turn"),
        (({"text": "{blank}"},), "tool_use"),
        (({"text": "{blank}"},), "stop_sequence"),
        (({"text": "{blank}"},), "pause_turn"),
    ],
)
async def test_a_blank_answer_is_no_answer_and_the_thread_goes_on(
    server: ClaudeServer, claude: Claude, blank: str, parts: tuple[Json, ...], stop: str
) -> None:
    talk = talk_of(claude)
    await talk.ask()
    written = json.loads(json.dumps(parts).replace("{blank}", json.dumps(blank)[1:-1]))
    for _ in range(2):
        server.writes(*written, stop=stop)

    with pytest.raises(NoAnswer) as caught:
        await talk.ask()

    assert len(server.requests) == 3, "it is asked to go on once"

    assert caught.value.can_retry
    assert not any(isinstance(event, TextDelta | Answer | Restart) for event in talk.events)
    assert (await talk.ask()).text
    assert all(request.status == 200 for request in server.requests)


async def test_an_answer_that_is_blank_once_is_asked_for_again(server: ClaudeServer, claude: Claude) -> None:
    server.says("Looking.", calls=(LOOK,))
    server.says("\n\n")
    server.says("Found.")
    talk = talk_of(claude)

    answer = await talk.ask()

    assert answer.text == talk.shown == "Looking.\n\nFound."
    assert sum(isinstance(event, ToolCall) for event in talk.events) == 1


@pytest.mark.parametrize("marks", ["---", "```python\n```\n", "&nbsp;", "> \n\n# "])
async def test_marks_alone_are_asked_for_again_once_and_taken_back(
    server: ClaudeServer, claude: Claude, marks: str
) -> None:
    server.says("Looking.", calls=(LOOK,))
    server.says(marks)
    server.says("Found.")
    talk = talk_of(claude)

    answer = await talk.ask()

    assert answer.text == "Looking.\n\nFound."
    assert any(isinstance(event, Restart) for event in talk.events)
    for _ in range(2):
        server.says(marks)
    with pytest.raises(NoAnswer):
        await talk.ask()


async def test_thinking_that_takes_all_the_room_gets_more_of_it_once(server: ClaudeServer, claude: Claude) -> None:
    for _ in range(2):
        server.writes({"thinking": "hm"}, {"text": "\n"}, stop="max_tokens")
    talk = talk_of(claude)

    with pytest.raises(NoAnswer):
        await talk.ask()

    asked = [request.body["max_tokens"] for request in server.requests]
    assert asked[1:] == [2 * asked[0]]


async def test_a_reply_that_paused_is_given_back_without_white_space_at_its_end(
    server: ClaudeServer, claude: Claude
) -> None:
    server.writes({"thinking": "hm"}, {"text": "First half, \n"}, {"text": "\n"}, stop="pause_turn")
    server.says("second half.")
    talk = talk_of(claude)

    answer = await talk.ask()

    assert answer.text == talk.shown == "First half, \n\n\nsecond half."
    given_back = without_markers(server.requests[1].body["messages"][-2]["content"])
    assert given_back == [thinking("hm"), text("First half,")]
    assert server.requests[1].question == ON
    assert [request.status for request in server.requests] == [200, 200]


async def test_a_tool_that_gives_nothing_says_so(server: ClaudeServer, claude: Claude) -> None:
    for blank in ("", *BLANKS):
        assert wire.tool_result("1", blank, is_error=False)["content"] == [text("(nothing)")]
    assert wire.tool_result("1", "\n x", is_error=False)["content"] == [text("\n x")]


# --- what was kept before ----------------------------------------------------------------------------------------------

OLD = [
    [("user", [text("q0")]), ("assistant", [thinking("hm"), text("\n\n")])],
    [("user", [text("q0")]), ("assistant", [text("\u00a0")])],
    [("user", [text("q0")]), ("assistant", [])],
    [("user", [text("q0")]), ("assistant", [text("a"), thinking("hm")])],
    [("user", [text("\n")]), ("assistant", [text("a")])],
    [
        ("user", [text("q0"), text(" ")]),
        ("assistant", [thinking("hm"), text("\n\n"), use()]),
        ("user", [result([text("\n")])]),
        ("assistant", [thinking("ah"), text("\n"), use(2)]),
        ("user", [result([], 2)]),
        ("assistant", [text(""), text("a")]),
    ],
]


@pytest.mark.parametrize("compat", [False, True])
@pytest.mark.parametrize("transcript", OLD)
async def test_a_thread_that_was_kept_with_blank_texts_goes_on(
    server: ClaudeServer, transcript: list[tuple[str, list[Json]]], compat: bool
) -> None:
    claude = Claude("key", base_url=server.url, clock=Clock(), compat=compat)
    talk = talk_of(claude)
    talk.conversation = said_before(*transcript)

    for _ in range(2):
        assert (await talk.ask()).text

    assert [request.status for request in server.requests] == [200, 200]
    kept = [block for _, content in transcript for block in content if block["type"] == "thinking"]
    sent = [block for one in server.requests[1].body["messages"] for block in one["content"]]
    assert [block for block in sent if block["type"] == "thinking"] == ([] if compat else kept)
    await claude.close()


@pytest.mark.parametrize("transcript", [OLD[0], []])
async def test_a_blank_answer_that_was_kept_is_folded_to_words(
    server: ClaudeServer, claude: Claude, transcript: list[tuple[str, list[Json]]]
) -> None:
    talk = talk_of(claude)
    talk.conversation = replace(said_before(*transcript), folded=1)

    assert (await talk.ask(message(" \n", id="blank"))).text
    assert server.requests[0].body["messages"][1] == {"role": "assistant", "content": [text("(no text)")]}
    assert server.requests[0].status == 200


async def test_a_turn_that_another_release_began_with_blank_texts_is_picked_up(
    server: ClaudeServer, claude: Claude
) -> None:
    talk = talk_of(claude)
    server.says("\n\n", thinking="hm", calls=(LOOK,))
    built = talk.builder.build(talk.conversation, [message("q")], (), (), START, ChannelSettings())
    events = [event async for event in claude.stream(built.prompt, talk.tools)]
    *_, ran, _ = [json.loads(event.course) for event in events if isinstance(event, Checkpoint)]
    # as it was kept before this rule: the blank text in its place, and among what readers saw
    ran["turn"][1]["content"].insert(1, text("\n\n"))
    ran["texts"] = ["\n\n"]
    replied = ran | {"turn": ran["turn"][:1], "texts": [], "rounds": 0, "may_call": True}
    blocks = ran["turn"][1]["content"]
    replied["reply"] = {"blocks": blocks, "stop_reason": "tool_use", "refusal": "", "usage": ran["usage"]}
    replied["reply"] |= {"model": "m", "request_id": "r"}

    for course in (ran, replied):
        server.says("Found.")
        prompt = replace(built.prompt, course=json.dumps(course))
        events = [event async for event in claude.stream(prompt, talk.tools)]
        talk.events = [event for event in events if not isinstance(event, Checkpoint | Spent)]
        answer = talk.events[-1]
        assert isinstance(answer, Answer)
        assert answer.text == talk.shown == "Found."
        assert server.requests[-1].status == 200
        assert thinking("hm") in server.requests[-1].body["messages"][1]["content"]


# --- the rules themselves ----------------------------------------------------------------------------------------------

WORDS = st.text(st.sampled_from("a\n \u00a0\u200b"), max_size=4)
SEEN = st.sampled_from(["a", " a", "a\n", "\na\u00a0"])


@given(st.lists(st.tuples(st.sampled_from(["thinking", "text"]), WORDS), max_size=5), st.lists(WORDS, max_size=3))
def test_whatever_a_model_wrote_is_taken_back_and_only_blank_texts_are_missing(
    wrote: list[tuple[str, str]], results: list[str]
) -> None:
    blocks = [text(words) if kind == "text" else thinking(words) for kind, words in wrote]
    sent = [
        {"role": "user", "content": [text("q")]},
        {"role": "assistant", "content": [*blocks, use()]},
        {"role": "user", "content": [result([text(one) for one in results])]},
        {"role": "assistant", "content": blocks},
        {"role": "user", "content": [text("q")]},
    ]

    given_back = wire.sendable(sent)

    assert invalid({"messages": given_back, "max_tokens": 1}) == ""
    kept = [block for block in blocks if block["type"] == "thinking" or not is_blank(block["text"])]
    assert given_back[1]["content"] == [*kept, use()]
    assert given_back[3]["content"][: len(kept)] == kept
    assert wire.sendable(given_back) == given_back


@given(st.lists(st.lists(st.one_of(SEEN.map(text), SEEN.map(thinking)), max_size=3), max_size=4))
def test_what_the_service_takes_is_sent_as_it_was_kept(replies: list[list[Json]]) -> None:
    sent = []
    for blocks in replies:
        sent += [{"role": "user", "content": [text("q"), text(" q\n")]}]
        sent += [{"role": "assistant", "content": [*blocks, text("a\n")]}]

    assert all(one is other for one, other in zip(wire.sendable(sent), sent, strict=True))


@given(st.lists(WORDS, max_size=4), st.booleans(), st.integers(1, 3))
def test_pieces_of_any_size_show_the_whole(texts: list[str], follows: bool, size: int) -> None:
    words = Words(follows=follows)
    pieces = [
        Delta(one[start : start + size], begins=start == 0) for one in texts for start in range(0, len(one), size)
    ]

    shown = "".join(words.join(piece) for piece in pieces)

    whole = "\n\n".join(one for one in texts if not is_blank(one))
    assert shown == ("\n\n" + whole if follows and whole else whole)


@pytest.mark.parametrize("blank", ["", *BLANKS])
def test_what_nobody_sees_is_blank_and_a_letter_is_not(blank: str) -> None:
    assert is_blank(blank)
    assert not is_blank(f"{blank}.{blank}")
    assert not is_blank(blank * 20_000 + "\U0001f389")


REFUSED = [
    ([text("")], "messages: text content blocks must be non-empty"),
    *(([text(blank)], "messages: text content blocks must contain non-whitespace text") for blank in BLANKS[:6]),
    ([], "messages.1: all messages must have non-empty content except for the optional final assistant message"),
    ([text("a"), thinking("hm")], "messages.1: The final block in an assistant message cannot be `thinking`."),
    (
        [{**thinking("hm"), "thinking": "ha"}, text("a")],
        "messages.1.content.0: Invalid `signature` in `thinking` block",
    ),
]


@pytest.mark.parametrize(("blocks", "words"), REFUSED)
async def test_the_server_on_loopback_is_no_kinder_than_the_service(
    server: ClaudeServer, blocks: list[Json], words: str
) -> None:
    asked: Json = {"role": "user", "content": [text("q")]}
    messages: Any = [asked, {"role": "assistant", "content": blocks}, asked]
    async with anthropic.AsyncAnthropic(api_key="key", base_url=server.url, max_retries=0) as client:
        with pytest.raises(anthropic.BadRequestError) as caught:
            await client.messages.create(model="claude-sonnet-5-5", max_tokens=10, messages=messages)

    assert caught.value.type == "invalid_request_error"
    assert caught.value.api_message == words


def test_the_server_refuses_blank_texts_wherever_they_stand() -> None:
    asked: Json = {"role": "user", "content": [text("q")]}
    called: Json = {"role": "assistant", "content": [use()]}
    blank = "text content blocks must contain non-whitespace text"

    assert invalid({"messages": [asked], "system": [text("\n")]}) == f"system: {blank}"
    assert invalid({"messages": [{"role": "user", "content": " "}]}) == f"messages: {blank}"
    assert invalid({"messages": [asked, called, {"role": "user", "content": [result([text("\n")])]}]}).endswith(blank)
    ending = {"messages": [asked, {"role": "assistant", "content": [text("a ")]}], "model": "claude-sonnet-4-5"}
    assert invalid(ending) == "messages: final assistant content cannot end with trailing whitespace"
