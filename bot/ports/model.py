"""Something that answers, and the tools that it may use meanwhile."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Protocol

from bot.capabilities.team_code.code import Passage
from bot.capabilities.team_code.repositories import Snapshot
from bot.conversation import AnswerEvent, Checkpoint, Prompt, ToolCall, ToolResult


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
