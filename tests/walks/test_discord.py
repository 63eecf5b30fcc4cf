"""From Discord's gateway to the posted answer, and back, as a team would use it."""

from __future__ import annotations

import time
from pathlib import Path

from tests.servers.claude import ClaudeServer
from tests.servers.discord import BOT, CHANNEL, DM, DiscordServer
from tests.stalls import slowness
from tests.walks.bot import BotProcess, in_discord, with_claude

CODE = "SELECT id FROM orders WHERE id > $1 ORDER BY id LIMIT 100;\n"
ANSWER = f"Use keyset paging, @everyone:\n\n```sql\n{CODE}```\n\n| a | b |\n| --- | --- |\n| 1 | 2 |"


async def test_a_team_asks_follows_up_and_goes_on_after_a_restart(
    discord_bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    async with discord_bot:
        claude.says(ANSWER)
        thread = await discord.user_says(f"<@{BOT}> how do I page?")
        await discord.until(lambda: discord.is_final(thread))

        (answer,) = discord.visible(thread)
        assert f"```sql\n{CODE}```" in answer.content
        assert discord.threads[thread] == "how do I page?"
        assert discord.visible(CHANNEL) == []

        claude.says("Because OFFSET reads what it skips.")
        await discord.user_says("why is that?", user="2", channel=thread)
        await discord.until(lambda: len(discord.visible(thread)) == 2 and discord.is_final(thread))
        assert claude.requests[1].prefix[: len(claude.requests[0].prefix)] == claude.requests[0].prefix
        assert 'from="Ben"' in claude.requests[1].question

        await discord.user_says("<@1> lunch?", user="2", channel=thread)
        await discord_bot.restart()
        claude.says("Line 7 is the reason.")
        paste = discord.file("message.txt", b"Traceback: boom at line 7", content_type=None)
        await discord.user_says("and this?", channel=thread, files=[paste])
        await discord.until(lambda: len(discord.visible(thread)) == 3 and discord.is_final(thread))

        assert "boom at line 7" in claude.requests[2].question
        assert "lunch?" in claude.requests[2].question
    assert discord.pings == []
    assert discord.refusals == []
    assert "Traceback" not in discord_bot.log


async def test_five_people_who_ask_in_one_channel_at_once_are_all_answered_in_threads(
    discord_bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    async with discord_bot:
        threads = [await discord.user_says(f"<@{BOT}> how {number}?", user="123"[number % 3]) for number in range(5)]
        await discord.until(lambda: all(discord.is_final(thread) for thread in threads), 20)

    assert discord.visible(CHANNEL) == []
    assert discord.refusals == []


async def test_where_the_channel_takes_no_more_threads_the_answer_is_a_reply(
    discord_bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    discord.buckets.use_up("thread", CHANNEL, keeps=1)
    async with discord_bot:
        first = await discord.user_says(f"<@{BOT}> how?")
        await discord.until(lambda: discord.is_final(first))
        begun = time.monotonic()
        second = await discord.user_says(f"<@{BOT}> and how else?", user="2")
        await discord.until(lambda: discord.is_final(CHANNEL))

    assert time.monotonic() - begun < 5
    assert discord.visible(CHANNEL)[0].reference == second


async def test_ask_is_deferred_at_once_and_answered_in_a_thread(
    discord_bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    async with discord_bot:
        asked = await discord.slash("ask", question="how do I index jsonb?")
        await discord.until(lambda: asked.original in discord.threads and discord.is_final(asked.original))

        assert asked.acked_after is not None
        assert asked.acked_after < 1.5 * slowness()
        assert "Ana" in discord.posts[asked.original].content
        assert "jsonb" in discord.visible(asked.original)[0].content


async def test_a_question_that_no_message_holds_is_shown_in_part_and_asked_whole(
    discord_bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    async with discord_bot:
        asked = await discord.slash("ask", question=f"{'why is it slow? ' * 300}and the last word is marmalade")
        await discord.until(lambda: asked.original in discord.threads and discord.is_final(asked.original))

        assert discord.posts[asked.original].content.endswith("\n-# The question goes on; I have all of it.")
        assert "marmalade" not in discord.posts[asked.original].content
        assert b"marmalade" in claude.requests[-1].raw


async def test_a_private_ask_is_answered_to_the_asker_alone(
    discord_bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    async with discord_bot:
        asked = await discord.slash("ask", question="what is our budget?", private=True)
        await discord.until(lambda: asked.original and "budget" in discord.posts[asked.original].content)

        assert asked.ephemeral
        assert discord.threads == {}
        assert discord.visible(CHANNEL) == []


async def test_a_private_answer_whose_interaction_ran_out_comes_as_a_direct_message(
    discord_bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    claude.tokens_per_second = 20
    claude.says("a slow and private answer")
    async with discord_bot:
        asked = await discord.slash("ask", question="what is our budget?", private=True)
        await discord.until(lambda: claude.requests)
        asked.expired = True
        await discord.until(lambda: discord.visible(DM))

        assert "a slow and private answer" in discord.visible(DM)[0].content
        assert discord.visible(CHANNEL) == []


async def test_a_direct_message_is_answered(
    discord_bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    async with discord_bot:
        await discord.user_says("what is a lease?", channel=DM)
        await discord.until(lambda: discord.is_final(DM))

        assert "what is a lease?" in discord.visible(DM)[0].content


async def test_buttons_work_after_a_restart(
    discord_bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    claude.fails("busy_for_an_hour")
    async with discord_bot:
        thread = await discord.user_says(f"<@{BOT}> how?")
        await discord.until(lambda: discord.is_final(thread))
        (apology,) = discord.visible(thread)
        await discord_bot.restart()
        claude.says("Like this.")
        await discord.click(apology, "Retry")
        await discord.until(lambda: "Like this." in apology.content and discord.is_final(thread))

        assert len(discord.visible(thread)) == 1


async def test_without_the_privileged_intent_mentions_are_answered(tmp_path: Path, claude: ClaudeServer) -> None:
    async with DiscordServer(privileged=False) as discord:
        bot = BotProcess(tmp_path, **in_discord(discord), **with_claude(claude))
        async with bot:
            thread = await discord.user_says(f"<@{BOT}> how?")
            await discord.until(lambda: discord.is_final(thread))

            assert "Message Content Intent is off" in bot.log


async def test_where_no_thread_may_be_made_the_answer_is_a_reply(
    discord_bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    discord.denied.add("create_public_threads")
    async with discord_bot:
        question = await discord.user_says(f"<@{BOT}> how?")
        await discord.until(lambda: discord.is_final(CHANNEL))

        assert discord.visible(CHANNEL)[0].reference == question


async def test_a_send_whose_reply_was_lost_is_not_doubled(
    discord_bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    discord.faults["send"] += ["cut"]
    async with discord_bot:
        thread = await discord.user_says(f"<@{BOT}> how?")
        await discord.until(lambda: discord.is_final(thread))

        assert len(discord.visible(thread)) == 1


async def test_a_lost_connection_is_resumed_and_nothing_is_doubled(
    discord_bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    async with discord_bot:
        thread = await discord.user_says(f"<@{BOT}> one?")
        await discord.until(lambda: discord.is_final(thread))
        await discord.drop_gateway()
        await discord.user_says("two?", channel=thread, wait=False)
        await discord.until(lambda: len(discord.visible(thread)) == 2 and discord.is_final(thread))

        assert len(claude.requests) == 2
