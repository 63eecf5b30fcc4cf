"""From Slack's socket to the posted answer, and back, as a team would use it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.servers.claude import ClaudeServer
from tests.servers.slack import BOT_USER, SlackServer
from tests.stores import valkey
from tests.walks.bot import BotProcess, in_slack, with_claude

CODE = 'def pages(n: int) -> list[int]:\n    return [i for i in range(n) if i < 5 and "<!channel>"]\n'
ANSWER = f"Use **keyset** paging, <!channel>:\n\n```python\n{CODE}```\n\nIt stays fast."


async def test_a_team_asks_follows_up_and_goes_on_after_a_restart(
    slack_bot: BotProcess, slack: SlackServer, claude: ClaudeServer
) -> None:
    await slack.bot_says("C1", "p99 over 2 s on GET /orders")
    async with slack_bot:
        claude.says(ANSWER, thinking="hm")
        root = await slack.user_says("C1", f"<@{BOT_USER}> how do I page?", copies=3)
        await slack.until(lambda: slack.is_final("C1", root))

        assert slack.code("C1", root) == CODE
        assert len(slack.thread("C1", root)) == 1
        assert len(claude.requests) == 1
        assert 'from="Ana"' in claude.requests[0].question

        claude.says("Because OFFSET reads what it skips.")
        await slack.user_says("C1", "why is that?", user="U2", thread=root)
        await slack.until(lambda: len(slack.thread("C1", root)) == 2 and slack.is_final("C1", root))

        assert claude.requests[1].prefix[: len(claude.requests[0].prefix)] == claude.requests[0].prefix
        assert 'from="Ben"' in claude.requests[1].question
        assert claude.requests[1].usage["cache_read_input_tokens"] > 0

        heard = await slack.user_says("C1", "<@U1> lunch?", user="U2", thread=root)
        await slack.until(lambda: (heard, True) in slack.delivered)
        file = slack.file("trace.log", b"Traceback: boom at line 7")
        await slack_bot.restart()
        claude.says("Line 7 is the reason.")
        await slack.user_says("C1", "and this?", thread=root, files=[file])
        await slack.until(lambda: len(slack.thread("C1", root)) == 3 and slack.is_final("C1", root))

        last = claude.requests[2]
        assert last.prefix[: len(claude.requests[1].prefix)] == claude.requests[1].prefix
        assert "boom at line 7" in last.question
        assert "lunch?" in last.question
    assert slack.pings() == []
    assert slack.at_root("C1") == []
    assert "Traceback" not in slack_bot.log


async def test_a_direct_message_is_answered_in_its_thread(
    slack_bot: BotProcess, slack: SlackServer, claude: ClaudeServer
) -> None:
    async with slack_bot:
        root = await slack.user_says("D1", "what is a lease?")
        await slack.until(lambda: slack.is_final("D1", root))

        assert "what is a lease?" in slack.thread("D1", root)[0].versions[-1]


async def test_ask_posts_the_question_and_answers_in_its_thread(
    slack_bot: BotProcess, slack: SlackServer, claude: ClaudeServer
) -> None:
    async with slack_bot:
        await slack.slash("/ask", "how do I index jsonb?")
        (question,) = slack.at_root("C1")
        await slack.until(lambda: slack.is_final("C1", question.ts))

        assert "Ana" in question.text
        assert "jsonb" in slack.thread("C1", question.ts)[0].versions[-1]


async def test_a_question_that_no_message_holds_is_shown_in_part_and_asked_whole(
    slack_bot: BotProcess, slack: SlackServer, claude: ClaudeServer
) -> None:
    async with slack_bot:
        await slack.slash("/ask", f"{'why is it slow? ' * 1_000}and the last word is marmalade")
        (question,) = slack.at_root("C1")
        await slack.until(lambda: slack.is_final("C1", question.ts))

        assert question.text.endswith("\n_The question goes on; I have all of it._")
        assert "marmalade" not in question.text
        assert b"marmalade" in claude.requests[-1].raw


async def test_a_private_ask_is_answered_to_the_asker_alone(
    slack_bot: BotProcess, slack: SlackServer, claude: ClaudeServer
) -> None:
    async with slack_bot:
        await slack.slash("/ask", "private what is our budget?")
        await slack.until(lambda: slack.responses)

        assert slack.responses[0]["response_type"] == "ephemeral"
        assert "budget" in slack.responses[0]["text"]
        assert slack.count("chat.postMessage") == 0


async def test_stop_ends_the_answer_and_keeps_what_was_said(
    slack_bot: BotProcess, slack: SlackServer, claude: ClaudeServer
) -> None:
    claude.tokens_per_second = 10
    claude.says("word " * 400)
    async with slack_bot:
        root = await slack.user_says("C1", f"<@{BOT_USER}> tell me everything")
        await slack.until(
            lambda: any("word" in version for post in slack.thread("C1", root) for version in post.versions)
        )
        await slack.click("C1", slack.thread("C1", root)[0].ts, "stop")
        await slack.until(lambda: slack.is_final("C1", root))

        assert "Stopped by Ana." in slack.thread("C1", root)[0].versions[-1]
        assert "word" in slack.thread("C1", root)[0].versions[-1]
        await slack.until(lambda: claude.requests[0].left_early)


async def test_a_failure_is_apologised_for_and_retry_answers_in_the_same_place(
    slack_bot: BotProcess, slack: SlackServer, claude: ClaudeServer
) -> None:
    claude.fails("busy_for_an_hour")
    async with slack_bot:
        root = await slack.user_says("C1", f"<@{BOT_USER}> how?")
        await slack.until(lambda: slack.is_final("C1", root))
        (apology,) = slack.thread("C1", root)
        assert "Claude is busy until about" in apology.versions[-1]

        claude.says("Like this.")
        await slack.click("C1", apology.ts, "retry")
        await slack.until(lambda: "Like this." in apology.versions[-1] and slack.is_final("C1", root))

        assert len(slack.thread("C1", root)) == 1


async def test_an_answer_without_a_word_is_apologised_for_and_its_thread_goes_on(
    slack_bot: BotProcess, slack: SlackServer, claude: ClaudeServer
) -> None:
    for _ in range(3):
        claude.says("\n\n", thinking="hm")
    async with slack_bot:
        root = await slack.user_says("C1", f"<@{BOT_USER}> how?")
        await slack.until(lambda: slack.is_final("C1", root))
        (apology,) = slack.thread("C1", root)
        assert "Claude ended without writing an answer" in apology.versions[-1]

        claude.says("Because of this.")
        await slack.user_says("C1", "and why?", thread=root)
        await slack.until(lambda: len(slack.thread("C1", root)) == 2 and slack.is_final("C1", root))
        assert "Because of this." in slack.thread("C1", root)[1].versions[-1]

        claude.says("Like this.")
        await slack.click("C1", apology.ts, "retry")
        await slack.until(lambda: "Like this." in apology.versions[-1])
    assert {request.status for request in claude.requests} == {200}


async def test_commands_work_as_words_and_behind_the_slash(
    slack_bot: BotProcess, slack: SlackServer, claude: ClaudeServer
) -> None:
    async with slack_bot:
        root = await slack.user_says("C1", f"<@{BOT_USER}> hi")
        await slack.until(lambda: slack.is_final("C1", root))
        await slack.user_says("C1", "!help", thread=root)
        await slack.until(lambda: slack.ephemeral)
        acked = await slack.slash("/plumbline", "usage")

        assert "!stop" in slack.ephemeral[0]["text"].replace("\u200b", "")
        assert "24 hours" in str(acked)
        assert len(claude.requests) == 1


async def test_a_question_from_before_a_long_outage_gets_a_notice_and_with_retry_its_answer(
    slack_bot: BotProcess, slack: SlackServer, claude: ClaudeServer
) -> None:
    async with slack_bot:
        root = await slack.user_says("C1", f"<@{BOT_USER}> how?", minutes_ago=20)
        await slack.until(lambda: slack.is_final("C1", root))
        (notice,) = slack.thread("C1", root)
        assert "waited for 20 minutes" in notice.versions[-1]
        assert claude.requests == []

        await slack.click("C1", notice.ts, "retry")
        await slack.until(lambda: "You asked: how?" in notice.versions[-1])

        assert slack.thread("C1", root) == [notice]


async def test_a_thread_whose_history_is_lost_is_read_back_from_slack(
    tmp_path: Path, slack: SlackServer, claude: ClaudeServer
) -> None:
    with valkey() as store:
        bot = BotProcess(tmp_path, **in_slack(slack), **with_claude(claude), REDIS_URL=store.url)
        async with bot:
            claude.says(ANSWER)
            root = await slack.user_says("C1", f"<@{BOT_USER}> how do I page?")
            await slack.until(lambda: slack.is_final("C1", root))
            await asyncio.sleep(1)  # the turn has ended
            with store.client() as client:
                client.flushall()

            await slack.user_says("C1", f"<@{BOT_USER}> and why?", thread=root)
            await slack.until(lambda: len(slack.thread("C1", root)) == 2 and slack.is_final("C1", root))

    asked = claude.requests[-1].question
    assert 'yours="1"' in asked
    assert CODE.splitlines()[0] in asked
    assert asked.index("how do I page?") < asked.index("keyset") < asked.index("and why?")
