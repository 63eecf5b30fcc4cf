"""Every door to Claude gives the same answer at the same price, and the next one takes over where one is away."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.claude.client import Claude, tool_definitions
from bot.claude.engines import Engine, of
from bot.claude.failover import IMPATIENT, Engines
from bot.claude.frames import as_events
from bot.claude.sdk import client_of
from bot.claude.streams import Patience
from bot.claude.traits import KINDS, Kind
from bot.errors import ConfigError, ModelBusy, QuestionTooLong
from bot.events import Status, ToolCall
from bot.ports.model import SideQuestion, ToolDefinition
from tests import clock as clocks
from tests.bot.claude.clock import Clock
from tests.bot.claude.test_claude import Lookup, Talk
from tests.fakes import message
from tests.servers.claude import ClaudeServer, Reply
from tests.servers.claude_clouds import frame
from tests.servers.claude_streams import text, whole

pytestmark = pytest.mark.usefixtures("loop_clock")
loop_clock = clocks.clock

SHORT = Patience(stall_seconds=0.4)
LOOK = ("lookup", {"word": "a"})
SET: dict[str, Any] = {"region": "eu-west-1", "project": "p", "workspace": "w", "resource": "r"}


def engine(kind: Kind, url: str) -> Engine:
    return Engine(kind, "key", url, **SET)


def claude_at(kind: Kind, url: str, clock: Clock, **patience: Any) -> Claude:
    return Claude(
        engine=engine(kind, url), clock=clock, sleep=clock.sleep, now=clock.seconds, **{"patience": SHORT, **patience}
    )


def talk_with(model: Any) -> Talk:
    return Talk(model, tools=tool_definitions([ToolDefinition.of(Lookup)]))


@pytest.fixture
async def other() -> AsyncIterator[ClaudeServer]:
    async with ClaudeServer() as claude:
        yield claude


# --- how each door is asked; what it gives: test_conformance.py ----------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "path", "model"),
    [
        ("bedrock", "body", "anthropic.claude-sonnet-5-5"),
        ("bedrock-runtime", "path", "anthropic.claude-sonnet-5-5"),
        ("vertex", "path", "claude-sonnet-5-5"),
        ("foundry", "body", "claude-sonnet-5-5"),
    ],
)
async def test_a_model_is_called_as_its_door_calls_it(server: ClaudeServer, kind: Kind, path: str, model: str) -> None:
    claude = claude_at(kind, server.url, Clock())

    answer = await talk_with(claude).ask()
    asked = await claude.ask(SideQuestion("s", "t", "claude-sonnet-5-5", "a", 100))
    await claude.close()

    assert answer.text
    assert asked.text
    assert asked.cost_microdollars > 0
    assert {request.body["model"] for request in server.requests} == {model}
    assert (b'"model"' in server.requests[0].raw) == (path == "body")


async def test_an_hour_in_the_cache_is_asked_for_only_where_it_is_kept(server: ClaudeServer) -> None:
    for kind in KINDS:
        claude = claude_at(kind, server.url, Clock())
        await talk_with(claude).ask()
        await claude.close()
        mark = server.requests[-1].body["system"][0]["cache_control"]
        assert ("ttl" in mark) == engine(kind, "").traits.hour_marks


@pytest.mark.parametrize("kind", KINDS)
async def test_check_reaches_each_door(server: ClaudeServer, kind: Kind) -> None:
    claude = claude_at(kind, server.url, Clock())
    lost = claude_at(kind, "http://127.0.0.1:9", Clock())

    assert await claude.check() == ()
    assert "cannot be reached (Connection refused)" in " ".join(await lost.check())
    await claude.close()
    await lost.close()


async def test_check_of_a_gateway_without_a_list_of_models_asks_a_question(server: ClaudeServer) -> None:
    """A model that is not on the list of the server on loopback, as gateways name theirs."""
    gateway = Engine("anthropic", "key", server.url)
    claude = Claude(engine=gateway, clock=Clock(), model="team-sonnet")

    assert await claude.check() == ()
    assert server.requests[-1].body["max_tokens"] == 1
    await claude.close()


async def test_a_gateway_that_loses_the_marks_is_found_out_and_no_other_door_is_asked_for_that(
    server: ClaudeServer,
) -> None:
    async def keeps(engine: Engine) -> bool | None:
        claude = Claude(engine=engine, clock=Clock())
        found = await claude.keeps_prompts()
        await claude.close()
        return found

    assert await keeps(Engine("anthropic", "key", server.url)) is True
    assert len(server.requests) == 2
    server.loses_marks = True
    assert await keeps(Engine("anthropic", "key", server.url)) is False
    assert await keeps(Engine("anthropic", "key", server.url, compat=True)) is None
    assert await keeps(engine("vertex", server.url)) is None
    assert len(server.requests) == 4


def test_what_an_engine_lacks_is_said_by_the_name_of_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "CLOUD_ML_REGION", "ANTHROPIC_VERTEX_PROJECT_ID"):
        monkeypatch.delenv(name, raising=False)

    assert of("bedrock", {}).missing == ["AWS_REGION"]
    assert of("vertex", {"CLOUD_ML_REGION": "eu"}).missing == ["ANTHROPIC_VERTEX_PROJECT_ID"]
    assert of("foundry", {"ANTHROPIC_FOUNDRY_RESOURCE": "r", "ANTHROPIC_FOUNDRY_API_KEY": "k"}).missing == []
    with pytest.raises(ConfigError, match="AWS_REGION is not set; Amazon Bedrock needs it"):
        client_of(of("bedrock", {}))


@pytest.mark.parametrize("kind", KINDS)
def test_an_operator_is_told_who_processes_what_where_it_is_kept_and_what_is_missing(kind: Kind) -> None:
    who, kept = Engine(kind, "key", region="eu-west-1").described()

    assert "processes the questions" in who
    assert ("eu-west-1" in who) == (kind != "anthropic") or kind == "anthropic"
    assert ("Amazon processes" in who) == kind.startswith("bedrock")
    assert ("Google processes" in who) == (kind == "vertex")
    assert ": keeps " in kept
    assert ("lacks the cache of an hour" in kept) == kind.startswith("bedrock")
    gateway = " ".join(Engine("anthropic", "k", "https://u:pw@llm.example.org:8443/x", compat=True).described())
    assert "https://llm.example.org:8443/x: whoever runs it" in gateway
    assert "lacks prompt caching, thinking, strict tools" in gateway
    assert "pw" not in gateway


@pytest.mark.parametrize(
    ("set_to", "kind", "asked", "named"),
    [
        ("", "anthropic", "claude-sonnet-5-5", "claude-sonnet-5-5"),
        ("", "bedrock", "claude-sonnet-5-5", "anthropic.claude-sonnet-5-5"),
        ("eu.anthropic.claude-opus-5-5-v1:0", "anthropic", "eu.anthropic.claude-opus-5-5-v1:0", "claude-opus-5-5"),
        ("eu.anthropic.claude-opus-5-5-v1:0", "bedrock", "eu.anthropic.claude-opus-5-5-v1:0", "eu.anthropic.claude-opus-5-5-v1:0"),
        ("eu.anthropic.claude-opus-5-5-v1:0", "bedrock-runtime", "claude-haiku-5-5", "eu.anthropic.claude-haiku-5-5"),
        ("", "bedrock", "claude-sonnet-5@20260901", "anthropic.claude-sonnet-5"),
        ("", "vertex", "claude-sonnet-5@20260901", "claude-sonnet-5@20260901"),
        ("", "vertex", "global.anthropic.claude-sonnet-5-5", "claude-sonnet-5-5"),
        ("", "aws", "claude-sonnet-5@20260901", "claude-sonnet-5"),
        ("", "bedrock-runtime", "arn:aws:bedrock:eu:1:inference-profile/x", "arn:aws:bedrock:eu:1:inference-profile/x"),
    ],
)  # fmt: skip
def test_a_model_that_is_spelt_for_one_door_is_asked_for_by_its_name_at_another(
    set_to: str, kind: Kind, asked: str, named: str
) -> None:
    assert of(kind, {}, model=set_to).model(asked) == named


def test_a_gateway_is_asked_for_models_by_whatever_name_they_have_there() -> None:
    gateway = of("anthropic", {"ANTHROPIC_BASE_URL": "https://llm.example.org"})

    assert gateway.model("bedrock/eu.anthropic.claude-sonnet-5") == "bedrock/eu.anthropic.claude-sonnet-5"


@given(st.lists(st.binary(max_size=200), max_size=6), st.integers(1, 50))
@settings(max_examples=80, deadline=None)
def test_amazons_frames_are_read_however_they_are_cut(pieces: list[bytes], size: int) -> None:
    headers = {":message-type": "event", ":event-type": "chunk"}
    data = b"".join(frame(headers, {"bytes": base64.b64encode(one).decode()}) for one in pieces)

    async def read() -> list[bytes]:
        async def cut() -> AsyncIterator[bytes]:
            for at in range(0, len(data), size):
                yield data[at : at + size]

        return [event async for event in as_events(cut())]

    assert asyncio.run(read()) == [b"data: " + one + b"\n\n" for one in pieces]


# --- the next engine ---------------------------------------------------------------------------------------------------


@pytest.fixture
async def both(server: ClaudeServer, other: ClaudeServer) -> AsyncIterator[tuple[Engines, Clock]]:
    clock = Clock()
    first = claude_at("anthropic", server.url, clock, **IMPATIENT)
    engines = Engines([first, claude_at("bedrock", other.url, clock)], now=clock.seconds)
    yield engines, clock
    await engines.close()


async def test_the_first_engine_answers_while_it_is_well(
    both: tuple[Engines, Clock], server: ClaudeServer, other: ClaudeServer
) -> None:
    answer = await talk_with(both[0]).ask()

    assert answer.notices == ()
    assert (len(server.requests), len(other.requests)) == (1, 0)


FAULTS = ["overloaded", "server_error", "spend_limit", "no_headers", "cut", "stall", "silence", "stream_error", "empty"]


@pytest.mark.parametrize("fault", FAULTS)
async def test_the_second_engine_takes_over_within_half_a_minute_and_says_so(
    both: tuple[Engines, Clock], server: ClaudeServer, other: ClaudeServer, fault: Any
) -> None:
    engines, clock = both
    began, passed = clock.seconds(), asyncio.get_running_loop().time()
    if fault == "silence":
        half = [*whole([text("The first engine's beginning of", " an answer")])][:3]
        server.replies(Reply(tuple(half), end="open"))
    else:
        server.fails(*[fault] * 20)
    for _ in range(20):
        server.says("the first engine's beginning of an answer")
    other.says("The whole answer.")
    talk = talk_with(engines)

    answer = await talk.ask()

    assert answer.text == talk.shown == "The whole answer."
    how = "did not let us in" if fault == "spend_limit" else "was busy or away"
    assert answer.notices == (f"Answered by way of Amazon Bedrock; Anthropic {how}.",)
    assert any(isinstance(event, Status) and "Amazon Bedrock" in event.text for event in talk.events)
    assert len(other.requests) == 1
    assert clock.seconds() - began + asyncio.get_running_loop().time() - passed < 30


async def test_what_was_done_is_not_done_again_by_the_second_engine(
    both: tuple[Engines, Clock], server: ClaudeServer, other: ClaudeServer
) -> None:
    server.says("Let me look.", thinking="hm", calls=(LOOK,))
    talk = talk_with(both[0])
    server.is_overloaded = lambda: len(server.requests) > 1
    other.says("Found.")

    answer = await talk.ask()

    assert answer.text == talk.shown == "Let me look.\n\nFound."
    assert sum(isinstance(event, ToolCall) for event in talk.events) == 1
    assert b'"thinking"' not in json.dumps(other.requests[0].body["messages"]).encode()
    assert other.requests[0].status == 200


async def test_a_thread_stays_with_its_engine_while_it_is_warm_and_comes_back(
    both: tuple[Engines, Clock], server: ClaudeServer, other: ClaudeServer
) -> None:
    engines, clock = both
    server.is_overloaded = lambda: len(server.requests) < 9 and not other.requests
    talk = talk_with(engines)
    await talk.ask()
    asked = len(server.requests)

    clock.move(seconds=100)
    await talk.ask()
    assert (len(server.requests), len(other.requests)) == (asked, 2)

    another = talk_with(engines)
    another.conversation = replace(another.conversation, thread=replace(another.conversation.thread, thread="new"))
    await another.ask(message("q", id="n1"))
    assert len(server.requests) == asked + 1, "a new thread asks the first engine again, after its rest"

    clock.move(seconds=400)
    await talk.ask()
    assert len(server.requests) == asked + 2
    assert [request.status for request in (*server.requests[asked:], *other.requests)] == [200] * 4


async def test_with_every_engine_away_it_is_said(
    both: tuple[Engines, Clock], server: ClaudeServer, other: ClaudeServer
) -> None:
    for one in (server, other):
        one.is_overloaded = lambda: True

    with pytest.raises(ModelBusy):
        await talk_with(both[0]).ask()


async def test_a_door_that_does_not_let_us_in_is_passed_by_and_it_is_said(
    both: tuple[Engines, Clock], server: ClaudeServer, other: ClaudeServer
) -> None:
    server.admits = lambda request, raw: "this key was revoked"

    answer = await talk_with(both[0]).ask()

    assert answer.notices == ("Answered by way of Amazon Bedrock; Anthropic did not let us in.",)
    assert len(other.requests) == 1


async def test_what_no_engine_can_mend_is_not_asked_of_the_next(
    both: tuple[Engines, Clock], server: ClaudeServer, other: ClaudeServer
) -> None:
    server.fails("too_long")

    with pytest.raises(QuestionTooLong):
        await talk_with(both[0]).ask()

    assert other.requests == []
