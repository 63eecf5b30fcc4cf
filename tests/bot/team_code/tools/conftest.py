"""A team with a shop, a second repository in another channel, and the tools of one turn."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.capabilities.team_code.tools.toolbox import Toolbox, Workshop
from bot.conversation import ThreadId, ToolCall, ToolResult
from bot.ports.stores import ChannelSettings
from storage.memory import MemoryPins
from storage.repos.library import Library
from tests.fakes import THREAD
from tests.repositories import MadeRepository, make_shop

SECRET = "classified_reactor_code"


@dataclass(slots=True)
class House:
    shop: MadeRepository
    vault: MadeRepository
    library: Library
    pins: MemoryPins
    workshop: Workshop

    def open(self, thread: ThreadId = THREAD, settings: ChannelSettings | None = None) -> Toolbox:
        return self.workshop.open(thread, settings or ChannelSettings())


@pytest.fixture
async def house(tmp_path: Path) -> House:
    shop = make_shop(tmp_path / "git" / "shop")
    vault = MadeRepository(tmp_path / "git" / "vault")
    vault.commit({"vault.py": f"{SECRET} = 1\n"})
    file = tmp_path / "repos.toml"
    file.write_text(
        f'[repos.shop]\npath = "{shop.folder}"\nchannels = ["slack:T1:C7"]\nweb = "https://github.example/acme/shop"\n'
        f'web_kind = "github"\nguidance = ["docs/adr/**"]\n[repos.vault]\npath = "{vault.folder}"\nchannels = ["slack:T1:C9"]\n'
    )
    library, pins = Library(tmp_path / "data", file), MemoryPins()
    return House(shop, vault, library, pins, Workshop(library, pins))


def call(name: str, arguments: str, id: str = "c1") -> ToolCall:
    return ToolCall(id, name, arguments, "")


async def ask(toolbox: Toolbox, name: str, arguments: str) -> ToolResult:
    (result,) = await toolbox.run([call(name, arguments)])
    return result
