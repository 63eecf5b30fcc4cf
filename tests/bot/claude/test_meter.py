"""What each request cost is told from its beginning to its end, whatever becomes of it: the server's own counts are the judge."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from bot.claude.client import Claude
from bot.claude.streams import Patience
from bot.conversation import Answer, Conversation
from bot.errors import BotError
from bot.ports.model import Spent
from bot.ports.stores import ChannelSettings
from tests.bot.claude.clock import Clock
from tests.bot.claude.test_claude import Talk
from tests.fakes import START, THREAD, message
from tests.servers.claude import ClaudeServer, Fault

TEXT = "Use an index on created_at. " * 60


@pytest.fixture
async def claude(server: ClaudeServer) -> AsyncIterator[Claude]:
    clock = Clock()
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


async def paid_for(claude: Claude, *, until: int = 10_000) -> tuple[dict[str, Spent], Answer | None]:
    """The last word on each request, and the answer where there is one; left after so many events."""
    built = Talk(claude).builder.build(Conversation(THREAD), [message("q", id="q")], (), (), START, ChannelSettings())
    paid: dict[str, Spent] = {}
    answer = None
    async with aclosing(claude.stream(built.prompt, Talk(claude).tools)) as events:
        try:
            number = 0
            async for event in events:
                number += 1
                if isinstance(event, Spent):
                    paid[event.request_id] = event
                if isinstance(event, Answer):
                    answer = event
                if number >= until:
                    break
        except BotError:
            pass
    return paid, answer


def inputs(server: ClaudeServer) -> list[int]:
    """Of every request that the server began to answer, in tokens, cached or not."""
    return sorted(
        sum(value for name, value in one.usage.items() if name.endswith("input_tokens"))
        for one in server.requests
        if one.usage
    )


@pytest.mark.parametrize("fault", ["cut", "clean_end", "stream_error", "stall", "refusal"])
async def test_each_request_is_told_with_its_cost_whatever_breaks_it(
    server: ClaudeServer, claude: Claude, fault: Fault
) -> None:
    for _ in range(2):
        server.says(TEXT)
    server.fails(fault)

    paid, answer = await paid_for(claude)

    assert sorted(one.usage.context_tokens for one in paid.values()) == inputs(server)
    assert all(one.cost_microdollars > 0 for one in paid.values())
    if answer is None:
        return
    # The answer counts the try that broke off, too, of which half of the text had come: more than a quarter again, less than all.
    assert set(answer.request_ids) == paid.keys()
    assert answer.usage.context_tokens == sum(inputs(server))
    assert 1.25 < answer.usage.output_tokens / (len(TEXT) // 4) < 2
    assert [one.is_whole for one in paid.values()] == [False, True]


@pytest.mark.parametrize("fault", ["overloaded", "bad_key", "too_long", "empty"])
async def test_what_was_never_answered_costs_nothing(server: ClaudeServer, claude: Claude, fault: Fault) -> None:
    server.fails(fault, fault, fault, fault, fault, fault)

    paid, _ = await paid_for(claude)

    assert paid == {}


async def test_a_request_that_is_left_is_told_before_that(server: ClaudeServer, claude: Claude) -> None:
    server.tokens_per_second = 400
    server.says(TEXT)

    paid, _ = await paid_for(claude, until=60)

    [one] = paid.values()
    assert not one.is_whole
    assert [one.usage.context_tokens] == inputs(server)
    assert 0 < one.usage.output_tokens < len(TEXT) // 4
