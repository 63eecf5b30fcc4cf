"""A question about the team's own code, from the platform to the checked answer: the rounds shown, the links, the follow-up."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import expect

from bot.capabilities.team_code.team_code import TOOLS
from tests.browser import chromium, needs_chromium
from tests.deployments import free_port
from tests.repositories import MadeRepository, make_shop
from tests.servers.claude import ClaudeServer
from tests.servers.discord import BOT, DiscordServer
from tests.servers.git import GitServer
from tests.servers.slack import BOT_USER, SlackServer
from tests.walks.bot import BotProcess, in_discord, in_slack, with_claude
from tests.walks.page import address, ask

WEB = "https://github.example/acme/shop"
ANSWER = "An invoice is summed up in `billing/models.py:12-14`, with httpx 0.28.1. See also `billing/ledger.py:40`."
LOOKS = (
    (
        "search_code",
        {
            "repo": "",
            "pattern": "total",
            "mode": "symbol",
            "path_glob": "",
            "context_lines": 0,
            "max_results": 9,
            "offset": 0,
        },
    ),
    ("read_file", {"repo": "", "path": "billing/models.py", "start_line": 7, "end_line": 14}),
    ("dependency_versions", {"repo": "", "ecosystem": "", "names": ["httpx"], "path_glob": ""}),
)


@pytest.fixture
def shop(tmp_path: Path) -> MadeRepository:
    return make_shop(tmp_path / "git" / "shop")


@pytest.fixture
def claude(claude: ClaudeServer) -> ClaudeServer:
    claude.says("Let me look.", thinking="where is it", calls=LOOKS)
    claude.says(ANSWER)
    claude.says("Because `billing/models.py:14` adds cents.")
    return claude


def declared(folder: Path, shop: MadeRepository) -> str:
    file = folder / "repos.toml"
    file.write_text(
        f'[repos.shop]\npath = "{shop.folder}"\nchannels = ["slack:*:C1", "discord:*"]\nweb = "{WEB}"\nweb_kind = "github"\n'
    )
    return str(file)


@pytest.fixture
def slack_bot(tmp_path: Path, shop: MadeRepository, slack: SlackServer, claude: ClaudeServer) -> BotProcess:
    return BotProcess(tmp_path, **in_slack(slack), **with_claude(claude), PLUMBLINE_REPOS=declared(tmp_path, shop))


@pytest.fixture
def discord_bot(tmp_path: Path, shop: MadeRepository, discord: DiscordServer, claude: ClaudeServer) -> BotProcess:
    return BotProcess(tmp_path, **in_discord(discord), **with_claude(claude), PLUMBLINE_REPOS=declared(tmp_path, shop))


def results(claude: ClaudeServer) -> list[str]:
    return [
        block["content"] if isinstance(block["content"], str) else block["content"][0]["text"]
        for block in claude.requests[1].body["messages"][-1]["content"]
    ]


def holds_the_answer(text: str, link: str) -> None:
    assert "billing/models.py:12-14" in text
    assert link in text
    assert "billing/ledger.py" not in text
    assert "reference removed" in text


async def test_a_slack_channel_asks_about_its_own_code(
    slack_bot: BotProcess, shop: MadeRepository, slack: SlackServer, claude: ClaudeServer
) -> None:
    claude.first_token_seconds = 2  # long enough that what is looked at is drawn before the answer comes
    async with slack_bot:
        root = await slack.user_says("C1", f"<@{BOT_USER}> where is an invoice summed up?")
        await slack.until(lambda: slack.is_final("C1", root))
        (post,) = slack.thread("C1", root)

        assert [one["name"] for one in claude.requests[0].body["tools"]] == [kind.name for kind in TOOLS]
        assert "billing/models.py:12-14: function Invoice.total" in results(claude)[0]
        assert "   14          return sum" in results(claude)[1]
        assert "httpx locked at 0.28.1" in results(claude)[2]
        assert any("reading billing/models.py" in version for version in post.versions)
        holds_the_answer(
            post.versions[-1] + json.dumps(slack.calls), f"{WEB}/blob/{shop.head}/billing/models.py#L12-L14"
        )
        assert f"Looked at shop at {shop.head[:8]}" in post.versions[-1]

        pinned = shop.head
        shop.commit({"billing/models.py": "gone = 1\n"})
        await slack.user_says("C1", "why?", thread=root)
        await slack.until(lambda: len(slack.thread("C1", root)) == 2 and slack.is_final("C1", root))

        assert len(claude.requests) == 3
        assert claude.requests[2].prefix[: len(claude.requests[1].prefix)] == claude.requests[1].prefix
        assert claude.requests[2].usage["cache_read_input_tokens"] > 0
        assert f"{WEB}/blob/{pinned}/billing/models.py#L14" in json.dumps(slack.calls)

        await slack.user_says("C1", "!repos", thread=root)
        await slack.until(lambda: slack.ephemeral)
        assert "shop" in slack.ephemeral[0]["text"]
    assert slack.pings() == []
    assert "Invoice" not in slack_bot.log


async def test_a_question_waits_for_a_repository_that_is_still_fetched_and_is_answered_then(
    tmp_path: Path, shop: MadeRepository, slack: SlackServer, claude: ClaudeServer
) -> None:
    file = tmp_path / "repos.toml"
    with GitServer(shop.folder) as server:
        server.answers.clear()
        file.write_text(f'[repos.shop]\nurl = "{server.url}"\nchannels = ["slack:*:C1"]\n')
        async with BotProcess(tmp_path, **in_slack(slack), **with_claude(claude), PLUMBLINE_REPOS=str(file)):
            root = await slack.user_says("C1", f"<@{BOT_USER}> where is an invoice summed up?")
            await slack.until(
                lambda: any("waiting for shop" in one for post in slack.thread("C1", root) for one in post.versions)
            )
            server.answers.set()
            await slack.until(lambda: slack.is_final("C1", root))

    assert "billing/models.py:12-14: function Invoice.total" in results(claude)[0]
    assert f"Looked at shop at {shop.head[:8]}" in slack.thread("C1", root)[0].versions[-1]


async def test_another_slack_channel_is_told_nothing(
    slack_bot: BotProcess, slack: SlackServer, claude: ClaudeServer
) -> None:
    async with slack_bot:
        root = await slack.user_says("C2", f"<@{BOT_USER}> where is an invoice summed up?")
        await slack.until(lambda: slack.is_final("C2", root))

    assert set(results(claude)) == {"There is no repository ''. Repositories here: none."}
    assert "Looked at" not in slack.thread("C2", root)[0].versions[-1]


async def test_a_discord_channel_asks_about_its_own_code(
    discord_bot: BotProcess, shop: MadeRepository, discord: DiscordServer, claude: ClaudeServer
) -> None:
    async with discord_bot:
        thread = await discord.user_says(f"<@{BOT}> where is an invoice summed up?")
        await discord.until(lambda: discord.is_final(thread))
        (post,) = discord.visible(thread)
        holds_the_answer(post.content, f"{WEB}/blob/{shop.head}/billing/models.py#L12-L14")

        await discord.user_says("why?", channel=thread)
        await discord.until(lambda: len(discord.visible(thread)) == 2 and discord.is_final(thread))
        assert len(claude.requests) == 3
    assert discord.pings == []
    assert discord.refusals == []


@needs_chromium
async def test_the_page_answers_about_a_checkout_and_without_a_key_it_searches(
    tmp_path: Path, shop: MadeRepository, claude: ClaudeServer
) -> None:
    settings = {"PLUMBLINE_WEB_PORT": str(free_port()), "PLUMBLINE_CHECKOUTS": str(shop.folder)}
    bot = BotProcess(tmp_path, **with_claude(claude), **settings)
    async with bot, chromium() as browser:
        page = await browser.new_page()
        await page.goto(await address(bot))
        await ask(page, "where is an invoice summed up?")
        await expect(page.locator("button.good")).to_be_visible(timeout=60_000)
        text = await page.locator("article.ours .text").inner_text()
        assert "Sources" in text
        assert "billing/models.py:12-14" in text
        assert "ledger" not in text
        await page.goto(await address(bot) + "repos")
        await expect(page.locator(".repo h2")).to_have_text("shop")
        assert shop.head[:12] in await page.locator(".repo").inner_text()

    searching = BotProcess(tmp_path / "again", **settings)
    async with searching, chromium() as browser:
        page = await browser.new_page()
        await page.goto(await address(searching))
        await ask(page, "why are amounts cents and not floats?")
        await expect(page.locator("button.good")).to_be_visible(timeout=60_000)
        text = await page.locator("article.ours").inner_text()
        assert "Search only" in text
        assert "docs/adr/0001-money.md:1-3" in text
        assert "not Claude" in text


async def test_an_operator_adds_syncs_and_lists_repositories(tmp_path: Path, shop: MadeRepository) -> None:
    file = tmp_path / "repos.toml"
    bot = BotProcess(tmp_path, PLUMBLINE_REPOS=str(file))
    file.write_text("")
    with GitServer(shop.folder) as server:
        added = await bot.command(
            "repos", "add", "shop", server.url, "--channel", "slack:T1:C7", "--description", "The shop"
        )
        synced = await bot.command("repos", "sync")
        listed = await bot.command("repos", "list")
        server.fault = "500 Internal Server Error"
        failed = await bot.command("repos", "sync", "shop")
    wrong = await bot.command("repos", "add", "evil", "ext::sh -c id")

    assert added[0] == 0
    assert "is declared in" in added[1]
    assert synced[0] == 0
    assert f"shop: ready at {shop.head[:12]}" in synced[1]
    assert "indexing" in synced[1]
    assert shop.head[:12] in listed[1]
    assert failed[0] == 1
    assert "could not be fetched" in failed[1]
    assert wrong[0] == 2
    assert "https:// or ssh://" in wrong[1]


async def test_a_push_webhook_is_heard_when_it_is_signed(tmp_path: Path, shop: MadeRepository) -> None:
    file = tmp_path / "repos.toml"
    port = free_port()
    with GitServer(shop.folder) as server:
        file.write_text(f'[repos.shop]\nurl = "{server.url}"\n')
        settings = {"PLUMBLINE_HOOK_PORT": str(port), "PLUMBLINE_HOOK_SECRET": "hush", "PLUMBLINE_REPOS": str(file)}
        async with BotProcess(tmp_path, **settings) as bot, aiohttp.ClientSession() as session:
            await bot.said("repository synchronised")
            newest = shop.commit({"new.py": "x = 1\n"})
            body = json.dumps({"project": {"git_http_url": server.url}, "repository": {"name": "shop"}}).encode()
            where = f"http://127.0.0.1:{port}/push"
            unsigned = await session.post(where, data=body)
            forged = await session.post(
                where, data=body, headers={"X-Gitlab-Token": "wrong", "X-Hub-Signature-256": "sha256=00"}
            )
            signed = await session.post(where, data=body, headers={"X-Gitlab-Token": "hush"})
            async with asyncio.timeout(60):
                while newest[:12] not in (await bot.command("repos", "list"))[1]:  # noqa: ASYNC110
                    await asyncio.sleep(0.2)

            assert (unsigned.status, forged.status, signed.status) == (403, 403, 202)
