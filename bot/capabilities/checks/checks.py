"""Checks as a capability: the review of each answer's code, a tool to look before writing, two buttons and a command."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from bot.capabilities.checks import phrases
from bot.capabilities.checks.blocks import placed_in
from bot.capabilities.checks.checking import Checker, Ground
from bot.capabilities.checks.library_api import LibraryApi
from bot.capabilities.checks.log import CheckLog, FalseAlarm
from bot.capabilities.checks.review import CheckReview, as_verdict
from bot.capability import Asked, Call, Capability, Command, Pressed, Session
from bot.conversation import Turn
from bot.ports.doors import Reply
from bot.ports.model import ToolDefinition
from bot.ports.policy import ChangeSettings, NotAllowed
from bot.ports.stores import ChannelSettingsStore
from bot.views import Action, Press

INSTRUCTIONS = """\
# Code that you write
Each code block of your answer is held against the versions that the team has locked, and against the team's own code; the reader sees
under it what was found.
- Before you use a part of a library that you are not sure of at the locked version, ask library_api.
- Label each block with its language. One that is a whole file of the repository, or a change of one, says so in its first line
  (`# path/to/file.py`) or is a diff.
- Write all imports that a block needs. Mark what is wrong on purpose (`# wrong`)."""


class Grounds(Protocol):
    async def find(self, asked: Asked) -> Ground:
        """The repository that a turn's code is written for, as far as its asker may look into it, at the thread's commit."""


class ChecksSession(Session):
    def __init__(self, checker: Checker, asked: Asked, grounds: Grounds, checks: CheckLog) -> None:
        self._seen: set[str] = set()

        async def ground() -> Ground:
            found = await grounds.find(asked)
            self._seen |= {found.repository} if found.repository else set()
            return found

        review = CheckReview(checker, ground, asked.ask, asked.notes, checks, mends=asked.settings.repairs)
        super().__init__([LibraryApi(checker, ground)], review)

    def seen(self) -> frozenset[str]:
        return frozenset(self._seen)


class Checks(Capability):
    name = "checks"

    def __init__(self, checker: Checker, grounds: Grounds, checks: CheckLog, channels: ChannelSettingsStore) -> None:
        self._checker = checker
        self._grounds = grounds
        self._log = checks
        self._channels = channels

    def instructions(self) -> str:
        return INSTRUCTIONS

    def definitions(self) -> Sequence[ToolDefinition]:
        return (ToolDefinition.of(LibraryApi),)

    def open(self, asked: Asked) -> ChecksSession:
        return ChecksSession(self._checker, asked, self._grounds, self._log)

    def presses(self) -> Mapping[Action, Pressed]:
        return {"looked": self._looked, "wrong": self._wrong}

    async def _looked(self, press: Press, turn: Turn) -> str:
        return phrases.looked([(mark.place, mark.line, mark.detail) for mark in turn.answer.marks])

    async def _wrong(self, press: Press, turn: Turn) -> str:
        alarms = list(_alarms(turn, press.author.id))
        if not alarms:
            return phrases.nothing_flagged()
        await self._log.wrong(alarms)
        return phrases.flagged_wrong(len(alarms))

    def commands(self) -> Sequence[Command]:
        return (Command("repair", "!repair on|off", "mend code in which a check finds a problem", self._repair),)

    async def _repair(self, call: Call) -> Reply:
        settings = await self._channels.get(call.thread.place)
        if call.rest not in ("on", "off"):
            return Reply(phrases.repairs_usage(settings.repairs), private=True)
        if not call.rights.may(ChangeSettings()):
            raise NotAllowed
        on = call.rest == "on"
        await self._channels.put(call.thread.place, replace(settings, repairs=on), by=call.author.id)
        return Reply(phrases.repairs_set(on))


def _alarms(turn: Turn, by: str) -> list[FalseAlarm]:
    placed = placed_in(turn.answer.text)
    alarms = []
    for mark in turn.answer.marks:
        verdict = as_verdict(json.loads(mark.record))
        code = placed[mark.place].block.code if mark.place < len(placed) else ""
        versions = json.dumps(dict(verdict.versions))
        alarms += [
            FalseAlarm(
                turn.id, mark.place, one.line, one.kind, one.message, one.package, one.version, code, versions, by
            )
            for one in verdict.findings
        ]
    return alarms
