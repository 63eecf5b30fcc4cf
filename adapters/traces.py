"""Where a trace of a turn is written, where one is: what the front desk took in, the turn at a worker, and each drawing of its answer.

Nothing is written by `Traces` itself; otel.py writes, and is not imported unless an endpoint is set.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager

from bot.ports.doors import Desk, LivePost
from bot.ports.inbox import Lease, Outcome


class Traces:
    """Writes nothing."""

    async def close(self) -> None:
        """Send what was not sent yet."""

    def desk(self, desk: Desk) -> Desk:
        """The desk, with what it takes in traced."""
        return desk

    def turn(self, lease: Lease) -> AbstractContextManager[Callable[[Outcome, str], None]]:
        """Around one turn; it is told how the turn ended, and the class of the error where it ended in one."""
        return contextlib.nullcontext(lambda outcome, reason: None)

    def post(self, post: LivePost) -> LivePost:
        """The post of the turn around us, with its drawings traced."""
        return post
