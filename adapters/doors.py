"""A platform as wiring sees it: a door, built by the platform's own folder from the settings, with a side that answers and one that
listens."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import SecretStr

from adapters.metrics import Metrics
from bot.capabilities.team_code.repositories import Repositories
from bot.conversation import Author, Message
from bot.ports.doors import Adapter, Desk, Platform
from bot.ports.policy import Audience, ChannelKind, Facts, Look, Marks, PersonKind, Rights
from bot.ports.stores import Attendance, Board, FeedbackLog, UsageLog

REACH_SECONDS = 20
"""For a look at a service outside, with whatever it tries again."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a door may ask for of the house. `person`: whoever sits at this machine. `is_alone`: the store is this process's own,
    so that no other process of ours may listen. `say`: tell whoever started us. `rights`: what a person may do on this machine's
    own doors; `environments`: how far what checks code is prepared, by repository, in words; `take_key` takes a key
    for Claude where one is missed, and says what is wrong with it."""

    board: Board
    feedback: FeedbackLog
    attendance: Attendance
    marks: Marks
    repositories: Repositories
    metrics: Metrics
    person: str
    is_rehearsal: bool
    is_alone: bool
    say: Callable[[str], None]
    usage: UsageLog
    rights: Callable[[Author], Awaitable[Rights]]
    environments: Callable[[], Mapping[str, str]]
    take_key: Callable[[str], Awaitable[Sequence[str]]] | None


class Entrance(ABC):
    """`is_chat`: a service outside that a token opens; it is named at the start, and reached by `plumbline check`."""

    name: ClassVar[str]
    is_chat: ClassVar[bool] = True

    @abstractmethod
    def open(self, around: Around) -> Platform:
        """The side that answers; it needs no event connection."""

    @abstractmethod
    def listen(self, desk: Desk, around: Around) -> Adapter | None:
        """The side that listens, for the same platform; None where it is switched off."""

    async def check(self) -> Sequence[str]:
        """What is wrong with the way to a chat; leaves nothing open."""
        return ()

    async def notes(self) -> Sequence[str]:
        """What an operator should know of a chat, and is no fault; leaves nothing open. Raises LookUpFailed."""
        return ()

    async def audiences(self, is_given: Callable[[str], bool]) -> Sequence[Audience]:
        """Who reads the channels that we are in and that are given something; leaves nothing open. Raises LookUpFailed."""
        return ()


class HomePlatform(Platform):
    """A platform of this machine alone: nobody to log in to, and nothing is said there that we do not know."""

    async def earlier(self, message: Message) -> Sequence[Message]:
        return ()

    async def facts(self, look: Look) -> Facts:
        """Whoever is here is the operator."""
        return Facts(ChannelKind.LOCAL, PersonKind.MEMBER, alone=True)

    async def check(self) -> Sequence[str]:
        return ()

    async def start(self) -> None:
        return None

    async def close(self) -> None:
        return None


async def reached(door: Entrance) -> Sequence[str]:
    """What is wrong with the way to a chat; one that takes the connection and says nothing is away."""
    try:
        async with asyncio.timeout(REACH_SECONDS):
            return await door.check()
    except TimeoutError:
        setting = f"{door.name.upper()}_API_URL"
        return [f"cannot be reached (no answer in {REACH_SECONDS} s); check the network, HTTPS_PROXY and {setting}"]


def secret(value: SecretStr | None) -> str:
    """A setting that may not be set, as plain text for whoever speaks to the service."""
    return value.get_secret_value() if value else ""
