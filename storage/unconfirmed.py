"""Messages that the store has taken, and that are not on as many replicas yet as are wanted: each is handed in again until it is, for a
primary that dies meanwhile takes it along, and its platform has been told that it is kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from bot.conversation import Message
from bot.errors import StoreUnavailable
from bot.loops import outlived

log = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0
HELD_SECONDS = 60.0
"""A failover takes less. Where no replica comes back for longer than that, a message stands where its platform has it, and no surer."""

MOST, AT_ONCE = 1_000, 10
Name = tuple[str, str, str]


class Unconfirmed:
    """`again` hands a message in once more, and tells whether it is on the replicas now. Raises StoreUnavailable."""

    def __init__(self, again: Callable[[Message], Awaitable[bool]]) -> None:
        self._again = again
        self._held: OrderedDict[Name, tuple[Message, float]] = OrderedDict()
        self._task: asyncio.Task[None] | None = None

    def hold(self, message: Message) -> None:
        """Until it is confirmed, for HELD_SECONDS at most; of more than MOST the oldest goes."""
        name = (str(message.thread), message.id, message.edition)
        self._held.setdefault(name, (message, time.monotonic()))
        while len(self._held) > MOST:
            self._held.popitem(last=False)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while self._held:
            await asyncio.sleep(PAUSE_SECONDS)
            with outlived(log, "not handed in again"):
                await asyncio.gather(*(self._once_more(*one) for one in list(self._held.items())[:AT_ONCE]))

    async def _once_more(self, name: Name, held: tuple[Message, float]) -> None:
        message, since = held
        with contextlib.suppress(StoreUnavailable):
            if await self._again(message):
                self._held.pop(name, None)
                return
        if time.monotonic() - since > HELD_SECONDS:
            log.warning("never confirmed", extra={"thread_id": str(message.thread), "message_id": message.id})
            self._held.pop(name, None)
        elif name in self._held:
            self._held.move_to_end(name)  # in a cluster another node may have what stands behind it
