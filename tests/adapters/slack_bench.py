"""What the tests of Slack's rooms share: a lease, a desk that notes, a platform on a server, and events of a known pace."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from adapters.clocks import PlatformClock
from adapters.delivery import deliver
from adapters.metrics import Metrics
from adapters.slack.app import SlackAdapter
from adapters.slack.budget import USUAL
from adapters.slack.contents import Ourselves
from adapters.slack.outgoing import SlackPlatform
from bot.conversation import Answer, Author, Message, ThreadId
from bot.errors import StoreUnavailable
from bot.events import AnswerEvent, TextDelta
from bot.ports.doors import Desk, Received, Reply
from bot.ports.inbox import Accepted, Lease, Outbox, Outcome, Stop
from bot.ports.stores import Attendance
from bot.views import Press
from storage.memory import MemoryAttendance, MemoryOutbox
from tests.adapters.running import running
from tests.deployments import free_port
from tests.fakes import PlainDesk
from tests.servers.slack import BOT_ID, BOT_USER, SlackServer

OURS = Ourselves(BOT_USER, BOT_ID, "plumbline")


@dataclass
class NotingDesk(PlainDesk):
    """Takes each message and each edition once, as the inbox does; `away` deliveries are refused first."""

    away: int = 0
    messages: list[Message] = field(default_factory=list)
    editions: list[Message] = field(default_factory=list)
    withdrawn: list[tuple[str, str]] = field(default_factory=list)
    presses: list[Press] = field(default_factory=list)
    deliveries: int = 0

    def _arrive(self) -> None:
        self.deliveries += 1
        if self.away:
            self.away -= 1
            raise StoreUnavailable("away")

    async def receive(self, message: Message) -> Received:
        self._arrive()
        if any(one.id == message.id for one in self.messages):
            return Received(Accepted.DUPLICATE)
        self.messages.append(message)
        return Received(Accepted.NEW)

    async def revise(self, message: Message) -> Received:
        self._arrive()
        if any((one.id, one.edition) == (message.id, message.edition) for one in self.editions):
            return Received(Accepted.DUPLICATE)
        self.editions.append(message)
        return Received(Accepted.NEW)

    async def withdraw(self, thread: ThreadId, message_id: str) -> None:
        self._arrive()
        self.withdrawn.append((thread.thread, message_id))

    async def press(self, press: Press) -> Reply | None:
        self._arrive()
        self.presses.append(press)
        return Reply("noted", private=True)

    async def command(self, thread: ThreadId, author: Author, word: str, rest: str) -> Reply:
        self._arrive()
        return Reply(f"{word} {rest}")


@contextlib.asynccontextmanager
async def platform_on(slack: SlackServer) -> AsyncIterator[SlackPlatform]:
    platform = SlackPlatform("xoxb-1", slack.api_url, name="Plumbline")
    try:
        yield platform
    finally:
        await platform.close()


@contextlib.asynccontextmanager
async def connecting(
    slack: SlackServer,
    desk: Desk,
    *,
    ping_seconds: float = 1,
    stand_by_seconds: float = 35,
    answer_bots: bool = False,
    is_alone: bool = False,
    attendance: Attendance | None = None,
    metrics: Metrics | None = None,
    clock: PlatformClock | None = None,
) -> AsyncIterator[SlackAdapter]:
    """The adapter on its way to a socket."""
    async with platform_on(slack) as platform:
        platform.calls.clock = clock or platform.calls.clock
        adapter = SlackAdapter(
            desk,
            platform,
            attendance or MemoryAttendance(),
            app_token="xapp-1",
            ping_seconds=ping_seconds,
            stand_by_seconds=stand_by_seconds,
            answer_bots=answer_bots,
            is_alone=is_alone,
            metrics=metrics,
        )
        async with running(adapter):
            yield adapter


@contextlib.asynccontextmanager
async def listening(
    slack: SlackServer,
    desk: Desk,
    *,
    answer_bots: bool = False,
    attendance: Attendance | None = None,
    metrics: Metrics | None = None,
    clock: PlatformClock | None = None,
) -> AsyncIterator[SlackAdapter]:
    connected = connecting(slack, desk, answer_bots=answer_bots, attendance=attendance, metrics=metrics, clock=clock)
    async with connected as adapter:
        await slack.until(lambda: slack.connections)
        yield adapter


@contextlib.asynccontextmanager
async def listening_by_http(
    desk: Desk,
    metrics: Metrics | None = None,
    attendance: Attendance | None = None,
    clock: PlatformClock | None = None,
) -> AsyncIterator[SlackServer]:
    """A Slack that signs with the secret `right` what it sends, and an adapter that listens to it."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/slack/events"
    async with SlackServer(http_url=url, signing_secret="right") as slack, platform_on(slack) as platform:
        platform.calls.clock = clock or platform.calls.clock
        adapter = SlackAdapter(
            desk,
            platform,
            attendance or MemoryAttendance(),
            signing_secret="right",
            http_port=port,
            http_host="127.0.0.1",
            metrics=metrics,
        )
        async with running(adapter):
            await slack.until(adapter.is_ready)
            yield slack


def lease(root: str, *, channel: str = "C1", text: str = "how?", turn: str = "turn1", id: str = "") -> Lease:
    thread = ThreadId("slack", "T1", channel, root)
    said = Message(thread, id or root, Author("slack:U1", "Ana"), text, datetime.now(UTC), addressed=True)
    return Lease(thread, turn, (said,), (), 1, 1, False, False, Stop())


async def told(pieces: Sequence[str], pause: float = 0.0) -> AsyncGenerator[AnswerEvent, None]:
    """An answer in pieces, with a pause after each."""
    for piece in pieces:
        yield TextDelta(piece)
        await asyncio.sleep(pause)
    yield Answer("".join(pieces), "m")


async def answer(
    platform: SlackPlatform, held: Lease, pieces: Sequence[str], pause: float = 0.0, outbox: Outbox | None = None
) -> Outcome:
    return await deliver(told(pieces, pause), await platform.open(held, outbox or MemoryOutbox()), held)


async def use_up(platform: SlackPlatform, method: str, channel: str, calls: int) -> None:
    """So many calls of a method have passed in this minute."""
    for _ in range(calls):
        async with platform.calls.budget.permit(method, channel, USUAL, waits=True) as permit:
            permit.passed()


# --- fixtures, taken by name ------------------------------------------------------------------------------------------


@pytest.fixture
async def platform(slack: SlackServer) -> AsyncIterator[SlackPlatform]:
    async with platform_on(slack) as one:
        yield one


@pytest.fixture
def desk() -> NotingDesk:
    return NotingDesk()


@pytest.fixture
async def door(slack: SlackServer, desk: NotingDesk) -> AsyncIterator[SlackAdapter]:
    async with listening(slack, desk) as adapter:
        yield adapter
