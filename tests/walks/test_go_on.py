"""An answer that was cut at its length limit, or stopped, is gone on with by a button under it: once, in the same thread."""

from __future__ import annotations

import pytest

from tests.servers.claude import ClaudeServer
from tests.walks import doors
from tests.walks.doors import Door

pytestmark = pytest.mark.asyncio(loop_scope="module")
house, door, claude = doors.house, doors.door, doors.claude


async def test_a_cut_answer_is_gone_on_with_in_its_thread_once(door: Door, claude: ClaudeServer) -> None:
    claude.fails("max_tokens")
    claude.says("First the schema, then")
    thread = await door.says(f"{door.mention} how do I migrate?")
    await door.until(lambda: "length limit" in door.text(thread) and door.is_final(thread))

    claude.says("the data, at last the code.")
    await door.presses_go_on(thread)
    await door.presses_go_on(thread)
    await door.until(lambda: "at last the code" in door.text(thread) and door.is_final(thread))

    assert len(claude.requests) == 2
    assert "First the schema, then" in claude.requests[1].question
    assert claude.requests[1].prefix[: len(claude.requests[0].prefix)] == claude.requests[0].prefix
    assert door.text(thread).index("First the schema") < door.text(thread).index("at last the code")
    assert door.pings() == []


async def test_a_stopped_answer_is_gone_on_with(door: Door, claude: ClaudeServer) -> None:
    claude.tokens_per_second = 20
    claude.says("word " * 300)
    thread = await door.says(f"{door.mention} how do I page?")
    await door.until(lambda: "word" in door.text(thread))
    await door.presses_stop(thread)
    await door.until(lambda: "Stopped by" in door.text(thread) and door.is_final(thread))

    claude.tokens_per_second = 200
    claude.says("and that is all.")
    await door.presses_go_on(thread)
    await door.until(lambda: "and that is all" in door.text(thread) and door.is_final(thread))

    assert len(claude.requests) == 2
