"""What people said and nobody has answered yet, and what of an answer is posted: accepted once, handed out one turn at a time."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.conversation import Message, ThreadId, Turn


class Accepted(StrEnum):
    """What became of a message at the inbox."""

    NEW = "new"  # durable now; a worker will be woken
    DUPLICATE = "duplicate"  # seen before: nothing to do
    UNKNOWN_THREAD = "unknown thread"  # not addressed to us, in a thread we take no part in: forgotten in minutes
    FULL = "full"  # too many wait in this thread; not kept, and its id not claimed


class Revision(StrEnum):
    """What became of a message that was edited."""

    KEPT = "kept"  # its new words wait, are answered anew, or are context; or nothing had changed
    UNKNOWN = "unknown"  # neither waiting, being answered, context nor failed


@dataclass(frozen=True, slots=True)
class Standing:
    """Of all threads at one moment: in how many a question waits that nobody answers now, in how many one is being answered, and how
    long, in seconds, the oldest of the first kind has waited."""

    waiting: int = 0
    running: int = 0
    oldest_seconds: float = 0.0


class Outcome(StrEnum):
    """How a turn ended, which says what becomes of its messages."""

    ANSWERED = "answered"  # they are in the history now
    LEFT_ALONE = "left alone"  # people talking to each other: kept as context for the next turn
    FAILED = "failed"  # apologised for: kept as context, and for `retry`
    REDRAWN = "redrawn"  # it had ended before, and was only drawn once more
    DECLINED = "declined"  # told no (budget, switched off, refused by the model): not kept


@dataclass(slots=True)
class Stop:
    """Tells a running turn that somebody asked it to stop, and who. Set once, never cleared."""

    requested: asyncio.Event = field(default_factory=asyncio.Event)
    by: str = ""


class Redraw(StrEnum):
    """What of a turn that has ended is to be drawn once more, for an edit that came too late may stand over it."""

    ANSWER = "answer"
    APOLOGY = "apology"


def turn_id(thread: ThreadId, first_message_id: str) -> str:
    """16 characters of [0-9a-f], the same for the same first message wherever the turn is taken up."""
    return hashlib.sha256(f"{thread}\0{first_message_id}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Lease:
    """One thread's next turn, held by one worker.

    `messages` wait to be answered, oldest first, at least one. `context` was said before them and not answered.
    `turn_id` depends only on the thread and the first message, so a turn taken over keeps its id. `fence` grows with every
    holder; a write with an old fence is refused. `attempt` counts from 1. `took_part`: the thread has an answer of ours.
    `last_active_at`: when there was a sign of life here last: a turn that ended or was alive, a Retry. None when there was none.
    `taken_at`: when this worker took it, by the store's clock, for a worker's own may be wrong; None where the store has none.
    `redraw`: the turn has ended, and is only to be drawn once more; `messages` are as they were asked, and may be gone since.
    """

    thread: ThreadId
    turn_id: str
    messages: tuple[Message, ...]
    context: tuple[Message, ...]
    fence: int
    attempt: int
    took_part: bool
    muted: bool
    stop: Stop
    last_active_at: datetime | None = None
    redraw: Redraw | None = None
    taken_at: datetime | None = None


Handle = Callable[[Lease], Awaitable[tuple[Outcome, int]]]
"""Deals with one turn; gives back how it ended and how many of `lease.messages`, from the first, that covers."""


class Door(Protocol):
    """What doors ask: a message is kept once, durably, before its platform is told, and stands as it reads now."""

    async def accept(self, message: Message) -> Accepted:
        """Keep the message, once per (platform, workspace, channel, message id), however often it comes.

        A reply that comes before the question which it follows is kept with it, when that comes within six minutes.
        """
        ...

    async def claim(self, thread: ThreadId, key: str) -> bool:
        """True for the first caller with this key in this thread within a day: for commands and presses."""
        ...

    async def disclaim(self, thread: ThreadId, key: str) -> None:
        """What was claimed was not done: the next caller may."""
        ...

    async def join(self, thread: ThreadId) -> None:
        """An answer of ours stands in the thread, though nothing is known of it here: from now on we take part in it."""
        ...

    async def knows(self, thread: ThreadId) -> bool:
        """True for a thread in which we were addressed: we hear it, and its commands."""
        ...

    async def revise(self, message: Message) -> Revision:
        """Replace a message by its newest edition. A turn that is being answered begins anew, in the same messages; what had failed,
        or was context and now is addressed to us, is asked. Once for each edition; what says the same as before asks nothing."""
        ...

    async def withdraw(self, thread: ThreadId, message_id: str) -> None:
        """A message was deleted: its text is gone from here at once. A turn that is being answered begins anew without it, or,
        when it was its only message, is taken back."""
        ...

    async def ask_again(self, message: Message, turn: Turn) -> None:
        """A turn that was answered is asked again with this edition of one of its messages, as a turn of its own under the same id.

        Once for each edition. The answer's place in the history is the caller's to look after.
        """
        ...


class Controls(Protocol):
    """What commands and buttons ask about a thread."""

    async def askers(self, thread: ThreadId) -> frozenset[str]:
        """The author ids of what waits or is being answered in the thread."""
        ...

    async def stop(self, thread: ThreadId, by: str) -> bool:
        """Ask the turn that runs (or waits) in this thread to stop. False when none does."""
        ...

    async def retry(self, thread: ThreadId, turn_id: str) -> bool:
        """Put the messages of a failed turn back, once. False when there is nothing to retry (any more)."""
        ...

    async def mute(self, thread: ThreadId, muted: bool) -> None:
        """While muted, only what is addressed to us is answered."""
        ...

    async def forget(self, thread: ThreadId) -> None:
        """Drop the context and what could be retried; what waits to be answered stays."""
        ...


class Turns(Protocol):
    """What workers ask: one turn per thread at a time, in order."""

    async def serve(self, handle: Handle, slots: int) -> None:
        """Hand out leases, at most `slots` at once, until cancelled; then finish none, and leave all to be taken over.

        A handler that raises leaves its messages where they are: the turn comes again after a pause, with `attempt` one
        higher; a platform or a store that is away (PlatformUnavailable, StoreUnavailable) does not count as an attempt.
        When the fence is lost the handler is cancelled; it is handed a `redraw` of that turn once the turn has ended elsewhere.
        """
        ...

    def drain(self) -> None:
        """`serve` takes nothing new from now on, and returns when what runs has ended."""
        ...


class Inbox(Door, Controls, Turns, Protocol):
    """All three, and what an operator asks: what people said and nobody has answered yet."""

    async def waiting(self) -> int:
        """How many threads have something waiting."""
        ...

    async def ping(self) -> None:
        """Return when the store takes what is written; raises StoreUnavailable when it does not."""
        ...


@dataclass(frozen=True, slots=True)
class Posted:
    """A part of an answer. `post_id` is "" while its posting was tried and never confirmed, `seconds` ago for the first time.

    `mark` names that posting, the same for whoever tries it again, and another one once the part was taken away: up to 4 of
    [0-9a-f].
    """

    post_id: str
    seconds: float = 0.0
    mark: str = ""


class Outbox(Protocol):
    """Remembers what a turn has posted where, so that a turn taken over finds its own posts again.

    `index` is the part's place in the answer, from 0. `post_id` is the platform's own. Of several workers that posted the same
    part, one frozen in mid-call for instance, the first to confirm its post has it: the others take theirs away.
    """

    async def posts(self, lease: Lease) -> Mapping[int, Posted]:
        """Every part that was posted, or whose posting was tried, so far, by its index."""
        ...

    async def check(self, lease: Lease) -> None:
        """Raises LeaseLost when another worker has the thread: asked right before a call to the platform."""
        ...

    async def attempted(self, lease: Lease, index: int) -> Posted:
        """The part is about to be posted; or it is there already, then with its post_id. Raises LeaseLost."""
        ...

    async def delivered(self, lease: Lease, index: int, post_id: str) -> str:
        """The part was posted. Gives back the post that counts: ours, another worker's, or "" when none is wanted any more."""
        ...

    async def removed(self, lease: Lease, index: int) -> None:
        """The part is not there (any more). Raises LeaseLost."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a turn's answer has come. `course` is the model's own record, opaque to all others; `text` is what readers saw;
    `asked` holds the small second questions that were answered, `notes` what capabilities found out; `grants` is a JSON array of the
    repositories that the turn could see; `partial` is the model's own text, before its reviews."""

    course: str = ""
    text: str = ""
    asked: str = ""
    notes: str = ""
    grants: str = ""
    partial: str = ""


class ProgressLog(Protocol):
    """Keeps the progress of the turn in the air, so that whoever takes it over goes on instead of beginning anew."""

    async def load(self, lease: Lease) -> Progress:
        """Empty when there is none, or it is another turn's."""
        ...

    async def save(self, lease: Lease, progress: Progress) -> None:
        """Replace what was kept. Raises LeaseLost."""
        ...
