"""A stop ends the wait for the next event at once and closes what the stream holds; nothing else of the stream is touched."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import pytest

from bot.answering.stopping import until_stopped


async def silent_after(events: int, closed: asyncio.Event) -> AsyncGenerator[int, None]:
    try:
        for number in range(events):
            yield number
        await asyncio.Event().wait()
    finally:
        closed.set()


@pytest.mark.parametrize("events", [0, 1, 3])
async def test_a_stop_closes_a_silent_stream_before_and_after_its_first_event(events: int) -> None:
    stop, closed = asyncio.Event(), asyncio.Event()
    asyncio.get_running_loop().call_later(0.05, stop.set)
    async with asyncio.timeout(60), contextlib.aclosing(silent_after(events, closed)) as stream:
        seen = [event async for event in until_stopped(stream, stop)]
        assert closed.is_set()
    assert seen == list(range(events))


async def test_a_stop_while_the_reader_is_busy_ends_after_the_event_in_hand() -> None:
    stop, closed, seen = asyncio.Event(), asyncio.Event(), []
    async with asyncio.timeout(60), contextlib.aclosing(silent_after(9, closed)) as stream:
        async for event in until_stopped(stream, stop):
            seen.append(event)
            stop.set()
            await asyncio.sleep(0)
            await asyncio.sleep(0.01)
    assert seen == [0]


async def test_a_timeout_of_the_stream_itself_is_not_taken_for_a_stop() -> None:
    async def stalls() -> AsyncGenerator[int, None]:
        async with asyncio.timeout(0.02):
            await asyncio.Event().wait()
        yield 1

    with pytest.raises(TimeoutError):
        async for _ in until_stopped(stalls(), asyncio.Event()):
            pass


async def test_cancelling_the_reader_cancels_it_and_closes_the_stream() -> None:
    closed = asyncio.Event()

    async def read() -> None:
        async for _ in until_stopped(silent_after(1, closed), asyncio.Event()):
            pass

    reading = asyncio.create_task(read())
    await asyncio.sleep(0.02)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert closed.is_set()
