"""Answers for the asker alone have the buttons that answers for all have: gone on with, or asked again, and nothing of it is public."""

from __future__ import annotations

from typing import Any

import pytest

from tests.servers.claude import ClaudeServer
from tests.servers.discord import CHANNEL, DM, DiscordServer
from tests.servers.slack import SlackServer
from tests.servers.slack.posts import found
from tests.walks import doors
from tests.walks.doors import House

pytestmark = pytest.mark.asyncio(loop_scope="module")
house, claude = doors.house, doors.claude


@pytest.fixture
def slack(house: House) -> SlackServer:
    wire = house.doors["slack"].wire
    assert isinstance(wire, SlackServer)
    wire.responses.clear()
    return wire


@pytest.fixture
def discord(house: House) -> DiscordServer:
    wire = house.doors["discord"].wire
    assert isinstance(wire, DiscordServer)
    return wire


def read(body: dict[str, Any]) -> str:
    blocks = body.get("blocks") or []
    return "".join(
        str(one["text"]) for one in found(blocks, "text", "link", "plain_text") if isinstance(one.get("text"), str)
    )


def actions(body: dict[str, Any]) -> list[str]:
    return [str(one["action_id"]).removeprefix("plumbline:") for one in found(body.get("blocks") or [], "button")]


async def test_on_slack_a_private_answer_that_was_cut_is_gone_on_with_alone(
    house: House, slack: SlackServer, claude: ClaudeServer
) -> None:
    posted = slack.count("chat.postMessage")
    claude.fails("max_tokens")
    claude.says("First the schema, then")
    await slack.slash("/ask", "private how do I migrate?")
    await slack.until(lambda: any("go_on" in actions(one) for one in slack.responses))
    cut = slack.responses[-1]

    claude.says("the data, at last the code.")
    await slack.click_alone(cut, "go_on")
    await slack.until(lambda: any("at last the code" in read(one) for one in slack.responses))
    await slack.click_alone(cut, "go_on")
    await slack.until(lambda: any("already" in str(one["text"]) for one in slack.responses))

    assert "First the schema" in read(cut)
    assert len(claude.requests) == 2
    assert "First the schema, then" in claude.requests[1].question
    assert all(one["response_type"] == "ephemeral" for one in slack.responses)
    assert slack.count("chat.postMessage") == posted
    assert slack.pings() == []


async def test_on_slack_a_private_answer_is_stopped_and_gone_on_with_alone(
    house: House, slack: SlackServer, claude: ClaudeServer
) -> None:
    claude.tokens_per_second = 10
    claude.says("word " * 300)
    told = await slack.slash("/ask", "private how do I page?")
    await slack.until(lambda: claude.requests and claude.requests[-1].first_token_at)

    await slack.click_alone(told, "stop")
    await slack.until(lambda: any("Stopped by Ana" in read(one) for one in slack.responses))
    stopped = slack.responses[-1]
    claude.tokens_per_second = 200
    claude.says("and that is all.")
    await slack.click_alone(stopped, "go_on")
    await slack.until(lambda: any("and that is all." in read(one) for one in slack.responses))

    assert actions(told) == ["stop"]
    assert "word" in read(stopped)
    assert claude.requests[0].left_early
    assert all(one["response_type"] == "ephemeral" for one in slack.responses)


async def test_on_slack_nobody_else_goes_on_with_a_private_answer(
    house: House, slack: SlackServer, claude: ClaudeServer
) -> None:
    claude.fails("max_tokens")
    claude.says("What Ana may know is")
    await slack.slash("/ask", "private what is our budget?")
    await slack.until(lambda: any("go_on" in actions(one) for one in slack.responses))

    await slack.click_alone(slack.responses[-1], "go_on", user="U2")
    await slack.until(lambda: any("cannot go on with it" in str(one["text"]) for one in slack.responses))

    assert len(claude.requests) == 1


async def test_on_slack_a_private_apology_can_be_retried_and_comes_directly_when_its_address_ran_out(
    house: House, slack: SlackServer, claude: ClaudeServer
) -> None:
    for _ in range(2):
        claude.says("---")
    await slack.slash("/ask", "private how do I page?")
    await slack.until(lambda: any("retry" in actions(one) for one in slack.responses))
    apology = slack.responses[-1]
    slack.respondable.clear()

    claude.says("Use keyset paging.")
    await slack.click_alone(apology, "retry")
    await slack.until(
        lambda: any("Use keyset paging." in str(one.get("text")) for one in slack.bodies("chat.postMessage"))
    )

    (told,) = [one for one in slack.bodies("chat.postMessage") if "Use keyset paging." in str(one.get("text"))]
    assert told["channel"] == "U1"


async def test_on_discord_a_private_answer_is_gone_on_with_alone_after_stop_and_after_its_limit(
    house: House, discord: DiscordServer, claude: ClaudeServer
) -> None:
    claude.tokens_per_second = 20
    claude.says("word " * 300)
    asked = await discord.slash("ask", question="how do I page?", private=True)
    await discord.until(lambda: asked.original and "word" in discord.posts[asked.original].content)
    await discord.click(discord.posts[asked.original], "Stop")
    await discord.until(lambda: "Go on" in str(discord.posts[asked.original].components))
    claude.tokens_per_second = 200

    claude.fails("max_tokens")
    claude.says("and then the data,")
    on = await discord.click(discord.posts[asked.original], "Go on")
    await discord.until(lambda: on.original and "Go on" in str(discord.posts[on.original].components))
    claude.says("at last the code.")
    last = await discord.click(discord.posts[on.original], "Go on")
    await discord.until(lambda: last.original and "at last the code." in discord.posts[last.original].content)
    twice = await discord.click(discord.posts[on.original], "Go on")
    await discord.until(lambda: twice.original and "already" in discord.posts[twice.original].content)

    assert len(claude.requests) == 3
    assert "and then the data," in discord.posts[on.original].content
    assert all(one.ephemeral for one in (asked, on, last, twice))
    assert discord.visible(CHANNEL) == []
    assert discord.visible(DM) == []


async def test_on_discord_what_came_directly_is_gone_on_with_there(
    house: House, discord: DiscordServer, claude: ClaudeServer
) -> None:
    claude.fails("max_tokens")
    claude.says("First the schema, then")
    asked = await discord.slash("ask", question="how do I migrate?", private=True)
    await discord.until(lambda: claude.requests)
    asked.expired = True
    await discord.until(lambda: any("Go on" in str(one.components) for one in discord.visible(DM)))
    (cut,) = [one for one in discord.visible(DM) if "Go on" in str(one.components)]

    claude.says("the data, at last the code.")
    on = await discord.click(cut, "Go on")
    await discord.until(lambda: on.original and "at last the code." in discord.posts[on.original].content)

    assert on.ephemeral
    assert discord.visible(CHANNEL) == []
