"""The local page over real sockets, with the whole bot behind it in memory; a browser without scripts in front of it."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp

from adapters.metrics import Metrics
from adapters.web.app import WebAdapter
from adapters.web.outgoing import WebPlatform
from adapters.worker import Worker
from bot.answering.agent_file import AgentFile
from bot.answering.assistant import Assistant
from bot.answering.ledger import Ledger
from bot.answering.prompt import PromptBuilder
from bot.capabilities.team_code.repositories import NoRepositories
from bot.claude import models
from bot.conversation import ThreadId
from bot.front_desk.commands import Commands
from bot.front_desk.desk import FrontDesk
from storage.memory import (
    MemoryBoard,
    MemoryChannelSettings,
    MemoryCopies,
    MemoryFeedbackLog,
    MemoryHistory,
    MemoryInbox,
    MemoryOutbox,
    MemoryProgress,
    MemoryUsageLog,
)
from tests.adapters.running import running
from tests.fakes import FakeModel, OpenPolicy, own_rights
from tests.storage.serving import serving, settled

JSON = {"Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Page:
    status: int
    text: str
    place: str = ""
    """Where a form leads."""

    @property
    def told(self) -> Any:
        return json.loads(self.text)

    def post(self, words: str) -> str:
        """The article in which these words stand."""
        found = [one for one in re.findall(r"<article.*?</article>", self.text, re.DOTALL) if words in one]
        assert len(found) == 1, (words, len(found))
        return str(found[0])

    def id_of(self, words: str) -> str:
        return str(re.findall(r'id="p-([^"]+)"', self.post(words))[0])

    @property
    def listed(self) -> list[str]:
        """The names of the threads beside it."""
        return re.findall(r'<a href="/t/[^"]+" title="([^"]*)"', self.text)


class House:
    """`model` answers; while `works` is not entered, what is asked waits."""

    def __init__(self, model: FakeModel, session: aiohttp.ClientSession) -> None:
        repositories = NoRepositories()

        def clock() -> datetime:
            return datetime.now(UTC)

        self.model, self.session = model, session
        self.inbox, self.history, self.feedback = MemoryInbox(clock), MemoryHistory(), MemoryFeedbackLog()
        self.board, usage, channels, policy = MemoryBoard(), MemoryUsageLog(), MemoryChannelSettings(), OpenPolicy()
        commands = Commands(self.inbox, self.history, usage, channels, policy, models.known, (), clock)
        copies = MemoryCopies()
        desk = FrontDesk(self.inbox, self.history, copies, channels, commands, self.feedback, clock)
        builder = PromptBuilder(AgentFile("a", "", "", "Be exact."), b"secret")
        assistant = Assistant(
            model,
            self.history,
            copies,
            MemoryProgress(),
            Ledger(usage, usage, clock),
            channels,
            policy,
            builder,
            (),
            clock,
        )
        platforms = {"web": WebPlatform(self.board, "Plumbline")}
        self.worker = Worker(self.inbox, MemoryOutbox(), assistant, platforms, Metrics(), clock, 1)
        self.adapter = WebAdapter(
            desk, self.board, self.feedback, repositories, usage, own_rights,
            host="127.0.0.1", port=0, name="Plumbline", person="Ana",
        )  # fmt: skip

    @contextlib.asynccontextmanager
    async def works(self) -> AsyncIterator[None]:
        async with serving(self.inbox, self.worker.handle):
            yield

    async def answer(self, thread: str) -> None:
        """All that waits in the thread is answered."""
        async with self.works():
            await settled(self.inbox, self.address(thread))

    @staticmethod
    def address(thread: str) -> ThreadId:
        return ThreadId("web", "local", "page", thread.rsplit("/", 1)[-1])

    async def get(self, path: str) -> Page:
        async with self.session.get(self.adapter.url + path.lstrip("/")) as answer:
            return Page(answer.status, await answer.text())

    async def send(self, path: str, fields: Mapping[str, str], *, json: bool = False, file: bytes = b"") -> Page:
        """A form as a browser sends it; `json` as the page's script does."""
        data = aiohttp.FormData(dict(fields), default_to_multipart=path.count("/") <= 2)
        if file:
            data.add_field("file", file, filename="a.log")
        headers = {"Origin": self.adapter.url.rstrip("/"), **(JSON if json else {})}
        url = self.adapter.url + path.lstrip("/")
        async with self.session.post(url, data=data, headers=headers, allow_redirects=False) as answer:
            return Page(answer.status, await answer.text(), answer.headers.get("Location", ""))

    async def ask(self, text: str, thread: str = "", file: bytes = b"") -> str:
        """The path of its thread."""
        asked = await self.send(thread or "/t", {"text": text}, file=file)
        assert asked.status == 303, asked.text
        return asked.place

    async def asked(self, text: str, answer: str, thread: str = "") -> str:
        """A question with its answer."""
        self.model.play(answer)
        thread = await self.ask(text, thread)
        await self.answer(thread)
        return thread


@contextlib.asynccontextmanager
async def house() -> AsyncIterator[House]:
    async with aiohttp.ClientSession() as session:
        built = House(FakeModel("Use a cursor."), session)
        async with running(built.adapter):
            await built.adapter.listening()
            yield built
