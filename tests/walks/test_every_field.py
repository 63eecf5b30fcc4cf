"""A secret in each field that people or apps can write of an event of Slack's or Discord's stands nowhere: in no request to the model,
no file of the store, no line of the log, no message of ours, no metric, no span."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.bot.writing.secret_material import secret_of
from tests.deployments import free_port
from tests.servers.claude import ClaudeServer
from tests.servers.discord import BOT, CHANNEL, FOREIGN, DiscordServer
from tests.servers.discord.state import FORUM, TAGS
from tests.servers.slack import BOT_USER, SlackServer, texts_of
from tests.walks.bot import BotProcess, in_discord, in_slack, with_claude
from tests.walks.event_fields import (
    BLOCKS,
    CARD,
    DISCORD_MESSAGES,
    EMAIL,
    EMBED,
    FILE,
    PROFILE,
    SHOWN,
    SLACK_AROUND,
    SLACK_MESSAGES,
    SLACK_PRESSES,
    USER,
    VOICE,
    WRITTEN,
    Json,
)
from tests.walks.test_traces import Collector, collector

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHANCE = random.Random(41)


@dataclass
class House:
    folder: Path
    bot: BotProcess
    slack: SlackServer
    discord: DiscordServer
    claude: ClaudeServer
    spans: Collector
    metrics: str
    given: dict[str, str] = field(default_factory=dict)
    """Each secret, and the field that it was put in."""

    def secret(self, where: str) -> str:
        made = secret_of("GitHub", CHANCE)
        self.given[made] = where
        return made

    def filled(self, value: Any, path: str) -> Any:
        """The same with a fresh secret wherever somebody writes."""
        if isinstance(value, dict):
            return {key: self.filled(one, f"{path}.{key}") for key, one in value.items()}
        if isinstance(value, list):
            return [self.filled(one, f"{path}[{place}]") for place, one in enumerate(value)]
        return value.replace(WRITTEN, self.secret(path)) if isinstance(value, str) and WRITTEN in value else value

    async def leaks(self) -> list[tuple[str, str]]:
        """The fields whose secret stands in clear somewhere, and where."""
        async with aiohttp.ClientSession() as session, session.get(self.metrics) as told:
            places = {"metrics": await told.read()}
        places |= {str(path.name): path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        places |= {"names of files": str([str(path) for path in self.folder.rglob("*")]).encode()}
        places |= {f"request {number}": one.raw for number, one in enumerate(self.claude.requests)}
        places |= {f"spans {number}": body for number, body in enumerate(self.spans.bodies)}
        shown = [
            (post.versions, texts_of(post))
            for channel in self.slack.channels.values()
            for post in channel.values()
            if post.user == BOT_USER
        ]
        said = [post.content for post in self.discord.posts.values() if post.author == BOT]
        named = [name for thread, name in self.discord.threads.items() if self.discord.parent(thread) != FORUM]
        ours = [shown, said, named, self.slack.ephemeral, self.slack.responses, self.slack.titles, self.slack.statuses]
        places |= {"ours": str(ours).encode()}
        return [
            (path, place)
            for secret, path in self.given.items()
            for place, data in places.items()
            if secret.encode() in data
        ]

    def answered(self, mark: str) -> bool:
        return any(mark in one.raw.decode() and one.ended.is_set() for one in self.claude.requests)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder, metrics = tmp_path_factory.mktemp("fields"), free_port()
    async with SlackServer() as slack, DiscordServer() as discord, ClaudeServer() as claude, collector() as spans:
        settings = {**in_slack(slack), **in_discord(discord), **with_claude(claude), "PLUMBLINE_LOG_LEVEL": "DEBUG"}
        settings |= {"PLUMBLINE_ADMINS": "slack:U1,discord:1", "PLUMBLINE_METRICS_PORT": str(metrics)}
        settings |= {"OTEL_EXPORTER_OTLP_ENDPOINT": spans.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        async with BotProcess(folder, **settings) as bot:
            yield House(folder, bot, slack, discord, claude, spans, f"http://127.0.0.1:{metrics}/metrics")


# --- Slack --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SLACK_MESSAGES)
@pytest.mark.parametrize("about", ["asks", "stands before", "is edited into", "comes from an app"])
async def test_of_a_message_of_slack(house: House, about: str, kind: str) -> None:
    slack, more, number = house.slack, SLACK_MESSAGES[kind], list(SLACK_MESSAGES).index(kind)
    mark = f"slack{about.split()[0]}{number}x"
    told = house.filled(more, f"{about}: {kind}")
    text = house.filled("a §", f"{about}: {kind}.text")
    parts = {key: told.pop(key, None) for key in ("blocks", "attachments")}
    match about:
        case "asks":
            root = await slack.user_says("C1", f"<@{BOT_USER}> {mark} why? {text}", more=told, **parts)
        case "stands before":
            root = await slack.user_says("C1", text, user="U2", more=told, **parts)
            await slack.user_says("C1", f"<@{BOT_USER}> {mark} why?", thread=root)
        case "comes from an app":
            root = await slack.bot_says("C1", text, **parts)
            slack.channels["C1"][root].more = told
            await slack.user_says("C1", f"<@{BOT_USER}> {mark} why?", thread=root)
        case _:
            root = await slack.user_says("C1", f"<@{BOT_USER}> first of {mark[:-1]}")
            await slack.until(lambda: slack.is_final("C1", root), 60)
            post = slack.channels["C1"][root]
            post.more, post.blocks, post.attachments = told, parts["blocks"] or [], parts["attachments"] or []
            await slack.user_edits("C1", root, f"<@{BOT_USER}> {mark} why? {text}")
    await slack.until(lambda: house.answered(mark) and slack.is_final("C1", root), 60)

    assert await house.leaks() == []


async def test_of_the_files_people_and_places_of_slack(house: House) -> None:
    slack = house.slack
    files = [{**slack.file("a.log", house.secret("a file's content").encode()), **house.filled(FILE, "file")}]
    files += [{**slack.file("m.eml", b"x", "text/html"), **house.filled(EMAIL, "e-mail")}]
    files += [{**slack.file("v.m4a", b"x", "audio/mp4"), **house.filled(VOICE, "voice clip")}]
    files += [
        {**slack.file("c", b"<p>", "application/vnd.slack-docs"), **house.filled({**FILE, "filetype": kind}, kind)}
        for kind in ("canvas", "list", "quip")
    ]
    slack.people["U5"] = house.filled(
        {"id": "U5", "display_name": "§", "name": "§", "real_name": "§", "tz_label": "§", "profile": PROFILE}, "person"
    )
    slack.person("U6", name=house.secret("a person's name"))
    slack.channel(
        "C5",
        "U1",
        "U5",
        "U6",
        name=house.secret("a channel's name"),
        topic={"value": house.secret("topic")},
        purpose={"value": house.secret("purpose")},
    )
    for number, user in enumerate(("U5", "U6")):
        mark = f"places{number}x"
        root = await slack.user_says(
            "C5", f"<@{BOT_USER}> {mark} <@U5> <@U6> and <#C5> why?", user=user, files=files if number else None
        )
        await slack.until(lambda mark=mark, root=root: house.answered(mark) and slack.is_final("C5", root), 60)  # type: ignore[misc]
        await slack.slash("/ask", f"{mark}s why?", channel="C5", user=user)
        await slack.until(lambda mark=mark: house.answered(f"{mark}s"), 60)  # type: ignore[misc]
        for word in ("stop", "why", "usage", "nothing"):
            await slack.slash("/plumbline", f"{word} {house.secret(f'/plumbline {word}')}", channel="C5", user=user)
        await slack.click("C5", slack.thread("C5", root)[-1].ts, "bad", user=user)

    assert await house.leaks() == []


async def test_of_a_command_a_press_and_a_menu_of_slack(house: House) -> None:
    slack = house.slack
    root = await slack.user_says("C1", f"<@{BOT_USER}> presses0x why?")
    await slack.until(lambda: slack.is_final("C1", root), 60)
    for kind, more in SLACK_PRESSES:
        changed = {"message": {"ts": root, **more["message"]}} if "message" in more else {}
        await slack.interacts(kind, **house.filled({**SLACK_AROUND, **more, **changed}, kind))
    about = await slack.user_says(
        "C1",
        house.filled("a §", "menu.text"),
        user="U2",
        more={"attachments": house.filled([CARD], "menu"), "blocks": house.filled(BLOCKS, "menu")},
    )
    await slack.shortcut("C1", about)
    await slack.until(lambda: slack.is_final("C1", about), 60)
    await slack.slash("/ask", house.filled("presses1x is § good?", "/ask"))
    await slack.until(lambda: house.answered("presses1x"), 60)

    assert await house.leaks() == []


# --- Discord ------------------------------------------------------------------------------------------------------------


def onto(body: Json, more: Json) -> Json:
    return {
        **body,
        **{key: {**body.get(key, {}), **one} if isinstance(one, dict) else one for key, one in more.items()},
    }


@pytest.mark.parametrize("kind", DISCORD_MESSAGES)
@pytest.mark.parametrize("about", ["asks", "is edited into", "is replied to"])
async def test_of_a_message_of_discord(house: House, about: str, kind: str) -> None:
    discord, more, number = house.discord, DISCORD_MESSAGES[kind], list(DISCORD_MESSAGES).index(kind)
    await discord.until(lambda: discord.is_heard, 20)
    mark = f"discord{about.split()[-1]}{number}x"
    told, text = house.filled(more, f"{about}: {kind}"), house.filled("a §", f"{about}: {kind}.content")
    ask = f"<@{BOT}> {mark} why?"
    first = await discord.user_says(
        f"<@{BOT}> first" if about == "is edited into" else "nothing", user="2" if about == "is replied to" else "1"
    )
    if about == "is edited into":
        await discord.until(lambda: discord.is_final(first), 60)
    post = discord.posts[first]
    post.content = text if about == "is replied to" else f"{ask} {text}"
    body = onto(discord._as_event(post), told)
    match about:
        case "asks":
            post.id = body["id"] = discord._snowflake()
            discord.posts[post.id] = post
            await discord._dispatch("MESSAGE_CREATE", body)
        case "is edited into":
            post.edited_at = body["edited_timestamp"] = "2026-11-28T12:00:00+00:00"
            await discord._dispatch("MESSAGE_UPDATE", body)
        case _:
            asked = discord._snowflake()
            reply = {
                **onto(body, {}),
                "id": asked,
                "content": ask,
                "type": 19,
                "embeds": [],
                "components": [],
                "mentions": [discord._user(BOT)],
            }
            reply = {
                key: one
                for key, one in reply.items()
                if key not in ("poll", "message_snapshots", "author", "member", "activity", "application")
            }
            reply |= {
                "author": discord._user("1"),
                "member": discord._member("1"),
                "message_reference": {"type": 0, "message_id": first, "channel_id": CHANNEL},
            }
            await discord._dispatch("MESSAGE_CREATE", {**reply, "referenced_message": body})
    await discord.until(lambda: house.answered(mark), 30)

    assert await house.leaks() == []


async def test_of_the_files_people_and_places_of_discord(house: House) -> None:
    discord = house.discord
    for place in [CHANNEL, FORUM]:
        told = house.filled({"name": "§", "topic": "§"}, f"channel {place}")
        await discord._dispatch("CHANNEL_UPDATE", {**discord._channel(place), **told})
    guild = {**discord._guild(), "name": house.secret("server"), "description": house.secret("server's description")}
    guild["roles"] = [
        {**one, "name": house.secret("role")} if one["name"] != "@everyone" else one for one in guild["roles"]
    ]
    await discord._dispatch("GUILD_UPDATE", guild)
    files = [
        {
            **discord.file("a.log", house.secret("content").encode()),
            **house.filled({"filename": "§.log", "title": "§", "description": "§"}, "file"),
        }
    ]
    await discord.user_says(f"<@{BOT}> dplaces0x <@&501> <#300> why?", files=files)
    post = await discord.forum_post(
        house.secret("title of a post"),
        f"<@{BOT}> dplaces1x why? {house.secret('post')}",
        tags=tuple(TAGS.values())[:1],
    )
    await discord.until(lambda: house.answered("dplaces0x") and house.answered("dplaces1x"), 60)
    await discord.renames(post, house.secret("new title"))
    await discord.user_says(f"<@{BOT}> dplaces2x why?", channel=post)
    await discord.until(lambda: house.answered("dplaces2x"), 60)

    assert await house.leaks() == []


@pytest.mark.parametrize("channel", [CHANNEL, FOREIGN])
async def test_of_a_command_a_press_and_a_menu_of_discord(house: House, channel: str) -> None:
    discord = house.discord
    who = {
        "user": {**discord._user("1"), **house.filled(USER, "user")},
        **discord._member("1"),
        "nick": house.secret("nick"),
    }
    told = house.filled(
        {"locale": "§", "guild_locale": "§", "guild": {"id": "200", "features": [], "locale": "§"}}, "interaction"
    )
    target = onto(
        discord._as_message(discord.posts[await discord.user_says("nothing", user="2", channel=CHANNEL)]),
        house.filled({"content": "menu0x a §", "embeds": [EMBED], "components": SHOWN}, "menu"),
    )
    option = {
        "id": "900",
        "name": "ask",
        "type": 1,
        "options": [
            {"name": "question", "type": 3, "value": house.filled(f"command0x{channel} is § good?", "question")}
        ],
    }
    presses = ("§", "pl:go_on:§:200:300:1", "pl:good:t:§:300:1", "pl:§:t:200:300:1", "pl:retry:t:200:300:§")
    kinds = [
        (2, option),
        (
            2,
            {
                "id": "902",
                "name": "Ask Plumbline about this",
                "type": 3,
                "target_id": target["id"],
                "resolved": {"messages": {target["id"]: target}},
            },
        ),
    ]
    kinds += [
        (
            2,
            {
                "id": "900",
                "name": "plumbline",
                "type": 1,
                "options": [{"name": "do", "type": 3, "value": "§"}, {"name": "with", "type": 3, "value": "§"}],
            },
        ),
        (2, {"id": "7", "name": "§", "type": 1, "options": []}),
    ]
    kinds += [(3, {"custom_id": name, "component_type": 2}) for name in presses] + [
        (3, {"custom_id": "§", "component_type": 3, "values": ["§"]})
    ]
    kinds += [(4, {**option, "options": [{"name": "question", "type": 3, "value": "§", "focused": True}]})]
    kinds += [
        (
            5,
            {
                "custom_id": "§",
                "components": [{"type": 1, "components": [{"type": 4, "custom_id": "§", "value": "§"}]}],
            },
        )
    ]
    for number, (kind, data) in enumerate(kinds):
        used = await discord.interacts(kind, house.filled(data, f"{channel} interaction {number}"), channel=channel)
        del used
    for event in [one for one in discord._sent if one["t"] == "INTERACTION_CREATE"][-len(kinds) :]:
        again = {**event["d"], **told, "id": discord._snowflake(), "member": who}
        await discord._dispatch("INTERACTION_CREATE", again)
    await discord.until(lambda: house.answered(f"command0x{channel}"), 60)
    await discord.user_says(f"<@{BOT}> end0x{channel} why?")
    await discord.until(lambda: house.answered(f"end0x{channel}"), 60)

    assert await house.leaks() == []
