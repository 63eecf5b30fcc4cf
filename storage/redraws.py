"""What a worker that lost its lease may have drawn too late is drawn over, on Redis or Valkey.

A look at the fence precedes every edit, and still a request can be carried out long after it: its worker froze behind the look, or the
request lay on its way. Neither platform takes an edit only if nothing newer is there. So whoever lost a lease waits until the turn
has ended elsewhere, takes the thread for a moment, and has the saved answer drawn once more.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import cast

from bot.conversation import ThreadId
from bot.errors import StoreUnavailable
from bot.ports.inbox import Handle, Lease, Redraw, Stop
from storage.connections import RedisClients, redis_errors
from storage.keys import thread_key, thread_keys
from storage.leases import Ended, Leases
from storage.scripts import Script

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.3
LONGEST_WAIT_SECONDS = 900
"""A turn that has not ended elsewhere by then is left to whoever has it."""

GOODBYE_SECONDS = 5

NOTHING, BUSY = "nothing", "busy"


class Redraws:
    """`lease_ms` and `thread_seconds` as of the leases; `wake` announces a thread that is free again."""

    def __init__(
        self,
        clients: RedisClients,
        leases: Leases,
        lease_ms: int,
        thread_seconds: int,
        wake: Callable[[ThreadId], Awaitable[object]],
    ) -> None:
        self._take_ended = Script(clients.hot, "take_ended")
        self._leases = leases
        self._lease_ms = lease_ms
        self._thread_seconds = thread_seconds
        self._wake = wake
        self._scheduled: set[asyncio.Task[None]] = set()

    def schedule(self, lost: Lease, handle: Handle) -> None:
        """The turn of this lease, which another worker has now, is drawn once more when it has ended."""
        task = asyncio.create_task(self._redraw(lost, handle))
        self._scheduled.add(task)
        task.add_done_callback(self._scheduled.discard)

    @property
    def owed(self) -> int:
        return len(self._scheduled)

    async def settle(self) -> None:
        """Draw what can be drawn soon."""
        if self._scheduled:
            await asyncio.wait(self._scheduled, timeout=GOODBYE_SECONDS)

    async def close(self) -> None:
        """Draw nothing any more."""
        scheduled = tuple(self._scheduled)
        for task in scheduled:
            task.cancel()
        await asyncio.gather(*scheduled, return_exceptions=True)

    async def _redraw(self, lost: Lease, handle: Handle) -> None:
        """Until it was drawn with the thread in our hands from beginning to end; a store that goes away meanwhile is waited for."""
        ended = Ended.LOST
        while ended in (Ended.LOST, Ended.UNHEARD) and (lease := await self._when_ended(lost)):
            log.info("drawn once more", extra={"thread_id": str(lost.thread), "turn": lost.turn_id})
            ended = await self._leases.work(lease, handle)
            if ended is Ended.OURS:
                await self._leases.leave(lease)
                await self._wake(lost.thread)

    async def _when_ended(self, lost: Lease) -> Lease | None:
        """The thread, as soon as nobody works in it; None when there is nothing to draw."""
        keys = thread_keys(lost.thread, "lease", "fence", "turn", "turns")
        keys.append(thread_key(lost.thread, "failed", lost.turn_id))
        arguments: list[str | int] = [str(lost.fence), lost.turn_id, self._lease_ms, self._thread_seconds]
        deadline = asyncio.get_running_loop().time() + LONGEST_WAIT_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            with contextlib.suppress(StoreUnavailable), redis_errors():
                what, fence = cast(tuple[str, str], await self._take_ended(keys, arguments))
                if what == NOTHING:
                    return None
                if what != BUSY:
                    return replace(lost, fence=int(fence), attempt=1, context=(), stop=Stop(), redraw=Redraw(what))
            await asyncio.sleep(PAUSE_SECONDS)
        log.warning("not drawn once more", extra={"thread_id": str(lost.thread), "turn": lost.turn_id})
        return None
