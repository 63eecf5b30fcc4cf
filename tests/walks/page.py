"""The local page as the walks use it: where a bot serves it, and a question typed into it."""

from __future__ import annotations

import re

from playwright.async_api import Page

from tests.walks.bot import BotProcess


async def address(bot: BotProcess) -> str:
    found = re.search(r"The local page is at (http://\S+)", await bot.said("The local page is at"))
    assert found
    return found[1]


async def ask(page: Page, text: str) -> None:
    await page.fill("#question", text)
    await page.keyboard.press("Enter")
