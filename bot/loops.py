"""What runs for as long as its process: one bad round never ends it, and never goes unsaid; and no long text holds it up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import ParamSpec, TypeVar

from bot.errors import BotError

Asked = ParamSpec("Asked")
Read = TypeVar("Read")

LONG_CHARACTERS = 10_000
"""To mask a megabyte takes a second, to hand a text to a thread and back about as long as to mask so much."""


async def read_beside(characters: int, read: Callable[Asked, Read], *asked: Asked.args, **more: Asked.kwargs) -> Read:
    """What reads so much text, in a thread where it is long."""
    if characters <= LONG_CHARACTERS:
        return read(*asked, **more)
    return await asyncio.to_thread(read, *asked, **more)


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
