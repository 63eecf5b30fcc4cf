"""The first hour, as a newcomer has it: a fresh copy of what is kept, an empty home, one command, the page, a repository of one's own,
three questions, stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Page, expect
from playwright.async_api import TimeoutError as PlaywrightTimeout

from tests.adapters.test_web_contrast import contrast
from tests.browser import chromium, needs_chromium
from tests.deployments import free_port
from tests.repositories import make_shop
from tests.servers.claude import ClaudeServer
from tests.walks.test_page_ways import NAMELESS, WRITTEN, hexadecimal

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PAGES = (
    "", "repos", "repos/shop", "repos/shop/file?path=billing/payments.py&lines=1-13", "repos/shop/find?q=charge", "usage",
)  # fmt: skip

pytestmark = [pytest.mark.slow, needs_chromium]


def fresh_copy(folder: Path) -> Path:
    """What a clone holds; the environment, which a first start would fill from the network, is this one's."""
    kept = ("adapters", "bot", "storage", "requirements", "dev.py", "pyproject.toml", ".env.example", "README.md")
    for name in kept:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(Path(sys.prefix))
    return folder


@contextlib.asynccontextmanager
async def started(folder: Path, *words: str, **settings: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, Path]]:
    """`python3 dev.py run ...` with nothing of ours in its environment, and the file of all that it says."""
    home, said = folder / "home", folder / "said.log"
    home.mkdir()
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], **settings}
    with said.open("wb") as log:
        bot = await asyncio.create_subprocess_exec(
            sys.executable, "dev.py", "run", *words, cwd=folder / "clone", env=environment, stdout=log, stderr=log,
            stdin=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
    try:
        yield bot, said
    finally:
        if bot.returncode is None:
            bot.kill()
            await bot.wait()


async def address(bot: asyncio.subprocess.Process, said: Path) -> str:
    async with asyncio.timeout(START_SECONDS):
        while bot.returncode is None:
            if found := re.search(r"The local page is at (http://\S+)", _read(said)):
                return found[1]
            await asyncio.sleep(0.05)
    raise AssertionError(_read(said))


def _read(file: Path) -> str:
    return file.read_text()


async def answered(page: Page, count: int) -> None:
    await expect(page.locator("button.good")).to_have_count(count, timeout=60_000)


async def sent(page: Page, question: str) -> None:
    """As people do it on a machine that is busy: what was not taken stands in the box, and is sent again."""
    await page.fill("#question", question)
    for _ in range(10):
        await page.keyboard.press("Enter")
        with contextlib.suppress(PlaywrightTimeout):
            return await page.wait_for_url("**/t/*", timeout=10_000)
    raise AssertionError(await page.inner_text("main"))


async def test_from_a_fresh_clone_to_three_answers_about_a_repository_of_ones_own(
    tmp_path: Path, claude: ClaudeServer
) -> None:
    shop = make_shop(tmp_path / "shop")
    clone = tmp_path / "clone"
    clone.mkdir()
    fresh_copy(clone)
    errors: list[str] = []
    port = str(free_port())
    async with (
        started(tmp_path, "--repo", str(shop.folder), PLUMBLINE_WEB_PORT=port, ANTHROPIC_BASE_URL=claude.url) as (
            bot,
            said,
        ),
        chromium() as browser,
    ):
        home = await address(bot, said)
        page = await (
            await browser.new_context(viewport={"width": 1240, "height": 860}, reduced_motion="reduce")
        ).new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        await page.goto(home)

        # the empty page names the repository, and its first offer is a question with a good answer
        await expect(page.locator(".starters a")).to_have_text("shop", timeout=60_000)
        offers = page.locator(".offers button")
        await expect(offers.first).to_be_visible(timeout=60_000)
        version = offers.filter(has_text="Which version of sqlalchemy do we run?")
        await expect(version).to_be_visible()
        await version.focus()
        await page.keyboard.press("Enter")
        await answered(page, 1)
        await expect(page.locator(".ours").last).to_contain_text("sqlalchemy locked at 2.0.43")

        # two more, typed; the last answer's source opens on the page, by keyboard, at its lines
        for count, question in ((2, "Who changed the retries last?"), (3, "Where is charge defined?")):
            await page.fill("#question", question)
            await page.keyboard.press("Enter")
            await answered(page, count)
        source = page.locator(".ours").last.locator("a.place", has_text="billing/payments.py:6-13")
        await source.focus()
        before = await page.evaluate("document.querySelector('.posts').scrollTop")
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_contain_text("payments.py", timeout=60_000)
        text = await page.evaluate(
            "(getSelection().selectAllChildren(document.querySelector('pre.lines')), getSelection().toString())"
        )
        assert text.startswith("from billing.models import Invoice, PaymentError\n\nRETRIES = 4\n\n\ndef charge(")
        await expect(page.locator(".line.marked")).to_have_count(8)
        await expect(page.locator("#L6")).to_be_in_viewport()
        await expect(page.locator("#L6")).to_contain_text("def charge(invoice: Invoice, gateway) -> str:")

        # a name leads to its definition, and one comes back to where one was
        await page.locator("a.name", has_text="Invoice").first.click()
        await expect(page.locator("h1")).to_contain_text("models.py")
        await page.click(".back")
        await expect(page.locator(".post")).to_have_count(6)
        await page.wait_for_function(
            "was => Math.abs(document.querySelector('.posts').scrollTop - was) < 60", arg=before
        )

        for path, words in (("/repos", "Ready"), ("/repos/shop", "Retry once more (#42)"), ("/usage", "3 answers")):
            await page.goto(home.rstrip("/") + path)
            await expect(page.locator("main")).to_contain_text(words)
        await page.set_viewport_size({"width": 390, "height": 844})
        for path in (
            "",
            "repos",
            "repos/shop",
            "repos/shop/file?path=billing/payments.py&lines=1-13",
            "repos/shop/find?q=charge",
            "usage",
        ):
            await page.goto(home + path)
            assert await page.evaluate("document.documentElement.scrollWidth") <= 390, path
            assert await page.evaluate(NAMELESS) == []
            for theme in THEMES:
                await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                for words, ink, ground in await page.evaluate(WRITTEN):
                    assert contrast(hexadecimal(ink), hexadecimal(ground)) >= 4.5, (path, theme, words, ink, ground)

        # 503: a store that is slow for a moment, on a busy machine; the page asks again
        assert [one for one in errors if "503" not in one] == []

        # a key that works is tried, kept, and answers from then on
        await page.goto(home)
        await page.click(".key summary")
        await page.fill("#key", "wrong")
        await page.keyboard.press("Enter")
        await expect(page.locator(".key output")).to_contain_text("It was not kept", timeout=60_000)
        claude.says("Claude says so.")
        await page.fill("#key", "sk-ant-right")
        await page.keyboard.press("Enter")
        await expect(page.locator(".key")).to_have_count(0, timeout=90_000)
        await sent(page, "And now?")
        await expect(page.locator(".ours").last).to_contain_text("Claude says so.", timeout=60_000)

        bot.send_signal(signal.SIGINT)
        async with asyncio.timeout(START_SECONDS):
            assert await bot.wait() == 0
    assert (clone / ".env").stat().st_mode & 0o777 == 0o600
    assert "sk-ant-right" in (clone / ".env").read_text()
    assert "sk-ant-right" not in _read(said)
    assert '"level": "error"' not in _read(said)
    assert "Traceback" not in _read(said)
