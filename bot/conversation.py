"""The nouns of the house, frozen: what people say, where they say it, and what is answered.

Everything here is plain data that any floor may hold; so are the events of an answer (events.py) and what is seen of it (views.py).
Text is CommonMark, always; a platform's own dialect ends at its door. Nothing here knows a platform, a store or a model.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, Self
from urllib.parse import quote, unquote

from bot.errors import MalformedThread


@functools.lru_cache(maxsize=4096)
def _written(parts: tuple[str, ...]) -> str:
    """Kept, for each call to a store names its thread."""
    return ":".join(quote(part, safe="") for part in parts)


@dataclass(frozen=True, slots=True)
class ThreadId:
    """The address of one conversation: platform, tenant, channel and thread. No part has a default; none may be empty.

    Written `slack:T1:C7:1719.42`, it is store key, log field and lock name at once. Each part is percent-encoded, so that
    different addresses are always written differently.
    """

    platform: str
    workspace: str
    channel: str
    thread: str

    def __post_init__(self) -> None:
        for name in ("platform", "workspace", "channel", "thread"):
            if not getattr(self, name):
                raise MalformedThread(f"a thread needs its {name}: {self.parts!r}")

    @property
    def parts(self) -> tuple[str, str, str, str]:
        return (self.platform, self.workspace, self.channel, self.thread)

    @property
    def place(self) -> str:
        """The channel's address, without the thread: what settings and budgets hang on."""
        return _written(self.parts[:3])

    def __str__(self) -> str:
        return _written(self.parts)

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read what `str()` wrote. Raises MalformedThread when it is anything else."""
        parts = [unquote(part) for part in written.split(":")]
        if len(parts) != 4:
            raise MalformedThread(f"not a thread address: {written!r}")
        return cls(*parts)


@dataclass(frozen=True, slots=True)
class Author:
    """Who speaks. `id` carries the platform (`slack:U02`) and is what permissions hang on; `name` is only shown."""

    id: str
    name: str
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file somebody sent, by reference: its bytes are read once, in the turn that answers it (`Platform.read`)."""

    id: str
    name: str
    media_type: str
    size_bytes: int
    url: str


@dataclass(frozen=True, slots=True)
class Quote:
    """What a message brings of somebody else's, or of a file.

    `source`: where that stands, by a name of its platform's door (`C2/1719.42`, `file/F1`). `text`: how it stands in the message's own
    text; `head` is its first line, which says whose it is, and "" where it has none. `files`: the ids of the attachments that came with
    it.
    """

    source: str
    text: str
    head: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One thing somebody said, normalised at the door of its platform.

    `addressed`: said to us (a mention, a direct message, a slash command, the local page).
    `typed`: the author's own words, where the text brings more: what they quote, forward or embed. None: all of it is theirs.
    `gesture`: an emoji or a sticker, and no word beside it.
    `mentions_others`: is turned to others: mentions a person, a group or a bot that is not us, answers a colleague, or asks nobody in
    particular (a poll, a sticker, an emoji alone).
    `ours`: said by us, and read back from the platform because the thread's history is gone.
    `quotes`: what of the text is a copy of what stands elsewhere.
    `about`: the id of another message that it asks about. `unread`: so many messages behind it were not read, at least.
    `edition`: the platform's own mark of the last edit, "" as first said. `withdrawn`: deleted by its author while it was being
    answered; its text is gone, and it stays only to say so.
    `zone`: the author's time zone by its IANA name, "" where the platform does not tell.
    `heard_at`: when we heard it, by its platform's clock; None: as it was said.
    `route`: what this platform's own `outgoing` needs to answer here (an interaction token, a recipient's team);
    opaque to every other room.
    """

    thread: ThreadId
    id: str
    author: Author
    text: str
    sent_at: datetime
    addressed: bool
    mentions_others: bool = False
    attachments: tuple[Attachment, ...] = ()
    route: Mapping[str, str] = field(default_factory=dict)
    ours: bool = False
    edition: str = ""
    withdrawn: bool = False
    zone: str = ""
    typed: str | None = None
    gesture: bool = False
    about: str = ""
    unread: int = 0
    quotes: tuple[Quote, ...] = ()
    heard_at: datetime | None = None

    @property
    def lay_for(self) -> timedelta:
        """How long nobody heard it (it came late, or was read back); an edit is asked now, however long ago the message was said."""
        if self.heard_at is None or self.edition:
            return timedelta()
        return max(timedelta(), self.heard_at - self.sent_at)

    def rewritten(self, change: Callable[[str], str]) -> Self:
        """The same with all that its author, or whoever it quotes, has put into words."""
        return replace(
            self,
            text=change(self.text),
            typed=None if self.typed is None else change(self.typed),
            attachments=tuple(replace(one, name=change(one.name)) for one in self.attachments),
            quotes=tuple(replace(one, text=change(one.text), head=change(one.head)) for one in self.quotes),
        )


def refusal_keys(message: Message) -> Iterator[str]:
    """What names a message that the model refused, as it read then, and the one that it was about."""
    yield f"{message.id}#{message.edition}"
    if message.about:
        yield message.about


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one turn by kind, all its requests added up."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cache_read_tokens + other.cache_read_tokens,
            self.cache_write_5m_tokens + other.cache_write_5m_tokens,
            self.cache_write_1h_tokens + other.cache_write_1h_tokens,
        )

    @property
    def context_tokens(self) -> int:
        """How long the prompt was, whichever way it was paid for."""
        return self.input_tokens + self.cache_read_tokens + self.cache_write_5m_tokens + self.cache_write_1h_tokens


@dataclass(frozen=True, slots=True)
class Mark:
    """What the bot says in its own name under one code block of an answer: one line, and what stands behind it when asked.

    `place` counts the answer's code blocks from 0, as they are drawn. `record` is for whoever made the mark, opaque to all others.
    """

    place: int
    line: str
    detail: tuple[str, ...] = ()
    record: str = ""


@dataclass(frozen=True, slots=True)
class Cited:
    """A file of the team's that an answer names, at the commit at which it was looked at."""

    repository: str
    commit: str
    path: str


Effort = Literal["low", "medium", "high", "xhigh", "max"]
"""How much the model thinks before it speaks."""

StopReason = Literal["end_turn", "max_tokens", "stopped"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. `text` is CommonMark; `transcript` is the model's own record of the turn.

    `transcript` holds the turn's API messages as JSON, question first, byte for byte as sent and received; it is opaque to
    everyone but the model that wrote it. Empty means that the turn is replayed from its text.
    `notices` are sentences the bot says in its own name under the answer. `model` is the exact id that answered.
    `context_tokens` is the length of the turn's last request; `cost_microdollars` adds up what each request cost.
    `links` are the addresses that may be live in it; all others are shown as text.
    `mended`: what was corrected in the model's own words or taken out of them before they were shown, a line each; the model is told
    with the next question.
    `marks` stand under its code blocks. `cites` are the files that its text names.
    """

    text: str
    model: str
    stop_reason: StopReason = "end_turn"
    usage: Usage = field(default_factory=Usage)
    transcript: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    context_tokens: int = 0
    cost_microdollars: int = 0
    request_ids: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    cites: tuple[Cited, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """All that people said since the last answer, and the answer: stored whole, folded whole, dropped whole.

    `context` was said and not answered before the first of `messages`: before we were called, or among people.
    `seen`: the names of the repositories that something in it is from; None where that is not known, as in turns of an older release.
    """

    id: str
    messages: tuple[Message, ...]
    context: tuple[Message, ...]
    answer: Answer
    ended_at: datetime
    seen: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Pinned:
    """The bytes at the head of every request of a thread, fixed at its first turn and changed only by a fold.

    `tools` is a JSON array of the offered tools' definitions. Model and effort belong here because changing them loses the
    cached prefix as surely as changing the text does.
    """

    system: str
    tools: str
    model: str
    effort: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a thread remembers. The first `folded` turns are replayed as plain text, the others byte for byte.

    `forgotten_at`: when somebody had us forget all that was said before. `refused`: what the model would not answer, a key each
    (`refusal_keys`).
    """

    thread: ThreadId
    turns: tuple[Turn, ...] = ()
    folded: int = 0
    pinned: Pinned | None = None
    forgotten_at: datetime | None = None
    refused: frozenset[str] = frozenset()
