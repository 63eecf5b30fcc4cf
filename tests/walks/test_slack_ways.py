"""Slack's other ways through the whole bot: streams in direct messages, the message menu, its own Stop, a closed channel."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.servers.claude import ClaudeServer
from tests.servers.slack import BOT_USER, SlackServer, texts_of
from tests.walks.bot import BotProcess

ANSWER = "Use **keyset** paging:\n\n```sql\nselect 1 < 2;\n```\n\n" + "It stays fast, however far you go. " * 20


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    async with SlackServer(limits=1) as server:
        yield server


@pytest.fixture
def claude(claude: ClaudeServer) -> ClaudeServer:
    """Slow enough that an answer is streamed in pieces."""
    claude.tokens_per_second = 60
    return claude


async def test_a_conversation_in_direct_messages_is_streamed_titled_and_exact(
    slack_bot: BotProcess, slack: SlackServer, claude: ClaudeServer
) -> None:
    async with slack_bot:
        slack.opens_app("D1")
        await slack.until(lambda: slack.prompts.get("D1"))
        claude.says(ANSWER)
        root = await slack.user_says("D1", "how do I page?")
        await slack.until(lambda: slack.is_final("D1", root))

        (post,) = slack.thread("D1", root)
        assert slack.code("D1", root) == "select 1 < 2;\n"
        assert len(post.versions) > 4
        assert slack.count("chat.appendStream") >= 2
        await slack.until(lambda: slack.titles.get(("D1", root)) == "how do I page?")

        claude.says("Because OFFSET reads what it skips.")
        await slack.user_says("D1", "why?", thread=root)
        await slack.until(lambda: len(slack.thread("D1", root)) == 2 and slack.is_final("D1", root))
    assert slack.pings() == []
    assert slack.refused == 0


async def test_a_conversation_is_titled_by_words_that_people_would_read(
    slack_bot: BotProcess, slack: SlackServer, claude: ClaudeServer
) -> None:
    async with slack_bot:
        words = "why is *<https://ci.example.org/job/1|ci.example.org/job/1>* red, <@U2>? <https://x.example.org/y>"
        root = await slack.user_says("D1", f"```\nraise Boom\n```\n:thinking_face: <!here> {words}")
        await slack.until(lambda: slack.is_final("D1", root))

        await slack.until(lambda: slack.titles.get(("D1", root)))
    assert slack.titles["D1", root] == "why is ci.example.org/job/1 red, Ben? x.example.org"


async def test_slacks_own_stop_ends_the_answer_and_keeps_what_was_said(
    slack_bot: BotProcess, slack: SlackServer, claude: ClaudeServer
) -> None:
    claude.tokens_per_second = 10
    claude.says("word " * 400)
    async with slack_bot:
        root = await slack.user_says("D1", "tell me everything")
        await slack.until(lambda: slack.count("chat.appendStream"))
        slack.presses_slacks_stop("D1", root)
        await slack.until(lambda: slack.is_final("D1", root))

        (post,) = slack.thread("D1", root)
        assert "word" in texts_of(post)
        assert "Stopped by Ana." in texts_of(post)
        await slack.until(lambda: claude.requests[0].left_early)
        await slack.until(lambda: slack.sessions["D1", root] == "active")


async def test_the_message_menu_explains_an_alert_in_its_thread(
    slack_bot: BotProcess, slack: SlackServer, claude: ClaudeServer
) -> None:
    async with slack_bot:
        root = await slack.bot_says("C1", "Alert", attachments=[{"text": "p99 over 2 s on GET /orders"}])
        claude.says("The orders query has no index.")
        await slack.shortcut("C1", root)
        await slack.until(lambda: slack.is_final("C1", root))

        assert "no index" in texts_of(slack.thread("C1", root)[0])
        assert "p99 over 2 s on GET /orders" in claude.requests[0].question


async def test_an_answer_to_a_channel_that_was_archived_meanwhile_goes_to_the_asker(
    slack_bot: BotProcess, slack: SlackServer, claude: ClaudeServer
) -> None:
    async with slack_bot:
        claude.says("By key.")
        slack.archived.add("C1")
        await slack.user_says("C1", f"<@{BOT_USER}> how do I page?")
        await slack.until(lambda: slack.at_root("DU1"))

        assert "By key." in texts_of(slack.at_root("DU1")[0])
        assert "archived" in texts_of(slack.at_root("DU1")[0])


async def test_what_went_to_the_asker_is_gone_on_with_there(
    slack_bot: BotProcess, slack: SlackServer, claude: ClaudeServer
) -> None:
    async with slack_bot:
        claude.fails("max_tokens")
        claude.says("First the schema, then")
        slack.archived.add("C1")
        await slack.user_says("C1", f"<@{BOT_USER}> how do I migrate?")
        await slack.until(lambda: slack.at_root("DU1"))

        claude.says("the data, at last the code.")
        await slack.click("DU1", slack.at_root("DU1")[0].ts, "go_on")
        await slack.until(lambda: any("at last the code" in str(one) for one in slack.responses))

    assert all(one["response_type"] == "ephemeral" for one in slack.responses)
    assert len(slack.at_root("DU1")) == 1
