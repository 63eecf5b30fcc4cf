"""What runs for as long as its process, and ends when it is told to."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from bot.loops import endable


async def test_a_cancellation_that_a_library_loses_is_said_again() -> None:
    """As `asyncio.wait_for` of Python 3.11 loses one that comes in the moment of its result."""
    begun, lost, ended = asyncio.Event(), 0, False

    async def deaf() -> None:
        nonlocal lost, ended
        try:
            for _ in range(2):
                begun.set()
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.Event().wait()
                lost += 1
            await asyncio.Event().wait()
        finally:
            ended = True

    running = asyncio.create_task(endable(deaf, again_seconds=0.01))
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert (lost, ended) == (2, True)


async def test_what_it_gives_and_what_it_raises_pass() -> None:
    async def seven() -> int:
        return 7

    async def wrong() -> None:
        raise ValueError("wrong")

    assert await endable(seven) == 7
    with pytest.raises(ValueError, match="wrong"):
        await endable(wrong)


@pytest.mark.filterwarnings("error")
async def test_what_is_cancelled_before_it_began_never_begins() -> None:
    async def never() -> None:
        raise AssertionError

    running = asyncio.create_task(endable(never))
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
