"""The last release and this one, each as it was committed, on one data directory: this one's data are the other's, and back.

The older code comes out of this repository's own history; where there is none, as in a source archive, nothing can be tried.
"""

from __future__ import annotations

import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from tests.faults.processes import ROOT
from tests.servers.claude import ClaudeServer
from tests.servers.slack import BOT_USER, SlackServer
from tests.walks.bot import BotProcess, ColdBot, in_slack, with_claude

pytestmark = pytest.mark.slow

LAST = "fb6873f"
"""The commit of the last release; set anew with each."""

OLDER_SCHEMA = "56c1fde", "0004"
"""A commit from before schema 0005, which does not know of newer ones, and its own."""


def as_of(commit: str, folder: Path) -> Path:
    """The code of a commit; skips where there is no history."""
    try:
        made = subprocess.run(
            ["git", "-C", str(ROOT), "archive", commit, "adapters", "bot", "storage"], capture_output=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as fault:
        pytest.skip(f"no history here: {fault}")
    with tarfile.open(fileobj=BytesIO(made.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


async def answered(slack: SlackServer, root: str, count: int) -> None:
    await slack.until(lambda: len(slack.thread("C1", root)) == count and slack.is_final("C1", root))


@pytest.mark.parametrize(("commit", "schema"), [(LAST, ""), OLDER_SCHEMA], ids=["the last", "an older schema"])
async def test_an_older_release_goes_on_with_todays_data_and_back(tmp_path: Path, commit: str, schema: str) -> None:
    async with SlackServer() as slack, ClaudeServer() as claude:
        settings = {**in_slack(slack), **with_claude(claude)}
        today, before = BotProcess(tmp_path / "data", **settings), ColdBot(tmp_path / "data", **settings)
        before.root = as_of(commit, tmp_path / "before")
        root = ""
        for number, bot in enumerate((today, before, today), start=1):
            if schema and bot is before:
                assert await today.command("migrate", "--to", schema) == (
                    0,
                    f"The database is at revision {schema}.\n",
                )
            async with bot:
                said = await slack.user_says(
                    "C1", f"{'' if root else f'<@{BOT_USER}>'} question {number}?", thread=root
                )
                root = root or said
                await answered(slack, root, number)
    assert "Traceback" not in before.log + today.log
    assert len(claude.requests) == 3
    said_again = str(claude.requests[-1].body["messages"])
    assert all(f"question {number}" in said_again for number in (1, 2, 3))
