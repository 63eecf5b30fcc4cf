"""What people say about repositories: listing, sharing, refreshing."""

from __future__ import annotations

import pytest

from bot.capabilities.team_code.team_code import TeamCode
from bot.claude import models
from bot.conversation import Author
from bot.front_desk.commands import Commands
from bot.ports.doors import Reply
from storage.memory import MemoryChannelSettings, MemoryHistory, MemoryInbox, MemoryUsageLog
from tests.bot.team_code.tools.conftest import SECRET, House, ask
from tests.bot.team_code.tools.test_tools import arguments
from tests.fakes import ANA, THREAD, FixedClock, OpenPolicy

ADMIN = Author("slack:U9", "Root")


class Talk:
    """People in the shop's channel."""

    def __init__(self, house: House) -> None:
        clock = FixedClock()
        policy = OpenPolicy(ADMIN.id, grants=house.library)
        self.house = house
        self.channels = MemoryChannelSettings()
        self.commands = Commands(
            MemoryInbox(clock), MemoryHistory(), MemoryUsageLog(), self.channels, policy, models.known,
            [TeamCode(house.library, house.pins, self.channels)], clock,
        )  # fmt: skip

    async def say(self, word: str, rest: str = "", author: Author = ADMIN) -> Reply:
        return await self.commands.run(THREAD, author, word, rest)

    async def vault(self) -> str:
        toolbox = self.house.open(settings=await self.channels.get(THREAD.place))
        return (await ask(toolbox, "read_file", arguments("read_file", repo="vault", path="vault.py"))).text


@pytest.fixture
def talk(house: House) -> Talk:
    return Talk(house)


async def test_what_can_be_looked_at_is_listed_and_nothing_else(talk: Talk) -> None:
    await talk.house.library.sync("shop")
    reply = await talk.say("repos", author=ANA)

    assert reply.private
    assert talk.house.shop.head[:8] in reply.text
    assert "vault" not in reply.text


async def test_an_admin_shares_a_repository_and_takes_it_back(talk: Talk) -> None:
    assert SECRET not in await talk.vault()
    assert "can be looked at" in (await talk.say("repos", "allow vault")).text
    assert SECRET in await talk.vault()
    assert "not shared" in (await talk.say("repos", "deny vault")).text
    assert SECRET not in await talk.vault()


@pytest.mark.parametrize("rest", ["allow vault", "allow nothing", "deny shop", "default vault", "default"])
async def test_only_an_admin_changes_what_is_shared_and_learns_nothing_by_trying(talk: Talk, rest: str) -> None:
    reply = await talk.say("repos", rest, author=ANA)

    assert reply.private
    assert reply == await talk.say("model", "opus", author=ANA)
    assert SECRET not in await talk.vault()


async def test_a_default_is_what_questions_are_about(talk: Talk) -> None:
    await talk.say("repos", "allow vault")
    both = talk.house.open(settings=await talk.channels.get(THREAD.place))
    assert (
        "Repositories here: shop, vault" in (await ask(both, "read_file", arguments("read_file", path="vault.py"))).text
    )

    await talk.say("repos", "default vault")
    chosen = talk.house.open(settings=await talk.channels.get(THREAD.place))
    assert SECRET in (await ask(chosen, "read_file", arguments("read_file", path="vault.py"))).text
    assert "no default" in (await talk.say("repos", "default -")).text


async def test_an_unknown_repository_and_an_unknown_deed_are_said(talk: Talk) -> None:
    assert "no repository 'nothing'" in (await talk.say("repos", "allow nothing")).text
    assert "For admins" in (await talk.say("repos", "frobnicate")).text


async def test_refresh_and_reset_move_the_thread_on(talk: Talk) -> None:
    for word in ("refresh", "reset"):
        await talk.house.pins.pin(THREAD, "shop", "a" * 40)
        await talk.say(word, author=ANA)
        assert await talk.house.pins.load(THREAD) == {}
