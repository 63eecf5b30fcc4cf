"""Something that answers, and the tools that it may use meanwhile."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from bot.conversation import Conversation, Message, Pinned, Turn, Usage
from bot.events import AnswerEvent, Checkpoint, ToolCall, ToolResult


@dataclass(frozen=True, slots=True)
class TextPart:
    text: str


@dataclass(frozen=True, slots=True)
class ImagePart:
    """An image whose bytes were checked: `media_type` is one that the model reads. `name` is for people."""

    media_type: str
    data: bytes
    name: str = ""


@dataclass(frozen=True, slots=True)
class PdfPart:
    """`pages`: 0 where that is not known."""

    name: str
    data: bytes
    pages: int = 0


QuestionPart = TextPart | ImagePart | PdfPart


@dataclass(frozen=True, slots=True)
class Prompt:
    """All that a model needs for one answer; how it is written on the wire is the model's own business.

    `history` is replayed before `question`: each entry is a past turn's transcript (kept), or a pair of plain texts (folded).
    `asker` is a keyed hash, never a name. `messages` is the question as data, for a model that reads no envelope.
    `course` is the last Checkpoint of a worker that died over this turn, or empty; `partial` the model's text as far as it had come.
    """

    conversation: Conversation
    pinned: Pinned
    history: tuple[Turn | FoldedTurn, ...]
    question: tuple[QuestionPart, ...]
    messages: tuple[Message, ...]
    asker: str
    course: str = ""
    partial: str = ""


@dataclass(frozen=True, slots=True)
class FoldedTurn:
    """A past turn as two plain texts. Made by a pure function of the turn, so the same turn folds to the same bytes."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class SideQuestion:
    """A small second question within a turn, beside the conversation: nobody in the thread sees it. At most `max_tokens` come back.

    `model` is an exact id; `asker` the keyed hash of `Prompt.asker`.
    """

    system: str
    text: str
    model: str
    asker: str
    max_tokens: int


@dataclass(frozen=True, slots=True)
class SideAnswer:
    """What came back, cut at `max_tokens` or not, and what it cost."""

    text: str
    is_whole: bool
    usage: Usage
    cost_microdollars: int
    request_id: str


@dataclass(frozen=True, slots=True)
class Spent:
    """What one request has cost so far; a later one of the same request replaces it. Until `is_whole` its output is estimated from what
    came, for a request that is left is counted by nobody else."""

    request_id: str
    model: str
    usage: Usage
    cost_microdollars: int
    is_whole: bool


class Model(Protocol):
    """Something that answers. `stream` yields Thinking, TextDelta, ToolCall, ToolResult, Status, Restart, Checkpoint, Spent, and last
    one Answer.

    Raises a ModelBusy, ModelUnreachable, ModelStalled, NoAnswer, ModelRefused, ModelRejected, FileRefused, PrefixRejected or
    QuestionTooLong. Closing the generator ends the request at once. `is_rehearsal`: a stand-in that is not Claude and says so.
    """

    is_rehearsal: bool

    def stream(self, prompt: Prompt, tools: Tools) -> AsyncGenerator[AnswerEvent | Checkpoint | Spent, None]:
        """`tools` are this turn's; which of them the model knows stands in `prompt.pinned.tools`."""
        ...

    async def ask(self, question: SideQuestion) -> SideAnswer:
        """One request, asked once. Raises like `stream`."""
        ...

    async def check(self) -> Sequence[str]:
        """Reach the service; one line of plain words for each thing that is wrong, none when all is good."""
        ...


class Tool(Protocol):
    """One read-only tool, bound to a turn. `schema` is the JSON schema of its input, strict; `run` gets input that the model wrote."""

    name: str
    description: str
    schema: Mapping[str, object]

    def label(self, arguments: Mapping[str, object]) -> str:
        """What the asker sees while it runs: "reading billing/models.py"."""
        ...

    async def run(self, arguments: Mapping[str, object]) -> str:
        """The result as text for the model. Raises ToolFailed with a short reason that the model may read."""
        ...


@dataclass(frozen=True, slots=True)
class ToolDefinition:
    """What the model is told of a tool."""

    name: str
    description: str
    schema: Mapping[str, object]

    @classmethod
    def of(cls, tool: Tool | type[Tool]) -> Self:
        return cls(tool.name, tool.description, tool.schema)


class Tools(Protocol):
    """What one turn may use, bound to its thread before the model runs."""

    def label(self, name: str, arguments: Mapping[str, object]) -> str:
        """What the asker sees while it runs."""
        ...

    def prepare(self, calls: Sequence[ToolCall]) -> AsyncGenerator[str, None]:
        """Wait, within bounds, for what these calls need and what is still being made; without calls for what `look_up` needs. Gives
        a sentence for the asker whenever there is news."""
        ...

    async def run(self, calls: Sequence[ToolCall]) -> Sequence[ToolResult]:
        """All of them, several at once; the results in the order of the calls, every failure told as a result."""
        ...

    async def look_up(self, question: str) -> str:
        """What can be shown for plain words without any model, in CommonMark; "" where nothing here can be looked up."""
        ...


class ToolFailed(Exception):
    """A tool could not do it; the message is short, and safe to show to the model."""
