"""Stand-ins at the ports, for tests of rooms that should not need a platform, a model or a store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.answering.budgets import DailyBudgets
from bot.answering.policy import HousePolicy
from bot.conversation import Answer, Attachment, Author, Message, ThreadId
from bot.copies import Change
from bot.errors import FileUnreadable, ModelBusy
from bot.events import AnswerEvent, Checkpoint, TextDelta
from bot.ports.doors import Desk, LivePost, Platform, Received
from bot.ports.inbox import Lease, Outbox, Stop
from bot.ports.model import Model, Prompt, SideAnswer, SideQuestion, Spent, Tools
from bot.ports.policy import (
    LOOK_UP_SECONDS,
    ChannelKind,
    Decision,
    Directory,
    Facts,
    Grants,
    Look,
    NoGrants,
    PersonKind,
    Policy,
    Reader,
    Rights,
)
from bot.ports.stores import ChannelSettings
from bot.views import View
from storage.memory import MemoryUsageLog

THREAD = ThreadId("slack", "T1", "C7", "1719.42")
ANA = Author("slack:U1", "Ana")
BEN = Author("slack:U2", "Ben")
START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


def message(
    text: str,
    *,
    id: str = "1",
    author: Author = ANA,
    thread: ThreadId = THREAD,
    addressed: bool = True,
    mentions_others: bool = False,
    attachments: tuple[Attachment, ...] = (),
) -> Message:
    return Message(thread, id, author, text, START, addressed, mentions_others, attachments)


def lease(
    *messages: Message,
    turn_id: str = "turn1",
    context: tuple[Message, ...] = (),
    attempt: int = 1,
    took_part: bool = True,
    muted: bool = False,
    fence: int = 1,
) -> Lease:
    thread = messages[0].thread
    return Lease(thread, turn_id, messages, context, fence, attempt, took_part, muted, Stop())


Script = Sequence[AnswerEvent | Checkpoint | Spent | Exception | Callable[[], object]]


class FakeModel(Model):
    """Plays one script per request: events are yielded, exceptions raised, callables called (and awaited)."""

    is_rehearsal = False

    def __init__(self, *scripts: Script | str) -> None:
        self._scripts = [_script(one) for one in scripts]
        self.prompts: list[Prompt] = []
        self.tools: list[Tools] = []
        self.asked: list[SideQuestion] = []
        self.side_answers: list[SideAnswer] = []
        self.closed = 0

    def play(self, *scripts: Script | str) -> None:
        """From now on these."""
        self._scripts = [_script(one) for one in scripts]

    async def stream(self, prompt: Prompt, tools: Tools) -> AsyncGenerator[AnswerEvent | Checkpoint | Spent, None]:
        self.prompts.append(prompt)
        self.tools.append(tools)
        script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        try:
            for step in script:
                if isinstance(step, Exception):
                    raise step
                if callable(step):
                    result = step()
                    if asyncio.iscoroutine(result):
                        await result
                else:
                    yield step
        finally:
            self.closed += 1

    async def ask(self, question: SideQuestion) -> SideAnswer:
        self.asked.append(question)
        if not self.side_answers:
            raise ModelBusy("nobody has an answer")
        return self.side_answers.pop(0)

    async def check(self) -> Sequence[str]:
        return ()


def _script(one: Script | str) -> Script:
    if isinstance(one, str):
        return [TextDelta(one), Answer(one, "fake-model")]
    return one


@dataclass(slots=True)
class RecordingPost(LivePost):
    """Keeps every view that it was asked to draw; `faults` are raised first, one a drawing."""

    pause_seconds: float = 0.0
    views: list[View] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)

    is_withdrawn: bool = False

    async def draw(self, view: View) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.views.append(view)

    async def withdraw(self) -> None:
        self.is_withdrawn = True

    @property
    def shown(self) -> View:
        return self.views[-1]


class PlainDesk(Desk):
    """For doors where nothing is edited, deleted, copied or masked."""

    def asks(self, text: str) -> bool:
        return True

    async def copied(self, platform: str, source: str) -> Sequence[ThreadId]:
        return ()

    async def requote(self, threads: Sequence[ThreadId], change: Change) -> None:
        raise AssertionError("nothing is copied here")

    async def forget_text(self, threads: Sequence[ThreadId], file_id: str) -> None:
        raise AssertionError("nothing is copied here")

    async def clean(self, thread: ThreadId, text: str) -> str:
        return text

    async def revise(self, message: Message) -> Received:
        raise AssertionError("nothing is edited here")

    async def withdraw(self, thread: ThreadId, message_id: str) -> None:
        raise AssertionError("nothing is deleted here")


class FakeDirectory(Directory):
    """Says the same of everybody and every place: a member in a private channel of members, unless told otherwise. `faults` come
    first."""

    def __init__(self, facts: Facts | None = None) -> None:
        self.told = facts or Facts(ChannelKind.PRIVATE, PersonKind.MEMBER, readers=(Reader(PersonKind.MEMBER),))
        self.of: dict[str, Facts] = {}
        """By author id."""
        self.faults: list[Exception] = []
        self.looks: list[Look] = []

    async def facts(self, look: Look) -> Facts:
        self.looks.append(look)
        if self.faults:
            raise self.faults.pop(0)
        return self.of.get(look.person.id, self.told)


async def own_rights(person: Author) -> Rights:
    """On this machine's own doors, where nothing was declared."""
    return await OpenPolicy().decide(person, ThreadId("web", "local", "page", "any"), ChannelSettings())


class OpenPolicy(Policy):
    """Everybody has what the operator or the channel's admins gave; `admins` are author ids, and nobody has a budget."""

    def __init__(
        self,
        *admins: str,
        grants: Grants | None = None,
        directory: Directory | None = None,
        look_up_seconds: float = LOOK_UP_SECONDS,
    ) -> None:
        places: dict[str, Directory] = {name: directory or FakeDirectory() for name in ("slack", "discord")}
        budgets = DailyBudgets(MemoryUsageLog())
        self._policy = HousePolicy(
            frozenset(admins), budgets, FixedClock(), places, grants or NoGrants(), look_up_seconds
        )

    async def decide(
        self,
        person: Author,
        thread: ThreadId,
        settings: ChannelSettings,
        route: Mapping[str, str] | None = None,
        *,
        again: bool = False,
    ) -> Decision:
        return await self._policy.decide(person, thread, settings, route, again=again)

    def admins(self, platform: str) -> Sequence[str]:
        return self._policy.admins(platform)

    async def check_budget(self, person: Author, thread: ThreadId, settings: ChannelSettings) -> bool:
        return False

    async def budget_alerts(
        self, person: Author, thread: ThreadId, settings: ChannelSettings, more_microdollars: int
    ) -> Sequence[tuple[str, int]]:
        return ()


class FakePlatform(Platform):
    """One post for every turn; `before` is what was said earlier, `files` the bytes of attachments by id."""

    name = "slack"

    def __init__(self, before: Sequence[Message] = (), files: dict[str, bytes] | None = None) -> None:
        self.before = before
        self.files = files or {}
        self.posts: dict[str, RecordingPost] = {}

    async def open(self, lease: Lease, outbox: Outbox) -> LivePost:
        return self.posts.setdefault(lease.turn_id, RecordingPost())

    async def facts(self, look: Look) -> Facts:
        return await FakeDirectory().facts(look)

    async def earlier(self, message: Message) -> Sequence[Message]:
        return self.before

    async def read(self, attachment: Attachment, limit_bytes: int) -> bytes:
        if attachment.id not in self.files:
            raise FileUnreadable("it is gone.")
        return self.files[attachment.id][:limit_bytes]

    async def check(self) -> Sequence[str]:
        return ()

    async def start(self) -> None:
        return None

    async def close(self) -> None:
        return None
