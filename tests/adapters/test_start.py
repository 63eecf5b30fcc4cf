"""The first minutes: an ordinary mistake is a sentence and exit code 2, and `check` says what `run` needs."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import logging
import os
import re
import shutil
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from asyncpg.exceptions import CannotConnectNowError

from adapters import cli, doctor, first_key
from adapters.engines import engines_of, open_model
from adapters.house import House
from adapters.listening import tried
from adapters.metrics import HealthPage, Metrics
from adapters.slack.door import SlackEntrance
from adapters.stores import clock, open_stores
from bot import environment, logs, settings
from bot.claude.failover import Engines
from bot.errors import ConfigError, StoreNotReady, StoreUnavailable
from bot.settings import Settings
from storage.databases import sql_errors
from storage.embedded import EmbeddedValkey
from tests.servers.claude import ClaudeServer
from tests.servers.slack import SlackServer
from tests.storage.serving import eventually
from tests.stores import valkey


@pytest.fixture(autouse=True)
def quiet_again() -> Iterator[None]:
    """The logging as it was."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in logs.QUIET}
    yield
    root.handlers[:] = before
    root.setLevel(level)
    for name, one in levels.items():
        logging.getLogger(name).setLevel(one)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said_by(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What stands on standard error after a start that cannot be."""
    assert cli.main(arguments) == 2
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert "Error" not in said
    return said


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"PLUMBLINE_REPO": "r.toml"}, "PLUMBLINE_REPO is no setting; did you mean PLUMBLINE_REPOS?"),
        ({"PLUMBLINE_REPOSITORIES": "r"}, ""),
        ({"PLUMBLINE_WEBPORT": "1"}, "did you mean PLUMBLINE_WEB_PORT?"),
        ({"plumbline_model_": "opus"}, "did you mean PLUMBLINE_MODEL?"),
        ({"PLUMBLINE_CHROMIUM": "x"}, ""),
        ({"PLUMBLINE_ADMINS": "U012AB3CD"}, "U012AB3CD: each with its platform, such as slack:U012AB3CD"),
        ({"PLUMBLINE_WEB_PORT": "abc"}, "PLUMBLINE_WEB_PORT: it is a whole number"),
        ({"PLUMBLINE_WEB_PORT": "99999"}, "PLUMBLINE_WEB_PORT: it is at most 65535"),
        ({"PLUMBLINE_CHECKS": "perhaps"}, "PLUMBLINE_CHECKS: it is true or false"),
        ({"PLUMBLINE_EFFORT": "much"}, "PLUMBLINE_EFFORT: it is one of 'low', 'medium'"),
        ({"PLUMBLINE_ADMINS": "slack:U1, @ana"}, "@ana: each with its platform"),
        ({"ANTHROPIC_BASE_URL": "127.0.0.1:8080"}, "ANTHROPIC_BASE_URL: it is an address, such as https://"),
        ({"ANTHROPIC_BASE_URL": "https://llm.example.org:abc"}, "ANTHROPIC_BASE_URL: it is an address"),
        ({"ANTHROPIC_BASE_URL": "https:///v1"}, "ANTHROPIC_BASE_URL: it is an address"),
        ({"ANTHROPIC_API_KEY": "sk-ant-..."}, "ANTHROPIC_API_KEY: this stands for a key in an example"),
        ({"ANTHROPIC_API_KEY": "<your key>"}, "this stands for a key in an example"),
        ({"ANTHROPIC_API_KEY": "“sk-ant-1”"}, "leave out the quotes around it"),
        ({"ANTHROPIC_API_KEY": "'sk-ant-1'"}, "leave out the quotes around it"),
        ({"PLUMBLINE_LINK_HOSTS": "docs.example.org, *.example.org,intern,ü.example,10.0.0.1,git.example:8443"}, ""),
        *(
            ({"PLUMBLINE_LINK_HOSTS": f"docs.example.org,{odd}"}, f"PLUMBLINE_LINK_HOSTS: {odd}: each is a host alone")
            for odd in (
                "https://a.example",
                "a.example/docs",
                "a.example b.example",
                "*",
                "a.*.example",
                "a..b",
                '"a.b"',
                "a;b",
            )
        ),
        ({"PLUMBLINE_WEB_TOKEN": "it's'", "PLUMBLINE_SECRET": '"'}, ""),
        ({"ANTHROPIC_API_KEY": "sk-ant-1 2"}, "it holds a space or a line end"),
        ({"SLACK_BOT_TOKEN": "xoxb-1\n2"}, "SLACK_BOT_TOKEN: it holds a space or a line end"),
        ({"ANTHROPIC_FOUNDRY_API_KEY": "Bearer x"}, "leave out the word Bearer"),
        ({"DISCORD_BOT_TOKEN": "tök"}, "DISCORD_BOT_TOKEN: it holds a sign that no key has (ö)"),
        ({"PLUMBLINE_DISCORD_SERVERS": "1,ours"}, "PLUMBLINE_DISCORD_SERVERS: ours: each is a server's number"),
        ({"PLUMBLINE_WEB_HOST": "http://127.0.0.1"}, "PLUMBLINE_WEB_HOST: it is a host alone"),
        ({"PLUMBLINE_METRICS_HOST": "127.0.0.1:9464"}, "PLUMBLINE_METRICS_HOST: it is a host alone"),
        ({"PLUMBLINE_METRICS_HOST": "a..b"}, "PLUMBLINE_METRICS_HOST: it is a host alone"),
        ({"PLUMBLINE_HOOK_HOST": "*"}, "PLUMBLINE_HOOK_HOST: it is a host alone"),
        ({"PLUMBLINE_WEB_HOST": "::g"}, "PLUMBLINE_WEB_HOST: it is a host alone"),
        ({"SLACK_API_URL": f"https://{'a' * 64}.org"}, "SLACK_API_URL: it is an address"),
        ({"DATABASE_URL": "postgresql://u:p@a..b/d"}, "DATABASE_URL: its host or port cannot be read"),
        ({"HTTPS_PROXY": "http://a..b:3128"}, "HTTPS_PROXY: it is like http://proxy.example:3128"),
        ({"PLUMBLINE_PYTHON_INDEX": "~nobody-here/w"}, "there is no folder ~nobody-here/w"),
        ({"PLUMBLINE_CHECK_GO": "/none"}, "PLUMBLINE_CHECK_GO: there is no folder /none"),
        ({"PLUMBLINE_CHECK_RUST": "None"}, ""),
        ({"AWS_REGION": "eu west 1"}, "AWS_REGION: it is a name alone"),
        ({"CLOUD_ML_REGION": '"global"'}, "CLOUD_ML_REGION: it is a name alone"),
        ({"DISCORD_BOT_TOKEN": "Bot abc"}, "DISCORD_BOT_TOKEN: leave out the word Bot before it"),
        ({"DISCORD_BOT_TOKEN": "xoxb-1"}, "DISCORD_BOT_TOKEN: what begins with xoxb- belongs to SLACK_BOT_TOKEN"),
        ({"SLACK_SIGNING_SECRET": "xapp-1"}, "what begins with xapp- belongs to SLACK_APP_TOKEN"),
        ({"AWS_BEARER_TOKEN_BEDROCK": "sk-ant-1"}, "what begins with sk-ant- belongs to ANTHROPIC"),
        ({"ANTHROPIC_AWS_API_KEY": "sk-ant-1"}, ""),
        ({"PLUMBLINE_USER_BUDGET_USD": "nan"}, "PLUMBLINE_USER_BUDGET_USD: it is a number"),
        ({"PLUMBLINE_CHANNEL_BUDGET_USD": "$5"}, "PLUMBLINE_CHANNEL_BUDGET_USD: it is a number"),
        ({"PLUMBLINE_MAX_TOKENS": "16k"}, "PLUMBLINE_MAX_TOKENS: it is a whole number"),
        ({"REDIS_URL": "redis://:p/w@h:6379/0"}, ""),
        ({"DATABASE_URL": "postgresql://u:p@w@h/d"}, ""),
        ({"DATABASE_URL": "postgresql://u:p@h:port/d"}, "DATABASE_URL: its host or port cannot be read"),
        ({"DATABASE_URL": "postgresql:///d?host=/run/postgresql"}, ""),
        ({"REDIS_URL": "redis://:p%2Fw@h:6379/0"}, ""),
        ({"PLUMBLINE_REPOS": "none.toml"}, ""),
        ({"ANTHROPIC_AWS_BASE_URL": "https://x"}, ""),
        ({"HTTPS_PROXY": "proxy.example:port"}, "HTTPS_PROXY: it is like http://proxy.example:3128"),
        ({"https_proxy": "http://u:p#w@proxy.example:3128"}, "https_proxy: it is like http://proxy.example:3128"),
        (
            {"HTTP_PROXY": "socks5://h:1080"},
            "HTTP_PROXY: a proxy is spoken to by http:// or https://, not by socks5://",
        ),
        ({"ALL_PROXY": "http://[::1"}, "ALL_PROXY: it is like"),
        (
            {"ALL_PROXY": "socks5://127.0.0.1:1"},
            "ALL_PROXY: a proxy is spoken to by http:// or https://, not by socks5://",
        ),
        ({"ALL_PROXY": "socks5://127.0.0.1:1", "HTTPS_PROXY": "http://127.0.0.1:1"}, ""),
        ({"ANTROPIC_API_KEY": "x", "ANTHROPIC_API_KEY": "x"}, ""),
        ({"SLACK_BOT_TOCKEN": "x", "SLACK_APP_TOKEN": "xapp-1"}, "if SLACK_BOT_TOKEN is meant, that is not set"),
        ({"HTTPS_PROXY": "proxy.example:3128", "all_proxy": "socks://h:1", "NO_PROXY": "fd00::/8,*"}, ""),
        ({"SSL_CERT_FILE": "/none.pem"}, "SSL_CERT_FILE: there is no file /none.pem"),
        ({"SSL_CERT_FILE": __file__}, "cannot be used (no certificate in it)"),
        ({"SSL_CERT_FILE": str(Path(__file__).parent)}, "SSL_CERT_FILE: "),
        (
            {
                "PLUMBLINE_SERVICE_HOST": "10.0.0.1",
                "PLUMBLINE_SERVICE_PORT_HTTP": "1",
                "PLUMBLINE_PORT": "tcp://h:1",
                "PLUMBLINE_PORT_1_TCP_ADDR": "10.0.0.1",
                "PLUMBLINE_HOOK_SERVICE_HOST": "10.0.0.2",
            },
            "",
        ),
        (
            {"PLUMBLINE_WEB_SERVICE_HOST": "10.0.0.1", "PLUMBLINE_WEB_PORT": "tcp://10.0.0.1:8642"},
            "PLUMBLINE_WEB_PORT is set by Kubernetes, for a Service of that name; set enableServiceLinks: false",
        ),
        ({"PLUMBLINE_SERVICE_HOST": "10.0.0.1", "PLUMBLINE_WEBPORT": "1"}, "did you mean PLUMBLINE_WEB_PORT?"),
    ],
)
def test_a_slip_in_a_setting_is_named_with_what_was_meant(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], sentence: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if not sentence:
        settings.load(None)
        return

    with pytest.raises(ConfigError) as caught:
        settings.load(None)

    assert sentence in "\n".join(caught.value.faults)


@pytest.mark.parametrize(
    "name", [name.upper() for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)]
)
def test_quotes_that_a_file_keeps_around_a_secret_are_said_of_each_alike(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, '"x"')

    with pytest.raises(ConfigError) as caught:
        settings.load(None)

    assert f"{name}: leave out the quotes around it" in caught.value.faults


@pytest.mark.parametrize(
    "value", ["a..b", "~nobody-here/x", "http://[::1", "/proc/none", "\u00fc, 'x'", "1e999", "::1%"]
)
def test_whatever_a_setting_is_set_to_is_taken_or_refused_in_our_words(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), value)

    with pytest.raises(ConfigError) as caught:
        settings.load(None)

    assert len(caught.value.faults) > 20
    assert not re.search(r"Error|should|[Ii]nput|valid", "\n".join(caught.value.faults))


@pytest.mark.parametrize("written", ["https://team-7.services.ai.azure.com/anthropic", "team-7"])
def test_a_resource_is_taken_out_of_the_address_that_shows_it(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("ANTHROPIC_FOUNDRY_RESOURCE", written)
    monkeypatch.setenv("PLUMBLINE_ENGINES", "Foundry")

    read = settings.load(None)

    assert (read.anthropic_foundry_resource, read.engines) == ("team-7", ("foundry",))


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://llm.example.org/v1", "https://llm.example.org"),
        ("https://llm.example.org/v1/", "https://llm.example.org"),
        ("https://llm.example.org/v1/messages", "https://llm.example.org"),
        ("https://llm.example.org/anthropic", "https://llm.example.org/anthropic"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
    ],
)
def test_an_address_that_ends_in_the_version_is_taken_as_it_is_meant(
    monkeypatch: pytest.MonkeyPatch, url: str, asked: str
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", url)

    assert settings.load(None).anthropic_base_url == asked


def test_a_settings_file_that_was_named_and_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert "nope.env cannot be read (No such file" in said_by(capsys, "--env-file", "nope.env", "check")


def test_a_settings_file_that_cannot_be_read_is_said(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / ".env").mkdir()
    assert ".env cannot be read (Is a directory)" in said_by(capsys, "check")


def test_a_settings_file_of_other_bytes_is_said(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / ".env").write_bytes(b"\xff\xfe\x00P")
    assert ".env is not UTF-8 text" in said_by(capsys, "check")
    assert ".env is not UTF-8 text" in said_by(capsys, "manifest", "slack")


def test_a_settings_file_that_is_a_pipe_is_said_and_nobody_waits_for_it(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(here / ".env")
    assert ".env is a pipe" in said_by(capsys, "check")
    assert cli.main(["--env-file", "/dev/null", "manifest", "slack"]) == 0
    assert "nope.env cannot be read (No such file" in said_by(capsys, "--env-file", "nope.env", "manifest", "slack")


@pytest.mark.parametrize(
    ("setting", "secret"),
    [("PLUMBLINE_ADMINS", "xoxb-1234567890-aQ9zX7"), ("PLUMBLINE_CHECK_POSTGRES", "postgresql://u:aQ9zX7kk@db/x")],
)
def test_a_secret_in_the_wrong_setting_is_not_repeated(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, setting: str, secret: str
) -> None:
    monkeypatch.setenv(setting, secret)

    said = said_by(capsys, "check")

    assert setting in said
    assert "aQ9zX7" not in said


def test_names_that_are_nearly_a_setting_and_a_file_without_repositories_are_said(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"ANTROPIC_API_KEY": "x", "PLUMBLINE_REPOS": str(here / "repos.toml"), "PLUMBLINE_WEB_PORT": "0"}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    (here / "repos.toml").touch()

    assert cli.main(["check"]) == 0

    said = capsys.readouterr().out
    assert "if ANTHROPIC_API_KEY is meant, that is not set" in said
    assert "repos.toml declares no repository" in said


def test_all_slips_in_a_file_are_told_at_once(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / ".env").write_text(
        "PLUMBLINE_ADMIN=slack:U1\nANTHROPIC_APIKEY=sk\nSLACK_BOT_TOKEN=nope\nMY_OWN=1\nPLUMBLINE_QQ=1\n"
    )

    said = said_by(capsys, "check")

    assert "PLUMBLINE_ADMIN is no setting; did you mean PLUMBLINE_ADMINS?" in said
    assert "ANTHROPIC_APIKEY is no setting; did you mean ANTHROPIC_API_KEY?" in said
    assert "PLUMBLINE_QQ is no setting; see .env.example" in said
    assert "SLACK_BOT_TOKEN: this is not a bot token" in said
    assert "MY_OWN" not in said


def test_lines_of_a_file_that_are_no_setting_are_told_by_their_number(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / ".env").write_text(
        'PLUMBLINE_WEB_PORT: 1\n\n# ours\nANTHROPIC_API_KEY="canary\nPLUMBLINE_REHEARSAL\n', encoding="utf-8-sig"
    )

    said = said_by(capsys, "check")

    assert ".env, line 1: this is no setting; write PLUMBLINE_WEB_PORT=... on a line of its own" in said
    assert ".env, line 4: a quote is opened and not closed" in said
    assert ".env, line 5: this is no setting; write PLUMBLINE_REHEARSAL=..." in said
    assert "canary" not in said
    assert said.count("\n") == 4


def test_a_slip_that_can_only_mean_one_thing_is_taken_as_it_is_meant(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(here))
    monkeypatch.setenv("PLUMBLINE_DATA_DIR", "~/kept")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-1\n")
    monkeypatch.setenv("PLUMBLINE_SECRET", " to the last byte\n")
    (here / ".env").write_bytes(
        b"\xef\xbb\xbfPLUMBLINE_WEB_HOST=[::1]\r\nexport PLUMBLINE_EFFORT = 'High' # much\r\nPLUMBLINE_LOG_LEVEL=debug\r\n"
    )

    read = settings.load(here / ".env")

    assert read.plumbline_data_dir == here / "kept"
    assert read.plain["ANTHROPIC_API_KEY"] == "sk-ant-1"
    assert read.plain["PLUMBLINE_SECRET"] == " to the last byte\n"
    assert (read.plumbline_web_host, read.plumbline_effort, read.plumbline_log_level) == ("::1", "high", "DEBUG")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("manifest", "slack", "--url", "bot.example.org"), "--url is a public address that begins with https://"),
        (("manifest", "discord", "--application", "my bot"), "--application is the application's number"),
        (("repos", "add", "x", "https://h/x.git"), "repos.toml is not valid TOML"),
        (("run", "--repo", "nowhere"), "--repo or PLUMBLINE_CHECKOUTS: there is no folder nowhere"),
        (("migrate",), "PLUMBLINE_DATA_DIR: .env is a file; name a folder"),
    ],
)
def test_a_slip_in_a_command_is_one_line(
    here: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    (here / ".env").write_text("PLUMBLINE_REPOS=repos.toml\nPLUMBLINE_DATA_DIR=.env\nPLUMBLINE_WEB_PORT=0\n")
    (here / "repos.toml").write_text("[x\n" if "add" in words else "")

    said = said_by(capsys, *words)

    assert sentence in said
    assert said.count("\n") == 1


async def test_a_store_that_is_away_at_the_start_is_named_by_its_setting(unused: int) -> None:
    configured = Settings(redis_url=f"redis://127.0.0.1:{unused}/0")

    with pytest.raises(StoreUnavailable, match=r"REDIS_URL: Connection refused; is it right"):
        async with open_stores(configured, "all"):
            pass


async def test_a_store_that_takes_no_writes_yet_is_waited_for(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As while Sentinels put a replica in the place of a primary."""
    monkeypatch.setattr("adapters.stores.READY_PAUSE_SECONDS", 0.05)
    with valkey() as store, store.client() as client:
        client.config_set("min-replicas-to-write", 1)

        async def open_and_close() -> None:
            async with open_stores(Settings(redis_url=store.url, plumbline_data_dir=tmp_path), "all"):
                pass

        opening = asyncio.create_task(open_and_close())
        await eventually(lambda: "waiting for the store" in caplog.text)
        client.config_set("min-replicas-to-write", 0)
        await opening


async def test_a_store_that_never_takes_writes_is_named_by_its_setting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("adapters.stores.READY_SECONDS", 0)
    with valkey() as store, store.client() as client:
        client.config_set("min-replicas-to-write", 1)

        with pytest.raises(StoreUnavailable, match=r"REDIS_URL: NOREPLICAS"):
            async with open_stores(Settings(redis_url=store.url, plumbline_data_dir=tmp_path), "all"):
                pass


def test_a_database_that_is_starting_up_is_one_to_wait_for() -> None:
    with pytest.raises(StoreNotReady), sql_errors():
        raise CannotConnectNowError("the database system is starting up")


def test_what_the_clouds_libraries_read_may_stand_in_the_file(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / ".env").write_text(
        "AWS_PROFILE=team\nANTHROPIC_AWS_BASE_URL=https://vpc.example.org\nHTTPS_PROXY=http://proxy:1\nMY_OWN=1\nAWS_REGION=eu-west-1\n"
    )
    for name in ("AWS_PROFILE", "ANTHROPIC_AWS_BASE_URL", "MY_OWN", "AWS_REGION"):
        monkeypatch.setenv(name, "x")
        monkeypatch.delenv(name)
    monkeypatch.setenv("HTTPS_PROXY", "http://of-the-environment:1")

    settings.load(here / ".env")
    environment.hand_on(here / ".env", Settings.model_fields)

    assert os.environ["AWS_PROFILE"] == "team"
    assert os.environ["ANTHROPIC_AWS_BASE_URL"] == "https://vpc.example.org"
    assert os.environ["HTTPS_PROXY"] == "http://of-the-environment:1"
    assert not {"MY_OWN", "AWS_REGION"} & set(os.environ)


def test_a_data_directory_that_cannot_be_made_is_said(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "file").write_text("x")
    monkeypatch.setenv("PLUMBLINE_DATA_DIR", "file/data")
    monkeypatch.setenv("PLUMBLINE_WEB_PORT", "0")

    assert "PLUMBLINE_DATA_DIR: file/data cannot be made (Not a directory)" in said_by(capsys, "run")
    assert cli.main(["check"]) == 1
    assert "✗ Data directory: PLUMBLINE_DATA_DIR" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("valkey", "folder"),
        ("repos", "folder"),
        ("checks", "folder"),
        ("plumbline.db", "file"),
        ("envelope.key", "file"),
    ],
)
def test_a_data_directory_that_holds_another_kind_of_thing_under_a_name_of_ours_is_said(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, kind: str
) -> None:
    place = here / ".data" / name
    place.mkdir(parents=True)
    if kind == "folder":
        place.rmdir()
        place.symlink_to("nowhere")
    monkeypatch.setenv("PLUMBLINE_WEB_PORT", "0")

    (said,) = said_by(capsys, "run").strip().splitlines()

    assert said.endswith(
        f"PLUMBLINE_DATA_DIR: .data/{name} is no {kind}, as it has to be; move it away, or name another folder"
    )
    assert [one.name for one in (here / ".data").iterdir()] == [name]


def test_a_disk_that_is_too_full_is_said_before_anything_begins(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: _Full())
    monkeypatch.setenv("PLUMBLINE_WEB_PORT", "0")

    assert "PLUMBLINE_DATA_DIR: 7 MB are free in .data, and at least 100 MB are needed" in said_by(capsys, "migrate")


class _Full:
    free = 7_900_000


def test_all_faults_of_the_file_of_repositories_are_told_at_once(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "repos.toml").write_text(
        '[repos.shop]\nurl = "https://git.example/a.git"\nchanels = ["slack:T:C"]\nevery_minutes = 0\ndirect = "perhaps"\n'
        '[repos.b]\n[repos."Bad Name"]\npath = "."\nreaders = "nobody"\n[repo.c]\n[channels."slack:T:C"]\nguest = "no"\n'
    )
    monkeypatch.setenv("PLUMBLINE_REPOS", "repos.toml")

    said = said_by(capsys, "repos", "list")

    for sentence in (
        "repos.shop.chanels: this is no setting; did you mean channels?",
        "repos.shop.every_minutes: it is at least 1",
        "repos.shop.direct: it is true or false",
        "repos.b: give either url",
        "repos.Bad Name: this is not a name",
        "repos.Bad Name.readers: it is one of 'asker' or 'everybody'",
        "repo: this is no setting; did you mean repos?",
        "guest: this is no setting; did you mean guests?",
    ):
        assert sentence in said


async def test_a_port_in_use_is_a_sentence_and_not_a_group_of_exceptions(unused: int) -> None:
    other = web.AppRunner(web.Application())
    await other.setup()
    await web.TCPSite(other, "127.0.0.1", unused).start()
    page = HealthPage("127.0.0.1", unused, Metrics(), {}, _none)

    with pytest.raises(BaseExceptionGroup) as caught:
        await House([], None, page, []).run()

    (sentence,) = cli._ordinary(caught.value)
    assert sentence.startswith(f"PLUMBLINE_METRICS_PORT: {unused} cannot be used (Address already in use)")
    wanted = Settings(plumbline_web_port=0, plumbline_metrics_port=unused)
    assert [*tried(wanted, "worker")] == [(unused, sentence)]
    await other.cleanup()
    assert [*tried(wanted, "worker")] == [(unused, "")]


def test_two_of_our_ports_are_not_the_same(unused: int) -> None:
    (_, first), (_, second) = tried(Settings(plumbline_web_port=unused, plumbline_metrics_port=unused), "all")

    assert not first
    assert second.startswith(f"PLUMBLINE_METRICS_PORT: {unused} cannot be used (Address already in use)")


@pytest.mark.parametrize("missing", [socket.AF_INET6, socket.AF_INET])
def test_a_port_opens_at_the_addresses_that_this_machine_has(
    monkeypatch: pytest.MonkeyPatch, unused: int, missing: socket.AddressFamily
) -> None:
    real = socket.create_server

    def create(address: Any, *, family: int, **options: Any) -> socket.socket:
        if family == missing:
            raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
        return real(address, family=socket.AddressFamily(family), **options)

    both = [(family, socket.SOCK_STREAM, 6, "", (host, unused)) for family, host in
            ((socket.AF_INET6, "::1"), (socket.AF_INET, "127.0.0.1"))]  # fmt: skip
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both if missing == socket.AF_INET6 else both[1:])
    monkeypatch.setattr(socket, "create_server", create)

    ((_, said),) = tried(Settings(plumbline_web_host="localhost", plumbline_web_port=unused), "all")

    assert said == ("" if missing == socket.AF_INET6 else
                    "PLUMBLINE_WEB_HOST: localhost is no address of this machine; name one, such as 127.0.0.1 or ::1")  # fmt: skip


def test_an_agent_file_whose_front_matter_is_broken_is_one_line(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "agent.md").write_text("---\nname: [\n---\nBe kind.\n")
    monkeypatch.setenv("PLUMBLINE_AGENT", "agent.md")
    monkeypatch.setenv("PLUMBLINE_WEB_PORT", "0")

    (said,) = said_by(capsys, "run").strip().splitlines()

    assert "PLUMBLINE_AGENT: agent.md has front matter that cannot be read" in said
    assert not (here / ".data" / "valkey").exists()


def test_what_is_wrong_is_said_before_a_key_is_asked_for_and_a_store_is_opened(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_key, "ask", None)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        (here / ".env").write_text(f"PLUMBLINE_WEB_PORT={taken.getsockname()[1]}\n")
        assert "PLUMBLINE_WEB_PORT: " in said_by(capsys, "run")
    (here / ".env").write_text("PLUMBLINE_ENGINES=bedrok\n")
    assert "there is no engine bedrok" in said_by(capsys, "run")


def test_a_file_that_may_not_be_used_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    def unreadable() -> int:
        raise PermissionError(errno.EACCES, "Permission denied", ".data/envelope.key")

    assert cli._guarded(unreadable) == 2
    assert capsys.readouterr().err.startswith("Plumbline cannot start: .data/envelope.key: Permission denied")


def test_a_mistake_beside_a_real_fault_is_not_hidden() -> None:
    both = BaseExceptionGroup("two", [ConfigError("a port"), RuntimeError("a bug")])

    assert cli._ordinary(both) == []
    assert cli._ordinary(BaseExceptionGroup("one", [BaseExceptionGroup("in", [ConfigError("a", "b")])])) == ["a", "b"]


async def _none() -> None:
    return None


@pytest.fixture
async def unused() -> int:
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = int(server.sockets[0].getsockname()[1])
    server.close()
    await server.wait_closed()
    return port


# --- check ----------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_check_of_a_trial_is_no_failure_and_leaves_a_running_bot_alone(here: Path) -> None:
    said: list[str] = []
    configured = Settings(plumbline_data_dir=here / "data", plumbline_web_port=0)

    async with EmbeddedValkey(here / "data" / "valkey") as running:
        assert await doctor.check(configured, "all", said.append) == 0
        assert running.pid

    assert "✓ Valkey (embedded): good" in said
    assert any(line.startswith("· A bot runs") for line in said)
    assert any(line.startswith("· Rehearsal: ") for line in said)


async def test_check_tries_the_token_that_opens_sockets(slack: SlackServer) -> None:
    async def faults(token: str) -> str:
        configured = Settings(slack_bot_token="xoxb-1", slack_app_token=token, slack_api_url=f"{slack.url}/api/")
        return " ".join(await SlackEntrance(configured).check())

    assert await faults("xapp-1") == ""
    assert "SLACK_APP_TOKEN is not accepted (invalid_auth)" in await faults("xapp-wrong")


@pytest.mark.parametrize(
    ("environment", "sentences"),
    [
        (
            {"PLUMBLINE_ENGINES": "bedrok"},
            ["PLUMBLINE_ENGINES: there is no engine bedrok; there are anthropic, bedrock"],
        ),
        (
            {"PLUMBLINE_ENGINES": "anthropic, bedrock"},
            ["ANTHROPIC_API_KEY is not set", "AWS_REGION is not set; Amazon Bedrock"],
        ),
        (
            {"PLUMBLINE_ENGINES": "vertex", "CLOUD_ML_REGION": "eu"},
            ["ANTHROPIC_VERTEX_PROJECT_ID is not set; Google Vertex AI"],
        ),
    ],
)
def test_what_an_engine_lacks_is_said_all_at_once(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], sentences: list[str]
) -> None:
    for name in ("ANTHROPIC_API_KEY", "AWS_REGION", "CLOUD_ML_REGION", "ANTHROPIC_VERTEX_PROJECT_ID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(ConfigError) as caught:
        engines_of(settings.load(None))

    assert len(caught.value.faults) == len(sentences)
    assert all(fault.startswith(sentence) for fault, sentence in zip(caught.value.faults, sentences, strict=True))


async def test_engines_are_opened_in_the_order_in_which_they_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("PLUMBLINE_ENGINES", "foundry,anthropic"), ("ANTHROPIC_API_KEY", "k")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ANTHROPIC_FOUNDRY_RESOURCE", "r")
    monkeypatch.setenv("ANTHROPIC_FOUNDRY_API_KEY", "secret-key")
    configured = settings.load(None)

    assert [one.kind for one in engines_of(configured)] == ["foundry", "anthropic"]
    assert engines_of(configured)[0].key == "secret-key"
    async with open_model(configured, clock) as model:
        assert isinstance(model, Engines)


# --- the key -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def claude_url() -> Iterator[str]:
    """A Claude in a loop of its own, for what runs its own loop."""
    loop = asyncio.new_event_loop()
    server = ClaudeServer()
    loop.run_until_complete(server.__aenter__())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield server.url
    asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result(60)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def attended() -> bool:
    return True


def test_a_key_is_asked_for_tried_and_kept_for_its_owner_alone(here: Path, claude_url: str) -> None:
    (here / ".env").write_text("# ours\nPLUMBLINE_WEB_PORT=0\n")
    configured = Settings(anthropic_base_url=claude_url, plumbline_data_dir=here / "data")
    typed = iter(["wrong", "sk-ant-right"])
    said: list[str] = []

    asked = first_key.ask(configured, here / ".env", said.append, lambda question: next(typed), attended)

    assert asked.anthropic_api_key is not None
    assert asked.anthropic_api_key.get_secret_value() == "sk-ant-right"
    assert "the key is not accepted" in said[0]
    assert "sk-ant" not in "".join(said).replace("starts with sk-ant-", "")
    assert stat.S_IMODE((here / ".env").stat().st_mode) == 0o600
    assert (here / ".env").read_text() == "# ours\nPLUMBLINE_WEB_PORT=0\nANTHROPIC_API_KEY=sk-ant-right\n"


def test_a_key_that_cannot_be_kept_works_for_this_start(here: Path, claude_url: str) -> None:
    os.mkfifo(here / "settings")
    configured = Settings(anthropic_base_url=claude_url, plumbline_data_dir=here / "data")
    said: list[str] = []

    asked = first_key.ask(configured, here / "settings", said.append, lambda question: "sk-ant-right", attended)

    assert asked.anthropic_api_key is not None
    assert "for this start alone" in said[0]
    assert "no plain file" in said[0]


def test_who_wants_none_is_asked_once(here: Path) -> None:
    configured = Settings(plumbline_data_dir=here)
    questions: list[str] = []

    def read(question: str) -> str:
        questions.append(question)
        return ""

    assert first_key.ask(configured, here / ".env", print, read, attended) is configured
    assert first_key.ask(configured, here / ".env", print, read, attended) is configured
    assert len(questions) == 1
    assert not (here / ".env").exists()


def test_where_nobody_sits_nothing_is_asked(here: Path) -> None:
    def read(question: str) -> str:
        raise AssertionError(question)

    first_key.ask(Settings(plumbline_data_dir=here / "data"), here / ".env", print, read=read)


# --- logs -----------------------------------------------------------------------------------------------------------------


def test_logs_are_plain_and_few_at_a_terminal_and_json_elsewhere() -> None:
    for stream, form, lines in ((Terminal(), "auto", 1), (io.StringIO(), "auto", 2), (Terminal(), "json", 2)):
        logs.configure("INFO", stream, form)  # type: ignore[arg-type]
        logging.getLogger("x").info("started", extra={"port": 1})
        logging.getLogger("x").warning("store away", extra={"token": "sk-ant-abc123", "seconds": 2})
        written = stream.getvalue().splitlines()
        assert len(written) == lines
        assert "sk-ant-abc123" not in stream.getvalue()
        if lines == 1:
            assert written[0].endswith("seconds=2")
            assert " warning: store away " in written[0]
        else:
            assert json.loads(written[0])["event"] == "started"
