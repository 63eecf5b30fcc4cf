"""One bot of several processes on embedded stores: what each does when another dies, and when all are told to end."""

from __future__ import annotations

import os
import re
import signal
from functools import partial
from pathlib import Path

import pytest

from tests.servers.claude import ClaudeServer
from tests.servers.slack import BOT_USER, SlackServer
from tests.walks.bot import ColdBot, in_slack, with_claude

pytestmark = pytest.mark.slow

LONG = "word " * 200


async def test_a_gateway_and_two_workers_answer_on_embedded_stores_through_deaths_and_a_drain(tmp_path: Path) -> None:
    async with SlackServer() as slack, ClaudeServer(first_token_seconds=0.05) as claude:
        bot = ColdBot(tmp_path, **in_slack(slack), **with_claude(claude))
        await bot.start("run", "--workers", "2")
        for _ in range(6):
            claude.says("Use an index.")
        roots = [await slack.user_says("C1", f"<@{BOT_USER}> question {number}?") for number in range(6)]
        await slack.until(lambda: all(slack.is_final("C1", root) for root in roots))
        pids = dict(re.findall(r'"event": "started", "member": "([a-z]+ ?\d?)", "pid": (\d+)', bot.log))
        assert set(pids) == {"gateway", "worker 1", "worker 2"}

        for victim in ("worker 1", "gateway"):
            os.kill(int(pids[victim]), signal.SIGKILL)
            await bot.said(f'"ended by itself, started again", "member": "{victim}"')
            claude.says("It is sorted.")
            root = await slack.user_says("C1", f"<@{BOT_USER}> after {victim}?")
            await slack.until(partial(slack.is_final, "C1", root))
            roots.append(root)

        claude.tokens_per_second = 100
        claude.says(LONG)
        asked = await slack.user_says("C1", f"<@{BOT_USER}> all of it?")
        await slack.until(lambda: "word" in "".join(post.versions[-1] for post in slack.thread("C1", asked)))
        await bot.stop()

        assert slack.is_final("C1", asked)
        assert all(len(slack.thread("C1", root)) == 1 for root in (*roots, asked))
    assert len(claude.requests) == 9
    assert '"member": "worker 2"' in bot.log
    said = [line for line in bot.log.splitlines() if line.startswith("Plumbline starts")]
    assert len(said) == 2  # the gateway, twice


async def test_workers_and_a_role_do_not_go_together(tmp_path: Path) -> None:
    code, said = await ColdBot(tmp_path).command("run", "--workers", "2", "--role", "worker")

    assert code == 2
    assert "leave --role out" in said
