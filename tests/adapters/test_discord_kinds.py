"""Kinds of what comes from Discord that nobody thinks of first: what is shown around without a word, and what an interaction of an
earlier release, or of nobody's, does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters import phrases
from adapters.discord.outgoing import DiscordPlatform
from bot.answering.gate import Verdict, judge
from bot.ports.stores import ChannelSettings
from tests.adapters.discord_support import NotingDesk, door, lease_for, thread
from tests.adapters.discord_support import platform as platform
from tests.fakes import lease as fake_lease
from tests.servers.discord import BOT, CHANNEL, DM, GUILD, OTHER_BOT, DiscordServer, Post

Json = dict[str, Any]


@pytest.fixture
async def desk(discord: DiscordServer) -> AsyncIterator[NotingDesk]:
    desk = NotingDesk()
    async with door(discord, desk):
        yield desk


async def open_thread(discord: DiscordServer) -> str:
    return await discord.opens_thread(await discord.user_says("it is slow"), "slow")


# --- what is shown around ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["forward", "link", "link and nod"])
async def test_what_is_shown_around_without_a_word_is_heard_and_answered_only_where_it_is_for_us(
    discord: DiscordServer, desk: NotingDesk, form: str
) -> None:
    root = await open_thread(discord)
    order = await discord.user_says("I drop `orders` at noon", user="2")
    link = f"https://discord.com/channels/{GUILD}/{CHANNEL}/{order}"
    words = {"forward": "", "link": link, "link and nod": f"<{link}> \U0001f440"}[form]
    forwards = order if form == "forward" else ""
    shown = await discord.user_says(words, channel=root, forwards=forwards)
    direct = await discord.user_says(words, channel=DM, forwards=forwards)
    called = await discord.user_says(f"<@{BOT}> {words}", channel=root, forwards=forwards)
    asked = await discord.user_says(f"is that right? {words}", channel=root, forwards=forwards)
    await discord.until(lambda: {shown, direct, called, asked} <= desk.taken.keys())

    found = [desk.taken[one] for one in (shown, direct, called, asked)]
    verdicts = [judge(one, fake_lease(one), ChannelSettings()) for one in found]
    assert verdicts == [Verdict.LEAVE, Verdict.ANSWER, Verdict.ANSWER, Verdict.ANSWER]
    assert desk.taken[shown].text


# --- what nothing waits for (any more) --------------------------------------------------------------------------------

NAMED: Json = {"id": "9", "name": "explain", "type": 1, "options": []}


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (3, {"custom_id": "approve_deploy", "component_type": 2}),
        (3, {"custom_id": "pl:shout:t:200:300:300", "component_type": 2}),
        (3, {"custom_id": "pl", "component_type": 2}),
        (3, {"custom_id": "pick", "component_type": 3, "values": ["a"]}),
        (5, {"custom_id": "settings", "components": []}),
        (2, NAMED),
        (2, NAMED | {"type": 3, "target_id": "1", "resolved": {"messages": {}}}),
        (2, NAMED | {"name": "ask"}),
    ],
    ids=["foreign", "unknown", "nothing", "select", "form", "command", "menu", "other options"],
)
async def test_what_nothing_waits_for_is_acknowledged_and_whoever_used_it_is_told_alone(
    discord: DiscordServer, desk: NotingDesk, kind: int, data: Json
) -> None:
    post = discord.posts[await discord.user_says("pick one", user=BOT)] if kind == 3 else None
    used = await discord.interacts(kind, data, post=post)
    await discord.until(lambda: used.original and discord.posts[used.original].content)

    assert used.ephemeral
    assert discord.posts[used.original].content == phrases.too_old()
    assert desk.pressed == []


@pytest.mark.parametrize("name", ["ask", "explain"])
async def test_whoever_types_where_choices_would_come_is_offered_none(
    discord: DiscordServer, desk: NotingDesk, name: str
) -> None:
    option = {"name": "question", "type": 3, "value": "ho", "focused": True}
    used = await discord.interacts(4, NAMED | {"name": name, "options": [option]})
    await discord.until(lambda: used.choices is not None)

    assert used.choices == []
    assert discord.refusals == []


# --- what people see, on every door -----------------------------------------------------------------------------------


def media(text: str) -> Json:
    return {"poll_media": {"text": text}}


VOTED: Json = {
    "question": {"text": "Deploy on Friday?"},
    "answers": [{"answer_id": 1, **media("Yes")}, {"answer_id": 2, **media("No")}],
    "expiry": "2026-01-01T00:00:00+00:00",
    "allow_multiselect": False,
    "layout_type": 1,
    "results": {"is_finalized": True, "answer_counts": [{"id": 1, "count": 3, "me_voted": False}]},
}
OPEN = VOTED | {"results": {"is_finalized": False, "answer_counts": [{"id": 2, "count": 1, "me_voted": False}]}}
MOMENT = "2024-06-26T14:05:45+00:00"


def embed(**more: object) -> Json:
    return {"embeds": [{"type": "rich", **more}]}


def shown(*components: Json) -> Json:
    return {"components": [*components]}


KINDS: list[tuple[str, Json, str]] = [
    ("since <t:1719410745:R>", {}, "since Wed 2024-06-26 14:05 UTC"),
    ("at <t:1719410745>, `<t:1719410745>`", {}, "at Wed 2024-06-26 14:05 UTC, `<t:1719410745>`"),
    ("<t:999999999999999:f>", {}, "<t:999999999999999:f>"),
    ("run </deploy prod:9001>", {}, "run /deploy prod"),
    ("see <id:customize> and <id:guide>", {}, "see Channels & Roles and Server Guide"),
    ("<a:party:123> now", {}, ":party: now"),
    ("gone", {"stickers": [{"id": "9", "name": "shipit", "format_type": 1}]}, "Sticker: shipit"),
    ("vote", {"poll": VOTED}, "Poll: Deploy on Friday? Yes (3 votes) / No (0 votes) (closed)"),
    ("vote", {"poll": OPEN}, "Poll: Deploy on Friday? Yes (0 votes) / No (1 vote)"),
    ("vote", {"poll": VOTED | {"results": None}}, "Poll: Deploy on Friday? Yes / No"),
    ("", embed(title="p99", description="since <t:1719410745:R>, see </runbook:9>"), "since Wed 2024-06-26 14:05 UTC, see /runbook"),
    ("", embed(description="p99", footer={"text": "Grafana"}, timestamp=MOMENT), "Wed 2024-06-26 14:05 UTC"),
    ("", embed(author={"name": "orders"}, fields=[{"name": "env", "value": "prod", "inline": True}]), "env: prod"),
    ("", {"embeds": [{"type": "video", "title": "The outage", "url": "https://v.example/1"}]}, "[The outage](https://v.example/1)"),
    ("", shown({"type": 10, "content": "since <t:1719410745:R>"}), "since Wed 2024-06-26 14:05 UTC"),
    ("", shown({"type": 99, "label": "x"}), "(something of a kind that I cannot read)"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "brings", "read"), KINDS)
async def test_what_people_see_is_read_on_every_door(
    discord: DiscordServer, desk: NotingDesk, platform: DiscordPlatform, words: str, brings: Json, read: str
) -> None:
    user = "2" if words else OTHER_BOT
    said = await discord.user_says(words, user=user, **brings)
    answering = await discord.user_says(f"<@{BOT}> why?", reply_to=said)
    forwarded = await discord.user_says("", channel=DM, forwards=said)
    menu = await discord.menu(said)
    own = await discord.user_says(f"<@{BOT}> {words}", **brings)
    await discord.until(lambda: {answering, forwarded, menu.id, own} <= desk.taken.keys())
    await discord.opens_thread(said, "a thread")
    (root,) = await platform.earlier(lease_for(thread(said), str(int(own) + 9), route={}).messages[0])

    is_kept = "poll" not in brings  # Discord forwards no poll
    doors = [answering, menu.id, own, *([forwarded] if is_kept else [])]
    for told in (*(desk.taken[one].text for one in doors), root.text):
        assert read in told.replace("> ", "")


@pytest.mark.parametrize("victor", [True, False])
async def test_how_a_poll_ended_is_heard_and_asks_nothing(
    discord: DiscordServer, desk: NotingDesk, platform: DiscordPlatform, victor: bool
) -> None:
    root = await open_thread(discord)
    poll = await discord.user_says("", channel=root, poll=VOTED)
    told = {"poll_question_text": "Deploy on Friday?", "total_votes": "4"}
    told |= {"victor_answer_id": "1", "victor_answer_text": "Yes", "victor_answer_votes": "3"} if victor else {}
    fields = [{"name": name, "value": value, "inline": False} for name, value in told.items()]
    embeds = [{"type": "poll_result", "fields": fields}]
    ended = await discord.user_says("", channel=root, kind=46, reply_to=poll, embeds=embeds)
    await discord.until(lambda: ended in desk.taken)
    heard = await platform.earlier(lease_for(thread(root), str(int(ended) + 9), route={}).messages[0])

    result = f"Poll closed: Deploy on Friday? {'Yes won with 3 of 4 votes' if victor else 'nobody won, 4 votes'}"
    assert desk.taken[ended].text.startswith(result)
    assert heard[-1].text.startswith(result)
    assert "Yes (3 votes)" in desk.taken[ended].text
    assert judge(desk.taken[ended], fake_lease(desk.taken[ended]), ChannelSettings()) is Verdict.LEAVE


@pytest.mark.parametrize("message_first", [False, True])
async def test_a_post_in_a_forum_is_read_with_its_title_and_tags(
    discord: DiscordServer, desk: NotingDesk, platform: DiscordPlatform, message_first: bool
) -> None:
    post = await discord.forum_post(
        "Why is it slow?", f"<@{BOT}> see above", tags=("orders",), message_first=message_first
    )
    quiet = await discord.forum_post("How do I page?", "see above", user="2")
    asked = await discord.user_says(f"<@{BOT}> ?", channel=quiet)
    await discord.until(lambda: {post, asked} <= desk.taken.keys())
    (root,) = await platform.earlier(desk.taken[asked])

    assert desk.taken[post].text == "Post: Why is it slow? (tags: orders)\n\nsee above"
    assert root.text == "Post: How do I page?\n\nsee above"


async def test_a_message_that_another_apps_command_shows_says_whose_command_it_was(
    discord: DiscordServer, desk: NotingDesk, platform: DiscordPlatform
) -> None:
    root = await open_thread(discord)
    shows = Post(str(int(root) + 1), root, OTHER_BOT, "deployed", kind=20)
    shows.used_by = {"id": "1", "type": 2, "user": discord._user("2")}
    discord.posts[shows.id] = shows
    heard = await platform.earlier(lease_for(thread(root), str(int(root) + 9), route={}).messages[0])

    assert heard[-1].text == "Ben used a command:\n\ndeployed"


async def test_a_role_that_an_alert_names_is_named(discord: DiscordServer, desk: NotingDesk) -> None:
    alert = await discord.user_says("", user=OTHER_BOT, **embed(description="<@&501> is paged"))
    asked = await discord.user_says(f"<@{BOT}> why?", reply_to=alert)
    await discord.until(lambda: asked in desk.taken)

    assert "@backend is paged" in desk.taken[asked].text
