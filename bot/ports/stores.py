"""What is remembered: conversations, the ledger, thumbs, channels' settings, the local page's threads, when doors last heard."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from bot.conversation import Author, Conversation, Pinned, ThreadId, Turn, Usage
from bot.views import Press, View


class Attendance(Protocol):
    """When a door (`slack`, `discord`) last certainly heard its platform, and in which direct channels people talk to us."""

    async def last_heard(self, door: str) -> datetime | None:
        """None before the first time, or after a month."""
        ...

    async def heard(self, door: str, at: datetime) -> None:
        """All that was said until then; what was reached on the way there is forgotten."""
        ...

    async def reached(self, door: str) -> Mapping[str, str]:
        """While what was missed is read: the last message that was read, by place."""
        ...

    async def reach(self, door: str, place: str, message_id: str) -> None: ...

    async def unbroken_since(self, door: str, now: datetime) -> datetime | None:
        """Since when it was heard without a break of a minute, as far as this store knows: what was before may be in no store of ours.
        `now` while there is a break; None before the first time."""
        ...

    async def reads(self, door: str, reader: str) -> bool:
        """True for the one process that reads what was missed at this door, for half a minute more with each call."""
        ...

    async def places(self, door: str) -> Sequence[str]:
        """The newest first."""
        ...

    async def remember(self, door: str, place: str, at: datetime) -> None: ...


Task = Literal["gateway", "worker"]
"""What a process does: it listens, or it answers."""


class Presence(Protocol):
    """Which processes of this bot are alive."""

    async def count(self, task: Task) -> int:
        """How many do this now; one that died counts for five more seconds. Raises StoreUnavailable."""
        ...


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

    async def refuse(self, thread: ThreadId, keys: Iterable[str]) -> None:
        """Note what the model refused, so that it is not read back from the platform and asked again. Lives as long as the log."""
        ...

    async def forget(self, thread: ThreadId, at: datetime) -> None:
        """Drop all turns; the conversation remembers that it forgot, and when, and what was refused."""
        ...


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One turn in the ledger: ids and counts, no message text. Money in millionths of a US dollar, time in milliseconds.

    One that is "running" holds what it may cost, where a budget applies; its end replaces it.
    """

    turn_id: str
    thread: ThreadId
    asker: str
    status: Literal["running", "answered", "stopped", "failed", "declined"]
    attempts: int
    model: str
    usage: Usage
    cost_microdollars: int
    first_token_ms: int | None
    latency_ms: int
    error_id: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """A paid request to the model that is, so far, part of no row of a turn. `kind`: its reply was cut, and its output is estimated; or
    it is whole, and went into no answer. `at`: when it was noted last."""

    request_id: str
    turn_id: str
    thread: ThreadId
    asker: str
    kind: Literal["cut", "unused"]
    model: str
    usage: Usage
    cost_microdollars: int
    at: datetime


@dataclass(frozen=True, slots=True)
class UsageTotal:
    """`usage` and `cost_microdollars` count the requests of no turn's row, too."""

    turns: int
    usage: Usage
    cost_microdollars: int


class UsageLog(Protocol):
    async def record(self, row: LedgerRow) -> None:
        """Write the row of its turn; a second write for the same turn replaces the first, unless that was begun later."""
        ...

    async def record_request(self, receipt: Receipt) -> None:
        """Write a request that is part of no turn's row, once for each request."""
        ...

    async def total(
        self, since: datetime, *, place: str | None = None, asker: str | None = None, only_ended: bool = False
    ) -> UsageTotal:
        """All turns since then, in one channel (`ThreadId.place`) or of one person if given; `only_ended`: without what is held."""
        ...

    async def ping(self) -> None: ...


class Receipts(Protocol):
    """What requests cost, kept from their beginning: whoever makes one may die before it is entered anywhere."""

    async def note(self, receipt: Receipt) -> None:
        """Keep it; a later note of the same request replaces it."""
        ...

    async def settle(self, thread: ThreadId, turn_id: str, counted: Collection[str]) -> None:
        """The turn has ended, and its row counts these requests; its others are entered by themselves."""
        ...


class FeedbackLog(Protocol):
    async def record(self, press: Press, at: datetime) -> None:
        """Keep a person's thumb for a turn; a second one by the same person replaces the first."""
        ...

    async def count(self, turn_id: str) -> Mapping[str, int]:
        """{"good": n, "bad": m} for a turn."""
        ...

    async def of(self, author: Author, turn_ids: Sequence[str]) -> Mapping[str, str]:
        """The thumbs ("good" or "bad") that this person gave to any of these turns, by turn."""
        ...


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """What an admin set for one channel; "" and None mean: as everywhere.

    `answer_mode` "mention" answers only when called; "every" answers each new post of a forum, too. `repairs`: code in which a check
    finds a problem is mended. `keeps_secrets`: what people write here is not masked.
    """

    enabled: bool = True
    answer_mode: Literal["thread", "mention", "every"] = "thread"
    prompt_addition: str = ""
    model: str = ""
    effort: str = ""
    daily_budget_microdollars: int | None = None
    repositories: tuple[str, ...] = ()
    default_repository: str = ""
    repairs: bool = True
    keeps_secrets: bool = False


class ChannelSettingsStore(Protocol):
    async def get(self, place: str) -> ChannelSettings: ...

    async def put(self, place: str, settings: ChannelSettings, by: str) -> None: ...


@dataclass(frozen=True, slots=True)
class BoardPost:
    """One message on the local page: a person's, or one of ours. `view` is ours; `text` a person's, in CommonMark.

    A person's: `edition` is that of the message as it stands here, `waits` says that an answer to it is to come, `is_excerpt` that this
    is not all of its text. Ours: `answers` are the messages that it is about, each by id and edition.
    """

    id: str
    author: str
    sent_at: datetime
    text: str = ""
    files: tuple[str, ...] = ()
    view: View | None = None
    turn_id: str = ""
    edition: str = ""
    waits: bool = False
    is_excerpt: bool = False
    answers: tuple[tuple[str, str], ...] = ()

    @property
    def is_ours(self) -> bool:
        return self.view is not None or bool(self.turn_id)


@dataclass(frozen=True, slots=True)
class Removed:
    """A post is gone from the local page."""

    post_id: str


@dataclass(frozen=True, slots=True)
class BoardThread:
    thread: ThreadId
    title: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class KeptFile:
    """How large an uploaded file is as it is kept, and which kinds of secrets were taken out of it."""

    size_bytes: int
    masked: tuple[str, ...] = ()


class Board(Protocol):
    """The local page's own thread view: what Slack and Discord keep for themselves, kept by us for our page."""

    async def put(self, thread: ThreadId, post: BoardPost) -> None:
        """Add the post, or replace the one with its id; whoever watches is told."""
        ...

    async def remove(self, thread: ThreadId, post_id: str) -> None:
        """Whoever watches is told; a thread without posts is no thread any more."""
        ...

    async def rename(self, thread: ThreadId, title: str) -> None:
        """The name that a person gave; with "" it is called by its first question again."""
        ...

    async def forget(self, thread: ThreadId) -> None:
        """The thread with all its posts; whoever watches is told."""
        ...

    async def posts(self, thread: ThreadId) -> Sequence[BoardPost]:
        """In the order in which they were first put."""
        ...

    async def threads(self, workspace: str) -> Sequence[BoardThread]:
        """The newest first; the title is the name that a person gave, or made of the first question there as it reads now."""
        ...

    def watch(self, thread: ThreadId) -> AsyncIterator[BoardPost | Removed]:
        """Every later put and removal, from any process, as it happens; may skip to a post's latest state. Endless."""
        ...

    async def keep_file(self, file_id: str, data: bytes) -> KeptFile:
        """Keep an uploaded file for a day, so that a worker in another process can read it; what is kept may be less than came."""
        ...

    async def file(self, file_id: str) -> bytes | None: ...

    async def forget_files(self, file_ids: Sequence[str]) -> None: ...
