"""A pasted token, at every door and in every form: in no request to the model, in no file of the store, in no line of the log."""

from __future__ import annotations

import asyncio
import io
import random
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from tests.bot.writing.secret_material import letters, secret_of
from tests.deployments import free_port
from tests.pdfs import made_pdf
from tests.servers.claude import ClaudeServer
from tests.servers.discord import BOT, CHANNEL, DM, DiscordServer
from tests.servers.slack import BOT_USER, SlackServer
from tests.walks.bot import BotProcess, with_claude
from tests.walks.page import address

CHANCE = random.Random(15)
TOKENS = [secret_of(vendor, CHANCE) for vendor in ("GitHub", "GitLab", "Stripe", "Slack webhook")]
SAID, EDITED, FILED, BEFORE = TOKENS
PASSWORD = "Tr0ub4dor-" + letters(CHANCE, 8)
EVERY = [*TOKENS, PASSWORD]


def leaks(folder: Path, bot: BotProcess, claude: ClaudeServer, secrets: Sequence[str] = EVERY) -> list[str]:
    """Where one of them stands in clear: each file that the bot keeps, its log, and all that the model was sent."""
    places = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    places |= {"the log": bot.log.encode()}
    places |= {f"request {number}": one.raw for number, one in enumerate(claude.requests)}
    return [f"{place}: {one[:6]}" for place, data in places.items() for one in secrets if one.encode() in data]


async def test_slack_keeps_no_token_and_tells_the_asker_alone(
    tmp_path: Path, slack_bot: BotProcess, slack: SlackServer, claude: ClaudeServer
) -> None:
    async with slack_bot:
        opening = await slack.user_says("C1", f"the deploy hook is {BEFORE}", user="U2")
        file = slack.file("app.log", f"DB_PASSWORD={PASSWORD}\nstarting with {FILED}".encode())
        await slack.user_says("C1", f"<@{BOT_USER}> why does {SAID} get 401?", thread=opening, files=[file], copies=2)
        await slack.until(lambda: slack.is_final("C1", opening))
        await slack.slash("/ask", f"is {EDITED} still good?")
        asked = (await slack.until(lambda: [one for one in slack.at_root("C1") if "still good" in one.text]))[0]
        await slack.until(lambda: slack.is_final("C1", asked.ts))

        assert "[masked: GitHub token]" in claude.requests[0].question
        assert leaks(tmp_path, slack_bot, claude) == []
        assert EDITED not in asked.text
        told = [one for one in slack.ephemeral if "revoke" in one["text"]]
        assert [(one["user"], "GitHub token" in one["text"]) for one in told if "Your message" in one["text"]] == [
            ("U1", True),
            ("U1", False),
        ]
        assert [one["user"] for one in told if "(password, Stripe key)" in one["text"]] == ["U1"]
        assert "revoke" not in str([post.versions for post in slack.thread("C1", opening)])


async def test_discord_keeps_no_token_and_tells_the_asker_alone(
    tmp_path: Path, discord_bot: BotProcess, discord: DiscordServer, claude: ClaudeServer
) -> None:
    async with discord_bot:
        file = discord.file("app.log", f"DB_PASSWORD={PASSWORD}\nstarting with {FILED}".encode())
        question = await discord.user_says(f"<@{BOT}> why does {SAID} get 401?", files=[file])
        await discord.until(lambda: discord.is_final(question))
        await discord.edits(question, f"<@{BOT}> why does {EDITED} get 401?")
        await discord.until(lambda: len(claude.requests) == 2 and discord.is_final(question))
        asked = await discord.slash("ask", question=f"is {BEFORE} still good?")
        await discord.until(lambda: asked.original in discord.threads and discord.is_final(asked.original))

        assert leaks(tmp_path, discord_bot, claude) == []
        assert "masked" in discord.threads[question]
        assert BEFORE not in discord.posts[asked.original].content
        await discord.until(lambda: "revoke" in str([post.content for post in discord.visible(DM)]))
        assert [post.content for post in discord.visible(CHANNEL) if "revoke" in post.content] == []
        assert len([post for post in discord.visible(DM) if "Your message" in post.content]) == 1
        assert [post for post in discord.visible(DM) if "(password, Stripe key)" in post.content] != []
        assert [post.content for post in discord.visible(question) if "revoke" in post.content] == []
        assert [post.content for post in discord.posts.values() if post.ephemeral and "revoke" in post.content] != []


async def test_the_page_keeps_no_token_and_says_so(tmp_path: Path, claude: ClaudeServer) -> None:
    bot = BotProcess(tmp_path, **with_claude(claude), PLUMBLINE_WEB_PORT=str(free_port()))
    async with bot, aiohttp.ClientSession() as session:
        home = await address(bot)
        form = aiohttp.FormData({"text": f"why does {SAID} get 401?"}, default_to_multipart=True)
        form.add_field("file", f"DB_PASSWORD={PASSWORD}\n{FILED}".encode("utf-16"), filename="app.log")
        form.add_field("file", io.BytesIO(b"1234567\n" * 260_000 + EDITED.encode()), filename="long.log")
        form.add_field("file", made_pdf("The runbook", f"hook: {BEFORE}"), filename="runbook.pdf")
        async with session.post(home + "t", data=form, headers={"Origin": home.rstrip("/")}) as answer:
            shown = await answer.text()
        await claude_was_asked(claude)

        assert "revoke" in shown
        assert "[masked: GitHub token]" in shown
        assert SAID not in shown
        assert [f"in <code>{name}</code> (" in shown for name in ("app.log", "long.log", "runbook.pdf")] == [True] * 3
        assert "The runbook" in claude.requests[0].question
        assert "I read the first" not in bot.log + shown
        assert leaks(tmp_path, bot, claude) == []


async def test_a_channel_whose_admin_wants_it_keeps_what_is_written(
    tmp_path: Path, slack: SlackServer, claude: ClaudeServer, slack_bot: BotProcess
) -> None:
    slack_bot._settings["PLUMBLINE_ADMINS"] = "slack:U1"
    async with slack_bot:
        await slack.slash("/plumbline", "secrets keep", user="U2")
        await slack.slash("/plumbline", f"prompt our token is {EDITED}")
        refused = await slack.user_says("C1", f"<@{BOT_USER}> what is {SAID}?", user="U2")
        await slack.until(lambda: slack.is_final("C1", refused))
        assert leaks(tmp_path, slack_bot, claude) == []

        await slack.slash("/plumbline", "secrets keep")
        kept = await slack.user_says("C1", f"<@{BOT_USER}> and what is {SAID}?", user="U2")
        await slack.until(lambda: slack.is_final("C1", kept))
        assert SAID in claude.requests[-1].question


async def claude_was_asked(claude: ClaudeServer) -> None:
    async with asyncio.timeout(30):
        while not claude.requests:  # noqa: ASYNC110 - the request comes from another process
            await asyncio.sleep(0.02)
    await claude.requests[0].ended.wait()
