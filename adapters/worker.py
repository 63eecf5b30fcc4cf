"""Takes one turn at a time per thread from the inbox, has it answered, and delivers it at its platform."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from adapters.delivery import deliver
from adapters.metrics import Metrics
from adapters.traces import Traces
from bot.answering.assistant import Assistant
from bot.errors import PlatformUnavailable
from bot.ports import Clock
from bot.ports.doors import Platform
from bot.ports.inbox import Lease, Outbox, Outcome, Turns

log = logging.getLogger(__name__)


class Worker:
    """`slots`: how many answers are written at once."""

    def __init__(
        self,
        inbox: Turns,
        outbox: Outbox,
        assistant: Assistant,
        platforms: Mapping[str, Platform],
        metrics: Metrics,
        clock: Clock,
        slots: int,
        traces: Traces | None = None,
    ) -> None:
        self._inbox = inbox
        self._outbox = outbox
        self._assistant = assistant
        self._platforms = platforms
        self._metrics = metrics
        self._clock = clock
        self._slots = slots
        self._traces = traces or Traces()
        self._ended = asyncio.Event()

    async def run(self) -> None:
        """Serve until cancelled or drained."""
        try:
            for platform in self._platforms.values():
                await platform.start()
            await self._inbox.serve(self.handle, self._slots)
        finally:
            self._ended.set()

    async def drain(self) -> None:
        """Take nothing new; return when every running answer has ended."""
        self._inbox.drain()
        await self._ended.wait()

    async def handle(self, lease: Lease) -> tuple[Outcome, int]:
        """One turn. What raises here comes again: the platform was away, or the thread has gone to another worker."""
        platform = self._platforms.get(lease.thread.platform)
        if platform is None:
            raise PlatformUnavailable(f"this worker has no {lease.thread.platform}: its token is not set here")
        if lease.redraw:
            await deliver(self._assistant.recall(lease), await platform.open(lease, self._outbox), lease)
            return Outcome.REDRAWN, 0
        is_gone = all(message.withdrawn for message in lease.messages)
        lease = lease if is_gone else await self._assistant.alike(lease)
        started = self._clock()
        with self._metrics.running(), self._traces.turn(lease) as ended:
            post = self._traces.post(await platform.open(lease, self._outbox))
            if is_gone:
                await self._assistant.forget(lease)  # before anybody can see that it is gone, and ask on
                await post.withdraw()
                ended(Outcome.DECLINED, "")
                return Outcome.DECLINED, len(lease.messages)
            faults: list[Exception] = []
            outcome = await deliver(self._assistant.answer(lease, platform), post, lease, on_fault=faults.append)
            if outcome is Outcome.LEFT_ALONE and await self._assistant.is_taken_back(lease):
                await post.withdraw()
            reason = type(faults[0]).__name__ if faults else ""
            ended(outcome, reason)
        seconds = (self._clock() - started).total_seconds()
        self._metrics.ended(lease.thread.platform, outcome.value, seconds, lease.attempt, reason)
        return outcome, len(lease.messages)
