"""Threads of ours that the store has lost: people see our answers there, and go on without calling us.

Which thread it may be is known without asking: one that began before this store heard its platform without a break, or so long ago
that it was forgotten. Then its platform is asked, once a day at the most.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta

from bot.conversation import Message, ThreadId
from bot.errors import BotError
from bot.front_desk.before import DeskBefore
from bot.ports import Clock
from bot.ports.doors import Desk, Platform, Received
from bot.ports.inbox import Accepted, Door
from bot.ports.stores import Attendance

log = logging.getLogger(__name__)

LOOKED = "looked"


class RecallingDesk(DeskBefore):
    """A desk that is handed a reply once more where its thread turns out to be ours. `remembered_days`: how long a quiet thread is
    remembered."""

    def __init__(
        self,
        desk: Desk,
        inbox: Door,
        attendance: Attendance,
        platforms: Mapping[str, Platform],
        clock: Clock,
        remembered_days: int,
    ) -> None:
        super().__init__(desk)
        self._inbox = inbox
        self._attendance = attendance
        self._platforms = platforms
        self._clock = clock
        self._remembered = timedelta(days=remembered_days)

    async def receive(self, message: Message) -> Received:
        received = await self._desk.receive(message)
        is_reply = message.id != message.thread.thread and not message.author.is_bot
        if received.accepted is not Accepted.UNKNOWN_THREAD or not is_reply or not await self._was_ours(message):
            return received
        await self._inbox.join(message.thread)
        log.info("a thread of ours is known again", extra={"thread_id": str(message.thread)})
        return await self._desk.receive(message)

    async def _was_ours(self, message: Message) -> bool:
        thread = message.thread
        platform = self._platforms.get(thread.platform)
        if platform is None or not await self._may_be_lost(thread, platform):
            return False
        if not await self._inbox.claim(thread, LOOKED):
            return False
        try:
            return await platform.took_part(message)
        except BotError as fault:
            log.warning("thread not looked at", extra={"thread_id": str(thread), "reason": str(fault)})
            await self._inbox.disclaim(thread, LOOKED)
            return False

    async def _may_be_lost(self, thread: ThreadId, platform: Platform) -> bool:
        began = platform.begun_at(thread)
        if began is None:
            return False
        now = self._clock()
        since = await self._attendance.unbroken_since(thread.platform, now)
        return since is None or began < since or began < now - self._remembered
