"""What an answer is made of, event by event, frozen: from the model through the reviews to whoever draws it."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.conversation import Answer, Mark, Usage


@dataclass(frozen=True, slots=True)
class Thinking:
    """The model is thinking; `text` may be empty, or the next piece of its summary."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model asked for a tool, which runs now. `arguments` is JSON. `label` is what the asker sees: "reading a.py"."""

    id: str
    name: str
    arguments: str
    label: str


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool gave back. `text` goes to the model as data."""

    call_id: str
    text: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """One line about progress, in the bot's own name; it replaces the line before it."""

    text: str


@dataclass(frozen=True, slots=True)
class Restart:
    """The text so far was cut off and is told anew from its beginning."""


@dataclass(frozen=True, slots=True)
class Revised:
    """The text so far reads like this now: something in it was mended, and what comes next goes on from here."""

    text: str


@dataclass(frozen=True, slots=True)
class Paid:
    """What the requests of a turn have used, and cost in millionths of a US dollar; which they were, as far as they have a name."""

    usage: Usage = field(default_factory=Usage)
    cost_microdollars: int = 0
    request_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """From a model to whoever keeps progress: with this `course` (opaque) in the prompt it goes on from here, and pays nothing
    twice. `paid` is all that it took to come here."""

    course: str
    paid: Paid = field(default_factory=Paid)


@dataclass(frozen=True, slots=True)
class PickedUp:
    """A worker died over this turn, and another goes on; `text` is what readers had seen, until there is a new one."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Links:
    """More addresses that may be live in the answer from now on; told before the first text that could hold one."""

    allowed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands under the code blocks from now on; it replaces the marks before it."""

    all: tuple[Mark, ...]


AnswerEvent = (
    Thinking | TextDelta | Revised | ToolCall | ToolResult | Status | Restart | PickedUp | Links | Marks | Answer
)
"""What an answer is made of. A stream ends with exactly one Answer, or raises a BotError; a stream without any event means
that the messages were not for us."""
