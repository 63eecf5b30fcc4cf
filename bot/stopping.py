"""Ends a stream of events at once when somebody asks for it, even in the middle of waiting for the next one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import TypeVar

T = TypeVar("T")


async def until_stopped(events: AsyncGenerator[T, None], stop: asyncio.Event) -> AsyncGenerator[T, None]:
    """The events, until the stream ends or `stop` is set; then the wait for the next event is cancelled.

    Cancelling that wait closes whatever the stream holds open. The stream itself stays the caller's to close.
    """
    stopping = asyncio.create_task(stop.wait())
    coming: asyncio.Task[T] | None = None
    try:
        while not stop.is_set():
            coming = asyncio.create_task(_next(events))
            await asyncio.wait({coming, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                return
            try:
                event = coming.result()
            except StopAsyncIteration:
                return
            yield event
    finally:
        for task in (stopping, coming):
            if task and not task.done():
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
                    await task


async def _next(events: AsyncGenerator[T, None]) -> T:
    return await anext(events)
