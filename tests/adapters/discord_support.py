"""What tests of the Discord door and of its answers share: a desk that notes, a running door, a turn to answer."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from adapters.clocks import PlatformClock
from adapters.discord.app import DiscordAdapter
from adapters.discord.outgoing import DiscordPlatform
from bot.conversation import Author, Message, ThreadId
from bot.errors import StoreUnavailable
from bot.ports.doors import Desk, Received, Reply
from bot.ports.inbox import Accepted, Lease, Stop
from bot.views import Button, Press, View
from storage.memory import MemoryAttendance
from tests.adapters.running import running
from tests.fakes import PlainDesk
from tests.servers.discord import CHANNEL, GUILD, DiscordServer, Post

STOPPABLE = (Button("stop", "t"),)
DONE = (Button("good", "t"),)


class NotingDesk(PlainDesk):
    """Notes what it is handed. `is_away`: the store is, also when it has taken as many as `most`, and at the first `refuses` calls.
    `says`: what it replies to a new message."""

    def __init__(self) -> None:
        self.taken: dict[str, Message] = {}
        self.revised: list[Message] = []
        self.withdrawn: list[tuple[ThreadId, str]] = []
        self.pressed: list[Press] = []
        self.is_away = False
        self.refused = 0
        self.refuses = 0
        self.most = 1_000
        self.breaks = False
        self.says = ""

    def _look(self) -> None:
        if self.is_away or len(self.taken) >= self.most or self.refused < self.refuses:
            self.refused += 1
            raise StoreUnavailable("away")
        if self.breaks:
            raise RuntimeError("broken")

    async def receive(self, message: Message) -> Received:
        self._look()
        if message.id in self.taken:
            return Received(Accepted.DUPLICATE)
        self.taken[message.id] = message
        return Received(Accepted.NEW, Reply(self.says) if self.says else None)

    async def revise(self, message: Message) -> Received:
        self._look()
        self.revised.append(message)
        return Received(Accepted.NEW, Reply(self.says) if self.says else None)

    async def withdraw(self, thread: ThreadId, message_id: str) -> None:
        self._look()
        self.withdrawn.append((thread, message_id))

    async def press(self, press: Press) -> Reply | None:
        self._look()
        self.pressed.append(press)
        return Reply("Only the people who asked can stop this.", private=True)

    async def command(self, thread: ThreadId, author: Author, word: str, rest: str) -> Reply:
        self._look()
        return Reply(f"{word} of {thread.thread}")


@contextlib.asynccontextmanager
async def door(
    server: DiscordServer,
    desk: Desk,
    *,
    answer_bots: bool = False,
    attendance: MemoryAttendance | None = None,
    clock: PlatformClock | None = None,
) -> AsyncIterator[DiscordAdapter]:
    """The adapter, listening."""
    platform = DiscordPlatform("good", server.api_url)
    platform.clock = clock or platform.clock
    adapter = DiscordAdapter(
        desk, platform, attendance or MemoryAttendance(), token="good", api_url=server.api_url, answer_bots=answer_bots
    )
    async with running(adapter):
        await server.until(lambda: server.is_heard)
        yield adapter


def thread(thread_id: str, channel: str = CHANNEL) -> ThreadId:
    return ThreadId("discord", GUILD, channel, thread_id)


def lease_for(where: ThreadId, message_id: str, text: str = "how?", *, attempt: int = 1, **message: object) -> Lease:
    """A turn over one question that starts a thread, unless its route says otherwise."""
    said = Message(
        where,
        message_id,
        Author("discord:1", "Ana"),
        text,
        datetime.now(UTC),
        True,
        **{"route": {"start": "1"}, **message},  # type: ignore[arg-type]
    )
    return Lease(where, f"{int(message_id):016x}"[-16:], (said,), (), 1, attempt, False, False, Stop())


def half(text: str) -> View:
    return View(text=text, buttons=STOPPABLE)


def whole(text: str) -> View:
    return View(text=text, buttons=DONE, final=True)


def asks(discord: DiscordServer, question: str = "1000", text: str = "how?") -> str:
    """A question of Ana's stands in the channel."""
    discord.posts[question] = Post(question, CHANNEL, "1", text)
    return question


@pytest.fixture
async def platform(discord: DiscordServer) -> AsyncIterator[DiscordPlatform]:
    """Taken by name, in files of their own."""
    one = DiscordPlatform("good.token", discord.api_url)
    yield one
    await one.close()
