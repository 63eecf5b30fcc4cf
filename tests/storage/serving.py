"""Workers for the inbox's tests: they serve in a task, and write down what they were handed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace

from bot.conversation import ThreadId
from bot.ports.inbox import Handle, Inbox, Lease, Outcome
from tests.fakes import THREAD

DEADLINE_SECONDS = 120
"""For what hangs: a busy machine takes several times as long for what is right."""


def thread(number: int) -> ThreadId:
    """One of many threads."""
    return replace(THREAD, thread=f"1800.{number}")


async def eventually(is_so: Callable[[], bool], seconds: float = DEADLINE_SECONDS) -> None:
    """Return when the condition holds; fail when it does not hold in time."""
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - any condition, not one that sets an event
            await asyncio.sleep(0.005)


async def settled(inbox: Inbox, thread: ThreadId = THREAD) -> None:
    """Return when nothing waits in the thread: a turn is settled a moment after its handler has ended."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while await inbox.askers(thread):  # noqa: ASYNC110 - the store is asked
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def serving(inbox: Inbox, handle: Handle, slots: int = 8) -> AsyncIterator[asyncio.Task[None]]:
    """The inbox serves inside the block, and is cancelled at its end. A failure of its own fails the test."""
    task = asyncio.create_task(inbox.serve(handle, slots))
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@dataclass(slots=True)
class Recorder:
    """A handler: keeps each lease, then does what it is told, and ends with `outcome`. `texts` are the turns that ended."""

    outcome: Outcome = Outcome.ANSWERED
    before_end: Callable[[Lease], Awaitable[object]] | None = None
    count: int | None = None
    leases: list[Lease] = field(default_factory=list)
    texts: list[list[str]] = field(default_factory=list)

    async def __call__(self, lease: Lease) -> tuple[Outcome, int]:
        self.leases.append(lease)
        if self.before_end is not None:
            await self.before_end(lease)
        count = len(lease.messages) if self.count is None else self.count
        self.texts.append([message.text for message in lease.messages[:count]])
        return self.outcome, count

    async def ended(self, turns: int) -> None:
        await eventually(lambda: len(self.texts) >= turns)

    async def answered(self, messages: int) -> None:
        await eventually(lambda: sum(len(texts) for texts in self.texts) >= messages)


class Gate:
    """Holds a handler inside its turn until it is opened."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    async def __call__(self, lease: Lease) -> None:
        self.reached.set()
        await self.opened.wait()

    async def wait_reached(self) -> None:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await self.reached.wait()
