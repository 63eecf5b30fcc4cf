"""How often we may call Discord: so many edits of a channel in five seconds, so many calls of all kinds in one.

A thread is a channel of its own, so most answers have a budget to themselves; answers that share a channel share its edits. What is
drawn while an answer is written leaves room for final drawings: these wait for nobody but each other.
Discord documents the fifty calls a second of a bot, and no other number; the edits are as seen: https://github.com/discord/discord-api-docs/issues/4413.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from weakref import WeakSet

from bot.errors import NotTaken

log = logging.getLogger(__name__)

EDITS, EDIT_SECONDS = 5, 5.0
ON_THE_WAY_SECONDS = 0.2
"""Discord counts an edit when it comes, which is later than we send it, and not always by as much."""

PAUSE_SECONDS = 1.3
"""Of one answer alone: four edits in five seconds, and the fifth is the final one's."""

CALLS_PER_SECOND = 50
PROGRESS_SHARE = 0.7
"""Of all calls, those that progress may use up; the rest is for threads, first words and ends."""

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]


class CallBudget:
    """One for all answers of a process, with its part of what a token may call. What other processes use up besides shows in Discord's
    headers, which the library obeys."""

    def __init__(
        self, calls_per_second: float = CALLS_PER_SECOND, now: Clock = time.monotonic, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._whole = self._calls_per_second = calls_per_second
        self._now = now
        self._sleep = sleep
        self._edits: dict[int, deque[float]] = {}
        self._live: defaultdict[int, WeakSet[object]] = defaultdict(WeakSet)
        self._flying = 0
        self._landed: deque[float] = deque()
        self._finals_waiting = 0
        self._shut_until = 0.0

    def shut(self, seconds: float) -> None:
        """For so long nothing comes to Discord from here: each call that is made all the same would make it longer."""
        if self._shut_until <= self._now():
            log.error("shut out of Discord", extra={"seconds": round(seconds)})
        self._shut_until = max(self._shut_until, self._now() + seconds)

    def share_with(self, workers: int) -> None:
        """So many processes share the calls of a token."""
        self._calls_per_second = max(1.0, self._whole / workers)

    def begins(self, channel: int, answer: object) -> None:
        """An answer is written there from now on."""
        for one in [one for one in self._edits if not self._live.get(one) and not self._recent(one)]:
            del self._edits[one]
            self._live.pop(one, None)
        self._live[channel].add(answer)

    def ends(self, channel: int, answer: object) -> None:
        if channel in self._live:
            self._live[channel].discard(answer)

    def pause_seconds(self, channel: int | None) -> float:
        """Between two drawings of an answer that goes on: infinite while none may be made. `channel` None: nothing is posted yet."""
        if self._calls_lately() >= PROGRESS_SHARE * self._calls_per_second:
            return math.inf
        pause = sum(len(live) for live in self._live.values()) / (PROGRESS_SHARE * self._calls_per_second)
        if channel is None:
            return max(PAUSE_SECONDS, pause)
        live = max(1, len(self._live.get(channel, ())))
        kept = 1 if live == 1 else 2
        if self._recent(channel) >= EDITS - kept:
            return math.inf
        alone = PAUSE_SECONDS if live == 1 else EDIT_SECONDS / (EDITS - kept)
        return max(alone * live, pause)

    async def edit(self, channel: int) -> None:
        """A message there is edited now, as soon as Discord takes one more: what ends answers waits for its turn, one after another."""
        seconds = EDIT_SECONDS + ON_THE_WAY_SECONDS
        while self._recent(channel, seconds) >= EDITS:
            await self._sleep(max(0.001, self._edits[channel][-EDITS] + seconds - self._now()))
        self._edits.setdefault(channel, deque()).append(self._now())

    async def call(self, *, final: bool) -> None:
        """Wait until one more call fits into this second; final drawings go first. Its end is told by `landed`: Discord counts a call
        when it comes, which is some time between the two. Raises NotTaken while none comes there."""
        if (left := self._shut_until - self._now()) > 0:
            raise NotTaken(f"shut out of Discord for {left:.0f} s")
        self._finals_waiting += final
        try:
            while self._is_full() or (self._finals_waiting and not final):
                waits = self._landed[0] + 1.001 - self._now() if self._landed and self._is_full() else 0.005
                await self._sleep(max(0.001, waits))
            self._flying += 1
        finally:
            self._finals_waiting -= final

    def landed(self) -> None:
        self._flying -= 1
        self._landed.append(self._now())

    def _is_full(self) -> bool:
        return self._calls_lately() >= self._calls_per_second

    def _recent(self, channel: int, seconds: float = EDIT_SECONDS) -> int:
        """How many edits there are no older than this."""
        used, now = self._edits.get(channel, deque()), self._now()
        while used and used[0] <= now - EDIT_SECONDS - ON_THE_WAY_SECONDS:
            used.popleft()
        return sum(at > now - seconds for at in used)

    def _calls_lately(self) -> int:
        while self._landed and self._landed[0] <= self._now() - 1:
            self._landed.popleft()
        return self._flying + len(self._landed)
