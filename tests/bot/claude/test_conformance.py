"""Whatever a model sends, people see the same of it at every door, no word is lost or doubled, and the ledger is exact."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.claude import streams
from bot.claude.client import Claude, tool_definitions
from bot.claude.engines import Engine
from bot.claude.traits import KINDS
from bot.conversation import Answer
from bot.errors import BotError
from bot.events import ToolCall
from bot.ports.model import ToolDefinition
from tests.bot.claude.clock import Clock
from tests.bot.claude.conformance import CASES, INDEX, LOOK, LOOKED, A, Case, calling, said, stream
from tests.bot.claude.reported import REPORTED
from tests.bot.claude.shapes import SHAPES
from tests.bot.claude.test_claude import Lookup, Talk
from tests.servers.claude import ClaudeServer
from tests.servers.claude_streams import text

Json = dict[str, Any]
pytestmark = pytest.mark.slow

INPUT, OUTPUT = 2, 10
"""Millionths of a dollar a token of the default model; every reply of the table counts 100 read and 7 written."""

SET: dict[str, Any] = {"region": "eu-west-1", "project": "p", "workspace": "w", "resource": "r"}
DOORS = {kind: Engine(kind, "key", "", **SET) for kind in KINDS} | {"compat": Engine("anthropic", "key", compat=True)}


def at(door: str, url: str) -> Engine:
    return replace(DOORS[door], base_url=url)


async def wrong(case: Case, server: ClaudeServer, talk: Talk, *, is_direct: bool) -> list[str]:
    """What of a case is not as it should be; at Anthropic's own door also of the turn after it: what was said can be given back."""
    before = len(server.requests)
    server.replies(*case.replies)
    answer: Answer | None = None
    fault: BotError | None = None
    try:
        answer = await talk.ask()
    except BotError as raised:
        fault = raised
    asked = len(server.requests) - before
    found = []
    if type(fault) is not (case.fault or type(None)):
        found.append(f"ended in {fault!r}")
    if answer and not answer.text == talk.shown == case.text:
        found.append(f"said {answer.text!r}, shown {talk.shown!r}")
    if answer and (answer.stop_reason, len(answer.notices)) != (case.stop, case.notices):
        found.append(f"ended with {answer.stop_reason} {answer.notices}")
    if asked != len(case.replies):
        found.append(f"{asked} requests")
    if (ran := [event.arguments for event in talk.events if isinstance(event, ToolCall)]) != [*case.calls]:
        found.append(f"ran {ran}")
    paid = sum(reply.status == 200 for reply in case.replies) * (100 * INPUT + 7 * OUTPUT)
    if answer and case.is_priced and answer.cost_microdollars != paid:
        found.append(f"costs {answer.cost_microdollars}, not {paid}")
    if answer and is_direct:
        after = await talk.ask()
        if server.requests[-1].status != 200 or not after.text:
            found.append("cannot be given back")
    return found


@pytest.mark.parametrize("door", DOORS)
async def test_each_case_is_the_same_at_each_door(
    server: ClaudeServer, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    monkeypatch.setattr(streams, "END_SECONDS", 0.05)
    clock, found = Clock(), {}
    definitions = tool_definitions([ToolDefinition.of(Lookup)], compat=door == "compat")
    claude = Claude(engine=at(door, server.url), clock=clock, sleep=clock.sleep, now=clock.seconds)
    for name, case in CASES.items():
        if door == "bedrock-runtime" and ("then done" in name or "too deep" in name):
            continue  # Amazon's frames hold events alone: no word beside them, and none that is no JSON
        if problems := await wrong(case, server, Talk(claude, tools=definitions), is_direct=door == "anthropic"):
            found[name] = problems
        server.forget()
    await claude.close()

    assert found == {}


@pytest.mark.parametrize("table", [REPORTED, SHAPES], ids=["reported", "shapes"])
async def test_what_was_seen_or_thought_of_since_ends_in_a_whole_answer_or_an_honest_sentence(
    server: ClaudeServer, monkeypatch: pytest.MonkeyPatch, table: dict[str, Case]
) -> None:
    monkeypatch.setattr(streams, "END_SECONDS", 0.05)
    clock, found = Clock(), {}
    claude = Claude(engine=at("anthropic", server.url), clock=clock, sleep=clock.sleep, now=clock.seconds)
    for name, case in table.items():
        talk = Talk(claude, tools=tool_definitions([ToolDefinition.of(Lookup)]))
        if problems := await wrong(case, server, talk, is_direct=True):
            found[name] = problems
        server.forget()
    await claude.close()

    assert found == {}


@pytest.mark.parametrize("counted_at_the_end", [True, False])
async def test_words_that_nobody_counted_are_estimated(server: ClaudeServer, counted_at_the_end: bool) -> None:
    """The count in a message's start is of what comes before anything was written."""
    clock = Clock()
    claude = Claude(engine=at("anthropic", server.url), clock=clock, sleep=clock.sleep, now=clock.seconds)
    events = said(text("a word " * 300))
    server.replies(stream(events if counted_at_the_end else [*events[:-2], events[-1]]))
    answer = await Talk(claude).ask()
    await claude.close()

    assert answer.usage.output_tokens in ([7] if counted_at_the_end else range(650, 750))


@pytest.mark.parametrize("door", ["compat", "anthropic"])
async def test_thinking_before_an_answer_is_dropped_where_an_engine_may_write_it_and_never_from_claude_itself(
    server: ClaudeServer, door: str
) -> None:
    clock, found = Clock(), {}
    claude = Claude(engine=at(door, server.url), clock=clock, sleep=clock.sleep, now=clock.seconds)
    tools = tool_definitions([ToolDefinition.of(Lookup)], compat=door == "compat")
    opened, ended = text("<think>h", "m</think>", "\nFound."), text("h", "m\n</think>", "\n\nFound.")
    for thought in (opened, ended):
        shown = LOOKED if door == "compat" else "I look.\n\n" + "".join(one["text"] for one in thought[1])
        case = Case([calling(text("I look."), LOOK), stream(said(thought))], shown, calls=(A,))
        found[shown] = await wrong(case, server, Talk(claude, tools=tools), is_direct=True)
    if door == "compat":
        for thought in (text("<think>hm</think>"), text("hm", "\n</think>\n\n")):
            case = Case([calling(thought, LOOK), stream(said(text("Found.")))], "Found.", calls=(A,))
            found[str(thought)] = await wrong(case, server, Talk(claude, tools=tools), is_direct=True)
        cut = Case([stream(said(text("<think>hm"), stop="max_tokens")), stream(said(text(INDEX)))], INDEX)
        found["cut"] = await wrong(cut, server, Talk(claude, tools=tools), is_direct=True)
    await claude.close()

    assert not any(found.values()), found


def test_there_are_sixty_cases_at_least_and_of_each_kind_some() -> None:
    assert len(CASES) >= 60
    assert {name.partition(":")[0] for name in CASES} == {"texts", "tools", "ends", "odd", "refusals"}


@pytest.mark.parametrize("door", [door for door in DOORS if door != "compat"])
async def test_a_thread_is_read_from_the_cache_at_each_door_and_paid_to_the_micro_dollar(door: str) -> None:
    """Six turns with calls: what is read is nine tenths of what Anthropic's own door reads, and what each request counted is what is
    paid."""
    read: dict[str, int] = {}
    for each in ("anthropic", door):
        async with ClaudeServer() as server:
            clock = Clock()
            claude = Claude(engine=at(each, server.url), clock=clock, sleep=clock.sleep, now=clock.seconds)
            talk, cost = Talk(claude, tools=tool_definitions([ToolDefinition.of(Lookup)])), 0
            for _ in range(6):
                server.says("I look.", thinking="where?", calls=(("lookup", {"word": "a"}),))
                server.says("Use an index on (a, b). " * 20)
                cost += (await talk.ask()).cost_microdollars
            await claude.close()
            assert cost == sum(price(request.usage, request.answered) for request in server.requests)
            read[each] = sum(request.usage["cache_read_input_tokens"] for request in server.requests)
    assert read[door] >= 0.9 * read["anthropic"] > 0


def price(usage: Json, output: int) -> int:
    """Of one request at the default model, by hand."""
    made = usage["cache_creation"]
    inputs = usage["input_tokens"] + 0.05 * usage["cache_read_input_tokens"]
    inputs += 1.25 * made["ephemeral_5m_input_tokens"] + 2 * made["ephemeral_1h_input_tokens"]
    exact: int = round(INPUT * inputs + OUTPUT * output)
    return exact
