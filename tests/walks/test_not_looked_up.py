"""What cannot be looked up in time is refused: with the limit that people get, at doors that fail, hang and hold back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.servers.slack import BOT_USER, found, texts_of
from tests.servers.slack.posts import NotTaken
from tests.walks.access_cells import DiscordCell
from tests.walks.access_house import House, ask_in_discord, opened, says

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with opened(tmp_path_factory.mktemp("access"), PLUMBLINE_LOOK_UP_SECONDS="1.2") as one:
        yield one


LISTS = {"users.info": "users.list", "conversations.info": "users.conversations"}
"""What is asked instead, where one by one is not answered."""

FAULTS = (
    ("users.info", "500"),
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
    for one in (method, LISTS.get(method, method)):
        house.slack.faults[one] += [fault] * 12

    root, said = await says(house, channel, mark, user=user)
    was_asked = mark in house.asked
    for one in (method, LISTS.get(method, method)):
        house.slack.faults[one].clear()
    (answer,) = [post for post in house.slack.thread(channel, root) if post.user == BOT_USER]
    async with asyncio.timeout(60):
        while f"{mark}end" not in texts_of(answer):
            if any(one["action_id"] == "plumbline:retry" for one in found(answer.blocks, "button")):
                with contextlib.suppress(NotTaken):  # not acknowledged in three seconds: pressed again
                    await house.slack.click(channel, answer.ts, "retry", user=user)
            await asyncio.sleep(0.5)  # as a person would

    assert "could not find out who can read this place" in said
    assert not was_asked
    assert [post.user for post in house.slack.thread(channel, root)].count(BOT_USER) == 1


async def test_one_that_slack_makes_wait_is_answered_when_its_turn_comes_and_told_so_meanwhile(house: House) -> None:
    user, channel, mark = house.slack.person("U8190"), house.slack.channel("CWAITS8190", "U1"), "cell-8190x"
    for one in ("users.info", "users.list"):
        house.slack.faults[one] += ["429:5"]

    root, said = await says(house, channel, mark, user=user)

    assert f"{mark}end" in said
    (answer,) = [post for post in house.slack.thread(channel, root) if post.user == BOT_USER]
    assert any("waits for its turn" in one for one in answer.versions)
    assert "waits for its turn" not in texts_of(answer)


@pytest.mark.parametrize("fault", ["500", "403", "late:5"])
async def test_a_member_whom_discord_does_not_tell_of_is_refused(house: House, fault: str) -> None:
    number = 8210 + ("500", "403", "late:5").index(fault)
    house.discord.faults["member"] += [fault] * 6

    cell = DiscordCell(number, "300", "9", "message", None)  # of somebody whose event does not tell all
    said = await ask_in_discord(house, cell)
    house.discord.faults["member"].clear()

    assert "could not find out who can read this place" in said
    assert f"cell-{number}x" not in house.asked
