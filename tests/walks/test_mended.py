"""The page and the terminal, with the made-up capability in the bot: a mended word reads right while the answer is still written."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import expect

from tests.browser import chromium, needs_chromium
from tests.deployments import free_port
from tests.made_up.word_repair import is_second_question
from tests.servers.claude import ClaudeServer, Json, Script
from tests.walks.bot import BotProcess, with_claude
from tests.walks.page import address, ask

WRITTEN = "Use teh index.\n\n" + "It is quick. " * 200
SHOWN = WRITTEN.replace("teh", "the")


class MendingBot(BotProcess):
    repairs = True


def script(body: Json) -> Script:
    return Script("the" if is_second_question(body) else WRITTEN)


@needs_chromium
async def test_a_mended_word_is_changed_on_the_page_while_the_answer_is_written(tmp_path: Path) -> None:
    async with ClaudeServer(tokens_per_second=200) as claude:
        claude.script = script
        bot = MendingBot(tmp_path, **with_claude(claude), PLUMBLINE_WEB_PORT=str(free_port()))
        async with bot, chromium() as browser:
            page = await browser.new_page()
            await page.goto(await address(bot))

            await ask(page, "Which index?")

            await expect(page.locator(".ours").last).to_contain_text("Use the index.")
            await expect(page.locator("button.stop")).to_be_visible()
            await expect(page.locator("button.good")).to_be_visible(timeout=20_000)
            await expect(page.locator(".ours").last).not_to_contain_text("teh")
            await expect(page.locator(".ours").last).to_contain_text("Words repaired: 1.")


async def test_a_terminal_reads_the_mended_line_only(tmp_path: Path) -> None:
    async with ClaudeServer(tokens_per_second=500) as claude:
        claude.script = script
        printed = await MendingBot(tmp_path, **with_claude(claude)).typed("Which index?\n\n")

    assert "Use the index." in printed
    assert "(Words repaired: 1.)" in printed
    assert "teh" not in printed
    assert "---" not in printed
