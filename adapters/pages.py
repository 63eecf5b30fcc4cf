"""Keeps a row of platform messages equal to a row of parts: posts what is new, edits what changed, removes what is over.

Shared by every platform and knowing none. It is the one place where answers are posted, so the outbox is written here and nowhere
else.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from adapters.delivery import Sleep
from bot.errors import LeaseLost, NotTaken, PlatformUnavailable, StoreUnavailable
from bot.ports.inbox import Lease, Outbox, Posted

log = logging.getLogger(__name__)

READ_BACK_PAUSE_SECONDS = 0.5
SEE_THROUGH_SECONDS = 15

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Unsure:
    """A posting that was tried and not confirmed. `tried` has its id where only the store has not heard of it. `noted_at`: when its
    `seconds` were reckoned, `last_made_at` the last moment at which it may have been made, both by time.monotonic."""

    tried: Posted
    noted_at: float
    last_made_at: float


class Pages(ABC, Generic[Part]):
    """Keeps the platform's messages of one turn equal to a row of parts: posts what is new, edits what changed, removes what
    is over. A part is any value that can be compared; an unchanged part costs no call.

    Before a message is posted the outbox says so, and after it again; a worker that takes the turn over finds the messages
    there, and asks the platform (`find`) about one that was tried and never confirmed, instead of posting it twice. Before
    every call the lease is looked at: a worker that has lost it falls silent, and takes away what it posted too late.
    """

    read_back_seconds = 0.0
    """The longest that this platform takes to take a message and to show it to us: so long after a posting may have been made last, a
    message that is not seen is not there. It may have been made long after it was noted: it waits for its turn, and is tried again."""

    def __init__(self, lease: Lease, outbox: Outbox, sleep: Sleep = asyncio.sleep) -> None:
        self.lease = lease
        self._outbox = outbox
        self._sleep = sleep
        self._shown: dict[int, Part] = {}
        self._posts: dict[int, str] | None = None
        self._unsure: dict[int, Unsure] = {}
        """Each posting that was tried and never confirmed."""
        self._begun_at = time.monotonic()
        """Whoever had the turn before has posted nothing since."""
        self._tried: set[int] = set()
        self._is_on_its_way = False

    @property
    def post_ids(self) -> tuple[str, ...]:
        """The platform's ids of what is posted now, in order."""
        return tuple(self._posts[index] for index in sorted(self._posts)) if self._posts else ()

    async def show(self, parts: Sequence[Part]) -> None:
        """Raises PlatformUnavailable where the platform does not take a call; calling again goes on where it stopped.
        Raises LeaseLost when another worker has the thread."""
        if self._posts is None:
            recalled = await self._outbox.posts(self.lease)
            self._posts = {index: posted.post_id for index, posted in recalled.items() if posted.post_id}
            now = time.monotonic()
            unsure = {index: posted for index, posted in recalled.items() if not posted.post_id}
            self._unsure = {index: Unsure(posted, now, self._begun_at) for index, posted in unsure.items()}
            self._tried = set(self._unsure)
        await self._look_for_unsure(self._posts)
        for index, part in enumerate(parts):
            await self._show_one(self._posts, index, part)
        for index in sorted(self._posts, reverse=True):
            if index >= len(parts):
                await self._remove_one(self._posts, index)

    async def withdraw(self) -> None:
        """Take away all that was posted."""
        await self.show(())

    async def forget(self, *, but: Callable[[str], bool] = lambda _: False) -> None:
        """What stands where we may not edit any more stays as it is (`but` some ids); what is shown next begins anew."""
        posts = self._posts or {}
        for index in [index for index in sorted(posts, reverse=True) if not but(posts[index])]:
            await self._outbox.removed(self.lease, index)
            del posts[index]
            self._shown.pop(index, None)

    async def _look_for_unsure(self, posts: dict[int, str]) -> None:
        """Ask the platform about each message whose posting was tried and never confirmed."""
        for index in sorted(self._unsure):
            unsure = self._unsure[index]
            if ours := unsure.tried.post_id:
                posts[index] = await self._note(index, ours)
                continue
            if found := await self._find(index, unsure):
                posts[index] = await self._outbox.delivered(self.lease, index, found)
            del self._unsure[index]

    async def _find(self, index: int, unsure: Unsure) -> str | None:
        """Look now, and again until it would have been seen."""
        now = time.monotonic()
        tried = replace(unsure.tried, seconds=unsure.tried.seconds + now - unsure.noted_at)
        seconds = self.read_back_seconds - (now - unsure.last_made_at)
        while (found := await self.find(index, tried)) is None and seconds > 0:
            await self._sleep(READ_BACK_PAUSE_SECONDS)
            seconds -= READ_BACK_PAUSE_SECONDS
        return found

    async def _show_one(self, posts: dict[int, str], index: int, part: Part) -> None:
        if index in posts:
            if self._shown.get(index) != part:
                await self.hold()
                await self.edit(posts[index], index, part)
        else:
            there = await self._outbox.attempted(self.lease, index)
            posts[index] = there.post_id or await self._post(index, part, there.mark)
            if there.post_id:
                await self.edit(there.post_id, index, part)
        self._shown[index] = part

    async def _post(self, index: int, part: Part, mark: str) -> str:
        """Post a part that is not there. One that is on its way is seen through when we are cut short: it would stand there unknown."""
        self._is_on_its_way = False
        posting = asyncio.create_task(self._post_and_note(index, part, mark))
        try:
            return await asyncio.shield(posting)
        except asyncio.CancelledError:
            if self._is_on_its_way:
                await asyncio.wait((posting,), timeout=SEE_THROUGH_SECONDS)
            posting.cancel()
            await asyncio.gather(posting, return_exceptions=True)
            raise

    async def _post_and_note(self, index: int, part: Part, mark: str) -> str:
        """Only where nobody knows whether it was taken, it is looked for later."""
        unsure = self._unsure[index] = Unsure(Posted("", mark=mark), now := time.monotonic(), now)
        try:
            ours = await self.create(index, part, mark)
        except NotTaken:
            await self._untried(index)
            raise
        except PlatformUnavailable:
            self._unsure[index] = replace(unsure, last_made_at=time.monotonic())
            self._tried.add(index)
            raise
        except Exception:  # the platform said no
            await self._untried(index)
            raise
        self._unsure[index] = replace(unsure, tried=Posted(ours, mark=mark))  # the store may be away
        counts = await self._note(index, ours)
        if counts != ours or index in self._tried:
            # A platform that knows its posts by a key of ours gives back the first one, with what it said then.
            await self.hold()
            await self.edit(counts, index, part)
        return counts

    async def _note(self, index: int, ours: str) -> str:
        """Tell the store what was posted; what counts there."""
        counts = await self._outbox.delivered(self.lease, index, ours)
        del self._unsure[index]
        if counts != ours:
            log.warning("posted too late, taken away", extra={"turn": self.lease.turn_id, "part": index})
            await self.remove(ours)
        if not counts:
            raise LeaseLost("another worker has ended this turn")
        return counts

    async def _untried(self, index: int) -> None:
        await self._outbox.removed(self.lease, index)
        del self._unsure[index]

    async def leave(self) -> None:
        """Called by `create` right before its call: one that waited long for its turn may have lost the thread meanwhile."""
        await self.hold()
        self._is_on_its_way = True

    async def hold(self) -> None:
        """Fall silent when the thread is another worker's. While the store is away nobody can have taken it."""
        with contextlib.suppress(StoreUnavailable):
            await self._outbox.check(self.lease)

    async def _remove_one(self, posts: dict[int, str], index: int) -> None:
        await self.hold()
        await self.remove(posts[index])
        await self._outbox.removed(self.lease, index)
        del posts[index]
        self._shown.pop(index, None)

    @abstractmethod
    async def create(self, index: int, part: Part, mark: str) -> str:
        """Post a new message behind the others; returns the platform's id for it. `mark` names this posting. Right before its call
        it calls `leave`.

        Raises NotTaken where it surely was not taken, and PlatformUnavailable where nobody knows.
        """

    @abstractmethod
    async def edit(self, post_id: str, index: int, part: Part) -> None: ...

    @abstractmethod
    async def remove(self, post_id: str) -> None:
        """A message that is gone already counts as removed."""

    @abstractmethod
    async def find(self, index: int, tried: Posted) -> str | None:
        """Ask the platform whether this turn's part was posted as it was tried; its id, or None."""
