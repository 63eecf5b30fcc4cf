"""Nobody sees what they may not, and nobody is refused who may: a table driven over the wire through one bot, on all doors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.servers.claude import Script
from tests.servers.discord import BOT as DISCORD_BOT
from tests.servers.discord import DM
from tests.servers.slack import BOT_USER, texts_of
from tests.walks.access_cells import TEAM_ALONE, Cell, DiscordCell, cells, discord_cells
from tests.walks.access_house import (
    MARBLE,
    MARK,
    House,
    ask_in_discord,
    ask_in_slack,
    heard,
    is_over,
    looking,
    opened,
    says,
)
from tests.walks.page import address

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT_ONCE = 8


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with opened(tmp_path_factory.mktemp("access")) as one:
        first = next(cells())
        while not MARBLE.search(await ask_in_slack(one, first)):
            """Eight at once may wait longer for the first look into a repository than a tool does on a busy machine."""
        yield one


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
        len(table) + len(list(discord_cells())) >= 400
    )  # each asks for eight repositories or more, by their own names and by patterns


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


async def test_what_was_withheld_for_strangers_is_shown_again_when_they_are_gone(house: House) -> None:
    slack = house.slack
    await heard(house, lambda: slack.joins("CGONE", "UG"))
    await heard(house, lambda: slack.shares("CUNSHARED"))
    among = [(await says(house, channel, f"cell-{8051 + n}x"))[1] for n, channel in enumerate(("CGONE", "CUNSHARED"))]
    await heard(house, lambda: slack.leaves("CGONE", "UG"))
    await heard(house, lambda: slack.shares("CUNSHARED", shared=False))
    again = [(await says(house, channel, f"cell-{8053 + n}x"))[1] for n, channel in enumerate(("CGONE", "CUNSHARED"))]

    assert [one for one in among if "marble_closed" in one] == []
    assert [one for one in again if "marble_closed" not in one] == []


async def test_a_channel_that_is_made_public_is_read_by_everybody_from_then_on(house: House) -> None:
    shown = []
    for number, to_private in ((8061, None), (8062, False), (8063, True)):
        if to_private is not None:
            await heard(house, lambda to_private=to_private: house.slack.converts("COPENED", to_private=to_private))  # type: ignore[misc]
        shown.append((await says(house, "COPENED", f"cell-{number}x"))[1])

    assert ["marble_strict" in one for one in shown] == [True, False, True]
    assert ["marble_closed" in one for one in shown] == [True, True, True]


async def test_who_is_deactivated_while_their_question_waits_is_refused(house: House) -> None:
    slack, claude = house.slack, house.claude
    slack.person("U9")
    claude.tokens_per_second = 1
    root = await slack.user_says("CQUEUE", f"<@{BOT_USER}> cell-8071x?")
    await slack.until(lambda: "cell-8071x" in house.asked, 60)
    await slack.user_says("CQUEUE", f"<@{BOT_USER}> cell-8072x?", user="U9", thread=root)
    await heard(house, lambda: slack.changes_person("U9", deleted=True))
    claude.tokens_per_second = 0
    await slack.until(lambda: "(reference" in "".join(map(texts_of, slack.thread("CQUEUE", root))), 60)

    said = "".join(map(texts_of, slack.thread("CQUEUE", root)))
    assert "cell-8071xend" in said
    assert "cell-8072x" not in house.asked


def cut_short(body: Any) -> Script:
    answer = looking(body)
    return answer if answer.calls else replace(answer, stop="max_tokens")


async def test_going_on_is_decided_for_whoever_presses_and_when_it_is_answered(house: House) -> None:
    """The answer of a member was cut; a guest presses, then another company joins, then the member presses."""
    slack = house.slack
    house.claude.script = cut_short
    root, cut = await says(house, "CGOON", "cell-8081x")
    house.claude.script = looking
    await slack.until(lambda: "go_on" in str(slack.thread("CGOON", root)[0].blocks), 60)
    await slack.click("CGOON", slack.thread("CGOON", root)[0].ts, "go_on", user="UG")
    await slack.until(lambda: any(one["user"] == "UG" and one["channel"] == "CGOON" for one in slack.ephemeral), 60)
    before = len(house.claude.requests)
    await heard(house, lambda: slack.shares("CGOON"))
    await slack.click("CGOON", slack.thread("CGOON", root)[0].ts, "go_on", user="U1")
    await slack.until(lambda: any(one["user"] == "U1" and one["channel"] == "CGOON" for one in slack.ephemeral), 60)

    assert "marble_closed" in cut
    assert len(house.claude.requests) == before


async def test_who_has_left_a_private_channel_gets_no_more_of_it_by_a_button_that_they_kept(house: House) -> None:
    """An answer for one alone may have had to go to them directly: its buttons stay there."""
    slack = house.slack
    slack.person("UQ")
    slack.channel("CLEFT", "U1", "UQ", is_private=True)
    house.claude.script = cut_short
    await slack.slash("/ask", "private cell-8091x?", channel="CLEFT", user="UQ")
    await slack.until(lambda: any("go_on" in str(one) and "marble" in str(one) for one in slack.responses), 60)
    house.claude.script = looking
    kept, before = next(one for one in slack.responses if "go_on" in str(one)), len(house.claude.requests)
    await heard(house, lambda: slack.leaves("CLEFT", "UQ"))

    await slack.click_alone(kept, "go_on", channel="DUQ", user="UQ")
    await slack.until(lambda: any("not in that channel any more" in one["text"] for one in slack.responses), 60)

    assert len(house.claude.requests) == before


async def test_what_an_admin_gives_a_channel_is_told_to_the_admin_alone(house: House) -> None:
    slack, discord = house.slack, house.discord
    slack.channel("CGIVEN", "U1", "U2", "UG", is_private=True)
    await slack.user_says("CGIVEN", f"<@{BOT_USER}> !repos allow vault", user="U2")
    await slack.until(lambda: any("vault can be" in one["text"] for one in slack.ephemeral), 60)
    await discord.user_says(f"<@{DISCORD_BOT}> !repos allow vault", user="9000")
    await discord.until(lambda: any("vault can be" in one.content for one in discord.posts.values()), 60)

    assert [one for one in slack.channels["CGIVEN"].values() if one.user == BOT_USER] == []
    assert {one.channel for one in discord.posts.values() if "vault can be" in one.content} == {DM}


async def test_who_leaves_a_user_group_sees_no_more_what_only_its_people_see(house: House) -> None:
    house.slack.groups["S1"] = ["U3", "U7"]
    house.slack.person("U7")
    await heard(house, lambda: house.slack.changes_group("S1", "U3", "U7"))
    root, first = await says(house, "CGROUP", "cell-8041x", user="U7")
    await heard(house, lambda: house.slack.changes_group("S1", "U3"))

    _, second = await says(house, "CGROUP", "cell-8042x", user="U7", thread=root)

    assert ("marble_named" in first, "marble_named" in second, "marble_closed" in second) == (True, False, True)


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
    await discord.changes_channel("301", list(TEAM_ALONE))


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


async def test_the_check_lists_who_can_read_the_channels_of_discord(house: House) -> None:
    house.discord.overwrites["301"] = list(TEAM_ALONE)
    _, said = await house.bot.command("check")

    lines = {line.split(" (#")[0].removeprefix("\u00b7 "): line for line in said.splitlines() if "discord:200" in line}
    open_to_all, restricted = lines["discord:200:300"], lines["discord:200:301"]
    assert 'is read by everybody in the server "Team": they may see' in open_to_all
    assert "they may see closed, everywhere, named, spoken; held back: strict" in open_to_all
    assert "and guests of an invite to it: they may see nothing" in lines["discord:200:303"]
    assert "they may see guestly" in lines["discord:200:304"]
    assert "is read by the server's owner, the role backend, 1 named there one by one: they may see" in restricted
    assert "strict" in restricted.split("held back")[0]
    assert "without the privileged intent for members" in said
