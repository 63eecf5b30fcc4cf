"""A team with a shop, a second repository in another channel, and the tools of one turn."""

from __future__ import annotations

import asyncio
import atexit
import functools
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.answering.policy import decide
from bot.answering.tool_calls import ToolCalls
from bot.capabilities.team_code.team_code import TeamCode, TeamCodeSession
from bot.capability import Asked
from bot.conversation import ThreadId
from bot.events import ToolCall, ToolResult
from bot.ports.policy import ChannelKind, Facts, PersonKind
from bot.ports.stores import ChannelSettings
from storage.memory import MemoryChannelSettings, MemoryPins
from storage.repos.library import Library
from tests.fakes import ANA, THREAD, FakeDirectory
from tests.repositories import MadeRepository, make_shop

SECRET = "classified_reactor_code"


class Toolbox(ToolCalls):
    """One turn's tools of the team's code, with what they may look at."""

    def __init__(self, session: TeamCodeSession) -> None:
        super().__init__([session])
        self.session, self.access = session, session.access


def team_code(library: Library, pins: MemoryPins) -> TeamCode:
    return TeamCode(library, pins, MemoryChannelSettings())


def open_session(
    library: Library, pins: MemoryPins, thread: ThreadId = THREAD, settings: ChannelSettings | None = None
) -> TeamCodeSession:
    """As the assistant opens it, for somebody who has what everybody has."""
    settings = settings or ChannelSettings()
    facts = FakeDirectory().told if thread.platform == "slack" else Facts(ChannelKind.LOCAL, PersonKind.MEMBER)
    local = [] if thread.platform == "slack" else library.local()
    grants = [*library.grants(thread.place, settings.repositories), *local]
    decision = decide(facts, grants, library.channel_rules(thread.place), ANA)

    async def ask(system: str, text: str) -> None:
        return None

    return team_code(library, pins).open(Asked(thread, (), settings, "", decision.may, ask))


@dataclass(slots=True)
class House:
    shop: MadeRepository
    vault: MadeRepository
    library: Library
    pins: MemoryPins

    @property
    def code(self) -> TeamCode:
        return team_code(self.library, self.pins)

    def open(self, thread: ThreadId = THREAD, settings: ChannelSettings | None = None) -> Toolbox:
        return Toolbox(open_session(self.library, self.pins, thread, settings or ChannelSettings()))


@functools.cache
def indexed() -> Path:
    """Both repositories' indexes, made once: the same commits have the same ids in every house."""
    folder = Path(tempfile.mkdtemp(prefix="house-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    build(folder)
    asyncio.run(_index_all(library(folder)))
    return folder / "data"


def indexed_library(library: Library) -> Library:
    """With all that it declares looked at already: no test waits for that within an answer's own bounds."""
    asyncio.run(_index_all(library))
    return library


async def _index_all(library: Library) -> None:
    for repository in library.declared():
        await library.sync(repository.name)


@pytest.fixture
def house(tmp_path: Path) -> House:
    shutil.copytree(indexed(), tmp_path / "data")
    shop, vault = build(tmp_path)
    made, pins = library(tmp_path), MemoryPins()
    return House(shop, vault, made, pins)


def build(folder: Path) -> tuple[MadeRepository, MadeRepository]:
    shop = make_shop(folder / "git" / "shop")
    vault = MadeRepository(folder / "git" / "vault")
    vault.commit({"vault.py": f"{SECRET} = 1\n"})
    return shop, vault


def library(folder: Path) -> Library:
    shop, vault = folder / "git" / "shop", folder / "git" / "vault"
    file = folder / "repos.toml"
    file.write_text(
        f'[repos.shop]\npath = "{shop}"\nchannels = ["slack:T1:C7"]\nweb = "https://github.example/acme/shop"\n'
        f'web_kind = "github"\nguidance = ["docs/adr/**"]\n[repos.vault]\npath = "{vault}"\nchannels = ["slack:T1:C9"]\n'
    )
    return Library(folder / "data", file)


def call(name: str, arguments: str, id: str = "c1") -> ToolCall:
    return ToolCall(id, name, arguments, "")


async def ask(toolbox: Toolbox, name: str, arguments: str) -> ToolResult:
    (result,) = await toolbox.run([call(name, arguments)])
    return result
