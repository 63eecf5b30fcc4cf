"""The local page in a real browser: by keyboard, on a phone, with the bot away, and for whoever does not see it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.adapters.test_web_contrast import contrast
from tests.browser import chromium, needs_chromium
from tests.deployments import free_port
from tests.servers.claude import ClaudeServer
from tests.walks.bot import BotProcess, with_claude
from tests.walks.page import address, ask

RICH = (
    "Use a **cursor**, not `OFFSET`:\n\n```python\n# the index does it\nquery = 'select 1'  \n```\n\n"
    "> quoted\n\n| a | b |\n| --- | --: |\n| `x` | 2 |\n\n- one\n- two\n"
)


@pytest.fixture
def bot(tmp_path: Path, claude: ClaudeServer) -> BotProcess:
    return BotProcess(tmp_path, **with_claude(claude), PLUMBLINE_WEB_PORT=str(free_port()))


@asynccontextmanager
async def opened(bot: BotProcess, **context: Any) -> AsyncIterator[Page]:
    """A page at the bot's; no script of it may fail."""
    errors: list[str] = []
    async with bot, chromium() as browser:
        made = await browser.new_context(**context)
        page = await made.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(await address(bot))
        yield page
    assert errors == []


async def answered(page: Page, claude: ClaudeServer, question: str, answer: str) -> None:
    claude.says(answer)
    before = await page.locator(".post").count()
    await ask(page, question)
    await expect(page.locator(".post")).to_have_count(before + 2)
    await expect(page.locator(".ours").last.locator(".good")).to_be_visible()


@needs_chromium
async def test_a_thread_is_edited_named_found_and_forgotten_by_keyboard_alone(
    bot: BotProcess, claude: ClaudeServer
) -> None:
    async with opened(bot) as page:
        await answered(page, claude, "How do I page?", "With OFFSET.")
        await answered(page, claude, "And how do I sort?", "With ORDER BY.")

        claude.says("With a cursor.")
        await page.locator("summary", has_text="Edit").first.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator(".fold textarea").first).to_be_focused()
        await page.keyboard.press("End")
        await page.keyboard.type(" Backwards?")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.locator(".ours").first).to_contain_text("With a cursor.")
        await expect(page.locator(".theirs").first).to_contain_text("edited")
        await expect(page.locator("h1")).to_have_text("How do I page? Backwards?")
        await expect(page.locator(".post")).to_have_count(4)

        await page.locator(".top summary", has_text="Rename").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#name")).to_be_focused()
        await expect(page.locator("#name")).to_have_value("How do I page? Backwards?")
        await page.keyboard.type("Paging")
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text("Paging")
        await expect(page.locator(".threads li")).to_have_text(["Paging"])

        await page.locator(".theirs").last.locator("summary", has_text="Delete").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator(".fold[open] .cancel")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.locator(".fold[open]")).to_have_count(0)
        await page.keyboard.press("Enter")
        await expect(page.locator(".fold[open] .cancel")).to_be_focused()
        await page.keyboard.press("Shift+Tab")
        await page.keyboard.press("Enter")
        await expect(page.locator(".post")).to_have_count(2)

        await page.fill("#search", "cursor")
        await expect(page.locator(".count")).to_have_text("1 thread with “cursor”")
        await page.fill("#search", "order by")
        await expect(page.locator(".count")).to_have_text("0 threads with “order by”")

        await page.locator(".top summary", has_text="Delete").click()
        await page.click("text=Delete thread")
        await expect(page.locator(".empty")).to_be_visible()
        await expect(page.locator(".threads li")).to_have_count(0)


@needs_chromium
async def test_with_the_bot_away_words_are_kept_it_is_said_and_all_goes_on_when_it_is_back(
    bot: BotProcess, claude: ClaudeServer
) -> None:
    async with opened(bot) as page:
        await answered(page, claude, "How do I page?", "With a cursor.")
        await page.click(".good")
        await expect(page.locator(".good")).to_have_attribute("aria-pressed", "true")

        await bot.stop()
        await expect(page.locator("#connection")).to_contain_text("connection to the bot is lost")
        await ask(page, "And sorted?")
        await expect(page.get_by_role("alert").filter(has_text="cannot be reached")).to_be_visible()
        await expect(page.locator("#question")).to_have_value("And sorted?")
        await page.click(".bad")
        await expect(page.locator(".buttons output")).to_have_class("trouble")
        await expect(page.locator(".good")).to_have_attribute("aria-pressed", "true")

        await bot.start()
        await expect(page.locator("#connection")).to_be_hidden(timeout=20_000)
        claude.says("With ORDER BY.")
        await page.keyboard.press("Escape")
        await page.focus("#question")
        await page.keyboard.press("Enter")
        await expect(page.locator(".ours").last).to_contain_text("With ORDER BY.")
        await expect(page.locator(".ask .notice")).to_be_hidden()
        await page.reload()
        await expect(page.locator(".good").first).to_have_attribute("aria-pressed", "true")
        await expect(page.locator("#question")).to_have_value("")


@needs_chromium
async def test_an_answer_is_heard_as_it_gets_on_never_word_by_word_and_is_copied_as_it_was_written(
    bot: BotProcess, claude: ClaudeServer
) -> None:
    async with opened(bot, permissions=["clipboard-read", "clipboard-write"]) as page:
        await answered(page, claude, "First?", "Yes.")
        await page.evaluate(
            """() => {
                window.heard = [];
                new MutationObserver((changes) => {
                    for (const one of changes) {
                        const at = one.target.nodeType === Node.TEXT_NODE ? one.target.parentElement : one.target;
                        const region = at?.closest('[aria-live], [role=status], [role=alert], output');
                        const is_live = region && region.getAttribute('aria-live') !== 'off';
                        if (is_live && at.textContent.trim()) window.heard.push(at.textContent.trim());
                    }
                }).observe(document.body, { childList: true, characterData: true, subtree: true });
            }"""
        )
        claude.tokens_per_second = 60
        await answered(page, claude, "How do I page?", RICH)

        heard = await page.evaluate("window.heard")
        assert heard[-1] == "The answer is complete."
        assert len(heard) <= 5
        assert not any("cursor" in one for one in heard)

        await page.locator(".copy.whole").last.click()
        assert await page.evaluate("navigator.clipboard.readText()") == RICH
        await page.locator(".code .copy").click()
        assert await page.evaluate("navigator.clipboard.readText()") == "# the index does it\nquery = 'select 1'  \n"


@needs_chromium
async def test_a_cut_answer_is_gone_on_with_and_what_waits_says_so(bot: BotProcess, claude: ClaudeServer) -> None:
    async with opened(bot) as page:
        claude.fails("max_tokens")
        claude.says("First the schema, then")
        claude.says("the data. " * 60)
        await ask(page, "How do I migrate?")
        await expect(page.locator(".go_on")).to_be_visible()
        claude.tokens_per_second = 20
        await page.click(".go_on")
        await expect(page.locator(".ours").last).to_contain_text("the data.")
        await ask(page, "And then?")
        await expect(page.locator(".theirs").last).to_contain_text("Waiting for its answer")
        await page.keyboard.press("Escape")
        await expect(page.locator(".ours .notice", has_text="Stopped by")).to_be_visible()
        await expect(page.locator(".theirs").last).not_to_contain_text("Waiting")


WRITTEN = """() => {
    const ground = (at) => {
        for (; at; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            if (!/, 0\\)$/.test(colour)) return colour;
        }
        return 'rgb(255, 255, 255)';
    };
    const found = [];
    const all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (all.nextNode()) {
        const at = all.currentNode.parentElement;
        if (!all.currentNode.data.trim() || !at.checkVisibility({ visibilityProperty: true })) continue;
        found.push([all.currentNode.data.trim().slice(0, 40), getComputedStyle(at).color, ground(at)]);
    }
    return found;
}"""

NAMELESS = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), textarea, summary')]
    .filter((one) => !(one.getAttribute('aria-label') || one.labels?.length || one.textContent.trim()))
    .map((one) => one.outerHTML)"""


def hexadecimal(colour: str) -> str:
    red, green, blue, *alpha = re.findall(r"[\d.]+", colour)
    assert alpha in ([], ["1"]), colour
    return f"#{int(red):02x}{int(green):02x}{int(blue):02x}"


@needs_chromium
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_all_that_is_written_can_be_read_has_a_name_and_fits_a_phone(
    bot: BotProcess, claude: ClaudeServer, theme: Any
) -> None:
    async with opened(bot, color_scheme=theme, viewport={"width": 360, "height": 740}, has_touch=True) as page:
        await answered(page, claude, "How do I page through " + "a_very_long_name_" * 20 + "?", RICH)
        claude.fails("busy_for_an_hour")
        await ask(page, "https://x.example.org/" + "y" * 200)
        await expect(page.locator(".retry")).to_be_visible()
        await page.locator(".good").first.click()
        await page.evaluate("document.getElementById('connection').hidden = false")
        await page.evaluate("document.getElementById('connection').textContent = 'lost'")
        for opens in (None, ".theirs summary >> nth=0", ".theirs summary >> nth=1", ".top summary >> nth=0", ".menu"):
            if opens:
                await page.click(opens)
            for words, ink, ground in await page.evaluate(WRITTEN):
                assert contrast(hexadecimal(ink), hexadecimal(ground)) >= 4.5, (words, ink, ground)
            assert await page.evaluate("document.documentElement.scrollWidth") <= 360, opens
            assert await page.evaluate(NAMELESS) == []
            await page.keyboard.press("Escape")
        await page.goto(await address(bot) + "repos")
        for words, ink, ground in await page.evaluate(WRITTEN):
            assert contrast(hexadecimal(ink), hexadecimal(ground)) >= 4.5, (words, ink, ground)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
