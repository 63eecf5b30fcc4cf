"""Slack's rate tiers as one budget that all threads of a workspace share; one per process.

Posts, edits and streams have tiers of their own. A text that is visible and not final will need one more edit: so many are kept
back, so that what ends an answer never waits for what only shows progress. An answer for which no end can be kept is not begun in
sight: it is posted whole when it is done.
"""

from __future__ import annotations

import math
import time
import weakref
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

from adapters.slack.lanes import Lane, PostLane
from bot.errors import NotTaken

TIERS = {
    "chat.update": 50,
    "chat.delete": 50,
    "chat.postMessage": 300,
    "chat.startStream": 20,
    "chat.stopStream": 20,
    "chat.appendStream": 100,
    "conversations.replies": 50,
    "conversations.history": 50,
    "conversations.info": 50,
    "users.info": 100,
    "agents.sessions.setStatus": 50,
    "assistant.threads.setStatus": 600,
}
"""Calls a minute in a workspace: https://docs.slack.dev/apis/web-api/rate-limits. What is not here is left to
Slack's own answer."""

BASE_PAUSE_SECONDS = 1.4
"""Between two edits while calls are plenty: progress is seen at least every 1.5 s."""

APPEND_PAUSE_SECONDS = 0.9
EDITS_AHEAD = 2
"""So many more edits for each running answer are plenty."""

LONG_REFUSAL_SECONDS = 5.0
MOST_IDLE_CHANNELS = 500

FINAL, USUAL = 0, 1
"""Ranks: what ends an answer goes first."""


class Permit:
    """One call that may be made now; whoever makes it says what came of it."""

    def __init__(self, budget: CallBudget, lanes: list[tuple[Lane, float]]) -> None:
        self._budget = budget
        self._lanes = lanes

    def passed(self) -> None:
        for lane, at in self._lanes:
            lane.passed(at)

    def refused(self, seconds: float) -> None:
        self._budget.close(self._lanes, seconds)


class CallBudget:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lanes: dict[str, Lane] = {}
        self._posts: dict[str, PostLane] = {}
        self._shares: weakref.WeakSet[Share] = weakref.WeakSet()
        self._workers = 1

    def share_with(self, workers: int) -> None:
        """So many processes share Slack's tiers, which hold for a workspace."""
        if workers != self._workers:
            self._workers = workers
            for lane in (*self._lanes.values(), *self._posts.values()):
                lane.share_with(workers)

    def lane(self, method: str) -> Lane:
        if method not in self._lanes:
            self._lanes[method] = Lane(TIERS.get(method, math.inf), self._clock, self._workers)
        return self._lanes[method]

    def is_held(self, methods: Iterable[str]) -> bool:
        """Whether calls of one of them wait for Slack to take more."""
        return any(self._lanes[one].is_held for one in methods if one in self._lanes)

    def posts(self, channel: str) -> PostLane:
        if channel not in self._posts:
            if len(self._posts) >= MOST_IDLE_CHANNELS:
                self._posts = {one: lane for one, lane in self._posts.items() if not lane.is_idle}
            self._posts[channel] = PostLane(self._clock, self._workers)
        return self._posts[channel]

    @asynccontextmanager
    async def permit(self, method: str, channel: str, rank: int, *, waits: bool) -> AsyncGenerator[Permit, None]:
        """Wait until the method is open, and go. What does not wait goes only where there is room: else it raises NotTaken."""
        lanes = self._of(method, channel)
        kept = self.owed_edits if method == "chat.update" else 0
        if not waits and not all(lane.is_free(kept) for lane in lanes):
            raise NotTaken(f"{method}: no room")
        async with AsyncExitStack() as stack:
            entered = []
            for lane in lanes:
                entered.append((lane, await lane.enter(rank)))
                stack.callback(lane.leave)
            yield Permit(self, entered)

    def close(self, lanes: list[tuple[Lane, float]], seconds: float) -> None:
        """A refused post may be its channel's pace, or the workspace's: it closes both where the first does not explain it."""
        (first, at), *rest = lanes
        is_own_pace = isinstance(first, PostLane) and first.room() < 1 and seconds <= LONG_REFUSAL_SECONDS
        first.refused(at, seconds)
        for lane, entered in rest:
            if is_own_pace:
                lane.returned(entered)
            else:
                lane.refused(entered, seconds)

    def _of(self, method: str, channel: str) -> list[Lane]:
        own: list[Lane] = [self.posts(channel)] if method == "chat.postMessage" else []
        return [*own, self.lane(method)]

    # --- what running answers hold -------------------------------------------------------------------------------------

    def share(self, channel: str) -> Share:
        """For one answer that begins; ended by `Share.end`, or when nobody holds it any more."""
        share = Share(self, channel)
        self._shares.add(share)
        return share

    def drop(self, share: Share) -> None:
        self._shares.discard(share)

    @property
    def running(self) -> int:
        return len(self._shares)

    @property
    def owed_edits(self) -> int:
        return sum(share.owes_edit for share in self._shares)

    @property
    def owed_stops(self) -> int:
        return sum(share.owes_stop for share in self._shares)

    def can_edit(self) -> bool:
        """True when an edit that only shows progress takes nothing from one that is owed; or when one more can be kept back."""
        return self.lane("chat.update").is_free(self.owed_edits)

    def can_post(self, channel: str) -> bool:
        return all(lane.is_free() for lane in self._of("chat.postMessage", channel))

    def can_stream(self) -> bool:
        """True when a stream may be opened, fed, closed and made exact."""
        return (
            self.lane("chat.startStream").is_free()
            and self.lane("chat.stopStream").is_free(self.owed_stops)
            and self.lane("chat.appendStream").is_free(EDITS_AHEAD)
            and self.can_edit()
        )

    def edit_pause(self) -> float:
        if not self.can_edit():
            return math.inf
        return self._pause("chat.update", self.owed_edits, BASE_PAUSE_SECONDS)

    def append_pause(self) -> float:
        if not self.lane("chat.appendStream").is_free():
            return math.inf
        return self._pause("chat.appendStream", 0, APPEND_PAUSE_SECONDS)

    def _pause(self, method: str, owed: int, base: float) -> float:
        """Slower where many answers share what is left."""
        lane = self.lane(method)
        if lane.room() - owed >= EDITS_AHEAD * self.running:
            return base
        return max(base, self.running * 60 / lane.limit)


class Share:
    """What one answer holds of the budget: the edit that will end it, once something of it is seen, and the end of its stream.

    Released here alone, by `end`; an answer that is cancelled drops it with the post that holds it.
    """

    def __init__(self, budget: CallBudget, channel: str) -> None:
        self.budget = budget
        self.channel = channel
        self.owes_edit = False
        self.owes_stop = False

    def begin(self) -> bool:
        """Keep back the edit that will end a draft in sight; False when none can be kept, or the draft not be posted."""
        self.owes_edit = self.owes_edit or (self.budget.can_post(self.channel) and self.budget.can_edit())
        return self.owes_edit

    def begin_stream(self) -> bool:
        if not self.owes_edit and self.budget.can_stream():
            self.owes_edit = self.owes_stop = True
        return self.owes_stop

    def can_begin(self) -> bool:
        return self.budget.can_post(self.channel) and self.budget.can_edit()

    def unbegin(self) -> None:
        """The draft was not posted after all."""
        self.owes_edit = self.owes_stop = False

    def end(self) -> None:
        self.unbegin()
        self.budget.drop(self)
