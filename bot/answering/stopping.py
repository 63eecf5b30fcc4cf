"""Ends a stream of events at once when somebody asks for it, even in the middle of waiting for the next one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from typing import TypeVar

T = TypeVar("T")


async def until_stopped(events: AsyncGenerator[T, None], stop: asyncio.Event) -> AsyncGenerator[T, None]:
    """The events, until the stream ends or `stop` is set; then the wait for the next event is cancelled.

    Cancelling that wait closes whatever the stream holds open. The stream itself stays the caller's to close. One task reads for
    the whole stream: a task for every event would cost more than the event.
    """
    read: deque[T] = deque()
    news = asyncio.Event()

    async def pull() -> None:
        try:
            async for event in events:
                read.append(event)
                news.set()
        finally:
            news.set()

    async def watch() -> None:
        await stop.wait()
        news.set()

    pulling, watching = asyncio.create_task(pull()), asyncio.create_task(watch())
    try:
        while not stop.is_set():
            await news.wait()
            news.clear()
            while read and not stop.is_set():
                yield read.popleft()
            if pulling.done() and not read:
                await pulling
                return
    finally:
        for task in (pulling, watching):
            task.cancel()
        await asyncio.gather(pulling, watching, return_exceptions=True)
