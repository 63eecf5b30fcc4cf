"""Stop, at every moment of an answer: the model's stream is closed within a second, and what was said stays, with who stopped it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from tests.servers.claude import ClaudeServer
from tests.stalls import slowness
from tests.walks import doors
from tests.walks.doors import Door

pytestmark = pytest.mark.asyncio(loop_scope="module")
house, door, claude = doors.house, doors.door, doors.claude

MOMENTS = [
    "before Claude answers",
    "before the first token",
    "while it thinks",
    "in mid text",
    "while Claude is overloaded",
]
SECONDS = 1.0


def lay_out(claude: ClaudeServer, moment: str) -> None:
    claude.requests.clear()
    claude.first_token_seconds = 60 if moment == "before the first token" else 0.05
    claude.tokens_per_second = 20
    if moment == "while Claude is overloaded":
        claude.fails("overloaded_for_a_while")  # so that nothing is asked again while the button is pressed
    elif moment == "before Claude answers":
        claude.fails("no_headers")
    else:
        claude.says("word " * 400, thinking="hm " * 400 if moment == "while it thinks" else "")


def begun(claude: ClaudeServer, moment: str) -> Callable[[], bool]:
    """Whether the moment has come, once the answer has a Stop button."""
    return lambda: bool(
        claude.requests and (claude.requests[-1].first_token_at or "first" in moment or "Claude" in moment)
    )


async def closed(claude: ClaudeServer) -> float:
    """Seconds until no request to the model is open."""
    start = time.monotonic()
    async with asyncio.timeout(20):
        for request in claude.requests:
            if request.status == 200:
                await request.ended.wait()
    return time.monotonic() - start


async def stopped(door: Door, claude: ClaudeServer, moment: str, by: str) -> None:
    thread = await door.says(f"{door.mention} {moment}?")
    await door.until(lambda: door.shown(thread))
    await door.until(begun(claude, moment))
    ((post, _),) = door.shown(thread)
    if moment == "in mid text":
        await door.until(lambda: "word" in door.text(thread))
    asked = len(claude.requests)

    await (door.presses_stop(thread) if by == "button" else door.says("!stop", thread=thread))

    assert await closed(claude) < SECONDS * slowness(), moment
    await door.until(lambda: door.is_final(thread))
    assert "Stopped by Ana" in door.text(thread), moment
    assert ("word" in door.text(thread)) == (moment == "in mid text")
    replies = [one for one, text in door.shown(thread) if by == "button" or "Stopped by Ana" in text]
    assert replies == [post]  # where a command cannot be answered in private, it is answered beside
    assert len(claude.requests) == asked, moment


@pytest.mark.parametrize("by", ["button", "word"])
async def test_stop_at_every_moment(door: Door, claude: ClaudeServer, by: str) -> None:
    for moment in MOMENTS:
        lay_out(claude, moment)
        await stopped(door, claude, moment, by)
    assert door.pings() == []
