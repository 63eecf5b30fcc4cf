"""What moves, and what is named, when something goes wrong that a process survives."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import yaml

from adapters.eyes import UNREADY, _figures, _listens
from adapters.folders import has_room
from adapters.house import House
from adapters.metrics import LASTING, REPOSITORIES, STANDING, HealthPage, Metrics
from adapters.slack.calls import SlackCalls, SlackRefused
from bot.capabilities.team_code.code import RepositoryState
from bot.claude.client import Claude
from bot.claude.streams import Patience
from bot.errors import BotError, DoorShut, StoreUnavailable
from tests.bot.claude.clock import Clock
from tests.bot.claude.test_claude import Talk
from tests.servers.claude import ClaudeServer, Fault
from tests.servers.slack import SlackServer


def value(metrics: Metrics, name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("overloaded", "529"),
        ("bad_key", "401"),
        ("stream_error", "overloaded_error"),
        ("clean_end", "StreamCut"),
        ("stall", "timeout"),
    ],
)
async def test_each_failed_request_to_the_model_is_counted_by_its_status(fault: Fault, status: str) -> None:
    metrics, clock, told = Metrics(), Clock(), list[str]()

    def on_error(status: str) -> None:
        told.append(status)
        metrics.model_failed(status)

    async with ClaudeServer() as server:
        patience = Patience(stall_seconds=0.4) if fault == "stall" else Patience()  # a busy machine is slower than that
        times = {"sleep": clock.sleep, "now": clock.seconds, "patience": patience}
        claude = Claude("key", base_url=server.url, clock=clock, on_error=on_error, **times)  # type: ignore[arg-type]
        server.says("an answer of some length, which breaks in the middle")
        server.fails(fault)
        try:
            await Talk(claude).ask()
        except BotError:
            assert fault == "bad_key"
        await claude.close()

    assert told == [status]
    assert value(metrics, "plumbline_model_errors_total", status=status) == 1


async def test_a_call_that_slack_refuses_is_counted_by_its_code_and_a_revoked_token_is_named() -> None:
    metrics = Metrics()
    async with SlackServer() as slack:
        calls = SlackCalls("xoxb-1", slack.api_url, on_refusal=lambda code: metrics.platform_refused("slack", code))
        with pytest.raises(SlackRefused) as caught:
            await calls.repeatable("chat.update", channel="C1", ts="1.000001", text="hi")
        await calls.close()

    assert value(metrics, "plumbline_platform_refusals_total", platform="slack", code=caught.value.code) == 1
    assert metrics.lost == {}
    metrics.platform_refused("slack", "token_revoked")
    metrics.model_failed("401")
    assert metrics.lost == {
        "slack": "refused our token (token_revoked)", "model": "refused our key (401)"
    }  # fmt: skip
    metrics.ended("slack", "answered", 1.0, 1)
    assert metrics.lost == {}


def test_a_breaker_that_is_open_is_seen() -> None:
    metrics, is_open = Metrics(), [False]
    metrics.watch_breaker(lambda: is_open[0])
    before = value(metrics, "plumbline_model_breaker_open")
    is_open[0] = True

    assert (before, value(metrics, "plumbline_model_breaker_open")) == (0, 1)


def test_turns_are_counted_by_outcome_and_reason() -> None:
    metrics = Metrics()
    metrics.ended("slack", "failed", 1.0, 1, "ModelBusy")

    assert value(metrics, "plumbline_turns_total", platform="slack", outcome="failed", reason="ModelBusy") == 1


async def test_what_is_lost_is_named_and_only_what_keeps_us_from_hearing_is_not_ready() -> None:
    async def away() -> None:
        raise StoreUnavailable("gone")

    async def odd() -> None:
        raise RuntimeError("nobody foresaw it")

    async def well() -> None:
        return None

    page = HealthPage("127.0.0.1", 0, Metrics(), {"redis": well}, dict, {"workers": odd})  # type: ignore[arg-type]
    answer = await page._ready(None)  # type: ignore[arg-type]
    assert (answer.status, answer.text) == (
        200,
        '{"ready": true, "redis": "ok", "lost": {"workers": "nobody foresaw it"}}',
    )

    page = HealthPage("127.0.0.1", 0, Metrics(), {"redis": odd, "sql": away}, dict)  # type: ignore[arg-type]
    assert (await page._ready(None)).status == 503  # type: ignore[arg-type]


async def test_a_disk_that_is_nearly_full_is_named_before_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics, free = Metrics(), 3_000_000_000
    monkeypatch.setattr("adapters.folders.free_bytes", lambda _: free)
    page = HealthPage("127.0.0.1", 0, metrics, {}, nothing, {"disk": partial(has_room, tmp_path)})
    metrics.watch_disk(lambda: free)

    said = (await page._ready(None)).text  # type: ignore[arg-type]
    free = 7_000_000

    assert said == '{"ready": true}'
    assert "7 MB are free" in ((await page._ready(None)).text or "")  # type: ignore[arg-type]
    assert value(metrics, "plumbline_data_free_bytes") == 7_000_000


def test_every_name_that_is_said_of_all_processes_has_its_gauge() -> None:
    metrics = Metrics()
    metrics.standing({name: 7 for name, _ in STANDING})

    assert {value(metrics, f"plumbline_{name}") for name, _ in STANDING} == {7.0}
    assert LASTING.keys() == {"model", "slack", "discord"}


async def test_an_overloaded_model_is_named_for_as_long_as_it_is() -> None:
    metrics, is_open = Metrics(), [True]
    metrics.watch_breaker(lambda: is_open[0])
    page = HealthPage("127.0.0.1", 0, metrics, {}, nothing)

    said = (await page._ready(None)).text  # type: ignore[arg-type]
    is_open[0] = False

    assert said == '{"ready": true, "lost": {"model": "overloaded"}}'
    assert (await page._ready(None)).text == '{"ready": true}'  # type: ignore[arg-type]


async def nothing() -> None:
    return None


async def test_turns_that_end_while_a_process_drains_are_read_before_it_goes() -> None:
    metrics = Metrics()
    page = HealthPage("127.0.0.1", 0, metrics, {}, nothing)
    metrics.ended("slack", "answered", 1.0, 1)
    await page.last_look()  # nobody reads these figures, so nobody is waited for
    await page._show(None)  # type: ignore[arg-type]
    await page.last_look()  # all was read

    page.drain()
    metrics.ended("slack", "answered", 1.0, 1)
    waiting = asyncio.create_task(page.last_look())
    await asyncio.sleep(0)
    assert not waiting.done()
    assert (await page._ready(None)).status == 503  # type: ignore[arg-type]
    shown = await page._show(None)  # type: ignore[arg-type]
    await waiting

    assert b'outcome="answered",platform="slack",reason=""} 2.0' in (shown.body or b"")  # type: ignore[operator]


def test_each_repository_tells_its_age_its_fault_and_whether_its_code_can_be_checked() -> None:
    metrics, now = Metrics(), datetime(2026, 1, 1, 12, tzinfo=UTC)
    shop = RepositoryState("shop", commit="c", fetched_at=now - timedelta(minutes=5))
    lost = RepositoryState("lost", fault="not found")
    states = {
        one.name: _figures(one, {"shop": "an environment of 3 packages", "lost": UNREADY[0]}, now)
        for one in (shop, lost)
    }

    metrics.repositories({"gone": states["shop"]})
    metrics.repositories(states)

    names = [f"plumbline_repository_{name}" for name, _ in REPOSITORIES]
    assert [value(metrics, name, repository="shop") for name in names] == [300, 0, 1, 1]
    assert [value(metrics, name, repository="lost") for name in names] == [-1, 1, 0, 0]
    assert metrics.registry.get_sample_value(names[0], {"repository": "gone"}) is None


def test_rules_and_dashboard_ask_for_what_there_is() -> None:
    metrics, known = Metrics(), set[str]()
    for family in metrics.registry.collect():
        ends = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(family.type, ("",))
        known |= {f"{family.name}{end}" for end in ends}
    folder = Path(__file__).parents[2] / "docs" / "deploy" / "prometheus"
    (rules,) = yaml.safe_load((folder / "rules.yaml").read_text())["groups"]
    panels = json.loads((folder / "dashboard.json").read_text())["panels"]
    asked = [rule["expr"] for rule in rules["rules"]] + [one["expr"] for panel in panels for one in panel["targets"]]

    assert {name for one in asked for name in re.findall(r"plumbline_\w+", one)} - known == set()
    assert {name for name, _ in STANDING} <= {
        name.removeprefix("plumbline_") for one in asked for name in re.findall(r"\w+", one)
    }


class Door:
    """A chat that lets us in until it does not."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.revoked = asyncio.Event()

    async def run(self) -> None:
        await self.revoked.wait()
        raise DoorShut(f"{self.name.upper()}_BOT_TOKEN is not accepted; copy it anew")

    def is_ready(self) -> bool:
        return not self.revoked.is_set()


async def test_a_token_that_is_revoked_ends_its_own_door_and_the_last_of_them_ends_the_process() -> None:
    metrics, slack, discord, page = Metrics(), Door("slack"), Door("discord"), Door("web")
    shut = asyncio.Event()

    def on_shut(name: str, why: str) -> None:
        metrics.platform_shut(name, why)
        shut.set()

    health = HealthPage("127.0.0.1", 0, metrics, {one.name: _listens(one) for one in (slack, discord)}, nothing)
    house = House([slack, discord, page], None, None, [], chats=["slack", "discord"], on_shut=on_shut)
    running = asyncio.create_task(house.run())
    discord.revoked.set()
    await shut.wait()

    said = await health._ready(None)  # type: ignore[arg-type]
    assert said.status == 200
    assert json.loads(said.text or "") == {
        "ready": True, "slack": "ok", "lost": {"discord": "DISCORD_BOT_TOKEN is not accepted; copy it anew"}
    }  # fmt: skip
    await health._show(None)  # type: ignore[arg-type]
    assert value(metrics, "plumbline_lost", what="discord") == 1

    slack.revoked.set()
    with pytest.raises(BaseExceptionGroup) as caught:
        await running
    assert caught.group_contains(DoorShut, match="SLACK_BOT_TOKEN")
    assert not caught.group_contains(DoorShut, match="DISCORD_BOT_TOKEN")


def test_a_first_refusal_of_a_token_is_seen_as_one() -> None:
    """Prometheus' `increase` sees nothing of a counter that begins at 1."""
    metrics = Metrics()

    for platform, codes in LASTING.items():
        for code in codes:
            labels = {"status": code} if platform == "model" else {"platform": platform, "code": code}
            name = "plumbline_model_errors_total" if platform == "model" else "plumbline_platform_refusals_total"
            assert metrics.registry.get_sample_value(name, labels) == 0
