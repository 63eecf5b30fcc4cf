"""What people take back at Discord, beyond what test_changes.py walks through each door: names of threads, and any moment."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.servers.claude import ClaudeServer
from tests.servers.discord import BOT, CHANNEL, DM, DiscordServer
from tests.walks import one_bot
from tests.walks.bot import BotProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")
servers, bot, discord, claude = one_bot.servers, one_bot.bot, one_bot.discord, one_bot.claude


async def test_the_thread_of_an_edited_question_bears_its_new_words(
    bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    thread = await discord.user_says(f"<@{BOT}> how do I page?")
    await discord.until(lambda: discord.is_final(thread))

    await discord.edits(thread, f"<@{BOT}> how do I page backwards?")
    await discord.until(lambda: len(claude.requests) == 2 and discord.is_final(thread))

    await discord.until(lambda: discord.threads[thread] != "how do I page?")
    assert discord.threads == {thread: "how do I page backwards?"}


async def test_a_thread_whose_first_question_was_deleted_goes_on_without_it(
    bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    claude.tokens_per_second = 15
    claude.says("word " * 300)
    thread = await discord.user_says(f"<@{BOT}> the secret is swordfish, how do I keep it?")
    await discord.until(lambda: discord.visible(thread))
    await discord.deletes(thread)
    await discord.until(lambda: not discord.visible(thread))

    claude.tokens_per_second = 200
    await discord.user_says(f"<@{BOT}> what was that?", channel=thread)
    await discord.until(lambda: discord.is_final(thread))
    assert "swordfish" not in str(claude.requests[-1].body)
    assert discord.visible(CHANNEL) == []


async def test_questions_deleted_at_any_moment_leave_nothing_in_the_channel(
    bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    chance = random.Random(7)
    claude.tokens_per_second = 40
    questions = [await discord.user_says(f"<@{BOT}> question {number}?") for number in range(50)]
    for question in sorted(questions, key=lambda _: chance.random()):
        await asyncio.sleep(chance.random() * 0.08)
        await discord.deletes(question)
    claude.tokens_per_second = 200
    direct = await discord.user_says("still there?", channel=DM)
    await discord.until(lambda: discord.is_final(DM))
    await discord.until(lambda: all(not discord.visible(one) or discord.is_final(one) for one in questions))

    assert direct in discord.posts
    assert discord.visible(CHANNEL) == []
    assert (
        len([one for one in questions if discord.visible(one)]) < 40
    )  # what was read before stays, and nothing half-written
