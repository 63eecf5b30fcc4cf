"""What runs for as long as its process: one bad round never ends it, and never goes unsaid; and no long text holds it up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, ParamSpec, TypeVar

from bot.errors import BotError

Asked = ParamSpec("Asked")
Read = TypeVar("Read")

AGAIN_SECONDS = 3.0
"""Between two cancellations: what a task closes on its way out takes some time, and each one cuts into that."""

LONG_CHARACTERS = 10_000
"""To mask a megabyte takes a second, to hand a text to a thread and back about as long as to mask so much."""


async def read_beside(characters: int, read: Callable[Asked, Read], *asked: Asked.args, **more: Asked.kwargs) -> Read:
    """What reads so much text, in a thread where it is long."""
    if characters <= LONG_CHARACTERS:
        return read(*asked, **more)
    return await asyncio.to_thread(read, *asked, **more)


async def endable(work: Callable[[], Coroutine[Any, Any, Read]], again_seconds: float = AGAIN_SECONDS) -> Read:
    """Runs it so that it ends when it is cancelled, though a library in it loses the cancellation: it is said again until it is heard.

    `asyncio.wait_for` of Python 3.11 loses one that comes together with its result: https://github.com/python/cpython/issues/86296.
    """
    task = asyncio.create_task(work())
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        while not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=again_seconds)
        if task.cancelled():
            raise
    return task.result()


@contextlib.contextmanager
def outlived(log: logging.Logger, event: str, **fields: str) -> Iterator[None]:
    """Around one round of a loop: an error of ours is a line in the log, what nobody foresaw one with its trace, and the next round
    comes. A cancellation passes.

    The pause between two rounds stands outside, so that a fault that stays does not fill the log.
    """
    try:
        yield
    except BotError as fault:
        log.warning(event, extra={**fields, "reason": str(fault) or type(fault).__name__})
    except Exception as fault:
        log.exception(event, extra={**fields, "reason": type(fault).__name__})
