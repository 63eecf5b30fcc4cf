"""Gateways and workers apart, on a Redis and a PostgreSQL that are not ours: the same code, the same answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aiohttp

from adapters.metrics import STANDING
from tests.deployments import free_port
from tests.servers.claude import ClaudeServer
from tests.servers.slack import BOT_USER, SlackServer
from tests.stores import postgres, valkey
from tests.walks.bot import BotProcess, ColdBot, in_slack, with_claude

NAMES = (
    *(
        "plumbline_turn_seconds_count",
        "plumbline_turns_running",
        "plumbline_redeliveries_total",
    ),
    *(f"plumbline_{name}" for name, _ in STANDING),
    *("plumbline_model_breaker_open", 'plumbline_store_seconds{store="redis"}', 'plumbline_store_seconds{store="sql"}'),
    *("plumbline_redraws_owed", "plumbline_build_info{"),
)
"""What dashboards and rules read, and each process has from its start."""


async def test_a_gateway_listens_and_a_worker_answers(tmp_path: Path) -> None:
    with valkey() as redis, postgres() as sql:
        await sql.create("apart")
        port = free_port()
        async with SlackServer() as slack, ClaudeServer() as claude:
            settings = {
                **in_slack(slack),
                "REDIS_URL": redis.url,
                "DATABASE_URL": sql.url("apart").replace("+asyncpg", ""),
                "PLUMBLINE_SECRET": "shared",
            }
            gateway = ColdBot(tmp_path / "gateway", **settings, PLUMBLINE_METRICS_PORT=str(port))
            del settings["SLACK_APP_TOKEN"]  # a worker listens to nothing, and a gateway asks Claude nothing
            worker = ColdBot(tmp_path / "worker", **settings, **with_claude(claude))
            await gateway.start("run", "--role", "gateway")
            root = await slack.user_says("C1", f"<@{BOT_USER}> how?")
            await slack.until(lambda: (root, True) in slack.delivered)
            assert claude.requests == []
            assert "ehearsal" not in gateway.log
            await slack.until(lambda: slack.ephemeral)
            assert "waits for a worker" in slack.ephemeral[0]["text"]
            ready, metrics = await looked_at(port)
            assert ready == {
                "ready": True,
                "redis": "ok",
                "sql": "ok",
                "slack": "ok",
                "lost": {"workers": "none is alive"},
            }
            assert [metrics[f"plumbline_{name}"] for name in ("threads_waiting", "threads_running", "workers")] == [
                1,
                0,
                0,
            ]
            assert metrics["plumbline_oldest_waiting_seconds"] > 0

            await worker.start("run", "--role", "worker")
            await slack.until(lambda: slack.is_final("C1", root))

            assert len(slack.thread("C1", root)) == 1
            ready, metrics = await looked_at(port)
            assert "lost" not in ready
            assert [metrics[f"plumbline_{name}"] for name in ("threads_waiting", "workers", "gateways")] == [0, 1, 1]
            async with aiohttp.ClientSession() as session:
                redis.kill()
                async with session.get(f"http://127.0.0.1:{port}/ready") as answer:
                    assert answer.status == 503
                async with session.get(f"http://127.0.0.1:{port}/live") as answer:
                    assert answer.status == 200
                redis.restart()
                async with session.get(f"http://127.0.0.1:{port}/metrics") as answer:
                    told = await answer.text()
                assert [name for name in NAMES if f"\n{name}" not in told] == []
            assert len(slack.ephemeral) == 1
            again = await slack.user_says("C1", "and then?", thread=root)
            await slack.until(lambda: (again, True) in slack.delivered)
            await slack.until(lambda: len(slack.thread("C1", root)) == 2 and slack.is_final("C1", root))
            await worker.stop()
            await gateway.stop()


async def looked_at(port: int) -> tuple[dict[str, Any], dict[str, float]]:
    """What /ready says, and the plain numbers of /metrics."""
    async with aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{port}/ready") as answer:
            assert answer.status == 200
            ready = json.loads(await answer.text())
        async with session.get(f"http://127.0.0.1:{port}/metrics") as answer:
            lines = [line.rpartition(" ") for line in (await answer.text()).splitlines() if not line.startswith("#")]
    return ready, {name: float(value) for name, _, value in lines}


async def test_check_reaches_everything_and_says_what_is_wrong(tmp_path: Path) -> None:
    with valkey() as redis:
        async with SlackServer() as slack, ClaudeServer() as claude:
            slack.scopes = slack.scopes.replace("files:read,", "")
            bot = BotProcess(
                tmp_path,
                **in_slack(slack),
                **with_claude(claude),
                DISCORD_BOT_TOKEN="t",
                DISCORD_API_URL="http://127.0.0.1:9/api",
                PLUMBLINE_MODEL="claude-sonnet-4-5",
                REDIS_URL=redis.url,
            )

            code, said = await bot.command("check")

    assert code == 1
    assert "Claude: claude-sonnet-4-5 is deprecated and ends on 2026-11-30" in said
    assert "Slack: missing scopes: files:read" in said
    assert "Discord: cannot be reached" in said
    assert "SQLite (embedded): good" in said
    assert "Redis: " in said


async def test_wrong_settings_are_all_said_at_once_and_nothing_starts(tmp_path: Path) -> None:
    bot = BotProcess(tmp_path, SLACK_BOT_TOKEN="xapp-1", REDIS_URL="nowhere", PLUMBLINE_EFFORT="huge")

    code, said = await bot.command("run")

    assert code == 2
    for name in ("SLACK_BOT_TOKEN", "REDIS_URL", "PLUMBLINE_EFFORT"):
        assert name in said
    assert "Traceback" not in said


async def test_a_role_with_a_store_of_its_own_does_not_start(tmp_path: Path) -> None:
    code, said = await BotProcess(tmp_path, ANTHROPIC_API_KEY="k").command("run", "--role", "worker")

    assert code == 2
    assert "REDIS_URL is not set" in said
    assert len(said.splitlines()) <= 2


async def test_migrate_and_manifest_say_what_they_did(tmp_path: Path) -> None:
    bot = BotProcess(tmp_path)

    assert await bot.command("migrate") == (0, "The database is at revision 0005.\n")
    code, said = await bot.command("manifest", "slack")
    assert (code, json.loads(said)["display_information"]["name"]) == (0, "Plumbline")
