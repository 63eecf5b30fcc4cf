"""All faults at once, each naming the setting and the cure; and the example file is the truth."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.settings import example, load
from bot.values import is_loopback

ROOT = Path(__file__).parents[2]


def faults(monkeypatch: pytest.MonkeyPatch, **environment: str) -> tuple[str, ...]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        load(env_file=None)
    return caught.value.faults


def test_nothing_needs_to_be_set() -> None:
    settings = load(env_file=None)

    assert settings.anthropic_api_key is None
    assert settings.plumbline_web_host == "127.0.0.1"


def test_every_fault_is_reported_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = faults(
        monkeypatch,
        SLACK_BOT_TOKEN="xapp-1",
        REDIS_URL="localhost:6379",
        PLUMBLINE_WEB_PORT="no",
        PLUMBLINE_EFFORT="huge",
    )

    assert [fault.split(":")[0] for fault in found] == [
        "PLUMBLINE_EFFORT", "SLACK_BOT_TOKEN", "REDIS_URL", "PLUMBLINE_WEB_PORT"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"SLACK_APP_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN"),
        ({"SLACK_SIGNING_SECRET": "s"}, "SLACK_BOT_TOKEN"),
        ({"DISCORD_BOT_TOKEN": "Bot abc"}, "DISCORD_BOT_TOKEN"),
        ({"PLUMBLINE_WEB_HOST": "0.0.0.0"}, "PLUMBLINE_WEB_TOKEN"),  # noqa: S104
        ({"PLUMBLINE_CLAUDE_PROFILE": "compat"}, "ANTHROPIC_BASE_URL"),
        ({"PLUMBLINE_AGENT": "/no/such/file.md"}, "PLUMBLINE_AGENT"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL"),
    ],
)
def test_half_set_and_wrong_settings_name_the_setting_and_the_cure(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], named: str
) -> None:
    (fault,) = faults(monkeypatch, **environment)

    assert fault.startswith(named)
    assert len(fault) > len(named) + 20


def test_a_fault_never_shows_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    found = faults(monkeypatch, SLACK_BOT_TOKEN="xoxp-canary-1", DISCORD_BOT_TOKEN="Bot canary-2")

    assert "canary" not in "".join(found)


def test_an_env_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("PLUMBLINE_MODEL=opus\nPLUMBLINE_NAME=Bob\nUNKNOWN_THING=1\n")
    monkeypatch.setenv("PLUMBLINE_NAME", "Level")

    settings = load(env_file=file)

    assert (settings.plumbline_model, settings.plumbline_name) == ("opus", "Level")


def test_the_example_file_says_what_the_settings_say() -> None:
    assert (ROOT / ".env.example").read_text() == example()


def test_the_example_file_as_it_stands_is_a_valid_configuration() -> None:
    assert load(env_file=ROOT / ".env.example").plumbline_web_port


@pytest.mark.parametrize(
    ("host", "loopback"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("10.0.0.1", False)]
)
def test_loopback_is_recognised(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
