"""One turn's way through a worker, on Redis or Valkey: taken, held, ended or given back.

The scripts compare the fence and not the lease: a lease that lapsed while the store was away is still ours when nobody has
taken over. What ends a turn is told until the store hears it, for an answer that was shown is never given again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import cast

from bot.conversation import ThreadId
from bot.editions import said_at
from bot.errors import LeaseLost, PlatformUnavailable, StoreUnavailable
from bot.ports.inbox import Handle, Lease, Outcome, Stop, turn_id
from storage import entries
from storage.connections import RedisClients, redis_errors
from storage.encoding import UnreadableEntry
from storage.keys import thread_key, thread_keys
from storage.renewals import Renewals
from storage.scripts import Script

log = logging.getLogger(__name__)

FAILED_SECONDS = 24 * 3600
MOST_CONTEXT = 200
FIRST_PAUSE_MS, LONGEST_PAUSE_MS = 1_000, 60_000
STORE_PAUSE_SECONDS = 0.3
GOODBYE_SECONDS = 2

Taken = tuple[str, int, list[str], list[str], int, int, int, int]
"""What take.lua returns: fence, attempt, said, context, took part, muted, when there was a sign of life, what time it is."""

Work = asyncio.Task[tuple[Outcome, int]]


class Ended(Enum):
    """How a turn's way through this worker ended."""

    OURS = "it is done, and the thread is still ours"
    GIVEN_BACK = "it comes again"
    LOST = "another worker has the thread"
    UNHEARD = "the store is away, and another worker may have the thread"


class Leases:
    """`lease_ms`: how long a dead worker's turn lies still. `thread_seconds`: how long a quiet thread is remembered."""

    def __init__(self, clients: RedisClients, lease_ms: int, thread_seconds: int) -> None:
        self._lease_ms = lease_ms
        self._thread_seconds = thread_seconds
        self._take = Script(clients.hot, "take")
        self._renewals = Renewals(clients.hot, lease_ms)
        self._done = Script(clients.hot, "done")
        self._abandon = Script(clients.hot, "abandon")
        self._release = Script(clients.hot, "release")
        self._quarantine = Script(clients.hot, "quarantine")

    async def take(self, thread: ThreadId, before: Lease | None = None) -> Lease | None:
        """The thread's next turn; None when nothing waits, or another worker has the thread. `before`: ours, just ended.

        The store may carry out what a cancelled caller asked for, even after that worker's goodbye: what it gives then is laid down.
        """
        taking = asyncio.create_task(self._taken(thread, before))
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            await asyncio.wait((taking,), timeout=GOODBYE_SECONDS)
            if not taking.done():
                taking.cancel()
            elif not taking.cancelled() and not taking.exception() and (lease := taking.result()):
                await self._lay_down(lease)
            raise

    async def _taken(self, thread: ThreadId, before: Lease | None) -> Lease | None:
        keys = thread_keys(thread, "lease", "fence", "in", "turn", "heard", "state", "woken")
        fence = str(before.fence) if before else ""
        while True:
            with redis_errors():
                taken = await self._take(keys, [fence, self._lease_ms, self._thread_seconds])
            if not taken:
                return None
            fence, _, said, context, *_ = cast(Taken, taken)
            unreadable = [entry for entry in (*said, *context) if not _is_readable(entry)]
            if not unreadable:
                return _lease(thread, cast(Taken, taken))
            await self._put_away(thread, fence, unreadable)

    async def _put_away(self, thread: ThreadId, fence: str, entries: Sequence[str]) -> None:
        """What we cannot read is kept for an operator, and holds nobody up."""
        log.error("entries set aside", extra={"thread_id": str(thread), "count": len(entries)})
        keys = thread_keys(thread, "fence", "in", "heard", "turn", "unreadable")
        with redis_errors():
            await self._quarantine(keys, [fence, self._thread_seconds, *entries])

    async def work(self, lease: Lease, handle: Handle) -> Ended:
        """Have the turn dealt with.

        When the fence is lost the handler is cancelled; when we are cancelled, so is it, and the lease is laid down.
        """
        work: Work = asyncio.create_task(_called(handle, lease))
        try:
            with self._renewals.keep(lease, work):
                await asyncio.wait((work,))
        finally:
            cut = not work.done()
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            if cut:
                await self._lay_down(lease)
        return await self._conclude(lease, work)

    async def _conclude(self, lease: Lease, work: Work) -> Ended:
        if work.cancelled():
            return Ended.LOST
        fault = work.exception()
        if fault is None:
            return Ended.OURS if lease.redraw or await self._finish(lease, *work.result()) else Ended.LOST
        if isinstance(fault, LeaseLost):
            return Ended.LOST
        # A platform that is away, or that this worker does not serve, or a store that is away, says nothing against the turn.
        away = isinstance(fault, PlatformUnavailable | StoreUnavailable)
        reason = {"turn": lease.turn_id, "reason": type(fault).__name__}
        log.warning("turn given back", extra=reason, exc_info=None if away else fault)
        if lease.redraw:
            await self._lay_down(lease)
            return Ended.UNHEARD if isinstance(fault, StoreUnavailable) else Ended.GIVEN_BACK
        return await self._give_back(lease, counts=not away)

    async def _finish(self, lease: Lease, outcome: Outcome, count: int) -> bool:
        thread = lease.thread
        keys = thread_keys(thread, "fence", "in", "heard", "state", "turn", "stop")
        keys += [thread_key(thread, "failed", lease.turn_id), *thread_keys(thread, "failures", "progress")]
        arguments: list[str | int] = [str(lease.fence), count, outcome.value, MOST_CONTEXT, FAILED_SECONDS]
        while True:
            try:
                with redis_errors():
                    return bool(await self._done(keys, [*arguments, self._thread_seconds, lease.turn_id]))
            except StoreUnavailable:
                await asyncio.sleep(STORE_PAUSE_SECONDS)

    async def _give_back(self, lease: Lease, *, counts: bool) -> Ended:
        """A store that is away lets the lease lapse, which comes to the same."""
        keys = thread_keys(lease.thread, "lease", "fence", "turn")
        try:
            with redis_errors():
                arguments: list[str | int] = [str(lease.fence), FIRST_PAUSE_MS, LONGEST_PAUSE_MS, int(not counts)]
                return Ended.GIVEN_BACK if await self._abandon(keys, arguments) else Ended.LOST
        except StoreUnavailable:
            return Ended.UNHEARD

    async def _lay_down(self, lease: Lease) -> None:
        keys = thread_keys(lease.thread, "lease", "fence", "turn")
        with contextlib.suppress(StoreUnavailable, TimeoutError), redis_errors():
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._release(keys, [str(lease.fence)])

    async def leave(self, lease: Lease) -> None:
        """Give up a thread whose turn has ended, though more may wait in it."""
        await self._lay_down(lease)


async def _called(handle: Handle, lease: Lease) -> tuple[Outcome, int]:
    return await handle(lease)


def _lease(thread: ThreadId, taken: Taken) -> Lease:
    fence, attempt, said, context, took_part, muted, last_active, now = taken
    # Gateways may have taken them in another order than people said them.
    messages = tuple(sorted(entries.read_all(said), key=said_at))
    last_active_at = datetime.fromtimestamp(last_active, UTC) if last_active else None
    first = turn_id(thread, messages[0].id)
    return Lease(
        thread,
        first,
        messages,
        entries.read_all(context),
        int(fence),
        attempt,
        bool(took_part),
        bool(muted),
        Stop(),
        last_active_at,
        taken_at=datetime.fromtimestamp(now, UTC),
    )


def _is_readable(entry: str) -> bool:
    try:
        entries.read(entry)
    except UnreadableEntry:
        return False
    return True
