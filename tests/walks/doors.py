"""Slack and Discord as people use them, in the same words: a scenario is written once, and walked through each door.

One bot stands at both for all walks of a file, each in threads of its own. A file takes these fixtures by name, and runs in one loop:
`pytestmark = pytest.mark.asyncio(loop_scope="module")`.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.deployments import free_port
from tests.servers import discord as discord_wire
from tests.servers.claude import ClaudeServer
from tests.servers.discord import DiscordServer
from tests.servers.slack import BOT_USER, SlackServer
from tests.servers.watched import Watched
from tests.walks.bot import BotProcess, in_discord, in_slack, with_claude


class Door(ABC):
    """`mention` calls the bot; a thread bears the id of the message that began it; each message and edit is told `copies` times."""

    copies = 1
    name: str
    mention: str
    colleague: str
    wire: Watched

    @abstractmethod
    async def says(self, text: str, *, thread: str = "") -> str:
        """The message's id."""

    @abstractmethod
    async def begins(self, text: str, file: str) -> str:
        """A thread of a colleague's message, which calls nobody and brings a file with these words."""

    @abstractmethod
    async def takes_file_away(self, message: str) -> None:
        """The words of the message stay."""

    @abstractmethod
    async def edits(self, message: str, text: str) -> None: ...

    @abstractmethod
    async def deletes(self, message: str) -> None: ...

    @abstractmethod
    async def changes_without_an_edit(self, message: str) -> None:
        """What a platform tells as a change, and nobody has said."""

    @abstractmethod
    async def presses_stop(self, thread: str) -> None: ...

    @abstractmethod
    async def presses_go_on(self, thread: str) -> None:
        """Under the first answer of the thread."""

    @abstractmethod
    def shown(self, thread: str) -> Sequence[tuple[str, str]]:
        """The bot's messages in a thread: the id and what is read in each."""

    @abstractmethod
    def is_final(self, thread: str) -> bool: ...

    @abstractmethod
    def outside_threads(self) -> Sequence[object]:
        """The bot's messages that stand in the channel itself, or stood there however shortly."""

    @abstractmethod
    def pings(self) -> Sequence[str]: ...

    def text(self, thread: str) -> str:
        return "\n".join(text for _, text in self.shown(thread))

    async def until(self, condition: Callable[[], Any]) -> None:
        await self.wire.until(condition)


class SlackDoor(Door):
    copies, name, mention, colleague = 2, "slack", f"<@{BOT_USER}>", "<@U2>"

    def __init__(self, wire: SlackServer) -> None:
        self.wire: SlackServer = wire
        self._channels = itertools.count(1)

    async def says(self, text: str, *, thread: str = "") -> str:
        return await self.wire.user_says("C1", text, thread=thread, copies=self.copies)

    async def begins(self, text: str, file: str) -> str:
        return await self.wire.user_says("C1", text, user="U2", files=[self.wire.file("a.log", file.encode())])

    async def takes_file_away(self, message: str) -> None:
        self.wire.user_takes_file_away("C1", message, self.wire.channels["C1"][message].files[0]["id"])

    async def edits(self, message: str, text: str) -> None:
        await self.wire.user_edits("C1", message, text, copies=self.copies)

    async def deletes(self, message: str) -> None:
        await self.wire.user_deletes("C1", message)

    async def changes_without_an_edit(self, message: str) -> None:
        told = [self.wire.unfurls("C1", message), self.wire.user_reacts("C1", message)]
        await self.wire.until(lambda: all((one, True) in self.wire.delivered for one in told))

    async def presses_stop(self, thread: str) -> None:
        await self.wire.click("C1", self.wire.thread("C1", thread)[0].ts, "stop")

    async def presses_go_on(self, thread: str) -> None:
        await self.wire.click("C1", self.wire.thread("C1", thread)[0].ts, "go_on")

    def shown(self, thread: str) -> Sequence[tuple[str, str]]:
        return [(post.ts, post.versions[-1]) for post in self.wire.thread("C1", thread)]

    def is_final(self, thread: str) -> bool:
        return self.wire.is_final("C1", thread)

    def outside_threads(self) -> Sequence[object]:
        return [*self.wire.at_root("C1"), *["a stray post"] * self.wire.stray_posts]

    def pings(self) -> Sequence[str]:
        return self.wire.pings()


class DiscordDoor(Door):
    name, mention, colleague = "discord", f"<@{discord_wire.BOT}>", "<@2>"

    def __init__(self, wire: DiscordServer) -> None:
        self.wire: DiscordServer = wire

    async def says(self, text: str, *, thread: str = "") -> str:
        return await self.wire.user_says(text, channel=thread or discord_wire.CHANNEL)

    async def begins(self, text: str, file: str) -> str:
        said = await self.wire.user_says(text, user="2", files=[self.wire.file("a.log", file.encode())])
        return await self.wire.opens_thread(said, "a thread")

    async def takes_file_away(self, message: str) -> None:
        await self.wire.edits(message, self.wire.posts[message].content, files=[])

    async def edits(self, message: str, text: str) -> None:
        await self.wire.edits(message, text)

    async def deletes(self, message: str) -> None:
        await self.wire.deletes(message)

    async def changes_without_an_edit(self, message: str) -> None:
        await self.wire.unfurls(message)
        await self.wire.pins(message)

    async def presses_stop(self, thread: str) -> None:
        await self.wire.click(self.wire.visible(thread)[0], "Stop")

    async def presses_go_on(self, thread: str) -> None:
        await self.wire.click(self.wire.visible(thread)[0], "Go on")

    def shown(self, thread: str) -> Sequence[tuple[str, str]]:
        return [(post.id, post.content) for post in self.wire.visible(thread)]

    def is_final(self, thread: str) -> bool:
        return self.wire.is_final(thread)

    def outside_threads(self) -> Sequence[object]:
        return self.wire.visible(discord_wire.CHANNEL)

    def pings(self) -> Sequence[str]:
        return self.wire.pings


@dataclass(frozen=True, slots=True)
class House:
    bot: BotProcess
    claude: ClaudeServer
    doors: dict[str, Door]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with SlackServer() as slack, DiscordServer() as discord, ClaudeServer(first_token_seconds=0.05) as claude:
        settings = {**in_slack(slack), **in_discord(discord), **with_claude(claude)}
        settings |= {"PLUMBLINE_WEB_PORT": str(free_port())}
        async with BotProcess(tmp_path_factory.mktemp("bot"), **settings) as bot:
            yield House(bot, claude, {"slack": SlackDoor(slack), "discord": DiscordDoor(discord)})


@pytest.fixture(params=["slack", "discord"])
def door(house: House, request: pytest.FixtureRequest) -> Door:
    return house.doors[request.param]


@pytest.fixture
def claude(house: House) -> ClaudeServer:
    """As if nothing had been asked."""
    house.claude.tokens_per_second, house.claude.first_token_seconds = 200, 0.05
    house.claude.is_overloaded = lambda: False
    house.claude.requests.clear()
    return house.claude
