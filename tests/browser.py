"""A real Chromium for the page's tests. Where none is found they are skipped, loudly, with how to get one."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW = (
    "NO CHROMIUM: the tests of the local page did not run. Install one (Debian: apt-get install chromium) "
    "or name it in PLUMBLINE_CHROMIUM."
)
QUIET = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
)  # fmt: skip


def find_chromium() -> str:
    """Its path, or "". PLUMBLINE_CHROMIUM wins."""
    named = os.environ.get("PLUMBLINE_CHROMIUM", "")
    return named or next((path for name in NAMES if (path := shutil.which(name))), "")


needs_chromium = pytest.mark.skipif(not find_chromium(), reason=HOW)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    sandbox = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=[*QUIET, *sandbox])
        try:
            yield browser
        finally:
            await browser.close()
