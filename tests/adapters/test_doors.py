"""A platform is a folder and one line in wiring, and costs nothing while its token is not set."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import SecretStr

from adapters import wiring
from adapters.doors import Around, Entrance
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
