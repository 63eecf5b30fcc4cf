"""A deploy costs nobody an answer: what had come of it stands, and goes on from there, however often its process is replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.claude.seam import GO_ON
from tests.faults.worlds import squeezed
from tests.servers.claude import ClaudeServer, Json, Script
from tests.servers.slack import BOT_USER, SlackServer
from tests.walks.bot import BotProcess, in_slack, with_claude

pytestmark = pytest.mark.slow

WHOLE = "\n\n".join(f"Paragraph {number} says {number * 7919} and a few more words than that." for number in range(60))


def script(body: Json) -> Script:
    """Goes on after what stands, and says its last paragraph again first, as models do."""
    if body["messages"][-1]["content"][-1]["text"] != GO_ON:
        return Script(WHOLE)
    stands = body["messages"][-2]["content"][-1]["text"]
    return Script(WHOLE[WHOLE.rindex(stands.rpartition("\n\n")[2]) :])


async def test_an_answer_that_is_cut_by_two_restarts_goes_on_where_it_was(tmp_path: Path) -> None:
    async with SlackServer() as slack, ClaudeServer() as claude:
        claude.script = script
        claude.fails("stall", "stall")  # each in the middle of what it still has to say
        settings = {**in_slack(slack), **with_claude(claude), "PLUMBLINE_DRAIN_SECONDS": "0"}
        bot = BotProcess(tmp_path, **settings)
        await bot.start()
        root = await slack.user_says("C1", f"<@{BOT_USER}> how?")
        for paragraph in (25, 40):
            await seen(slack, root, f"Paragraph {paragraph} ")
            await bot.restart()
        await slack.until(lambda: slack.is_final("C1", root))
        shown = _shown(slack, root)
        await bot.stop()

    assert squeezed(WHOLE) in squeezed(shown)
    assert [shown.count(f"Paragraph {number} ") for number in range(60)] == [1] * 60
    asked = [one.body["messages"] for one in claude.requests]
    assert len(asked) == 3
    stood = [asked_[-2]["content"][-1]["text"] for asked_ in asked[1:]]
    assert [WHOLE.startswith(stood[0]), "Paragraph 25 " in stood[0], "Paragraph 40 " in stood[1]] == [True] * 3


async def seen(slack: SlackServer, root: str, words: str) -> None:
    await slack.until(lambda: words in _shown(slack, root))


def _shown(slack: SlackServer, root: str) -> str:
    return "\n".join(post.versions[-1] for post in slack.thread("C1", root))
