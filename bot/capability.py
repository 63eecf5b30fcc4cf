"""How something joins an answer: tools for the model, a review of what it writes, commands, sentences in its own name.

A capability is a folder in `capabilities/` and one line in `adapters/wiring.py`; nothing else names it. It is opened once for each
turn, with what that turn may see, before the model runs; what a model writes can never widen that.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.conversation import Answer, Author, Message, ThreadId, Turn
from bot.events import AnswerEvent, Links, Marks, Revised, Status, TextDelta, ToolCall
from bot.ports.doors import Reply
from bot.ports.model import Tool, ToolDefinition
from bot.ports.policy import Deed, Rights
from bot.ports.stores import ChannelSettings
from bot.views import Action, Press

Ask = Callable[[str, str], Awaitable[str | None]]
"""A small second question to the model of this turn: the instructions, the question. None where there is no answer: it was cut,
refused, late, or the turn has asked as often as it may. Asked again in the same turn, also by a worker that took it over, it gives
the first answer."""

Shown = TextDelta | Revised | Links | Marks
"""What a review lets readers see."""


class Notes:
    """What a capability found out in this turn and does not want to find out again, also in another worker that takes the turn over."""

    def get(self, key: str) -> str | None:
        return None

    async def put(self, key: str, text: str) -> None:
        """Kept until the turn ends. A store that is away costs the note, not the answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A turn, as far as a capability may know it. `said` is what people wrote in the thread; `may` decides for its asker, here."""

    thread: ThreadId
    messages: tuple[Message, ...]
    settings: ChannelSettings
    said: str
    may: Callable[[Deed], bool]
    ask: Ask
    notes: Notes = field(default_factory=Notes)


class Review:
    """Reads one answer while it is written. The text fed whole must give what its pieces give: a turn may begin anew elsewhere.

    What it does not override lets everything pass.
    """

    async def feed(self, piece: str) -> Sequence[Shown]:
        """The next piece of the text; gives back what can be shown now. `Revised` replaces all that was shown before it."""
        return (TextDelta(piece),) if piece else ()

    async def end(self) -> Sequence[Shown]:
        """The text is over: what was held back."""
        return ()

    async def settle(self) -> AsyncIterator[Shown | Status]:
        """The text is over and all of it is in sight: what takes longer than readers should wait for, and what they see meanwhile.
        It is closed early when somebody stops the answer."""
        return
        yield

    def restart(self) -> None:
        """The text begins anew."""

    def see(self, event: AnswerEvent) -> None:
        """Anything else that passes: a tool's result, for instance."""

    async def finish(self, answer: Answer) -> Answer:
        """The whole answer, its text as it was shown: notices, links and what stands under it may be added."""
        return answer


class Session:
    """A capability in one turn. Tools run several at once; the review is asked in the order of the text."""

    def __init__(self, tools: Sequence[Tool] = (), review: Review | None = None) -> None:
        self.tools = tools
        self.review = review

    def notices(self) -> Sequence[str]:
        """Sentences under the answer, in the bot's own name, whether there is a review or not."""
        return ()

    def seen(self) -> frozenset[str]:
        """The names of what this turn looked into: who may not see all of them is not shown the turn again."""
        return frozenset()

    async def prepare(self, calls: Sequence[ToolCall]) -> AsyncGenerator[str, None]:
        """Wait, within bounds, for what these calls of any tools need here, or without calls for what `look_up` needs; meanwhile
        sentences for the asker."""
        return
        yield

    async def look_up(self, question: str) -> str:
        """What it has for plain words where no model can ask for it, in CommonMark; "" for nothing to look up."""
        return ""


@dataclass(frozen=True, slots=True)
class Call:
    """A command as it was typed: where, by whom, and what stood behind the word; `rights` are theirs, here."""

    thread: ThreadId
    author: Author
    rest: str
    rights: Rights


@dataclass(frozen=True, slots=True)
class Command:
    """One `!word`. `written` and `meaning` are its row on the help page; `run` raises NotAllowed where an admin is needed."""

    word: str
    written: str
    meaning: str
    run: Callable[[Call], Awaitable[Reply]]


Pressed = Callable[[Press, Turn], Awaitable[str]]
"""What a button of a capability's own says to whoever pressed it, in CommonMark; the turn is the one that it stands under."""


class Capability:
    """What it does not override, it does not bring. `name` tells it from others in logs."""

    name: str

    def instructions(self) -> str:
        """What the model is told of it, for threads that begin now; "" while it has nothing to offer."""
        return ""

    def definitions(self) -> Sequence[ToolDefinition]:
        """The tools that are offered to threads that begin now, the same to all; they may change while we run."""
        return ()

    def open(self, asked: Asked) -> Session:
        """Bind it to a turn. Asks nobody: what is outside is asked when it is needed."""
        return Session()

    async def forget(self, thread: ThreadId) -> None:
        """The thread begins anew: what it keeps of it goes."""

    def commands(self) -> Sequence[Command]:
        """The words that it adds to the bot's own."""
        return ()

    def presses(self) -> Mapping[Action, Pressed]:
        """The buttons under answers that are its own."""
        return {}
