"""Anybody may add a bot to a Discord server of their own: what they and their people see there, and what the team sees then."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.discord import CHANNEL, DM
from tests.walks.access_cells import INTRUDER, LAIR, LAIR_CHANNEL, OTHER_LAIR, DiscordCell
from tests.walks.access_house import MARBLE, House, ask_in_discord, opened

pytestmark = pytest.mark.slow

REFUSED = None
BY_NAME = frozenset({"closed"})
ALL = frozenset({"closed", "everywhere", "spoken"})


async def seen(house: House, channel: str, person: str, way: str = "message") -> frozenset[str] | None:
    """What a question shows there; None where it is refused before the model is asked."""
    cell = DiscordCell(9001 + len(house.shown), channel, person, way, None)
    text = house.shown[cell.mark] = await ask_in_discord(house, cell)
    if "(reference" in text:
        assert cell.mark not in house.asked
        return REFUSED
    return frozenset(MARBLE.findall(text.replace("\\", "")))


@pytest.mark.parametrize("servers", ["", "200"])
async def test_a_server_that_somebody_adds_us_to_is_not_the_teams(tmp_path: Path, servers: str) -> None:
    async with opened(tmp_path, PLUMBLINE_DISCORD_SERVERS=servers) as house:
        before = await seen(house, CHANNEL, "2")
        await house.discord.adds_us(LAIR, LAIR_CHANNEL, OTHER_LAIR)
        foreign = {
            (channel, way): await seen(house, channel, INTRUDER, way)
            for channel in (LAIR_CHANNEL, OTHER_LAIR)
            for way in ("message", "slash", "private")
        }
        ours_there = await seen(house, OTHER_LAIR, "2")
        direct = await seen(house, DM, INTRUDER)
        why = await house.discord.slash("plumbline", channel=OTHER_LAIR, user=INTRUDER, word="repos")
        await house.discord.until(lambda: why.original in house.discord.posts, 30)
        listed = house.discord.posts[why.original].content
        home = await seen(house, CHANNEL, "2")
        _, checked = await house.bot.command("check")

    assert before == ALL, (house.shown, house.bot.log[-4_000:])
    assert "marble" not in listed
    if servers:
        assert set(foreign.values()) == {REFUSED}  # the exact grant, too: nobody said that outsiders may see it
        assert (ours_there, direct, home) == (frozenset(), REFUSED, ALL)
        assert f"PLUMBLINE_DISCORD_SERVERS does not name {LAIR}" in checked
    else:
        assert foreign == {key: frozenset({"lair"} if key[0] == LAIR_CHANNEL else ()) for key in foreign}
        assert (ours_there, direct, home) == (frozenset(), frozenset(), BY_NAME)
        assert "set PLUMBLINE_DISCORD_SERVERS" in checked
        assert "set PLUMBLINE_DISCORD_SERVERS" in house.bot.log
