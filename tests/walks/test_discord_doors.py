"""Every way into Discord's Plumbline, and faults on the road, with a whole bot: the menu, forums, several people, many threads."""

from __future__ import annotations

import asyncio

import pytest

from tests.servers.claude import ClaudeServer
from tests.servers.discord import BOT, CHANNEL, DM, FOREIGN, GUILD, OTHER_BOT, DiscordServer
from tests.walks import one_bot
from tests.walks.bot import BotProcess

SUPPRESS_EMBEDS = 1 << 2

pytestmark = pytest.mark.asyncio(loop_scope="module")
servers, bot, discord, claude = one_bot.servers, one_bot.bot, one_bot.discord, one_bot.claude


async def test_the_message_menu_answers_in_a_thread_of_the_message(
    bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    claude.says("Exit 137 means it was killed for memory.")
    alert = await discord.user_says(
        "", user=OTHER_BOT, embeds=[{"type": "rich", "title": "Build failed", "description": "exit 137"}]
    )
    used = await discord.menu(alert, user="2")
    await discord.until(lambda: discord.is_final(alert))

    assert "killed for memory" in discord.visible(alert)[0].content
    assert "exit 137" in claude.requests[0].question
    assert 'from="Ben"' in claude.requests[0].question
    assert f"https://discord.com/channels/{GUILD}/{alert}" in discord.posts[used.original].content
    assert discord.visible(CHANNEL) == []
    assert discord.refusals == []


async def test_a_forum_post_that_mentions_us_and_its_follow_up_are_answered_in_it(
    bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    post = await discord.forum_post("Slow", f"<@{BOT}> why is it slow?", message_first=True)
    await discord.until(lambda: discord.is_final(post))
    await discord.user_says("and now?", user="2", channel=post)
    await discord.until(lambda: len(discord.visible(post)) == 2 and discord.is_final(post))

    assert "why is it slow?" in claude.requests[0].question
    assert discord.threads[post] == "Slow"


async def test_a_thread_is_named_by_words_that_people_would_read(
    bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    stack = "```py\nraise Boom\n```\n"
    thread = await discord.user_says(
        f"<@{BOT}> {stack}<:thinking:803512345678901234> @here why is **https://ci.example.org/job/1?x=2** red, <@2>?"
    )
    await discord.until(lambda: discord.is_final(thread))

    assert discord.threads[thread] == "why is ci.example.org red, Ben?"


async def test_two_people_at_once_are_one_conversation_and_each_is_named(
    bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    claude.tokens_per_second = 20
    thread = await discord.user_says(f"<@{BOT}> how do I page through many rows?")
    await discord.until(lambda: discord.visible(thread))
    claude.tokens_per_second = 200
    await asyncio.gather(
        discord.user_says("and backwards?", user="2", channel=thread),
        discord.user_says("and with a filter?", user="3", channel=thread),
    )
    await discord.until(
        lambda: (
            any("backwards" in one.question for one in claude.requests)
            and any("filter" in one.question for one in claude.requests)
            and len(discord.visible(thread)) == len(claude.requests)
            and discord.is_final(thread)
        ),
    )

    assert 'from="Ben"' in claude.requests[-1].question + claude.requests[-2].question
    assert 'from="Cyn"' in claude.requests[-1].question
    assert len(discord.visible(thread)) == len(claude.requests)


async def test_twenty_threads_at_once_are_answered_under_discord_s_limits_whatever_comes_twice(
    bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    discord.requests_per_second = 50
    questions = [await discord.user_says(f"<@{BOT}> question {number}?", copies=2) for number in range(20)]
    await discord.drop_gateway()
    await discord.repeats(40)
    await discord.until(lambda: all(discord.is_final(one) for one in questions))

    for number, question in enumerate(questions):
        (answer,) = discord.visible(question)
        assert f"question {number}?" in answer.content
    assert len(claude.requests) == 20
    assert discord.visible(CHANNEL) == []
    assert discord.refusals == []
    assert all(one.flags & SUPPRESS_EMBEDS for question in questions for one in discord.visible(question))
    assert discord.pings == []
    assert not any("typing" in path for _, path in discord.calls)


async def test_a_stranger_cannot_stop_an_answer_and_the_asker_can(
    bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    claude.tokens_per_second = 15
    claude.says("word " * 300)
    thread = await discord.user_says(f"<@{BOT}> tell me a lot")
    await discord.until(lambda: discord.visible(thread) and "word word" in discord.visible(thread)[0].content)
    refused = await discord.click(discord.visible(thread)[0], "Stop", user="2")
    await discord.until(lambda: refused.original and "Only the people" in discord.posts[refused.original].content)
    assert refused.ephemeral
    assert not discord.is_final(thread)

    await discord.click(discord.visible(thread)[0], "Stop")
    await discord.until(lambda: discord.is_final(thread))
    assert "Stopped by Ana" in discord.visible(thread)[0].content
    assert "word word" in discord.visible(thread)[0].content


async def test_another_bot_and_a_webhook_are_not_answered(
    bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    thread = await discord.user_says(f"<@{BOT}> how?")
    await discord.until(lambda: discord.is_final(thread))
    await discord.user_says(f"<@{BOT}> hello from a bot", user=OTHER_BOT, channel=thread)
    await discord.user_says(f"<@{BOT}> hello from a webhook", user=OTHER_BOT, channel=thread, webhook=True)
    await discord.user_says("thanks, and why?", channel=thread)
    await discord.until(lambda: len(discord.visible(thread)) == 2 and discord.is_final(thread))

    assert len(claude.requests) == 2
    assert "hello from a" not in claude.requests[1].question


async def test_where_only_the_command_knows_us_its_own_messages_hold_the_answer(
    bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    claude.says("Use an index.")
    asked = await discord.slash("ask", question="how?", channel=FOREIGN)
    await discord.until(lambda: asked.original and "Use an index." in discord.posts[asked.original].content)
    private = await discord.slash("ask", question="how?", channel=FOREIGN, private=True)
    both = (asked, private)
    await discord.until(lambda: all(one.original and "👍" in str(discord.posts[one.original]) for one in both))

    assert (asked.ephemeral, private.ephemeral) == (False, True)
    assert not any(f"channels/{FOREIGN}" in path for _, path in discord.calls)


async def test_an_answer_longer_than_an_interaction_lives_lands_in_its_thread(
    bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    claude.tokens_per_second = 20
    asked = await discord.slash("ask", question="how do I index jsonb?")
    await discord.until(lambda: asked.original in discord.threads)
    asked.expired = True
    await discord.until(lambda: discord.is_final(asked.original))

    assert "jsonb" in discord.visible(asked.original)[0].content
    assert discord.refusals == []
    assert discord.visible(DM) == []


async def test_a_page_instead_of_a_file_and_an_empty_one_are_told(
    bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    page, empty = discord.file("error.log", b"x"), discord.file("empty.txt", b"")
    discord.downloads[page["id"]] = "<html>Sign in</html>"
    thread = await discord.user_says(f"<@{BOT}> what is in these?", files=[page, empty])
    await discord.until(lambda: discord.is_final(thread))

    shown = discord.visible(thread)[0].content.replace("\\", "").replace("`", "")
    assert "could not read error.log" in shown
    assert "could not read empty.txt" in shown
    assert "Sign in" not in claude.requests[0].question
