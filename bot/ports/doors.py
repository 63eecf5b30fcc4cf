"""What a worker and the front desk need of a platform, and what every door hands its visitors to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.conversation import Attachment, Author, Message, ThreadId
from bot.copies import Change
from bot.ports.inbox import Accepted, Lease, Outbox
from bot.ports.policy import Directory
from bot.views import Press, View


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


class Platform(Directory, Protocol):
    """What a worker needs of a platform; works without its event connection, so that a worker may live elsewhere."""

    name: str

    async def open(self, lease: Lease, outbox: Outbox) -> LivePost:
        """The place where this turn is answered. Posts nothing yet."""
        ...

    async def earlier(self, message: Message) -> Sequence[Message]:
        """What was said in the thread before this message, oldest first, by us too; () where it cannot be read."""
        ...

    def begun_at(self, thread: ThreadId) -> datetime | None:
        """When a thread began, as far as its address tells."""
        return None

    async def took_part(self, message: Message) -> bool:
        """Whether an answer of ours stands in the thread before this message, by one look. Raises PlatformUnavailable."""
        return False

    async def read(self, attachment: Attachment, limit_bytes: int) -> bytes:
        """At most `limit_bytes` of a file, from the platform's own host. Raises FileUnreadable with a plain reason."""
        ...

    async def whisper(self, message: Message, text: str) -> bool:
        """Say this to the author of a message alone. False where the platform has no private place, or does not take it now."""
        return False

    def shared_by(self, workers: int) -> None:
        """So many processes answer with this token now, one or more: each takes its part of the calls that the platform allows."""
        return

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
    """What the core says at once to what came in at a door; `text` is CommonMark. `private`: for the author alone. `people`: author ids
    of this platform whom the door names behind the text, without calling them. `secret`: others must not see it; where a door has no
    private place there, it is said directly."""

    text: str
    private: bool = False
    people: Sequence[str] = ()
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """`accepted` tells the door what became of the message; `reply`, if any, is posted by the door; `aside` is for the author alone,
    where the platform has a private place: directly, else. `awaited`: an answer is to come."""

    accepted: Accepted
    reply: Reply | None = None
    aside: Reply | None = None
    awaited: bool = False


class Desk(Protocol):
    """What every door hands its visitors to. Returns only when what came in is safe; only then the door acknowledges.

    Raises StoreUnavailable when the store is away: then the door does not acknowledge, so that the platform sends again.
    """

    async def receive(self, message: Message) -> Received:
        """A message: a question, a follow-up, chatter between people, or a `!word` command."""
        ...

    def asks(self, text: str) -> bool:
        """Whether this is a question when it is said to us; else it is a command, a call for help or a nod, and `receive` has the short
        answer to it. For a door that shows a question to all before it hands it on."""
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

    async def copied(self, platform: str, source: str) -> Sequence[ThreadId]:
        """The threads in which somebody's question holds a copy of what stands there (`Quote`), or holds that file (`file/ID`)."""
        ...

    async def requote(self, threads: Sequence[ThreadId], change: Change) -> None:
        """What was copied there reads differently now, or is gone: so it does in whatever is read there from now on. Asks nothing."""
        ...

    async def forget_text(self, threads: Sequence[ThreadId], file_id: str) -> None:
        """A file has other contents now: what was read of it is forgotten; it is named still."""
        ...

    async def press(self, press: Press) -> Reply | None:
        """A button, or a platform's own Stop (with an empty `turn_id`); the reply, if any, is private."""
        ...

    async def clean(self, thread: ThreadId, text: str) -> str:
        """What somebody wrote, as it may be shown and kept in this channel: without secrets, where the desk masks them. For what a door
        itself shows again."""
        ...

    async def command(self, thread: ThreadId, author: Author, word: str, rest: str) -> Reply:
        """A slash command's word (`help`, `usage`, ...), with what was typed behind it."""
        ...
