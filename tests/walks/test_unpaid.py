"""What needs no model gets the bot's own short answer at each door, and Claude is asked nothing."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import aiohttp
import pytest

from tests.servers.claude import ClaudeServer
from tests.servers.discord import CHANNEL, DiscordServer
from tests.servers.slack import SlackServer
from tests.walks import doors
from tests.walks.bot import BotProcess, with_claude
from tests.walks.doors import Door, House
from tests.walks.page import address

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


UNPAID = [
    ("", "your question next to"),
    ("hilfe", "Ask me anything about your backend"),
    ("help", "Ask me anything about your backend"),
    ("?", "Ask me anything about your backend"),
    ("!hlep", "`hlep` is none of my commands"),
    ("\U0001f64f", "your question next to"),
    (":)", "your question next to"),
    ("\uff01help", "Ask me anything about your backend"),
    ("\uff1f", "Ask me anything about your backend"),
    ("*help*", "Ask me anything about your backend"),
    ("`help`", "Ask me anything about your backend"),
]


BEHIND_OUR_NAME = (": !hlpe", "`hlpe` is none of my commands")


@pytest.mark.parametrize(("words", "answer"), [*UNPAID, BEHIND_OUR_NAME])
async def test_it_costs_nothing(door: Door, claude: ClaudeServer, words: str, answer: str) -> None:
    before = said(door).count(answer)
    await door.says(f"{door.mention} {words}")
    await door.until(lambda: said(door).count(answer) == before + 1)

    assert claude.requests == []


@pytest.mark.parametrize(
    ("words", "answer"), [("help", "Ask me anything"), ("?", "Ask me anything"), ("", "your question next to")]
)
async def test_put_in_by_an_edit_it_costs_nothing_either(
    door: Door, claude: ClaudeServer, words: str, answer: str
) -> None:
    message = await door.says(f"{door.mention} how?")
    await door.until(lambda: door.is_final(message))
    asked, before = len(claude.requests), said(door).count(answer)

    await door.edits(message, f"{door.mention} {words}")
    await door.until(lambda: said(door).count(answer) == before + 1)

    assert len(claude.requests) == asked


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize(("words", "answer"), [one for one in UNPAID if one[0] not in ("", "?", "\uff1f")])
async def test_behind_the_command_it_is_told_to_whoever_typed_it_alone(
    house: House, door: Door, claude: ClaudeServer, words: str, answer: str, private: bool
) -> None:
    typed = f"private {words}" if private else words
    match door.wire:
        case SlackServer() as slack:
            before = len(slack.channels["C1"])
            told = str(await slack.slash("/ask", typed))
            shown = len(slack.channels["C1"]) - before
        case DiscordServer() as discord:
            used = await discord.slash("ask", question=typed)
            await discord.until(
                lambda: used.original in discord.posts and answer in discord.posts[used.original].content
            )
            told = discord.posts[used.original].content
            shown = not discord.posts[used.original].ephemeral

    assert answer in told
    assert not shown
    assert claude.requests == []


async def test_it_costs_nothing_on_the_page(house: House, claude: ClaudeServer) -> None:
    """With our name and without; it is shown as our own words, and nothing there waits."""
    home = await address(house.bot)
    async with aiohttp.ClientSession(headers={"Origin": home.rstrip("/")}) as session:
        for words, answer in UNPAID:
            for text in (f"@Plumbline {words}", words) if words else ("@plumbline",):
                form = aiohttp.FormData({"text": text}, default_to_multipart=True)
                async with session.post(home + "t", data=form) as shown:
                    page = unescape(await shown.text()).replace("<code>", "`").replace("</code>", "`")
                assert shown.status == 200
                assert answer in page, text
                assert f">{text.strip()}<" in page or set(words) & set("*`")
                assert "Waiting" not in page

    assert claude.requests == []


async def test_it_costs_nothing_in_the_terminal(house: House, claude: ClaudeServer, tmp_path: Path) -> None:
    typed = "".join(f"@Plumbline {words}\n\n{words}\n\n" if words else "@Plumbline\n\n" for words, _ in UNPAID)
    terminal = BotProcess(tmp_path, **with_claude(house.claude))

    printed = await terminal.typed(typed)

    assert printed.count("Ask me anything about your backend") == 14
    assert printed.count("`hlep` is none of my commands") == 2
    assert "your question next to" in printed
    assert claude.requests == []
