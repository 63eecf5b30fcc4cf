"""One bot at Slack, Discord and the page, among the people and places of access_cells.py, and how a question is put to it there."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.deployments import free_port
from tests.repositories import MadeRepository
from tests.servers.claude import ClaudeServer, Script
from tests.servers.discord import BOT, DM, DiscordServer
from tests.servers.discord.state import VOICE, Post
from tests.servers.slack import BOT_USER, SlackServer, found, texts_of
from tests.servers.slack.posts import Post as SlackPost
from tests.walks.access_cells import OUTSIDERS, PEOPLE, Cell, DiscordCell, declared, furnish, furnish_discord
from tests.walks.bot import BotProcess, in_discord, in_slack, with_claude

MARBLE = re.compile(r"marble_(\w+)")
MARK = re.compile(r"cell-\d+x")


@dataclass
class House:
    bot: BotProcess
    slack: SlackServer
    discord: DiscordServer
    claude: ClaudeServer
    shown: dict[str, str] = field(default_factory=dict)
    """All that was said under a cell's question, by its mark."""

    @property
    def asked(self) -> str:
        return "".join(request.raw.decode() for request in self.claude.requests)


def looking(body: Any) -> Script:
    """A model that asks for everything and tells everything."""
    last, said = json.dumps(body["messages"][-1]), json.dumps(body["messages"])
    mark = (MARK.findall(said) or [""])[-1]
    if "tool_result" not in last:
        return Script(calls=(("list_repos", {}),))
    return Script(f"{mark} done: {' '.join(sorted(set(re.findall(r'marble_[a-z]+', last))))} {mark}end")


@contextlib.asynccontextmanager
async def opened(folder: Path, **more: str) -> AsyncIterator[House]:
    """With these settings besides its own. A look-up is waited for as long as a busy machine takes, unless they say otherwise, and so
    is a command: who is answered in time is no question of rights."""
    made = MadeRepository(folder / "git" / "shop")
    made.commit({"shop.py": "RETRIES = 4\n"})
    file = folder / "repos.toml"
    file.write_text(declared(str(made.folder)))
    async with SlackServer() as slack, DiscordServer() as discord, ClaudeServer() as claude:
        furnish(slack)
        furnish_discord(discord)
        discord.ack_seconds = 60
        claude.script = looking
        settings = {
            **in_slack(slack),
            **in_discord(discord),
            **with_claude(claude),
            "PLUMBLINE_WEB_PORT": str(free_port()),
            "PLUMBLINE_LOOK_UP_SECONDS": "60",
        }
        settings |= {
            "PLUMBLINE_REPOS": str(file),
            "PLUMBLINE_ADMINS": "slack:U2,discord:9000",
            "PLUMBLINE_DISCORD_CALLS_PER_SECOND": "2000",
        }
        async with BotProcess(folder, **settings | more) as bot:
            yield House(bot, slack, discord, claude)


def is_over(text: str, mark: str) -> bool:
    return f"{mark}end" in text or "(reference" in text


async def ask_in_slack(house: House, cell: Cell) -> str:
    slack, user = house.slack, PEOPLE[cell.person]
    if cell.way == "private":
        before = len(slack.responses)
        await slack.slash("/ask", f"private {cell.mark}?", channel=cell.channel, user=user)
        await slack.until(lambda: any(is_over(one["text"], cell.mark) for one in slack.responses[before:]), 60)
        return "".join(one["text"] for one in slack.responses[before:] if cell.mark in one["text"])
    if cell.way == "slash":
        await slack.slash("/ask", f"{cell.mark}?", channel=cell.channel, user=user)
        root = next(post.ts for post in slack.channels[cell.channel].values() if cell.mark in post.text)
    else:
        root = await _said_to_slack(slack, cell, user, {"user_team": "T9"} if cell.person in OUTSIDERS else {})

    return await _said_in_slack(house, cell.mark, lambda: slack.thread(cell.channel, root))


async def _said_to_slack(slack: SlackServer, cell: Cell, user: str, more: dict[str, Any]) -> str:
    """The thread in which the answer must come."""
    question = f"<@{BOT_USER}> {cell.mark}?"
    if cell.way == "edit":
        root = await slack.user_says(cell.channel, "how?", user=user, more=more)
        await slack.user_edits(cell.channel, root, question)
    elif cell.way == "thread":
        root = await slack.user_says(cell.channel, "a message of a colleague")
        await slack.user_says(cell.channel, question, user=user, thread=root, more=more)
    elif cell.way == "menu":
        root = await slack.user_says(cell.channel, f"{cell.mark}?")
        await slack.shortcut(cell.channel, root, user=user)
    else:
        root = await slack.user_says(
            cell.channel, question, user=user, more=more, copies=3 if cell.way == "again" else 1
        )
    return root


async def _said_in_slack(house: House, mark: str, posts: Callable[[], Sequence[SlackPost]]) -> str:
    """What stands in these posts once the answer is whole: what the bot says in its own name comes last, with the thumbs."""

    def said() -> str:
        return "\n".join(f"{texts_of(post)}\n{post.text}" for post in posts())

    def is_whole() -> bool:
        pressed = [one["action_id"] for post in posts() for one in found(post.blocks, "button")]
        return "(reference" in said() or (is_over(said(), mark) and "plumbline:good" in pressed)

    await house.slack.until(is_whole, 60)
    return said()


async def ask_in_discord(house: House, cell: DiscordCell) -> str:
    discord = house.discord
    if cell.way == "message":
        where = await discord.user_says(f"<@{BOT}> {cell.mark}?", user=cell.person, channel=cell.channel)
        place, since = (DM, int(where)) if cell.channel == DM else (where, 0)
    else:
        used = await discord.slash(
            "ask", user=cell.person, channel=cell.channel, question=f"{cell.mark}?", private=cell.way == "private"
        )
        await discord.until(lambda: used.original in discord.posts, 60)
        place, since = used.original, 0

    def said() -> str:
        ours = [post for post in discord.posts.values() if post.author == BOT]
        posts = [
            post for post in ours if place in (post.channel, post.id, post.reference) or _is_lone(post, cell, discord)
        ]
        posts += [post for post in discord.posts.values() if post.author == BOT and post.id in used_by(place, discord)]
        return "\n".join(post.content for post in posts if int(post.id) > since)

    await discord.until(lambda: is_over(said(), cell.mark), 60)
    return said()


def _is_lone(post: Post, cell: DiscordCell, discord: DiscordServer) -> bool:
    """An answer to a cell's question in a channel without threads."""
    return discord.channels.get(post.channel) in VOICE and f"{cell.mark} " in post.content


def used_by(original: str, discord: DiscordServer) -> list[str]:
    return [one for used in discord.interactions.values() if used.original == original for one in used.follow_ups]


async def says(house: House, channel: str, mark: str, *, user: str = "U1", thread: str = "") -> tuple[str, str]:
    """Ask in Slack; the question's thread, and what is said in it about this question."""
    slack = house.slack
    before = {post.ts for post in slack.thread(channel, thread)} if thread else set()
    ts = await slack.user_says(channel, f"<@{BOT_USER}> {mark}?", user=user, thread=thread)
    root = thread or ts

    return root, await _said_in_slack(
        house, mark, lambda: [post for post in slack.thread(channel, root) if post.ts not in before]
    )


async def heard(house: House, tell: Callable[[], object]) -> None:
    """Returns when the bot has taken what is told."""
    before = len(house.slack.delivered)
    tell()
    await house.slack.until(lambda: len(house.slack.delivered) > before, 60)
