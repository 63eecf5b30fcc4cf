"""What sets the bot up: the link that invites it, and the walk through keys and tokens, against servers that know the right ones."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import discord
import pytest

from adapters import cli, setting_up
from adapters.discord.invite import application_of, invite
from adapters.kept import keep
from adapters.slack.manifest import manifest
from bot.errors import ConfigError
from bot.settings import Settings, with_key
from tests.servers.claude import ClaudeServer
from tests.servers.slack import SlackServer


def test_the_invitation_asks_for_exactly_the_permissions_that_are_used() -> None:
    query = parse_qs(urlsplit(invite("80351110224678912")).query)

    assert query["client_id"] == ["80351110224678912"]
    assert query["scope"] == ["bot applications.commands"]
    asked = discord.Permissions(int(query["permissions"][0]))
    assert {name for name, is_asked in asked if is_asked} == {
        "read_messages",  # View Channels
        "send_messages",
        "send_messages_in_threads",
        "create_public_threads",
        "read_message_history",
        "attach_files",
    }


@pytest.mark.parametrize(
    ("token", "application"),
    [
        (base64.b64encode(b"80351110224678912").decode().rstrip("=") + ".Gabcde.secret", "80351110224678912"),
        ("good.token", ""),
        ("", ""),
        ("....", ""),
        ("\u00e4\u00f6.x", ""),
        (base64.b64encode(b"../../etc/passwd").decode() + ".x", ""),
    ],
)
def test_the_application_is_read_out_of_its_token(token: str, application: str) -> None:
    assert application_of(token) == application


def test_manifest_prints_the_link_and_what_it_asks_for_and_slacks_for_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    token = base64.b64encode(b"80351110224678912").decode().rstrip("=") + ".Gabcde.very-secret"
    (tmp_path / ".env").write_text(f"DISCORD_BOT_TOKEN={token}\n")

    assert cli.main(["manifest", "discord"]) == 0
    said = capsys.readouterr().out
    assert "client_id=80351110224678912" in said
    assert "very-secret" not in said
    assert "attach files: to send very long code as a file" in said
    assert cli.main(["manifest", "discord", "--application", "90351110224678912"]) == 0
    assert "client_id=90351110224678912" in capsys.readouterr().out
    assert cli.main(["manifest", "slack", "--url", "https://bot.example.org"]) == 0
    said = capsys.readouterr().out
    assert '"request_url": "https://bot.example.org/slack/events"' in said
    assert '"socket_mode_enabled": false' in said


@pytest.mark.parametrize("value", ["a b", "", "x\ny", "'quoted'", "#comment", "\u00e9", "“x”", "xoxb-1"])
def test_what_cannot_be_a_key_is_refused_before_anybody_is_asked(value: str) -> None:
    with pytest.raises(ConfigError, match="ANTHROPIC_API_KEY: "):
        with_key(Settings(), "ANTHROPIC_API_KEY", value)


def test_what_is_no_plain_file_is_left_alone(tmp_path: Path) -> None:
    device = tmp_path / "device"
    os.mkfifo(device, 0o666)
    before = device.lstat()

    with pytest.raises(OSError, match="no plain file"):
        keep(device, "SLACK_BOT_TOKEN", "xoxb-new")

    assert device.lstat() == before


def test_what_is_kept_is_for_its_owner_alone_and_the_rest_of_the_file_stays(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# ours\nA=1\nSLACK_BOT_TOKEN=old\n\nB='two words'\n")
    file.chmod(0o644)

    keep(file, "SLACK_BOT_TOKEN", "xoxb-new")
    keep(file, "DISCORD_BOT_TOKEN", "a.b$c\\d=e")

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() == "# ours\nA=1\nSLACK_BOT_TOKEN=xoxb-new\n\nB='two words'\nDISCORD_BOT_TOKEN=a.b$c\\d=e\n"


@pytest.fixture
def apart() -> Iterator[Callable[[Any], Any]]:
    """Enters servers in a loop of their own, for what runs its own loop."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    entered: list[Any] = []

    def enter(server: Any) -> Any:
        entered.append(server)
        return asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(60)

    yield enter
    for server in reversed(entered):
        asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result(60)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_setup_tries_each_as_it_is_pasted_and_keeps_what_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, apart: Callable[[Any], Any]
) -> None:
    claude, slack = apart(ClaudeServer()), apart(SlackServer())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", claude.url)
    monkeypatch.setenv("SLACK_API_URL", slack.api_url)
    for name in ("ANTHROPIC_API_KEY", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "DISCORD_BOT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    pasted = iter(["wrong", "sk-ant-right", "xapp-1", "xoxb-1", "xapp-wrong", "xapp-1"])
    said: list[str] = []
    questions: list[str] = []

    def read(question: str) -> str:
        questions.append(question)
        return next(pasted)

    env_file = tmp_path / ".env"
    opened: list[str] = []

    def visit(link: str) -> bool:
        opened.append(link)
        return True

    assert setting_up.walk(env_file, said.append, read, lambda question: "y" if "Slack" in question else "", visit) == 0
    (link,) = opened
    made = json.loads(parse_qs(urlsplit(link).query)["manifest_json"][0])
    assert made == manifest("Plumbline", "")
    assert "The page that makes the Slack app, with all its rights, opens in your browser." in said
    assert said.count("Trying it …") == 5, "before each that could be one"

    assert env_file.read_text() == "ANTHROPIC_API_KEY=sk-ant-right\nSLACK_BOT_TOKEN=xoxb-1\nSLACK_APP_TOKEN=xapp-1\n"
    assert stat.S_IMODE(env_file.stat().st_mode) == 0o600
    told = "\n".join(said)
    assert "the key is not accepted" in told
    assert "SLACK_BOT_TOKEN: " in told
    assert "SLACK_APP_TOKEN is not accepted (invalid_auth)" in told
    assert not any(secret in told for secret in ("sk-ant-right", "xapp-wrong", "xapp-1", "xoxb-1"))
    assert next(pasted, None) is None

    said.clear()
    assert setting_up.walk(env_file, said.append, lambda question: "", lambda question: "", lambda link: False) == 0
    assert not any("makes the Slack app" in line for line in said), "it is there"
    assert "Claude: ANTHROPIC_API_KEY is set and works." in said
    assert "Slack: SLACK_APP_TOKEN is set and works." in said


def test_a_page_opens_only_where_a_browser_has_a_window_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    said: list[str] = []

    setting_up._show("The page", "https://a.example/x", said.append, setting_up.browser)

    assert said == ["The page:\n\nhttps://a.example/x\n"]


def test_setup_that_is_left_keeps_what_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_API_KEY", "SLACK_BOT_TOKEN", "DISCORD_BOT_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    def leave(question: str) -> str:
        raise KeyboardInterrupt

    assert setting_up.walk(tmp_path / ".env", lambda line: None, leave) == 1
    assert not (tmp_path / ".env").exists()
