"""The sign of life of an answer that is not shown while it is written: the thread's status."""

from __future__ import annotations

import asyncio
import math
import time

from adapters.slack import phrases
from adapters.slack.calls import SlackCalls

SIGN_SECONDS = 100
"""Slack takes a status away after two minutes: https://docs.slack.dev/reference/methods/assistant.threads.setStatus."""


class Sign:
    """Of one thread, by its channel and its root's `ts`."""

    def __init__(self, calls: SlackCalls, channel: str, root: str) -> None:
        self._calls = calls
        self._where = {"channel_id": channel, "thread_ts": root}
        self._given: asyncio.Task[bool] | None = None
        self._given_at = -math.inf

    @property
    def is_due(self) -> bool:
        return time.monotonic() - self._given_at > SIGN_SECONDS

    def give(self) -> None:
        """Begin to give it, where the last one is over or soon will be."""
        if self.is_due:
            self._given_at = time.monotonic()
            self._given = asyncio.create_task(self._hint(phrases.writing()))

    async def is_shown(self) -> bool:
        """Whether Slack has taken the last one."""
        return self._given is not None and await self._given

    async def end(self, *, is_posted: bool) -> None:
        """A post clears the status by itself, but for one that was still on its way."""
        if self._given is None:
            return
        is_cleared = self._given.done() and is_posted
        if await self._given and not is_cleared:
            await self._hint("")

    async def _hint(self, status: str) -> bool:
        return await self._calls.hint("assistant.threads.setStatus", **self._where, status=status)
