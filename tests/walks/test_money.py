"""What a team pays is what its ledger says, also for replies that a killed worker left in the middle."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.servers.claude import ClaudeServer
from tests.servers.slack import BOT_USER, SlackServer
from tests.walks.bot import BotProcess, in_slack, with_claude

pytestmark = pytest.mark.slow

COUNTED = (
    "SELECT coalesce(sum(input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens), 0) FROM "
)


def in_ledger(data: Path) -> tuple[int, list[str]]:
    """Input tokens in all rows, and the kinds of those that are no turn's."""
    with closing(sqlite3.connect(data / "d" / "plumbline.db")) as database:
        counts = [database.execute(COUNTED + table).fetchone()[0] for table in ("turns", "requests")]
        kinds = [kind for (kind,) in database.execute("SELECT kind FROM requests")]
    return sum(counts), kinds


async def test_a_reply_that_a_killed_worker_left_is_in_the_ledger(tmp_path: Path) -> None:
    async with SlackServer() as slack, ClaudeServer(tokens_per_second=60) as claude:
        bot = BotProcess(tmp_path, **in_slack(slack), **with_claude(claude))
        async with bot:
            claude.says("word " * 400)
            root = await slack.user_says("C1", f"<@{BOT_USER}> how?")
            await slack.until(
                lambda: slack.thread("C1", root) and "word word" in slack.thread("C1", root)[0].versions[-1]
            )
            await bot.stop(signal.SIGKILL)
            claude.tokens_per_second = 0
            await bot.start()
            await slack.until(lambda: slack.is_final("C1", root))

            paid = sum(
                sum(n for name, n in one.usage.items() if name.endswith("input_tokens")) for one in claude.requests
            )
            assert len(claude.requests) == 2
            async with asyncio.timeout(60):
                while in_ledger(tmp_path) != (paid, ["cut"]):  # noqa: ASYNC110 - a file is read
                    await asyncio.sleep(0.1)
