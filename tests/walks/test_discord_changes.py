"""What people take back at Discord: a question that is edited, and one that is deleted, at any moment of its answer."""

from __future__ import annotations

import asyncio
import random
import time

import pytest

from tests.servers.claude import ClaudeServer
from tests.servers.discord import BOT, CHANNEL, DM, DiscordServer
from tests.stalls import slowness
from tests.walks import one_bot
from tests.walks.bot import BotProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")
servers, bot, discord, claude = one_bot.servers, one_bot.bot, one_bot.discord, one_bot.claude


async def test_an_edited_question_is_answered_anew_in_the_same_message(
    bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    claude.says("With OFFSET.")
    thread = await discord.user_says(f"<@{BOT}> how do I page?")
    await discord.until(lambda: discord.is_final(thread))
    (answer,) = discord.visible(thread)

    claude.says("With a cursor.")
    await discord.edits(thread, f"<@{BOT}> how do I page backwards?")
    await discord.until(lambda: "With a cursor." in answer.content and discord.is_final(thread))

    assert discord.visible(thread) == [answer]
    assert "OFFSET" not in answer.content
    assert len(claude.requests) == 2
    assert "With OFFSET" not in str(claude.requests[1].body)
    await discord.until(lambda: discord.threads[thread] != "how do I page?")
    assert discord.threads == {thread: "how do I page backwards?"}


async def test_a_question_edited_while_it_is_answered_has_one_answer(
    bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    claude.tokens_per_second = 20
    claude.says("word " * 200)
    thread = await discord.user_says(f"<@{BOT}> how do I page?")
    await discord.until(lambda: discord.visible(thread) and "word" in discord.visible(thread)[0].content)
    claude.tokens_per_second = 200
    claude.says("With a cursor.")
    await discord.edits(thread, f"<@{BOT}> how do I page backwards?")
    await discord.until(lambda: discord.is_final(thread))

    (answer,) = discord.visible(thread)
    assert "With a cursor." in answer.content
    assert "word" not in answer.content


async def test_a_mention_added_by_an_edit_is_a_question(
    bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    said = await discord.user_says("how do I page?")
    await discord.edits(said, f"<@{BOT}> how do I page?")
    await discord.until(lambda: discord.is_final(said))

    assert len(claude.requests) == 1


async def test_previews_pins_and_our_own_edits_ask_nothing(
    bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    thread = await discord.user_says(f"<@{BOT}> see https://example.org")
    await discord.until(lambda: discord.is_final(thread))
    await discord.unfurls(thread)
    await discord.pins(thread)
    await discord.user_says("and?", channel=thread)
    await discord.until(lambda: len(discord.visible(thread)) == 2 and discord.is_final(thread))

    assert len(claude.requests) == 2


async def test_a_deleted_question_ends_its_answer_and_is_forgotten(
    bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    claude.tokens_per_second = 15
    claude.says("word " * 300)
    thread = await discord.user_says(f"<@{BOT}> the secret is swordfish, how do I keep it?")
    await discord.until(lambda: discord.visible(thread))
    deleted = time.monotonic()
    await discord.deletes(thread)
    await discord.until(lambda: not discord.visible(thread))
    assert time.monotonic() - deleted < 4 * slowness()

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
