"""Every Protocol of the house, in one place: what the core asks of the world, and what the doors ask of the core.

Implementations name their port as base class, so that an editor finds them and mypy proves them. All methods that reach
outside may raise HistoryUnavailable (a store is away) unless they say otherwise. All are safe to call from many tasks.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol

from bot.code import Passage
from bot.conversation import (
    AnswerEvent,
    Attachment,
    Author,
    Checkpoint,
    Conversation,
    Message,
    Pinned,
    Press,
    Prompt,
    ThreadId,
    ToolCall,
    ToolResult,
    Turn,
    Usage,
    View,
)
from bot.repositories import Snapshot

Clock = Callable[[], datetime]
"""Now, timezone-aware, in UTC."""


# --- what people said, and nobody has answered yet -------------------------------------------------------------------


class Accepted(StrEnum):
    """What became of a message at the inbox."""

    NEW = "new"  # durable now; a worker will be woken
    DUPLICATE = "duplicate"  # seen before: nothing to do
    UNKNOWN_THREAD = "unknown thread"  # not addressed to us, in a thread we take no part in: forgotten in minutes
    FULL = "full"  # too many wait in this thread; not kept, and its id not claimed


class Revised(StrEnum):
    """What became of a message that was edited."""

    KEPT = "kept"  # its new words wait, are answered anew, or are context; or nothing had changed
    UNKNOWN = "unknown"  # neither waiting, being answered, heard nor failed


class Outcome(StrEnum):
    """How a turn ended, which says what becomes of its messages."""

    ANSWERED = "answered"  # they are in the history now
    LEFT_ALONE = "left alone"  # people talking to each other: kept as context for the next turn
    FAILED = "failed"  # apologised for: kept as context, and for `retry`
    DECLINED = "declined"  # told no (budget, switched off): not kept


@dataclass(slots=True)
class Stop:
    """Tells a running turn that somebody asked it to stop, and who. Set once, never cleared."""

    requested: asyncio.Event = field(default_factory=asyncio.Event)
    by: str = ""


class Redraw(StrEnum):
    """What of a turn that has ended is to be drawn once more, for an edit that came too late may stand over it."""

    ANSWER = "answer"
    APOLOGY = "apology"


@dataclass(frozen=True, slots=True)
class Lease:
    """One thread's next turn, held by one worker.

    `messages` wait to be answered, oldest first, at least one. `heard` was said before them and left alone.
    `turn_id` depends only on the thread and the first message, so a turn taken over keeps its id. `fence` grows with every
    holder; a write with an old fence is refused. `attempt` counts from 1. `took_part`: the thread has an answer of ours.
    `stirred_at`: when there was a sign of life here last: a turn that ended or was alive, a Retry. None when there was none.
    `redraw`: the turn has ended, and is only to be drawn once more; `messages` are as they were asked, and may be gone since.
    """

    thread: ThreadId
    turn_id: str
    messages: tuple[Message, ...]
    heard: tuple[Message, ...]
    fence: int
    attempt: int
    took_part: bool
    muted: bool
    stop: Stop
    stirred_at: datetime | None = None
    redraw: Redraw | None = None


Handle = Callable[[Lease], Awaitable[tuple[Outcome, int]]]
"""Deals with one turn; gives back how it ended and how many of `lease.messages`, from the first, that covers."""


class Inbox(Protocol):
    """Accepts a message once, durably, before the platform is told; hands out one turn per thread at a time, in order."""

    async def accept(self, message: Message) -> Accepted:
        """Keep the message, once per (platform, workspace, channel, message id), however often it comes.

        A reply that comes before the question which it follows is kept with it, when that comes within six minutes.
        """
        ...

    async def claim(self, thread: ThreadId, key: str) -> bool:
        """True for the first caller with this key in this thread within a day: for commands and presses."""
        ...

    async def serve(self, handle: Handle, slots: int) -> None:
        """Hand out leases, at most `slots` at once, until cancelled; then finish none, and leave all to be taken over.

        A handler that raises leaves its messages where they are: the turn comes again after a pause, with `attempt` one
        higher; a platform or a store that is away (PlatformUnavailable, HistoryUnavailable) does not count as an attempt.
        When the fence is lost the handler is cancelled; it is handed a `redraw` of that turn once the turn has ended elsewhere.
        """
        ...

    async def knows(self, thread: ThreadId) -> bool:
        """True for a thread in which we were addressed: we hear it, and its commands."""
        ...

    async def askers(self, thread: ThreadId) -> frozenset[str]:
        """The author ids of what waits or is being answered in the thread."""
        ...

    def drain(self) -> None:
        """`serve` takes nothing new from now on, and returns when what runs has ended."""
        ...

    async def stop(self, thread: ThreadId, by: str) -> bool:
        """Ask the turn that runs (or waits) in this thread to stop. False when none does."""
        ...

    async def retry(self, thread: ThreadId, turn_id: str) -> bool:
        """Put the messages of a failed turn back, once. False when there is nothing to retry (any more)."""
        ...

    async def revise(self, message: Message) -> Revised:
        """Replace a message by its newest edition. A turn that is being answered begins anew, in the same messages; what had failed,
        or was heard and now is addressed to us, is asked. Once for each edition; what says the same as before asks nothing."""
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

    async def mute(self, thread: ThreadId, muted: bool) -> None:
        """While muted, only what is addressed to us is answered."""
        ...

    async def forget(self, thread: ThreadId) -> None:
        """Drop what was heard and what could be retried; what waits to be answered stays."""
        ...

    async def waiting(self) -> int:
        """How many threads have something waiting."""
        ...

    async def ping(self) -> None:
        """Return when the store answers; raises HistoryUnavailable when it does not."""
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
    """How far a turn's answer has come. `course` is the model's own record, opaque to all others; `text` is what readers saw."""

    course: str = ""
    text: str = ""


class ProgressLog(Protocol):
    """Keeps the progress of the turn in the air, so that whoever takes it over goes on instead of beginning anew."""

    async def load(self, lease: Lease) -> Progress:
        """Empty when there is none, or it is another turn's."""
        ...

    async def save(self, lease: Lease, progress: Progress) -> None:
        """Replace what was kept. Raises LeaseLost."""
        ...


class Attendance(Protocol):
    """When a door (`slack`, `discord`) last certainly heard its platform, and in which direct channels people talk to us."""

    async def last_heard(self, door: str) -> datetime | None:
        """None before the first time, or after a month."""
        ...

    async def heard(self, door: str, at: datetime) -> None: ...

    async def places(self, door: str) -> Sequence[str]:
        """The newest first."""
        ...

    async def remember(self, door: str, place: str, at: datetime) -> None: ...


# --- what is remembered ----------------------------------------------------------------------------------------------


class History(Protocol):
    """The append-only log of each thread, expiring (30 days by default) after the last turn."""

    async def load(self, thread: ThreadId) -> Conversation: ...

    async def append(self, thread: ThreadId, fence: int, turn: Turn, pinned: Pinned) -> None:
        """Add a turn; one that is there already (by id) is left as it is. Raises LeaseLost for an old fence."""
        ...

    async def fold(self, thread: ThreadId, fence: int, folded: int) -> None:
        """From now on the first `folded` turns are replayed as text, and the pinned prefix is made anew."""
        ...

    async def amend(self, thread: ThreadId, change: Callable[[tuple[Turn, ...]], tuple[Turn, ...]]) -> None:
        """Replace the thread's turns by what `change` makes of them; it may be called again when a turn was added meanwhile.

        Where anything but the end has changed, all turns are folded: models check that what came before a turn is the same.
        """
        ...

    async def forget(self, thread: ThreadId, at: datetime) -> None:
        """Drop all turns; the conversation remembers that it forgot, and when."""
        ...


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One turn in the ledger: ids and counts, no message text. Money in millionths of a US dollar, time in milliseconds."""

    turn_id: str
    thread: ThreadId
    asker: str
    status: Literal["answered", "stopped", "failed", "declined"]
    attempts: int
    model: str
    usage: Usage
    cost_microdollars: int
    first_token_ms: int | None
    latency_ms: int
    error_id: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class UsageTotal:
    turns: int
    usage: Usage
    cost_microdollars: int


class UsageLog(Protocol):
    async def record(self, row: LedgerRow) -> None:
        """Write the row of its turn; a second write for the same turn replaces the first."""
        ...

    async def total(self, since: datetime, *, place: str | None = None, asker: str | None = None) -> UsageTotal:
        """All turns since then, in one channel (`ThreadId.place`) or of one person if given."""
        ...

    async def ping(self) -> None: ...


class FeedbackLog(Protocol):
    async def record(self, press: Press, at: datetime) -> None:
        """Keep a person's thumb for a turn; a second one by the same person replaces the first."""
        ...

    async def count(self, turn_id: str) -> Mapping[str, int]:
        """{"good": n, "bad": m} for a turn."""
        ...


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """What an admin set for one channel; "" and None mean: as everywhere.

    `answer_mode` "mention" answers only when called; "every" answers each new post of a forum, too.
    """

    enabled: bool = True
    answer_mode: Literal["thread", "mention", "every"] = "thread"
    prompt_addition: str = ""
    model: str = ""
    effort: str = ""
    daily_budget_microdollars: int | None = None
    repositories: tuple[str, ...] = ()
    default_repository: str = ""


class ChannelSettingsStore(Protocol):
    async def get(self, place: str) -> ChannelSettings: ...

    async def put(self, place: str, settings: ChannelSettings, by: str) -> None: ...


@dataclass(frozen=True, slots=True)
class BoardPost:
    """One message on the local page: a person's, or one of ours. `view` is ours; `text` a person's, in CommonMark."""

    id: str
    author: str
    sent_at: datetime
    text: str = ""
    files: tuple[str, ...] = ()
    view: View | None = None
    turn_id: str = ""


@dataclass(frozen=True, slots=True)
class BoardThread:
    thread: ThreadId
    title: str
    changed_at: datetime


class Board(Protocol):
    """The local page's own thread view: what Slack and Discord keep for themselves, kept by us for our page."""

    async def put(self, thread: ThreadId, post: BoardPost) -> None:
        """Add the post, or replace the one with its id; whoever watches is told."""
        ...

    async def remove(self, thread: ThreadId, post_id: str) -> None: ...

    async def posts(self, thread: ThreadId) -> Sequence[BoardPost]:
        """In the order in which they were first put."""
        ...

    async def threads(self, workspace: str) -> Sequence[BoardThread]:
        """The newest first; the title is the first line said there."""
        ...

    def watch(self, thread: ThreadId) -> AsyncIterator[BoardPost]:
        """Every later put, from any process, as it happens; may skip to a post's latest state. Endless."""
        ...

    async def keep_file(self, file_id: str, data: bytes) -> None:
        """Keep an uploaded file for a day, so that a worker in another process can read it."""
        ...

    async def file(self, file_id: str) -> bytes | None: ...


# --- the model -------------------------------------------------------------------------------------------------------


class Model(Protocol):
    """Something that answers. `stream` yields Thinking, TextDelta, ToolCall, ToolResult, Status, Restart, Checkpoint, and last one
    Answer.

    Raises a ModelBusy, ModelUnreachable, ModelStalled, ModelRefused, ModelRejected or QuestionTooLong. Closing the
    generator ends the request at once. `is_rehearsal`: a stand-in that is not Claude and says so.
    """

    is_rehearsal: bool

    def stream(self, prompt: Prompt, tools: Tools) -> AsyncGenerator[AnswerEvent | Checkpoint, None]:
        """`tools` are this turn's; which of them the model knows stands in `prompt.pinned.tools`."""
        ...

    async def check(self) -> Sequence[str]:
        """Reach the service; one line of plain words for each thing that is wrong, none when all is good."""
        ...


class Tool(Protocol):
    """One read-only tool. `schema` is the JSON schema of its input, strict; `run` gets input that the model wrote."""

    name: str
    description: str
    schema: Mapping[str, object]

    def label(self, arguments: Mapping[str, object]) -> str:
        """What the asker sees while it runs: "reading billing/models.py"."""
        ...

    async def run(self, arguments: Mapping[str, object]) -> str:
        """The result as text for the model. Raises ToolFailed with a short reason that the model may read."""
        ...


class Tools(Protocol):
    """What one turn may use, bound to its thread before the model runs."""

    def label(self, name: str, arguments: Mapping[str, object]) -> str:
        """What the asker sees while it runs."""
        ...

    async def run(self, calls: Sequence[ToolCall]) -> Sequence[ToolResult]:
        """All of them, several at once; the results in the order of the calls, every failure told as a result."""
        ...

    async def find(self, question: str, limit: int) -> Sequence[tuple[Snapshot, Passage]]:
        """The places in the team's code that fit plain words best: for a model that calls no tools."""
        ...


class ToolFailed(Exception):
    """A tool could not do it; the message is short, and safe to show to the model."""


# --- the doors -------------------------------------------------------------------------------------------------------


class LivePost(Protocol):
    """The place of one answer on a platform: it always shows one view, in as many platform messages as it needs.

    `pause_seconds` is the least time between two drawings that are not final, as scarce as the platform's calls are now; infinite
    while none may be made. It is asked before each.
    """

    @property
    def pause_seconds(self) -> float: ...

    async def draw(self, view: View) -> None:
        """Make the platform show exactly this view, in place. Drawing the same view again changes nothing.

        Raises PlatformUnavailable when the platform does not take it now; drawing again later is safe.
        """
        ...

    async def withdraw(self) -> None:
        """Take away all that was posted: the question is gone. Raises like `draw`."""
        ...


class Platform(Protocol):
    """What a worker needs of a platform; works without its event connection, so that a worker may live elsewhere."""

    name: str

    async def open(self, lease: Lease, outbox: Outbox) -> LivePost:
        """The place where this turn is answered. Posts nothing yet."""
        ...

    async def earlier(self, message: Message) -> Sequence[Message]:
        """What was said in the thread before this message, oldest first, by us too; () where it cannot be read."""
        ...

    async def read(self, attachment: Attachment, limit_bytes: int) -> bytes:
        """At most `limit_bytes` of a file, from the platform's own host. Raises FileUnreadable with a plain reason."""
        ...

    async def check(self) -> Sequence[str]:
        """Reach the platform with the configured token; one line for each thing that is wrong, none when all is good."""
        ...

    async def start(self) -> None:
        """Log in, without listening. Safe to call twice."""
        ...

    async def close(self) -> None: ...


class Adapter(Protocol):
    """A door that listens. `run` serves until cancelled, reconnects by itself, and raises when it cannot recover."""

    name: str

    async def run(self) -> None: ...

    def is_ready(self) -> bool:
        """True while events can reach us."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """What the core says at once to what came in at a door; `text` is CommonMark. `private`: for the author alone."""

    text: str
    private: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """`accepted` tells the door what became of the message; `reply`, if any, is posted by the door."""

    accepted: Accepted
    reply: Reply | None = None


class Desk(Protocol):
    """What every door hands its visitors to. Returns only when what came in is safe; only then the door acknowledges.

    Raises HistoryUnavailable when the store is away: then the door does not acknowledge, so that the platform sends again.
    """

    async def receive(self, message: Message) -> Received:
        """A message: a question, a follow-up, chatter between people, or a `!word` command."""
        ...

    async def revise(self, message: Message) -> Received:
        """A message that was edited, as it reads now, with its `edition`. A question is asked again and its answer replaced in place;
        one that is addressed to us only since the edit is a new question; anything else changes what is remembered, and asks nothing.

        The door hands on edits of words and files only: previews, reactions and our own edits are none.
        """
        ...

    async def withdraw(self, thread: ThreadId, message_id: str) -> None:
        """A message was deleted by whoever may: it is not answered (any more), and its text is forgotten."""
        ...

    async def press(self, press: Press) -> Reply | None:
        """A button, or a platform's own Stop (with an empty `turn_id`); the reply, if any, is private."""
        ...

    async def command(self, thread: ThreadId, author: Author, word: str, rest: str) -> Reply:
        """A slash command's word (`help`, `usage`, ...), with what was typed behind it."""
        ...


class Budgets(Protocol):
    async def check(self, thread: ThreadId, author: Author, settings: ChannelSettings, now: datetime) -> None:
        """Raises OverBudget when the person or the channel has used up today's budget."""
        ...
