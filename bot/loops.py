"""What runs for as long as its process: one bad round never ends it, and never goes unsaid."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

from bot.errors import BotError


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
