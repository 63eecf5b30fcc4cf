"""Who may: the one room that decides what a person may do in a place. Commands, stop, grants, budgets and the page ask here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from bot.answering.budgets import DailyBudgets
from bot.conversation import Author, ThreadId
from bot.ports import Clock
from bot.ports.policy import ChangeSettings, Deed, LookInto, Policy, Rights, StopAnswer
from bot.ports.stores import ChannelSettings

OWN_PLATFORMS = ("web", "console")
"""Doors on the machine that the bot runs on: whoever is there is its operator."""


@dataclass(frozen=True, slots=True)
class PersonHere(Rights):
    person: Author
    thread: ThreadId
    settings: ChannelSettings
    is_admin: bool

    def may(self, deed: Deed) -> bool:
        match deed:
            case ChangeSettings():
                return self.is_admin
            case StopAnswer(askers):
                return self.is_admin or self.person.id in askers
            case LookInto(name, granted, is_local):
                is_own = is_local and self.thread.platform in OWN_PLATFORMS
                return granted or is_own or name in self.settings.repositories
            case _:
                assert_never(deed)


class HousePolicy(Policy):
    """`admins` are author ids."""

    def __init__(self, admins: frozenset[str], budgets: DailyBudgets, clock: Clock) -> None:
        self._admins = admins
        self._budgets = budgets
        self._clock = clock

    async def rights(self, person: Author, thread: ThreadId, settings: ChannelSettings) -> Rights:
        is_admin = person.id in self._admins or person.id.partition(":")[0] in OWN_PLATFORMS
        return PersonHere(person, thread, settings, is_admin)

    def admins(self, platform: str) -> Sequence[str]:
        return tuple(sorted(one for one in self._admins if one.startswith(f"{platform}:")))

    async def check_budget(self, person: Author, thread: ThreadId, settings: ChannelSettings) -> None:
        await self._budgets.check(thread, person, settings, self._clock())
