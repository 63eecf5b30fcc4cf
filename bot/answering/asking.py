"""One turn on its way through the assistant: what was read for it, and how it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.answering import phrases
from bot.answering.attachments import ReadFiles, without
from bot.answering.envelopes import NOTHING, LeftOut
from bot.answering.gathering import Gathered
from bot.answering.ledger import Entry
from bot.answering.prompt import Built, PromptBuilder
from bot.answering.shrinking import SPACES, fitted
from bot.answering.stream import AnswerStream, ProgressKeeper
from bot.answering.tool_calls import ToolCalls
from bot.capability import Session
from bot.conversation import Answer, Conversation, Pinned
from bot.errors import BotError, NoAnswer
from bot.ports.inbox import Lease
from bot.ports.model import QuestionPart
from bot.ports.policy import Decision
from bot.ports.stores import ChannelSettings
from bot.writing.reading import shows_nothing


@dataclass(slots=True)
class Asking:
    """One turn on its way: what the model is asked, what it may use, and how far the answer has come."""

    lease: Lease
    entry: Entry
    settings: ChannelSettings
    conversation: Conversation
    gathered: Gathered
    sessions: Sequence[Session]
    tools: ToolCalls
    stream: AnswerStream
    keeper: ProgressKeeper
    decision: Decision
    is_whole: bool
    """Whether the model is told all of the conversation."""

    pinned: Pinned | None = None
    asked: Sequence[QuestionPart] = ()
    """The question as the model got it last."""
    written: Answer | None = None
    """The model's answer, once it is whole."""
    left_out: LeftOut = NOTHING
    """How many messages that were heard did not reach the model."""
    space: int = 0
    """How little it is asked with: a place in SPACES."""

    rejections: int = 0
    """How often the model did not take what came before."""

    @property
    def files(self) -> ReadFiles:
        """As the model gets them."""
        own = sum(len(message.attachments) for message in self.gathered.messages)
        return fitted(self.gathered.files, SPACES[self.space], own)

    def drop(self, places: Sequence[int]) -> None:
        """Go on without the files that are at these places of the question, as it was asked."""
        first = len(self.asked) - len(self.files.parts)
        self.gathered = replace(self.gathered, files=without(self.gathered.files, [one - first for one in places]))
        self.keeper.begin_anew()
        self.stream.restart()

    def build(self, builder: PromptBuilder, now: datetime) -> Built:
        """The prompt as it is asked next."""
        reached = self.keeper.progress
        built = builder.build(
            self.conversation,
            self.gathered.messages,
            self.gathered.context,
            self.files.parts,
            now,
            self.settings,
            SPACES[self.space],
        )
        return replace(built, prompt=replace(built.prompt, course=reached.course, partial=reached.partial))

    async def finished(self) -> Answer:
        """What stands there in the end. Raises NoAnswer where that is nothing to read."""
        answer = await (self.stream.finished(self.written) if self.written else self.stream.stopped(self._stopped()))
        if answer.stop_reason != "stopped" and shows_nothing(answer.text):
            raise NoAnswer(answer.stop_reason)
        return answer

    def _stopped(self) -> Answer:
        if not self.lease.stop.requested.is_set():
            raise BotError("the model's stream ended without an answer")
        paid = self.entry.paid
        return Answer(
            "",
            self.pinned.model if self.pinned else "",
            "stopped",
            usage=paid.usage,
            notices=(phrases.stopped(self.lease.stop.by),),
            cost_microdollars=paid.cost_microdollars,
            request_ids=paid.request_ids,
        )

    def notices(self) -> tuple[str, ...]:
        """What the bot says in its own name under this answer, besides what the answer itself brings."""
        count, lost = len(self.lease.messages), self.left_out
        left_out = (phrases.context_left_out(lost.count, lost.is_more),) if lost.count else ()
        merged = (phrases.merged(count),) if count > 1 else ()
        brought = [notice for session in self.sessions for notice in session.notices()]
        withheld = (phrases.withheld(),) if self.decision.helps_in_private else ()
        return (*self.gathered.cuts, *self.files.notices, *left_out, *merged, *brought, *withheld)
