"""A secret in each field that people or apps can write of an event of Slack's or Discord's stands nowhere: in no request to the model,
no file of the store, no line of the log, no message of ours, no metric, no span."""

from __future__ import annotations

import itertools
import random
from collections.abc import AsyncIterator, Iterator
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
from tests.walks.test_traces import Collector, collector

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHANCE = random.Random(41)
WRITTEN = "§"
"""What stands in a field that somebody writes; each one gets a secret of its own."""

Json = dict[str, Any]


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

TEXT: Json = {"type": "mrkdwn", "text": "a §"}
PLAIN: Json = {"type": "plain_text", "text": "a §"}
RICH: list[Json] = [
    {"type": "text", "text": "a §"},
    {"type": "link", "url": "https://x.example/§", "text": "a §"},
    {"type": "emoji", "name": "§"},
    {"type": "color", "value": "§"},
    {"type": "date", "timestamp": 1720000000, "format": "{date} §", "fallback": "§", "url": "https://x.example/§"},
]
OPTION: Json = {"text": PLAIN, "value": "§", "description": PLAIN, "url": "https://x.example/§"}
ELEMENTS: list[Json] = [
    {"type": "button", "text": PLAIN, "value": "§", "url": "https://x.example/§", "action_id": "§"},
    {"type": "static_select", "placeholder": PLAIN, "options": [OPTION], "action_id": "§"},
    {"type": "overflow", "options": [OPTION], "action_id": "§"},
    {"type": "image", "image_url": "https://x.example/§", "alt_text": "§"},
]
BLOCKS: list[Json] = [
    {"type": "section", "block_id": "§", "text": TEXT, "fields": [TEXT, PLAIN], "accessory": ELEMENTS[0]},
    {"type": "header", "text": PLAIN},
    {"type": "context", "elements": [TEXT, ELEMENTS[3]]},
    {"type": "actions", "elements": ELEMENTS},
    {"type": "image", "image_url": "https://x.example/§", "alt_text": "§", "title": PLAIN},
    {
        "type": "video",
        "title": PLAIN,
        "title_url": "https://x.example/§",
        "video_url": "https://x.example/§",
        "alt_text": "§",
        "description": PLAIN,
        "author_name": "§",
        "provider_name": "§",
    },
    {"type": "markdown", "text": "a §"},
    {"type": "file", "external_id": "§", "source": "remote"},
    {"type": "call", "call": {"v1": {"name": "§", "join_url": "https://x.example/§"}}},
    {
        "type": "input",
        "label": PLAIN,
        "hint": PLAIN,
        "element": {"type": "plain_text_input", "initial_value": "§", "placeholder": PLAIN},
    },
    {
        "type": "rich_text",
        "elements": [
            {"type": kind, "elements": RICH}
            for kind in ("rich_text_section", "rich_text_preformatted", "rich_text_quote")
        ],
    },
    {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_list", "style": "bullet", "elements": [{"type": "rich_text_section", "elements": RICH}]}
        ],
    },
    {
        "type": "table",
        "rows": [
            [
                {"type": "raw_text", "text": "§"},
                {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": RICH}]},
            ]
        ],
    },
    {"type": "task_card", "title": "§", "status": "§", "details": "§", "output": "§"},
    {"type": "plan", "title": "§", "tasks": [{"title": "§"}]},
    {"type": "data_visualization", "title": "§", "chart": "§"},
    {"type": "something_new", "title": "§", "name": "§", "text": PLAIN},
]
CARD: Json = {
    "pretext": "a §", "author_name": "§", "author_subname": "§", "author_link": "https://x.example/§", "title": "a §",
    "title_link": "https://x.example/§", "text": "a §", "fallback": "a §", "footer": "a §", "footer_icon": "https://x.example/§",
    "image_url": "https://x.example/§.png", "thumb_url": "https://x.example/§.png", "from_url": "https://x.example/§",
    "original_url": "https://x.example/§", "service_name": "§", "service_icon": "https://x.example/§", "callback_id": "§",
    "channel_name": "§", "color": "§", "fields": [{"title": "§", "value": "a §"}], "blocks": BLOCKS,
    "actions": [{"type": "button", "text": "§", "url": "https://x.example/§", "name": "§", "value": "§"}],
}  # fmt: skip
EMAIL: Json = {
    "mode": "email", "filetype": "email", "subject": "§", "title": "§", "plain_text": "a §", "from": [{"original": "§", "address": "§", "name": "§"}],
    "to": [{"original": "§", "address": "§", "name": "§"}], "cc": [{"original": "§"}], "attachments": [{"filename": "§"}], "headers": {"message_id": "§"},
    "preview": "§", "preview_plain_text": "§",
}  # fmt: skip
FILE: Json = {
    "name": "§.log", "title": "§", "alt_txt": "§", "initial_comment": {"comment": "a §"}, "preview": "a §", "preview_highlight": "§",
    "permalink": "https://x.example/§", "permalink_public": "https://x.example/§", "plain_text": "a §", "username": "§", "pretty_type": "§",
    "external_url": "https://x.example/§", "comments_count": 1, "channel_actions_text": "§",
}  # fmt: skip
VOICE: Json = {
    "subtype": "slack_audio",
    "transcription": {"status": "complete", "locale": "§", "preview": {"content": "a §", "has_more": False}},
}
PROFILE: Json = {
    "display_name": "§",
    "real_name": "§",
    "first_name": "§",
    "name": "§",
    "avatar_hash": "§",
    "image_72": "https://x.example/§",
}
AROUND: Json = {
    "username": "§", "user_profile": PROFILE, "bot_profile": {"name": "§"}, "icons": {"emoji": "§"}, "topic": "§", "purpose": "§", "name": "§",
    "metadata": {"event_type": "§", "event_payload": {"title": "§", "user": "§", "name": "§"}}, "assistant_thread": {"title": "§", "first_user_message": {"text": "§"}},
    "room": {"name": "§", "channels": [], "participant_history": ["U2"], "has_ended": True}, "reactions": [{"name": "§", "users": ["U2"], "count": 1}],
    "pinned_info": {"note": "§"}, "x_more": {"anything": "§"},
}  # fmt: skip


def slack_messages() -> Iterator[tuple[str, Json]]:
    """What a message can bring beside its text, by kinds."""
    yield "around", AROUND
    yield "blocks", {"blocks": BLOCKS}
    yield "an app's card", {"attachments": [{**CARD, "is_app_unfurl": True}]}
    yield "a page's preview", {"attachments": [CARD]}
    forwarded = {
        "is_share": True,
        "is_msg_unfurl": True,
        "author_id": "U2",
        "channel_id": "C2",
        "ts": "1719412345.000100",
    }
    inside = [{"channel": "C2", "ts": "1", "message": {"blocks": BLOCKS, "files": [{"id": "F1", "mode": "tombstone"}]}}]
    yield "forwarded", {"attachments": [{**CARD, **forwarded, "message_blocks": inside}]}
    for mode in ("thread_broadcast", "me_message"):
        yield (
            mode,
            {"subtype": mode, "attachments": [CARD], "root": {"text": "a §", "user": "U2", "ts": "1719412345.000200"}},
        )


@pytest.mark.parametrize("about", ["asks", "stands before", "is edited into", "comes from an app"])
async def test_of_a_message_of_slack(house: House, about: str) -> None:
    slack = house.slack
    for number, (kind, more) in enumerate(slack_messages()):
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
    told = {
        "user": {"id": "U1", "name": "§", "username": "§"},
        "channel": {"id": "C1", "name": "§"},
        "team": {"id": "T1", "domain": "§"},
    }
    view = {
        "id": "V1",
        "type": "modal",
        "callback_id": "§",
        "private_metadata": "§",
        "title": PLAIN,
        "state": {"values": {"§": {"§": {"type": "plain_text_input", "value": "§"}}}},
    }
    state = {"values": {"§": {"§": {"type": "plain_text_input", "value": "§"}}}}
    actions = [{**one, "block_id": "§", "action_ts": "1.1", "selected_option": OPTION} for one in ELEMENTS]
    for kind, more in (
        ("block_actions", {"actions": actions, "message": {"ts": root, "text": "§", "blocks": BLOCKS}, "state": state}),
        ("block_suggestion", {"action_id": "§", "block_id": "§", "value": "§"}), ("shortcut", {"callback_id": "§"}),
        ("message_action", {"callback_id": "§", "message": {"ts": root, "user": "U2", "text": "§", "attachments": [CARD]}}),
        ("view_submission", {"view": view}), ("view_closed", {"view": view}), ("workflow_step_edit", {"callback_id": "§", "workflow_step": {"inputs": {"§": {"value": "§"}}}}),
    ):  # fmt: skip
        await slack.interacts(kind, **house.filled({**told, **more}, kind))
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

MEDIA: Json = {"url": "https://x.example/§.png", "proxy_url": "https://x.example/§.png"}
EMBED: Json = {
    "type": "rich", "title": "§", "description": "a §", "url": "https://x.example/§", "author": {"name": "§", "url": "https://x.example/§", "icon_url": "https://x.example/§"},
    "footer": {"text": "§", "icon_url": "https://x.example/§"}, "fields": [{"name": "§", "value": "a §"}], "image": MEDIA, "thumbnail": MEDIA, "video": MEDIA,
    "provider": {"name": "§", "url": "https://x.example/§"},
}  # fmt: skip
SHOWN: list[Json] = [
    {"type": 10, "content": "a §"},
    {"type": 9, "components": [{"type": 10, "content": "a §"}], "accessory": {"type": 11, "media": MEDIA, "description": "§"}},
    {"type": 12, "items": [{"media": MEDIA, "description": "§"}]},
    {"type": 13, "file": {"url": "attachment://§"}, "name": "§"},
    {"type": 17, "components": [{"type": 10, "content": "a §"}]},
    {"type": 1, "components": [{"type": 2, "style": 5, "label": "§", "url": "https://x.example/§"}, {"type": 2, "style": 1, "label": "§", "custom_id": "§"}]},
    {"type": 1, "components": [{"type": 3, "custom_id": "§", "placeholder": "§", "options": [{"label": "§", "value": "§", "description": "§"}]}]},
]  # fmt: skip
POLL: Json = {
    "question": {"text": "§"}, "answers": [{"answer_id": 1, "poll_media": {"text": "§", "emoji": {"id": None, "name": "§"}}}], "expiry": None,
    "allow_multiselect": False, "layout_type": 1, "results": {"is_finalized": False, "answer_counts": []},
}  # fmt: skip
USER: Json = {
    "username": "§",
    "global_name": "§",
    "avatar": None,
    "banner": "§",
    "primary_guild": {"tag": "§"},
    "clan": {"tag": "§"},
}
BESIDE: Json = {
    "application": {"id": "9", "name": "§", "description": "§", "icon": None}, "activity": {"type": 1, "party_id": "§"}, "nonce": "§",
    "mention_channels": [{"id": "300", "guild_id": "200", "type": 0, "name": "§"}], "reactions": [{"count": 1, "me": False, "emoji": {"id": None, "name": "§"}, "count_details": {"burst": 0, "normal": 1}, "burst_colors": [], "me_burst": False}],
    "role_subscription_data": {"tier_name": "§", "role_subscription_listing_id": "1", "total_months_subscribed": 1, "is_renewal": False}, "x_more": {"anything": "§"},
}  # fmt: skip


def discord_messages() -> Iterator[tuple[str, Json]]:
    yield "words", {}
    yield "embeds", {"embeds": [EMBED, {**EMBED, "type": "article"}]}
    yield "components", {"components": SHOWN}
    yield "poll", {"poll": POLL, "sticker_items": [{"id": "8", "name": "§", "format_type": 1}]}
    yield "who", {"author": USER, "member": {"nick": "§", "roles": []}}
    yield "beside", BESIDE
    snapshot = {
        "content": "a §",
        "embeds": [EMBED],
        "components": SHOWN,
        "attachments": [],
        "type": 0,
        "flags": 0,
        "edited_timestamp": None,
    }
    yield (
        "forwarded",
        {
            "message_reference": {"type": 1, "message_id": "77", "channel_id": "300"},
            "message_snapshots": [
                {"message": {**snapshot, "timestamp": "2026-01-01T00:00:00+00:00", "mentions": [], "mention_roles": []}}
            ],
        },
    )


def onto(body: Json, more: Json) -> Json:
    return {
        **body,
        **{key: {**body.get(key, {}), **one} if isinstance(one, dict) else one for key, one in more.items()},
    }


@pytest.mark.parametrize("about", ["asks", "is edited into", "is replied to"])
async def test_of_a_message_of_discord(house: House, about: str) -> None:
    discord = house.discord
    await discord.until(lambda: discord.is_heard, 20)
    for number, (kind, more) in enumerate(discord_messages()):
        mark = f"discord{about.split()[-1]}{number}x"
        told, text = house.filled(more, f"{about}: {kind}"), house.filled("a §", f"{about}: {kind}.content")
        ask = f"<@{BOT}> {mark} why?"
        first = await discord.user_says(
            f"<@{BOT}> first" if about == "is edited into" else "nothing", user="2" if about == "is replied to" else "1"
        )
        if about == "is edited into":
            await discord.until(lambda first=first: discord.is_final(first), 60)  # type: ignore[misc]
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
        await discord.until(lambda mark=mark: house.answered(mark), 30)  # type: ignore[misc]

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
