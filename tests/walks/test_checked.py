"""Code in answers, checked and mended through every door, with a library that exists nowhere else and a repository that pins it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from bot.capabilities.checks.repair import SYSTEM
from tests.browser import chromium, needs_chromium
from tests.deployments import free_port
from tests.repositories import MadeRepository
from tests.servers.claude import ClaudeServer, Json, Script
from tests.servers.discord import DiscordServer
from tests.servers.slack import SlackServer
from tests.walks import doors
from tests.walks.bot import BotProcess, in_discord, in_slack, with_claude
from tests.walks.doors import DiscordDoor, Door, House, SlackDoor
from tests.walks.page import address, ask
from tests.wheels import SHOPLIB, SlowIndex, make_wheel

pytestmark = pytest.mark.asyncio(loop_scope="module")
door, claude = doors.door, doors.claude

WRONG = "from shoplib import open_session\n\nsession = open_session('a')\nsession.upsert({'a': 1})\n"
RIGHT = WRONG.replace("upsert", "merge")
OWN = "from shop.models import Order\n\nprint(Order(3).totl())\n"
PROBLEM = "1 problem, line 4: `Session` has no `upsert` in shoplib 2.1"
FILES = {
    "requirements.txt": "shoplib==2.1\n",
    "shop/__init__.py": "",
    "shop/models.py": "class Order:\n    def __init__(self, cents: int) -> None:\n        self.cents = cents\n\n"
    "    def total(self) -> int:\n        return self.cents\n",
}


def answer(code: str) -> str:
    return f"Like this:\n\n```python\n{code}```\n\nThat is all."


def is_second_question(body: Json) -> bool:
    return bool(body["system"][0]["text"] == SYSTEM)


def checked_by(folder: Path) -> dict[str, str]:
    """Settings of a bot that checks against a folder of wheels, in a repository of its own."""
    make_wheel(folder / "wheels", "shoplib", "2.1", SHOPLIB)
    shop = MadeRepository(folder / "git" / "shop")
    shop.commit(FILES, "Begin the shop. (#1)")
    declared = folder / "repos.toml"
    declared.write_text(f'[repos.shop]\npath = "{shop.folder}"\nchannels = ["slack:*:C1", "discord:*", "web:*"]\n')
    return {
        "PLUMBLINE_CHECKS": "true",
        "PLUMBLINE_PYTHON_INDEX": str(folder / "wheels"),
        "PLUMBLINE_CHECK_POSTGRES": "none",
        "PLUMBLINE_CHECK_GO": "none",
        "PLUMBLINE_CHECK_RUST": "none",
        "PLUMBLINE_REPOS": str(declared),
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("checked")
    async with SlackServer() as slack, DiscordServer() as discord, ClaudeServer(first_token_seconds=0.05) as claude:
        settings = {**in_slack(slack), **in_discord(discord), **with_claude(claude), **checked_by(folder)}
        async with BotProcess(folder / "bot", **settings) as bot:
            await bot.said("shop: ready") if "shop: ready" in bot.log else None
            yield House(bot, claude, {"slack": SlackDoor(slack), "discord": DiscordDoor(discord)})


def says(claude: ClaudeServer, written: str, mending: str = "NO") -> None:
    claude.script = lambda body: Script(mending if is_second_question(body) else answer(written))


async def answered(door: Door, thread: str) -> str:
    async with asyncio.timeout(90):
        while not door.is_final(thread):
            await door.until(lambda: door.is_final(thread))
    return door.text(thread)


async def test_a_wrong_block_is_mended_in_place(door: Door, claude: ClaudeServer) -> None:
    says(claude, WRONG, f"```python\n{RIGHT}```")
    thread = await door.says(f"{door.mention} how do I store it?")

    text = await answered(door, thread)

    assert "merge({'a': 1})" in text
    assert "upsert({" not in text
    assert "repaired: `Session` has no `upsert`" in text.replace("\\", "")
    assert "no problems found" in text
    assert sum(is_second_question(one.body) for one in claude.requests) == 1


async def test_one_that_cannot_be_mended_stands_with_its_line(door: Door, claude: ClaudeServer) -> None:
    says(claude, WRONG)
    thread = await door.says(f"{door.mention} how do I store it?")

    text = await answered(door, thread)

    assert "upsert({'a': 1})" in text
    assert PROBLEM in text.replace("\\", "")


async def test_what_was_looked_at_is_told_to_whoever_asks(house: House, claude: ClaudeServer) -> None:
    says(claude, WRONG)
    slack, discord = house.doors["slack"], house.doors["discord"]
    assert isinstance(slack, SlackDoor)
    assert isinstance(discord, DiscordDoor)
    root = await slack.says(f"{slack.mention} how do I store it?")
    thread = await discord.says(f"{discord.mention} how do I store it?")
    await answered(slack, root)
    await answered(discord, thread)

    await slack.wire.click("C1", slack.wire.thread("C1", root)[-1].ts, "looked")
    await slack.until(lambda: "was not run" in str(slack.wire.ephemeral))
    await slack.wire.click("C1", slack.wire.thread("C1", root)[-1].ts, "wrong")
    await slack.until(lambda: "list of false alarms" in str(slack.wire.ephemeral))
    pressed = await discord.wire.click(discord.wire.visible(thread)[-1], "What was checked")
    await discord.until(lambda: pressed.original and "was not run" in discord.wire.posts[pressed.original].content)

    assert pressed.ephemeral
    assert "upsert" in discord.wire.posts[pressed.original].content
    assert "Held against: shoplib 2.1" in str(slack.wire.ephemeral)


async def test_the_team_s_own_code_is_known(door: Door, claude: ClaudeServer) -> None:
    says(claude, OWN)
    thread = await door.says(f"{door.mention} print the total")

    text = await answered(door, thread)

    assert re.search(r"1 problem, line 3: `Order` has no `totl`", text.replace("\\", "")), text


LANGUAGES = {
    "python": (WRONG, "line 4: `Session` has no `upsert`"),
    "sql": ("SELECT a FRM b\n", "line 1: this is no valid PostgreSQL"),
    "go": (
        'package a\n\nimport "strings"\n\nvar b = strings.Replce("a", "b", "c", 1)\n',
        "line 5: Go's `strings` has no `Replce`",
    ),
    "rust": ("fn a( {\n}\n", "line 1: this is no valid Rust"),
    "bash": ("git comit -m a\n", "line 1: `git` has no command `comit`"),
    "yaml": ("services:\n  a:\n    image: b\n    port: ['80:80']\n", "line 4: a compose file has no `port` here"),
    "proto": ('syntax = "proto3";\nmessage A { string b = 1; string c = 1; }\n', "line 2: "),
}


async def test_each_language_of_one_answer_has_a_line_of_its_own(door: Door, claude: ClaudeServer) -> None:
    written = "\n\n".join(f"```{language}\n{code}```" for language, (code, _) in LANGUAGES.items())
    claude.script = lambda body: Script(
        "NO" if is_second_question(body) else f"Like this:\n\n{written}\n\nThat is all."
    )
    thread = await door.says(f"{door.mention} how in each language?")

    text = (await answered(door, thread)).replace("\\", "")

    for language, (_, said) in LANGUAGES.items():
        assert said in text, (language, text)
    assert text.count("1 problem, ") == len(LANGUAGES)


async def test_correct_code_gets_a_line_that_promises_nothing_more(door: Door, claude: ClaudeServer) -> None:
    says(claude, RIGHT)
    thread = await door.says(f"{door.mention} how do I store it?")

    text = await answered(door, thread)

    assert re.search(r"checked: shoplib 2\.1.* – no problems found", text), text
    assert not re.search(r"\b(works|safe|verified)\b", text)
    assert not any(is_second_question(one.body) for one in claude.requests)


@needs_chromium
async def test_on_the_page_the_line_opens_and_a_wrong_flag_is_reported(tmp_path: Path) -> None:
    async with ClaudeServer(tokens_per_second=500) as claude:
        says(claude, WRONG)
        bot = BotProcess(tmp_path, **with_claude(claude), **checked_by(tmp_path), PLUMBLINE_WEB_PORT=str(free_port()))
        async with bot, chromium() as browser:
            page = await browser.new_page()
            await page.goto(await address(bot))
            await ask(page, "How do I store it?")

            line = page.locator(".ours details.looked summary")
            await expect(line).to_contain_text("1 problem, line 4", timeout=60_000)
            await line.click()
            await expect(page.locator(".ours details.looked li").last).to_contain_text("was not run")
            await page.get_by_role("button", name="Wrong flag").click()
            await expect(page.locator(".ours output")).to_contain_text("list of false alarms")

            async with asyncio.timeout(60):
                while "environment of 1 package" not in (listed := (await bot.command("repos", "list"))[1]):
                    assert "shop" in listed

        code, said = await bot.command("checks", "--report")
    assert code == 0
    assert "attribute" in said
    assert "upsert({'a': 1})" in said


async def test_a_worker_killed_while_it_mends_leaves_one_whole_answer(tmp_path: Path) -> None:
    async with SlackServer() as slack, ClaudeServer(first_token_seconds=0.05) as claude:
        door = SlackDoor(slack)
        asked = asyncio.Event()

        def script(body: Json) -> Script:
            if not is_second_question(body):
                return Script(answer(WRONG))
            if not asked.is_set():
                claude.first_token_seconds = 60
                asked.set()
            return Script(f"```python\n{RIGHT}```")

        claude.script = script
        bot = BotProcess(tmp_path / "bot", **in_slack(slack), **with_claude(claude), **checked_by(tmp_path))
        async with bot:
            thread = await door.says(f"{door.mention} how do I store it?")
            async with asyncio.timeout(90):
                await asked.wait()
            await bot.stop(signal.SIGKILL)
            claude.first_token_seconds = 0.05
            await bot.start()
            text = await answered(door, thread)

    assert "merge({'a': 1})" in text
    assert "upsert({" not in text
    assert text.count("That is all.") == 1


def checker_of(pid: int) -> int:
    """The process that a bot keeps to read code."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    every = [int(one) for one in children] + [
        int(one) for task in Path(f"/proc/{pid}/task").iterdir() for one in (task / "children").read_text().split()
    ]
    return next(one for one in every if b"storage.checks.python.child" in Path(f"/proc/{one}/cmdline").read_bytes())


async def killed(bot: BotProcess) -> None:
    await bot.stop(signal.SIGKILL)


def assert_one_whole_answer(text: str) -> None:
    assert text.count("That is all.") == 1
    assert len(re.findall(r"checked: shoplib 2\.1[^\n]* – no problems found", text)) == 1, text
    assert "checking" not in text


@pytest.mark.slow
async def test_a_worker_killed_while_an_environment_is_built_leaves_one_answer_with_one_line(tmp_path: Path) -> None:
    async with (
        SlackServer() as slack,
        ClaudeServer(first_token_seconds=0.05) as claude,
        SlowIndex(tmp_path / "wheels") as index,
    ):
        door = SlackDoor(slack)
        says(claude, RIGHT)
        settings = {**checked_by(tmp_path), "PLUMBLINE_PYTHON_INDEX": index.url}
        async with BotProcess(tmp_path / "bot", **in_slack(slack), **with_claude(claude), **settings) as bot:
            thread = await door.says(f"{door.mention} how do I store it?")
            async with asyncio.timeout(60):
                await door.until(lambda: "checking…" in door.text(thread))
            await killed(bot)
            index.opened.set()
            await bot.start()
            text = await answered(door, thread)

    assert_one_whole_answer(text)
    assert len(list((tmp_path / "bot" / "d" / "checks" / "environments").glob("*/meta.json"))) == 1


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="processes are found by Linux's own files")
@pytest.mark.parametrize("moment", ["a block is checked", "the line is put there"])
async def test_a_worker_killed_at_its_checks_leaves_one_answer_with_one_line(tmp_path: Path, moment: str) -> None:
    async with SlackServer() as slack, ClaudeServer(first_token_seconds=0.05) as claude:
        door = SlackDoor(slack)
        says(claude, RIGHT)
        bot = BotProcess(tmp_path / "bot", **in_slack(slack), **with_claude(claude), **checked_by(tmp_path))
        async with bot:
            await answered(door, await door.says(f"{door.mention} how do I store it?"))
            if moment == "a block is checked":
                os.kill(checker_of(bot.pid), signal.SIGSTOP)
            thread = await door.says(f"{door.mention} and another one?")
            shown = "checking…" if moment == "a block is checked" else "no problems found"
            async with asyncio.timeout(60):
                await door.until(lambda: shown in door.text(thread))
            await killed(bot)
            await bot.start()
            text = await answered(door, thread)

    assert_one_whole_answer(text)


@pytest.mark.parametrize("name", ["slack", "discord"])
async def test_an_environment_that_is_being_built_is_said_and_then_the_line_stands_there(
    tmp_path: Path, name: str
) -> None:
    async with (
        SlackServer() as slack,
        DiscordServer() as discord,
        ClaudeServer(first_token_seconds=0.05) as claude,
        SlowIndex(tmp_path / "wheels") as index,
    ):
        door = SlackDoor(slack) if name == "slack" else DiscordDoor(discord)
        says(claude, RIGHT)
        settings = {**checked_by(tmp_path), "PLUMBLINE_PYTHON_INDEX": index.url}
        platform = in_slack(slack) if name == "slack" else in_discord(discord)
        async with BotProcess(tmp_path / "bot", **platform, **with_claude(claude), **settings):
            thread = await door.says(f"{door.mention} how do I store it?")
            async with asyncio.timeout(60):
                await door.until(lambda: "checking…" in door.text(thread))
            assert not door.is_final(thread)
            index.opened.set()
            text = await answered(door, thread)

    assert "checking" not in text
    assert re.search(r"checked: shoplib 2\.1.* – no problems found", text), text


async def test_a_stop_while_code_is_checked_takes_nothing_of_the_answer_away(tmp_path: Path) -> None:
    async with (
        SlackServer() as slack,
        ClaudeServer(first_token_seconds=0.05) as claude,
        SlowIndex(tmp_path / "wheels") as index,
    ):
        door = SlackDoor(slack)
        says(claude, RIGHT)
        settings = {**checked_by(tmp_path), "PLUMBLINE_PYTHON_INDEX": index.url}
        async with BotProcess(tmp_path / "bot", **in_slack(slack), **with_claude(claude), **settings):
            thread = await door.says(f"{door.mention} how do I store it?")
            async with asyncio.timeout(60):
                await door.until(lambda: "checking…" in door.text(thread))
            await door.presses_stop(thread)
            text = await answered(door, thread)

    assert "That is all." in text
    assert "not checked: the answer ended before its turn came" in text
    assert "Stopped" not in text
