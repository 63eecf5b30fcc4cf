"""Behind a proxy every door finds its way out, and what is named in NO_PROXY is asked directly."""

from __future__ import annotations

import discord
import pytest

from adapters.clocks import PlatformClock
from adapters.discord.budget import CallBudget
from adapters.discord.calls import new_client
from adapters.slack.calls import SlackCalls
from bot.environment import proxy_of

PROXY = "http://proxy.example:3128"
NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("environment", "url", "way"),
    [
        ({}, "https://slack.com/api/", None),
        ({"HTTPS_PROXY": PROXY}, "https://slack.com/api/", PROXY),
        ({"https_proxy": PROXY}, "https://git.example/a.git", PROXY),
        ({"HTTP_PROXY": PROXY}, "https://git.example/a.git", None),
        ({"ALL_PROXY": PROXY}, "https://git.example/a.git", PROXY),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "localhost,.example"}, "https://git.example/a.git", None),
        ({"HTTPS_PROXY": PROXY, "no_proxy": "*"}, "https://slack.com/api/", None),
        ({"HTTPS_PROXY": PROXY}, "git@git.example:a.git", None),
        ({"HTTPS_PROXY": PROXY}, "", None),
    ],
)
def test_the_proxy_is_the_one_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], url: str, way: str | None
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert proxy_of(url) == way


async def test_slack_and_discord_are_called_by_way_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", "slack.internal")
    monkeypatch.setattr(discord.http.Route, "BASE", "https://discord.com/api/v10")  # other tests lead it elsewhere

    assert SlackCalls("xoxb-1", "https://slack.com/api/").client.proxy == PROXY
    assert SlackCalls("xoxb-1", "https://slack.internal/api/").client.proxy is None
    client = new_client(lambda status: None, PlatformClock("discord"), CallBudget())
    assert client.http.proxy == PROXY
    await client.close()
