"""What needs no model gets the bot's own short answer at each door, and Claude is asked nothing."""

from __future__ import annotations

import pytest

from tests.servers.claude import ClaudeServer
from tests.servers.discord import CHANNEL, DiscordServer
from tests.servers.slack import SlackServer
from tests.walks import doors
from tests.walks.doors import Door

pytestmark = pytest.mark.asyncio(loop_scope="module")
house, door, claude = doors.house, doors.door, doors.claude


def said(door: Door) -> str:
    """All that the bot has said at once, wherever."""
    match door.wire:
        case SlackServer() as slack:
            return "\n".join(str(one["text"]) for one in slack.ephemeral)
        case DiscordServer() as discord:
            return "\n".join(post.content for post in discord.visible(CHANNEL))
    raise AssertionError(door.name)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("", "your question next to"),
        ("hilfe", "Ask me anything about your backend"),
        ("?", "Ask me anything about your backend"),
        ("!hlep", "`hlep` is none of my commands"),
        (": !hlpe", "`hlpe` is none of my commands"),
        ("\U0001f64f", "your question next to"),
        (":)", "your question next to"),
    ],
)
async def test_it_costs_nothing(door: Door, claude: ClaudeServer, words: str, answer: str) -> None:
    before = said(door).count(answer)
    await door.says(f"{door.mention} {words}")
    await door.until(lambda: said(door).count(answer) == before + 1)

    assert claude.requests == []
