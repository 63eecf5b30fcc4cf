"""A pasted token on every way in, each another one, through one bot: in no request to the model, no file of the store, no line of the
log, no message of ours."""

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.bot.writing.secret_material import secret_of
from tests.deployments import free_port
from tests.pdfs import made_pdf
from tests.servers.claude import ClaudeServer
from tests.servers.discord import BOT, DM, DiscordServer
from tests.servers.slack import BOT_USER, SlackServer, texts_of
from tests.walks.bot import BotProcess, in_discord, in_slack, with_claude
from tests.walks.page import address

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHANCE = random.Random(29)
REVOKE = "revoke"


@dataclass
class House:
    folder: Path
    bot: BotProcess
    slack: SlackServer
    discord: DiscordServer
    claude: ClaudeServer
    given: list[str] = field(default_factory=list)

    def secret(self) -> str:
        """A fresh one."""
        self.given.append(secret_of("GitHub", CHANCE))
        return self.given[-1]

    def shows(self, secret: str) -> list[str]:
        """Where it stands in clear, besides where its author wrote it."""
        places = {str(path): path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        places |= {f"request {number}": one.raw for number, one in enumerate(self.claude.requests)}
        ours = [
            (post.ts, f"{post.text}{post.versions}{texts_of(post)}")
            for channel in self.slack.channels.values()
            for post in channel.values()
            if post.user == BOT_USER
        ]
        ours += [(post.id, post.content) for post in self.discord.posts.values() if post.author == BOT]
        ours += [("names of threads", str(self.discord.threads)), ("ephemeral", str(self.slack.ephemeral))]
        ours += [("responses", str(self.slack.responses))]
        places |= {f"our message {where}": text.encode() for where, text in ours}
        return [place for place, data in places.items() if secret.encode() in data]

    def asked(self, words: str) -> bool:
        """Whether the model was asked this, and has answered."""
        return any(words in one.raw.decode() and one.ended.is_set() for one in self.claude.requests)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("secrets")
    async with SlackServer() as slack, DiscordServer() as discord, ClaudeServer() as claude:
        settings = {**in_slack(slack), **in_discord(discord), **with_claude(claude)}
        settings |= {"PLUMBLINE_WEB_PORT": str(free_port()), "PLUMBLINE_ADMINS": "slack:U1,discord:1"}
        async with BotProcess(folder, **settings) as bot:
            yield House(folder, bot, slack, discord, claude)


# --- Slack --------------------------------------------------------------------------------------------------------------


def forwarded(text: str) -> dict[str, Any]:
    made = {"is_share": True, "is_msg_unfurl": True, "ts": "1719412345.000100", "channel_id": "C2", "text": text}
    return made | {"author_id": "U2", "author_name": "Ben", "channel_name": "incidents", "fallback": text}


SLACK_WAYS = (
    "message", "edit", "forward", "file name", "text in UTF-16", "PDF", "context", "name of a file in the context",
    "reply to an answer", "direct", "email", "preview",
)  # fmt: skip


@pytest.mark.parametrize("way", SLACK_WAYS)
async def test_in_slack_nothing_keeps_it(house: House, way: str) -> None:
    slack, secret, mark = house.slack, house.secret(), f"case{SLACK_WAYS.index(way)}s"
    ask, channel, thread = f"<@{BOT_USER}> {mark} why 401?", "D1" if way == "direct" else "C1", ""
    files: list[Any] = []
    match way:
        case "message" | "direct":
            ask += f" I sent {secret}"
        case "file name":
            files = [slack.file(f"{secret}.log", b"ok")]
        case "text in UTF-16":
            files = [slack.file("a.log", f"sent {secret}".encode("utf-16"))]
        case "PDF":
            files = [slack.file("a.pdf", made_pdf(f"sent {secret}"), "application/pdf")]
        case "email":
            email = {"mode": "email", "filetype": "email", "subject": secret, "plain_text": "see above"}
            files = [{**slack.file("m.eml", b"x", "text/html"), **email}]
        case "context":
            thread = await slack.user_says("C1", f"I sent {secret}", user="U2")
        case "name of a file in the context":
            thread = await slack.user_says("C1", "look", user="U2", files=[slack.file(f"{secret}.bin", b"\0\1")])
        case "reply to an answer" | "edit":
            thread = await slack.user_says("C1", f"<@{BOT_USER}> first {mark}")
            await slack.until(lambda: slack.is_final("C1", thread), 60)
            ask += f" I sent {secret}" if way.startswith("reply") else ""
    forward = [forwarded(f"I sent {secret}")] if way == "forward" else None
    if way == "preview":
        forward = [
            {"from_url": f"https://ci.example/{secret}", "is_app_unfurl": True, "title": "job", "text": "failed"}
        ]

    if way == "edit":
        await slack.user_edits("C1", thread, f"{ask} I sent {secret}")
    else:
        ts = await slack.user_says(channel, ask, thread=thread, files=files, attachments=forward)
        thread = thread or ts
    await slack.until(lambda: house.asked(f"{mark} why 401") and slack.is_final(channel, thread), 60)

    assert house.shows(secret) == []
    assert "[masked: " in next(one.raw.decode() for one in house.claude.requests[::-1] if mark in one.raw.decode())


@pytest.mark.parametrize("way", ["/ask", "/ask private", "menu", "menu where we are not", "/plumbline prompt"])
async def test_what_slack_brings_in_forms_is_masked(house: House, way: str) -> None:
    slack, secret = house.slack, house.secret()
    before = len(house.claude.requests)
    match way:
        case "menu" | "menu where we are not":
            channel = "C1" if way == "menu" else "CELSEWHERE"
            if way != "menu":
                slack.channel(channel, "U1", "U2", is_private=True)
                slack.absent.add(channel)
            about = await slack.user_says(channel, f"I sent {secret}", user="U2")
            await slack.shortcut(channel, about)
        case "/plumbline prompt":
            await slack.slash("/plumbline", f"prompt our token is {secret}")
            await slack.user_says("C1", f"<@{BOT_USER}> how do I page?")
        case _:
            word = "private " if way.endswith("private") else ""
            await slack.slash("/ask", f"{word}is {secret} good?")
    await slack.until(
        lambda: len(house.claude.requests) > before and all(one.ended.is_set() for one in house.claude.requests), 60
    )

    assert house.shows(secret) == []
    assert "[masked: " in house.claude.requests[before].raw.decode()


# --- Discord ------------------------------------------------------------------------------------------------------------


DISCORD_WAYS = (
    "message",
    "edit",
    "forward",
    "menu",
    "slash",
    "file name",
    "PDF",
    "file of a command",
    "direct",
    "alert before",
)


@pytest.mark.parametrize("way", DISCORD_WAYS)
async def test_in_discord_nothing_keeps_it(house: House, way: str) -> None:
    discord, secret, mark = house.discord, house.secret(), f"case{DISCORD_WAYS.index(way)}d"
    ask = f"<@{BOT}> {mark} why 401?"
    match way:
        case "message" | "direct":
            await discord.user_says(f"{ask} I sent {secret}", channel=DM if way == "direct" else "300")
        case "edit":
            question = await discord.user_says(f"<@{BOT}> first")
            await discord.until(lambda: discord.is_final(question), 60)
            await discord.edits(question, f"{ask} I sent {secret}")
        case "forward":
            source = await discord.user_says(f"I sent {secret}", user="2", channel="300")
            await discord.user_says(ask, forwards=source)
        case "menu":
            about = await discord.user_says(f"I sent {secret} {mark} why 401?", user="2", channel="300")
            await discord.menu(about)
        case "slash":
            used = await discord.slash("ask", question=f"{mark} why 401? I sent {secret}")
            await discord.until(
                lambda: used.original in discord.posts and "asks:" in discord.posts[used.original].content, 60
            )
        case "file of a command":
            await discord.slash("ask", question=f"{mark} why 401?", file=discord.file("a.log", secret.encode()))
        case "file name" | "PDF":
            name, data = (f"{secret}.log", b"ok") if way == "file name" else ("a.pdf", made_pdf(secret))
            await discord.user_says(ask, files=[discord.file(name, data)])
        case "alert before":
            root = await discord.user_says("deploy failed", user="2")
            thread = await discord.opens_thread(root, "deploy")
            alert = [{"type": "rich", "title": "deploy", "description": f"sent {secret}"}]
            await discord.user_says("", user="777", channel=thread, embeds=alert, webhook=True)
            await discord.user_says(ask, channel=thread)
    await discord.until(lambda: house.asked(f"{mark} why 401"), 60)

    assert house.shows(secret) == []
    assert "[masked: " in next(one.raw.decode() for one in house.claude.requests[::-1] if mark in one.raw.decode())


# --- the page -----------------------------------------------------------------------------------------------------------


async def test_on_the_page_an_edit_and_a_name_are_masked_and_their_author_is_told(house: House) -> None:
    edited, named = house.secret(), house.secret()
    home = await address(house.bot)
    async with aiohttp.ClientSession(headers={"Sec-Fetch-Site": "same-origin"}) as session:
        form = aiohttp.FormData({"text": "case0p how do I page?", "form": "aaaaaaab1"}, default_to_multipart=True)
        async with session.post(f"{home}t", data=form) as answer:
            page, shown = str(answer.url), await answer.text()
        await house.slack.until(lambda: house.asked("case0p"), 60)
        action = re.search(r'action="/(t/[^"]+/edit)"', shown)
        assert action
        async with session.post(home + action[1], data={"text": f"case1p and now {edited}?"}) as answer:
            assert answer.status == 200
        await house.slack.until(lambda: house.asked("case1p"), 60)
        async with session.post(f"{page}/name", data={"name": f"about {named}"}) as answer:
            shown = await answer.text()

    assert (house.shows(edited), house.shows(named)) == ([], [])
    assert [one for one in (edited, named) if one in shown] == []
    assert REVOKE in shown


# --- who is told --------------------------------------------------------------------------------------------------------


async def test_nothing_of_all_that_stands_anywhere_in_the_end(house: House) -> None:
    secret = house.secret()
    await house.slack.user_says("D1", f"case0z why does {secret} give 401?")
    await house.slack.until(lambda: house.asked("case0z"), 60)

    assert [(one, house.shows(one)) for one in house.given if house.shows(one)] == []
