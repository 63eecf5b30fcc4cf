"""A process that could lose, double or make up answers does not start: what each role needs is said before."""

from __future__ import annotations

from functools import partial

import pytest

from adapters.roles import Role, needed_by, rehearses, warnings
from bot.errors import ConfigError
from bot.settings import Settings, load

SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
KEY = {"ANTHROPIC_API_KEY": "k"}
SHARED = {"REDIS_URL": "redis://r:6379/0"}


def settings(monkeypatch: pytest.MonkeyPatch, role: Role, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load(None, partial(needed_by, role))


@pytest.mark.parametrize(
    ("role", "environment", "named"),
    [
        ("gateway", {**SLACK}, ["REDIS_URL"]),
        ("worker", {**SLACK, **KEY}, ["REDIS_URL"]),
        ("worker", {**SLACK}, ["REDIS_URL", "ANTHROPIC_API_KEY"]),
        ("worker", {**SLACK, **SHARED}, ["ANTHROPIC_API_KEY"]),
        ("worker", {**SHARED}, ["ANTHROPIC_API_KEY"]),
        ("all", {**SLACK}, ["ANTHROPIC_API_KEY"]),
        ("all", {"DISCORD_BOT_TOKEN": "t"}, ["ANTHROPIC_API_KEY"]),
        ("all", {"SLACK_BOT_TOKEN": "xoxb-1", **KEY}, ["SLACK_APP_TOKEN"]),
        ("gateway", {"SLACK_BOT_TOKEN": "xoxb-1", **SHARED}, ["SLACK_APP_TOKEN"]),
        ("all", {"SLACK_BOT_TOKEN": "xoxb-1", "PLUMBLINE_SLACK_HTTP_PORT": "3000", **KEY}, ["SLACK_SIGNING_SECRET"]),
        ("gateway", {"SLACK_APP_TOKEN": "xapp-1"}, ["SLACK_BOT_TOKEN", "REDIS_URL"]),
    ],
)
def test_what_is_missing_is_said_at_once_and_nothing_starts(
    monkeypatch: pytest.MonkeyPatch, role: Role, environment: dict[str, str], named: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        settings(monkeypatch, role, **environment)

    assert [fault.split(" ")[0] for fault in caught.value.faults] == named


@pytest.mark.parametrize(
    ("role", "environment"),
    [
        ("all", {}),
        ("all", {**SLACK, **KEY}),
        ("all", {**SLACK, "PLUMBLINE_REHEARSAL": "true"}),
        ("gateway", {**SLACK, **SHARED}),
        ("worker", {"SLACK_BOT_TOKEN": "xoxb-1", **SHARED, **KEY}),
        ("worker", {"SLACK_BOT_TOKEN": "xoxb-1", **SHARED, "PLUMBLINE_REHEARSAL": "true"}),
    ],
)
def test_nothing_more_is_asked_for_than_a_role_needs(
    monkeypatch: pytest.MonkeyPatch, role: Role, environment: dict[str, str]
) -> None:
    assert settings(monkeypatch, role, **environment)


def test_a_gateway_does_not_speak_of_a_key_that_its_workers_have(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = settings(monkeypatch, "gateway", **SLACK, **SHARED)

    assert not rehearses("gateway", gateway)
    assert rehearses("all", gateway)


def test_what_works_on_one_host_only_is_said_where_there_may_be_others(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = settings(monkeypatch, "gateway", **SLACK, **SHARED)
    whole = settings(monkeypatch, "gateway", DATABASE_URL="postgresql://d/p", PLUMBLINE_SECRET="s")

    assert [line.split(" ")[0] for line in warnings("gateway", gateway)] == ["DATABASE_URL", "PLUMBLINE_SECRET"]
    assert list(warnings("gateway", whole)) == list(warnings("all", gateway)) == []
