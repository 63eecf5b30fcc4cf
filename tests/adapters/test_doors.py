"""A platform is a folder and one line in wiring, and costs nothing while its token is not set."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime

import discord
import pytest
from pydantic import SecretStr

from adapters import doors, wiring
from adapters.doors import Around, Entrance
from bot.claude import checking
from bot.claude.client import Claude
from bot.ports.doors import Adapter, Desk, Platform
from bot.settings import Settings

LIBRARIES = ("slack_bolt", "slack_sdk", "discord", "jinja2", "pygments")
LOADED = """
import sys
from adapters import wiring
from bot.settings import Settings
wiring.doors(Settings(_env_file=None, {tokens}))
print(*[name for name in {libraries} if name in sys.modules])
"""


def loaded(tokens: str) -> set[str]:
    """What is in memory when the doors stand, and nobody listens at them."""
    code = LOADED.format(tokens=tokens, libraries=LIBRARIES)
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={})
    return set(said.stdout.split())


@pytest.mark.parametrize(
    ("tokens", "libraries"),
    [
        ("", set[str]()),
        ("slack_bot_token='xoxb-1', slack_app_token='xapp-1'", {"slack_sdk"}),
        ("discord_bot_token='t'", {"discord"}),
    ],
)
def test_nothing_is_loaded_for_a_platform_that_is_off_nor_for_listening_where_nobody_listens(
    tokens: str, libraries: set[str]
) -> None:
    assert loaded(tokens) == libraries


class CarrierPigeons(Entrance):
    name = "pigeons"

    def open(self, around: Around) -> Platform:
        raise NotImplementedError

    def listen(self, desk: Desk, around: Around) -> Adapter | None:
        return None


def test_a_platform_is_one_line_in_wiring(monkeypatch: pytest.MonkeyPatch) -> None:
    def build(settings: Settings) -> Entrance | None:
        return CarrierPigeons() if settings.discord_bot_token else None

    monkeypatch.setattr(wiring, "PLATFORMS", (*wiring.PLATFORMS, build))
    bare = Settings(_env_file=None, discord_bot_token=None, slack_bot_token=None, slack_app_token=None)
    told = bare.model_copy(update={"discord_bot_token": SecretStr("t")})

    assert [door.name for door in wiring.doors(bare)] == ["web"]
    assert [door.name for door in wiring.doors(told)] == ["discord", "web", "pigeons"]


async def test_a_host_that_takes_the_connection_and_says_nothing_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", discord.http.Route.BASE)  # a door leads it to its own server
    monkeypatch.setattr(doors, "REACH_SECONDS", 0.3)
    monkeypatch.setattr(checking, "CHECK_SECONDS", 0.3)
    taken: list[asyncio.StreamWriter] = []

    async with await asyncio.start_server(lambda _, writer: taken.append(writer), "127.0.0.1", 0) as silent:
        url = f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}"
        slack = Settings(_env_file=None, slack_bot_token=SecretStr("xoxb-1"), slack_api_url=f"{url}/")
        chat = Settings(_env_file=None, discord_bot_token=SecretStr("t"), discord_api_url=f"{url}/api/v10")
        said = [await doors.reached(door) for one in (slack, chat) for door in wiring.doors(one) if door.is_chat]
        claude = Claude("sk-ant-1", base_url=url, clock=lambda: datetime.now(UTC))
        said.append(await claude.check())
        await claude.close()
        for writer in taken:
            writer.close()

    assert len(taken) >= 3
    assert all(line.startswith("cannot be reached (no answer in ") for (line,) in said), said
