"""What people do next, through the whole bot: they edit their question, add a mention by it, or delete it."""

from __future__ import annotations

import asyncio
import time

from tests.servers.claude import ClaudeServer
from tests.servers.slack import BOT_USER, SlackServer, texts_of
from tests.stalls import slowness
from tests.walks.bot import BotProcess


async def test_an_edited_question_is_asked_again_and_its_answer_replaced_in_place(
    slack_bot: BotProcess, slack: SlackServer, claude: ClaudeServer
) -> None:
    async with slack_bot:
        claude.says("By offset.")
        root = await slack.user_says("C1", f"<@{BOT_USER}> how do I page?")
        await slack.until(lambda: slack.is_final("C1", root))
        await asyncio.sleep(1)  # the turn has ended
        slack.unfurls("C1", root)
        slack.user_reacts("C1", root)

        claude.says("By key.")
        await slack.user_edits("C1", root, f"<@{BOT_USER}> how do I page by key?", copies=2)
        await slack.until(lambda: "By key." in texts_of(slack.thread("C1", root)[0]) and slack.is_final("C1", root))

        assert len(slack.thread("C1", root)) == 1
        assert len(claude.requests) == 2


async def test_an_edit_in_the_middle_of_an_answer_begins_it_anew_in_the_same_message(
    slack_bot: BotProcess, slack: SlackServer, claude: ClaudeServer
) -> None:
    claude.tokens_per_second = 20
    claude.says("offset " * 300)
    async with slack_bot:
        root = await slack.user_says("C1", f"<@{BOT_USER}> how do I page?")
        await slack.until(lambda: "offset" in "".join(texts_of(post) for post in slack.thread("C1", root)))
        claude.says("By key.")
        await slack.user_edits("C1", root, f"<@{BOT_USER}> how do I page by key?")
        await slack.until(lambda: slack.is_final("C1", root))

        (post,) = slack.thread("C1", root)
        assert texts_of(post).startswith("By key.")


async def test_a_mention_that_is_added_by_an_edit_is_a_question(
    slack_bot: BotProcess, slack: SlackServer, claude: ClaudeServer
) -> None:
    async with slack_bot:
        claude.says("By key.")
        root = await slack.user_says("C1", "how do I page?")
        await slack.user_edits("C1", root, f"<@{BOT_USER}> how do I page?")
        await slack.until(lambda: slack.is_final("C1", root))

        assert len(slack.thread("C1", root)) == 1
        assert len(claude.requests) == 1


async def test_a_deleted_question_ends_its_answer_and_leaves_nothing(
    slack_bot: BotProcess, slack: SlackServer, claude: ClaudeServer
) -> None:
    claude.tokens_per_second = 20
    claude.says("word " * 400)
    async with slack_bot:
        root = await slack.user_says("C1", f"<@{BOT_USER}> tell me everything")
        await slack.until(lambda: "word" in "".join(texts_of(post) for post in slack.thread("C1", root)))
        await slack.user_deletes("C1", root)
        deleted = time.monotonic()
        await slack.until(lambda: claude.requests[0].left_early)
        assert time.monotonic() - deleted < 2 * slowness()
        await slack.until(lambda: not slack.thread("C1", root))

    assert slack.at_root("C1") == []
    assert slack.stray_posts == 0
