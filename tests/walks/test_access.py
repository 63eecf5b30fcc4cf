"""Nobody sees what they may not, and nobody is refused who may: a table driven over the wire through one bot, on all doors."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.deployments import free_port
from tests.repositories import MadeRepository
from tests.servers.claude import ClaudeServer, Script
from tests.servers.discord import BOT, DM, DiscordServer
from tests.servers.slack import BOT_USER, SlackServer, found, texts_of
from tests.walks.access_cells import (
    OUTSIDERS,
    PEOPLE,
    Cell,
    DiscordCell,
    cells,
    declared,
    discord_cells,
    furnish,
    furnish_discord,
)
from tests.walks.bot import BotProcess, in_discord, in_slack, with_claude
from tests.walks.page import address

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT_ONCE = 8
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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder: Path = tmp_path_factory.mktemp("access")
    made = MadeRepository(folder / "git" / "shop")
    made.commit({"shop.py": "RETRIES = 4\n"})
    file = folder / "repos.toml"
    file.write_text(declared(str(made.folder)))
    async with SlackServer() as slack, DiscordServer() as discord, ClaudeServer() as claude:
        furnish(slack)
        furnish_discord(discord)
        claude.script = looking
        settings = {
            **in_slack(slack),
            **in_discord(discord),
            **with_claude(claude),
            "PLUMBLINE_WEB_PORT": str(free_port()),
        }
        settings |= {
            "PLUMBLINE_REPOS": str(file),
            "PLUMBLINE_ADMINS": "slack:U2",
            "PLUMBLINE_DISCORD_CALLS_PER_SECOND": "2000",
        }
        async with BotProcess(folder, **settings) as bot:
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
        more = {"user_team": "T9"} if cell.person in OUTSIDERS else {}
        root = await slack.user_says(cell.channel, f"<@{BOT_USER}> {cell.mark}?", user=user, more=more)

    def said() -> str:
        return "\n".join(f"{texts_of(post)}\n{post.text}" for post in slack.thread(cell.channel, root))

    await slack.until(lambda: is_over(said(), cell.mark), 60)
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
        posts = [post for post in discord.posts.values() if post.author == BOT and place in (post.channel, post.id)]
        posts += [post for post in discord.posts.values() if post.author == BOT and post.id in used_by(place, discord)]
        return "\n".join(post.content for post in posts if int(post.id) > since)

    await discord.until(lambda: is_over(said(), cell.mark), 60)
    return said()


def used_by(original: str, discord: DiscordServer) -> list[str]:
    return [one for used in discord.interactions.values() if used.original == original for one in used.follow_ups]


async def says(house: House, channel: str, mark: str, *, user: str = "U1", thread: str = "") -> tuple[str, str]:
    """Ask in Slack; the question's thread, and what is said in it about this question."""
    slack = house.slack
    before = {post.ts for post in slack.thread(channel, thread)} if thread else set()
    ts = await slack.user_says(channel, f"<@{BOT_USER}> {mark}?", user=user, thread=thread)
    root = thread or ts

    def said() -> str:
        posts = [post for post in slack.thread(channel, root) if post.ts not in before]
        return "\n".join(f"{texts_of(post)}\n{post.text}" for post in posts)

    await slack.until(lambda: is_over(said(), mark), 60)
    return root, said()


async def heard(house: House, tell: Callable[[], object]) -> None:
    """Returns when the bot has taken what is told."""
    before = len(house.slack.delivered)
    tell()
    await house.slack.until(lambda: len(house.slack.delivered) > before, 60)


async def drive(house: House, ask: Callable[[House, Any], Any], table: list[Any], at_once: int = AT_ONCE) -> None:
    places = asyncio.Semaphore(at_once)

    async def one(cell: Any) -> None:
        async with places:
            house.shown[cell.mark] = await ask(house, cell)

    await asyncio.gather(*(one(cell) for cell in table))


def wrong(house: House, table: list[Any]) -> tuple[list[object], list[object]]:
    """What was seen and must not be, and what must be and was not."""
    asked = house.asked
    leaks: list[object] = []
    refusals: list[object] = []
    for cell in table:
        text = house.shown[cell.mark]
        seen = set(MARBLE.findall(text.replace("\\", "")))
        if cell.seen is None:
            leaks += [(cell, seen, text)] if seen or cell.mark in asked or "(reference" not in text else []
            continue
        leaks += [(cell, seen - cell.seen)] if seen - cell.seen else []
        refusals += [(cell, cell.seen - seen, text)] if cell.seen - seen or "(reference" in text else []
    return leaks, refusals


async def test_on_slack_everybody_sees_exactly_what_they_may(house: House) -> None:
    table = list(cells())

    await drive(house, ask_in_slack, table)

    leaks, refusals = wrong(house, table)
    assert (leaks, refusals) == ([], [])
    assert (
        len(table) * 4 >= 400
    )  # by its own name, by a pattern, by one that is said to match direct messages, not at all


async def test_on_discord_everybody_sees_exactly_what_they_may(house: House) -> None:
    table = list(discord_cells())
    direct = [one for one in table if one.channel == DM]

    await drive(house, ask_in_discord, [one for one in table if one.channel != DM], at_once=8)
    await drive(house, ask_in_discord, direct, at_once=1)

    leaks, refusals = wrong(house, table)
    assert (leaks, refusals) == ([], [])


# --- the page -----------------------------------------------------------------------------------------------------------


async def test_on_the_page_whoever_sits_there_sees_what_the_page_is_given(house: House) -> None:
    home = await address(house.bot)
    async with aiohttp.ClientSession(headers={"Sec-Fetch-Site": "same-origin"}) as session:
        form = aiohttp.FormData({"text": "cell-7000x?", "form": "aaaaaaaa1"}, default_to_multipart=True)
        async with session.post(f"{home}t", data=form) as asked:
            page = str(asked.url)
        text = ""
        async with asyncio.timeout(60):
            while not is_over(text, "cell-7000x"):
                await asyncio.sleep(0.1)
                async with session.get(page) as shown:
                    text = await shown.text()

    assert {"closed", "named", "strict"} <= set(MARBLE.findall(text))  # and every checkout on this machine


# --- between two questions ----------------------------------------------------------------------------------------------


async def test_who_becomes_a_guest_is_refused_from_the_next_question_on(house: House) -> None:
    house.slack.person("U5")
    root, first = await says(house, "CDEMOTED", "cell-8001x", user="U5")
    await heard(house, lambda: house.slack.changes_person("U5", is_restricted=True))

    _, second = await says(house, "CDEMOTED", "cell-8002x", user="U5", thread=root)
    await house.slack.user_edits("CDEMOTED", root, f"<@{BOT_USER}> cell-8003x?")
    await house.slack.until(lambda: "marble" not in texts_of(house.slack.thread("CDEMOTED", root)[0]), 60)

    assert "marble_closed" in first
    assert "marble" not in second
    assert "(reference" in second
    assert not {"cell-8002x", "cell-8003x"} & set(MARK.findall(house.asked))


async def test_who_is_deactivated_between_two_questions_is_refused(house: House) -> None:
    house.slack.person("U6")
    root, first = await says(house, "CDEMOTED", "cell-8011x", user="U6")
    await heard(house, lambda: house.slack.changes_person("U6", deleted=True))

    _, second = await says(house, "CDEMOTED", "cell-8012x", user="U6", thread=root)

    assert ("marble_closed" in first, "marble" in second) == (True, False)
    assert "cell-8012x" not in house.asked


@pytest.mark.parametrize("change", ["shared", "a guest joins"])
async def test_once_strangers_read_along_nothing_of_the_code_is_said_or_replayed(house: House, change: str) -> None:
    slack, (channel, number) = house.slack, ("CSHARED", 8021) if change == "shared" else ("CJOINED", 8031)
    root, first = await says(house, channel, f"cell-{number}x")
    await heard(house, lambda: slack.shares(channel) if change == "shared" else slack.joins(channel, "UG"))
    since = len(house.claude.requests)

    _, second = await says(house, channel, f"cell-{number + 1}x", thread=root)
    alone = await ask_in_slack(house, Cell(number + 2, "", "member", "", "private", None, channel))

    replayed = "".join(
        one.raw.decode() for one in house.claude.requests[since:] if f"cell-{number + 2}x" not in one.raw.decode()
    )
    assert "marble_closed" in first
    assert "marble" not in second + replayed
    assert f"cell-{number + 1}x" in replayed
    assert "/ask private" in second
    assert "marble_closed" in alone


async def test_who_leaves_a_user_group_sees_no_more_what_only_its_people_see(house: House) -> None:
    house.slack.groups["S1"] = ["U3", "U7"]
    house.slack.person("U7")
    await heard(house, lambda: house.slack.changes_group("S1", "U3", "U7"))
    root, first = await says(house, "CGROUP", "cell-8041x", user="U7")
    await heard(house, lambda: house.slack.changes_group("S1", "U3"))

    _, second = await says(house, "CGROUP", "cell-8042x", user="U7", thread=root)

    assert ("marble_named" in first, "marble_named" in second, "marble_closed" in second) == (True, False, True)


FAULTS = (
    ("users.info", "500"),
    ("users.info", "429:2"),
    ("users.info", "missing_scope"),
    ("conversations.info", "html"),
    ("conversations.info", "hang:4"),
    ("conversations.members", "internal_error"),
)


@pytest.mark.parametrize(("method", "fault"), FAULTS)
async def test_what_cannot_be_looked_up_is_refused_with_one_sentence(house: House, method: str, fault: str) -> None:
    number = 8100 + FAULTS.index((method, fault))
    user, channel, mark = f"U{number}", f"CFAILS{number}", f"cell-{number}x"
    house.slack.person(user)
    house.slack.channel(channel, "U1")
    house.slack.faults[method] += [fault] * 12

    root, said = await says(house, channel, mark, user=user)
    was_asked = mark in house.asked
    house.slack.faults[method].clear()
    (answer,) = [post for post in house.slack.thread(channel, root) if post.user == BOT_USER]
    async with asyncio.timeout(60):
        while f"{mark}end" not in texts_of(answer):
            if any(one["action_id"] == "plumbline:retry" for one in found(answer.blocks, "button")):
                await house.slack.click(channel, answer.ts, "retry", user=user)
            await asyncio.sleep(0.5)  # as a person would

    assert "could not find out who can read this place" in said
    assert not was_asked
    assert [post.user for post in house.slack.thread(channel, root)].count(BOT_USER) == 1


async def test_roles_and_membership_of_discord_count_from_the_next_question_on(house: House) -> None:
    discord = house.discord
    discord.members["6"] = {"roles": ["501"]}
    first = await ask_in_discord(house, DiscordCell(8201, "300", "6", "message", None))
    discord.members["6"] = {"roles": []}
    second = await ask_in_discord(house, DiscordCell(8202, "300", "6", "message", None))
    discord.strangers.add("6")
    third = await ask_in_discord(house, DiscordCell(8203, DM, "6", "message", None))

    assert ("marble\\_named" in first, "marble\\_named" in second, "marble\\_closed" in second) == (True, False, True)
    assert ("marble" in third, "(reference" in third) == (False, True)


async def test_a_channel_of_discord_that_opens_shows_no_more_what_all_who_read_must_be_named_for(house: House) -> None:
    discord = house.discord
    first = await ask_in_discord(house, DiscordCell(8205, "301", "1", "message", None))
    await discord.changes_channel("301", [])
    async with asyncio.timeout(30):
        number = 8206
        while "strict" in await ask_in_discord(house, DiscordCell(number, "301", "1", "message", None)):
            number += 1

    assert "strict" in first
    assert number < 8209  # the gateway may be a moment behind


@pytest.mark.parametrize("fault", ["500", "403", "429:30", "late:5"])
async def test_a_member_whom_discord_does_not_tell_of_is_refused(house: House, fault: str) -> None:
    number = 8210 + ("500", "403", "429:30", "late:5").index(fault)
    house.discord.faults["member"] += [fault] * 6

    said = await ask_in_discord(
        house, DiscordCell(number, "300", "9", "message", None)
    )  # an event without all that it needs
    house.discord.faults["member"].clear()

    assert "could not find out who can read this place" in said
    assert f"cell-{number}x" not in house.asked


# --- every other way in -------------------------------------------------------------------------------------------------


async def test_the_message_menu_and_buttons_ask_the_same(house: House) -> None:
    slack = house.slack
    root, _ = await says(house, "CBUTTONS", "cell-8301x")
    await slack.shortcut("CBUTTONS", root, user="UG")
    await slack.until(lambda: any("(reference" in texts_of(one) for one in slack.thread("CBUTTONS", root)), 60)
    for user in ("UG", "UO", "UD"):
        await slack.click("CBUTTONS", slack.thread("CBUTTONS", root)[0].ts, "good", user=user)
        await slack.until(lambda user=user: any(one["user"] == user for one in slack.ephemeral), 60)  # type: ignore[misc]

    told = [
        one["text"] for one in slack.ephemeral if one["user"] in ("UG", "UO", "UD") and one["channel"] == "CBUTTONS"
    ]
    assert len(told) == 3
    assert not any("Thanks" in one for one in told)


async def test_a_command_tells_a_stranger_nothing(house: House) -> None:
    said = [
        str(await house.slack.slash("/plumbline", word, channel="CBUTTONS", user="UO"))
        for word in ("repos", "usage", "model")
    ]

    assert all("I answer the members of the team" in one for one in said)


async def test_why_names_the_rule_and_where_it_was_set_to_the_asker_alone(house: House) -> None:
    slack = house.slack
    slack.channel("CWHY", "U1", "UG", is_private=True)
    answers = {
        user: str(await slack.slash("/plumbline", "why", channel="CWHY", user=user))
        for user in ("U1", "U2", "UG", "UO")
    }
    await slack.user_says("CWHY", f"<@{BOT_USER}> !why", user="U1")
    await slack.until(lambda: any(one["channel"] == "CWHY" for one in slack.ephemeral), 60)

    assert "guests can read this place, and may not see it" in answers["U1"]
    assert "[repos.closed]" not in answers["UG"]
    assert "guests are refused" in answers["UG"]
    assert "people of other companies are refused" in answers["UO"]
    assert ("named" in answers["U2"], "named" in answers["UG"]) == (True, False)
    assert not [post for post in slack.channels["CWHY"].values() if post.user == BOT_USER]


async def test_a_question_that_comes_again_is_refused_once(house: House) -> None:
    slack = house.slack
    ts = await slack.user_says("CBUTTONS", f"<@{BOT_USER}> cell-8401x?", user="UO", copies=3)
    await slack.until(lambda: sum((one, True) in slack.delivered for one in [ts]) and slack.thread("CBUTTONS", ts), 60)

    assert len(slack.thread("CBUTTONS", ts)) == 1
    assert "cell-8401x" not in house.asked


async def test_the_check_lists_the_channels_that_strangers_read(house: House) -> None:
    _, said = await house.bot.command("check")

    lines = {
        line.split(" (#")[0].removeprefix("\u00b7 "): line for line in said.splitlines() if line.startswith("\u00b7")
    }
    shared, guests, wide = (lines[f"slack:T1:{one}"] for one in ("CK4S0", "CK3S0", "CK4S3"))
    assert "slack:T1:CK1S0" not in lines
    assert "a channel shared with another company" in shared
    assert "they may see nothing; held back: closed" in shared
    assert "is read by a guest: they may see nothing" in guests
    assert "they may see wide" in wide
