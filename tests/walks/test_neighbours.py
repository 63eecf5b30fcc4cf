"""The release after this one and this one, each as processes of its own, on one data directory: forth, back, and forth again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.faults.processes import ROOT
from tests.servers.claude import ClaudeServer
from tests.servers.slack import BOT_USER, SlackServer
from tests.walks.bot import BotProcess, ColdBot, in_slack, with_claude

pytestmark = pytest.mark.slow

NEXT = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9001", "{newest}", None, None
usable_since = "{since}"


def upgrade() -> None:
    op.add_column("turns", sa.Column("mood", sa.String(9), nullable=False, server_default="good"))
    op.create_table("moods", sa.Column("mood", sa.String(9), primary_key=True))


def downgrade() -> None:
    op.drop_table("moods")
    with op.batch_alter_table("turns") as turns:
        turns.drop_column("mood")
"""


def next_release(folder: Path, *, since: str) -> Path:
    """This release with one more migration."""
    for name in ("adapters", "bot", "storage"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    versions = folder / "storage" / "migrations" / "versions"
    newest = max(path.name.partition("_")[0] for path in versions.glob("0*.py"))
    (versions / "9001_moods.py").write_text(NEXT.format(newest=newest, since=since or newest))
    return folder


async def answered(slack: SlackServer, root: str, count: int) -> None:
    await slack.until(lambda: len(slack.thread("C1", root)) == count and slack.is_final("C1", root))


async def test_a_rolling_upgrade_goes_forth_and_back_with_the_same_threads(tmp_path: Path) -> None:
    async with SlackServer() as slack, ClaudeServer() as claude:
        settings = {**in_slack(slack), **with_claude(claude)}
        today, tomorrow = BotProcess(tmp_path / "data", **settings), ColdBot(tmp_path / "data", **settings)
        tomorrow.root = next_release(tmp_path / "next", since="")
        root = ""
        for number, bot in enumerate((today, tomorrow, today), start=1):
            async with bot:
                said = await slack.user_says(
                    "C1", f"{'' if root else f'<@{BOT_USER}>'} question {number}?", thread=root
                )
                root = root or said
                await answered(slack, root, number)
        assert "newer than this version" in today.log
    assert len(claude.requests) == 3
    assert "question 1" in str(claude.requests[-1].body["messages"])


async def test_a_release_that_cannot_use_a_newer_schema_says_so_and_ends(tmp_path: Path) -> None:
    today, tomorrow = BotProcess(tmp_path / "data"), BotProcess(tmp_path / "data")
    tomorrow.root = next_release(tmp_path / "next", since="9001")
    assert await tomorrow.command("migrate") == (0, "The database is at revision 9001.\n")

    code, said = await today.command("run")

    assert (code, "Traceback" in said, len(said.splitlines()) <= 2) == (2, False, True)
    assert "schema 9001" in said
