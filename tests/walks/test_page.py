"""The local page in a real browser, in front of the whole bot: what a newcomer does in the first five minutes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from playwright.async_api import expect

from tests.browser import chromium, needs_chromium
from tests.deployments import free_port
from tests.servers.claude import ClaudeServer
from tests.walks.bot import BotProcess, with_claude
from tests.walks.page import address, ask

CODE = "from time import sleep\n\n\ndef wait(seconds: float) -> None:\n    sleep(seconds)  # <b>&amp;\n"
ANSWER = (
    f"Wait like **this**:\n\n```python\n{CODE}```\n\n| a | b |\n| --- | --: |\n| 1 | 2 |\n\n<script>alert(1)</script>"
)


@pytest.fixture
def bot(tmp_path: Path, claude: ClaudeServer) -> BotProcess:
    port = str(free_port())
    return BotProcess(tmp_path, **with_claude(claude), PLUMBLINE_WEB_PORT=port)


@needs_chromium
async def test_a_newcomer_asks_copies_follows_up_stops_retries_and_comes_back(
    bot: BotProcess, claude: ClaudeServer
) -> None:
    errors: list[str] = []
    async with bot, chromium() as browser:
        home = await address(bot)
        context = await browser.new_context(viewport={"width": 1240, "height": 860})
        await context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = await context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(home)

        claude.says(ANSWER)
        await ask(page, "How do I wait in Python?")
        await expect(page.locator("button.good")).to_be_visible()
        await expect(page.locator("figure.code pre")).to_contain_text("def wait")
        assert await page.locator("figure.code pre code").text_content() == CODE
        await expect(page.locator(".hl-k, .hl-kn, .hl-kd").first).to_be_visible()
        assert await page.locator(".ours script").count() == 0

        await page.click("button.copy")
        assert await page.evaluate("navigator.clipboard.readText()") == CODE

        await page.focus("button.good")
        await page.keyboard.press("Enter")
        await expect(page.locator(".buttons output")).to_have_text("Thanks, noted.")

        await page.set_input_files(
            "input[type=file]", {"name": "a.log", "mimeType": "text/plain", "buffer": b"boom at 7"}
        )
        claude.tokens_per_second = 20
        claude.says("word " * 300)
        await ask(page, "And this?")
        await expect(page.locator(".ours").last).to_contain_text("word word")
        await page.click("button.stop")
        await expect(page.locator(".ours").last).to_contain_text("Stopped by")
        assert "boom at 7" in claude.requests[1].question
        assert claude.requests[1].prefix[: len(claude.requests[0].prefix)] == claude.requests[0].prefix

        claude.tokens_per_second = 200
        claude.fails("busy_for_an_hour")
        await ask(page, "Third?")
        await expect(page.locator("button.retry")).to_be_visible()
        claude.says("Here it is.")
        await page.click("button.retry")
        await expect(page.locator(".ours").last).to_contain_text("Here it is.")

        await ask(page, "!help")
        await expect(page.locator(".ours").last).to_contain_text("!stop")

        await bot.restart()
        await page.goto(await address(bot))
        await page.click(".threads li a")
        await expect(page.locator(".post")).to_have_count(8)
    assert errors == []


@needs_chromium
async def test_it_fits_a_phone_follows_the_system_colours_and_works_without_scripts(
    bot: BotProcess, claude: ClaudeServer
) -> None:
    claude.says(ANSWER.replace("def wait", "def " + "very_" * 60 + "long_name"))
    async with bot, chromium() as browser:
        home = await address(bot)
        phone = await browser.new_context(
            viewport={"width": 390, "height": 844}, java_script_enabled=False, color_scheme="dark", has_touch=True
        )
        page = await phone.new_page()
        await page.goto(home)
        await page.fill("#question", "How do I wait?")
        await page.click(".send")
        for _ in range(100):
            if await page.locator("button.good").count():
                break
            await page.reload()
        await expect(page.locator("figure.code")).to_be_visible()
        await page.click("button.good")
        await page.wait_for_load_state()
        background = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert sum(int(part) for part in re.findall(r"\d+", background)[:3]) < 150
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_a_strict_policy_and_no_form_from_elsewhere(bot: BotProcess, claude: ClaudeServer) -> None:
    async with bot, aiohttp.ClientSession() as session:
        home = await address(bot)
        port = home.rstrip("/").rsplit(":", 1)[1]
        async with session.get(home) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            body = await answer.text()
        assert "<script>" not in body
        assert "style=" not in body
        async with session.get(home, headers={"Host": f"evil.example:{port}"}) as answer:
            assert answer.status == 403
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {}):
            async with session.post(home + "t", data=aiohttp.FormData({"text": "x"}), headers=headers) as answer:
                assert answer.status == 403
        async with session.get(home + "t/../../etc/passwd") as answer:
            assert answer.status == 404
        good = {"Origin": home.rstrip("/")}
        form = aiohttp.FormData({"text": "  "}, default_to_multipart=True)
        async with session.post(home + "t", data=form, headers=good) as answer:
            assert (answer.status, "Please write something" in await answer.text()) == (422, True)


async def test_elsewhere_than_on_loopback_it_asks_for_its_token(tmp_path: Path) -> None:
    port = free_port()
    bot = BotProcess(tmp_path, PLUMBLINE_WEB_PORT=str(port), PLUMBLINE_WEB_TOKEN="let-me-in")
    async with bot, aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        home = (await address(bot)).split("?")[0]
        async with session.get(home) as answer:
            assert answer.status == 401
        async with session.get(home + "?token=wrong") as answer:
            assert answer.status == 401
        async with session.get(home + "?token=let-me-in") as answer:
            assert (answer.status, "Rehearsal" in await answer.text()) == (200, True)
        async with session.get(home) as answer:
            assert answer.status == 200
        assert "let-me-in" not in bot.log


@needs_chromium
async def test_times_are_by_the_readers_clock_and_the_model_learns_which_that_is_and_escape_stops(
    tmp_path: Path,
) -> None:
    async with ClaudeServer(tokens_per_second=20) as claude:
        bot = BotProcess(tmp_path, **with_claude(claude), PLUMBLINE_WEB_PORT=str(free_port()))
        claude.says("It rained. " * 400)
        async with bot, chromium() as browser:
            context = await browser.new_context(timezone_id="Europe/Lisbon", locale="de-DE")
            page = await context.new_page()
            await page.goto(await address(bot))

            await ask(page, "What changed since yesterday?")
            await expect(page.locator("button.stop")).to_be_visible()
            shown = await page.locator(".post time").first.inner_text()
            said_at = await page.locator(".post time").first.get_attribute("datetime")
            await page.focus("#question")
            await page.keyboard.press("Escape")
            await expect(page.locator(".post .notice").last).to_contain_text("Stopped by")
            await page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=2))
            await page.reload()
            await expect(page.locator(".post time").first).to_have_text(re.compile(rf"^\d+\. \w+\.?, {shown}$"))

    assert said_at
    assert shown == f"{datetime.fromisoformat(said_at).astimezone(ZoneInfo('Europe/Lisbon')):%H:%M}"
    assert re.search(r'local="\w{3} [\d-]+ \d\d:\d\d Europe/Lisbon"', claude.requests[0].question)
