"""One method's lane: how many calls a minute Slack presumably takes, how many were made, and a gate for when it takes no more.

Nothing here knows what a call is for, but its rank: whoever waits goes in order of rank, then of coming. A lane that was refused, or
is used beyond what is presumed, lets only a few through at once, so that a refusal is met by few.
"""

from __future__ import annotations

import asyncio
import bisect
import contextlib
import itertools
import math
from collections import deque
from collections.abc import Callable

WINDOW_SECONDS, SLACK_SECONDS = 60.0, 1.0
"""Our clock and Slack's differ by what is on the way: we count a little longer, and learn from a little less."""

NARROW = 2
POST_BURST = 10.0
POSTS_A_SECOND = 1.0
MANY_WAITING = 8


class _Waiting:
    __slots__ = ("number", "rank", "woken")

    def __init__(self, rank: int, number: int) -> None:
        self.rank, self.number = rank, number
        self.woken = asyncio.Event()

    def __lt__(self, other: _Waiting) -> bool:
        return (self.rank, self.number) < (other.rank, other.number)


class Lane:
    """A sliding window of a minute. `documented` may be infinite; `workers`: so many processes share it."""

    def __init__(self, documented: float, clock: Callable[[], float], workers: int = 1) -> None:
        self._whole = documented
        self.documented = self.limit = max(1.0, documented / workers)
        self._clock = clock
        self._used: deque[float] = deque()
        self._closed_until = self._doubted_until = -math.inf
        self._line: list[_Waiting] = []
        self._numbers = itertools.count()
        self._flying = 0

    @property
    def closed_seconds(self) -> float:
        """How long Slack has said that it takes no call; 0 when it does."""
        return max(0.0, self._closed_until - self._clock())

    @property
    def is_held(self) -> bool:
        """Whether somebody waits until Slack takes more."""
        return bool(self._line)

    def used(self) -> int:
        """Calls that may still count."""
        while self._used and self._used[0] <= self._clock() - WINDOW_SECONDS - SLACK_SECONDS:
            self._used.popleft()
        return len(self._used)

    def room(self) -> float:
        """How many more calls Slack presumably takes now; below zero when more were made than that."""
        if self.limit < self.documented and self._clock() > self._doubted_until:
            self.limit = self.documented
        return self.limit - self.used()

    def share_with(self, workers: int) -> None:
        """So many share it from now on: what was learned of it before is learned anew."""
        self.documented = self.limit = max(1.0, self._whole / workers)

    def is_free(self, kept: float = 0) -> bool:
        """True when a call may be made and `kept` more after it."""
        return not self.closed_seconds and self.room() >= 1 + kept

    async def enter(self, rank: int) -> float:
        """Wait for a turn, and take it. What comes back goes to `passed` or `refused`; `leave` follows in any case."""
        if self._line or self._wait() > 0:
            await self._queue(rank)
        at = self._clock()
        self._flying += 1
        self._spend(at)
        self._wake()
        return at

    def leave(self) -> None:
        self._flying -= 1
        self._wake()

    def passed(self, at: float) -> None:
        """Slack took the call that entered then: its limit is at least what was taken in this minute."""
        if math.isfinite(self.limit):
            taken = sum(one > at - WINDOW_SECONDS + SLACK_SECONDS for one in self._used)
            self.limit = max(self.limit, float(taken))

    def refused(self, at: float, seconds: float) -> None:
        """Slack did not take it, and takes none for so long: its limit is what had passed."""
        self.returned(at)
        now = self._clock()
        self._closed_until = max(self._closed_until, now + seconds)
        self._doubted_until = max(self._doubted_until, now + WINDOW_SECONDS)
        if math.isfinite(self.documented):
            self.limit = float(max(1, self.used()))

    def returned(self, at: float) -> None:
        """The call was not taken, for a reason that is not this lane's."""
        with contextlib.suppress(ValueError):
            self._used.remove(at)

    def _spend(self, at: float) -> None:
        if math.isfinite(self.documented):
            self._used.append(at)

    def _wait(self) -> float:
        """Seconds until the first in line may go; infinite until somebody leaves."""
        if closed := self.closed_seconds:
            return closed
        is_narrow = self._clock() < self._doubted_until or self.room() < 1
        return math.inf if is_narrow and self._flying >= NARROW else 0.0

    async def _queue(self, rank: int) -> None:
        me = _Waiting(rank, next(self._numbers))
        bisect.insort(self._line, me)
        try:
            while (wait := self._wait() if self._line[0] is me else math.inf) > 0:
                me.woken.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(me.woken.wait(), None if math.isinf(wait) else wait)
        except BaseException:
            self._line.remove(me)
            self._wake()
            raise
        self._line.remove(me)

    def _wake(self) -> None:
        if self._line:
            self._line[0].woken.set()


class PostLane(Lane):
    """Posts into one channel: about one a second, and short bursts.

    Beyond that a post waits a second for its turn, which is what a refusal would cost at the least. Only where many wait one is sent to
    see whether more is taken; what passes shows a larger burst and a faster pace.
    https://docs.slack.dev/apis/web-api/rate-limits: "generally allows posting one message per second per channel".
    """

    def __init__(self, clock: Callable[[], float], workers: int = 1) -> None:
        super().__init__(POST_BURST, clock, workers)
        self._tokens, self._filled_at = self.limit, clock()

    @property
    def _pace(self) -> float:
        return POSTS_A_SECOND * self.limit / POST_BURST

    def room(self) -> float:
        now = self._clock()
        self._tokens = min(self.limit, self._tokens + (now - self._filled_at) * self._pace)
        self._filled_at = now
        return self._tokens

    @property
    def is_idle(self) -> bool:
        return not self._line and not self._flying and not self.closed_seconds and self.room() >= self.limit

    def passed(self, at: float) -> None:
        if (over := -self.room()) > 0:
            self.limit += over
            self._tokens = 0.0

    def refused(self, at: float, seconds: float) -> None:
        now = self._clock()
        self._closed_until = max(self._closed_until, now + seconds)
        self._doubted_until = max(self._doubted_until, now + WINDOW_SECONDS)
        self.limit = max(self.documented, self.limit * 0.8)
        self._tokens, self._filled_at = 0.0, now

    def _wait(self) -> float:
        if (room := self.room()) >= 1 or self.closed_seconds:
            return super()._wait()
        if self._clock() < self._doubted_until or len(self._line) <= MANY_WAITING:
            return (1 - room) / self._pace
        return math.inf if self._flying else 0.0

    def _spend(self, at: float) -> None:
        self.room()
        self._tokens -= 1
