"""Who people are: their names, time zones, and that they are people at all; and what user groups and channels are called. Each is asked
for once; askers of one share a call, and one that cannot be looked up is not asked for again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.slack.calls import SlackCalls, SlackRefused
from bot.errors import PlatformUnavailable
from bot.writing.masking import mask
from bot.writing.text import sanitise

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.5
"""Of the three seconds in which Slack wants to be told that an event was taken, what a look at Slack may use."""


REFUSED = ("missing_scope", "not_allowed_token_type", "no_permission")


def _name(told: object) -> str:
    return mask(sanitise(str(told or "")))


class Names:
    def __init__(self, calls: SlackCalls) -> None:
        self._calls = calls
        self._known: dict[str, str] = {}
        self._zones: dict[str, str] = {}
        self._people: set[str] = set()
        self._asked: dict[str, asyncio.Task[None]] = {}
        self._closed: set[str] = set()
        """Methods for which we have no scope."""
        self._nameless: set[str] = set()

    async def of(self, ids: Sequence[str]) -> Mapping[str, str]:
        """The name of each user, user group and channel as people see it. Whoever has none there is shown by the id; a group or channel
        is not in it then. A bot's own id is no user's."""
        missing = {one for one in ids if one[:1] in ("U", "W", "S", "C", "G")} - self._known.keys() - self._nameless
        for one in missing - self._asked.keys():
            self._asked[one] = asyncio.create_task(self._look_up(one))
        if missing:
            await asyncio.wait([self._asked[one] for one in missing], timeout=LOOK_SECONDS)
        return self._known

    def zone(self, user: str) -> str:
        """Their time zone by its IANA name, "" where it is not known; their name was asked for before."""
        return self._zones.get(user, "")

    def is_person(self, user: str) -> bool:
        """Whether this is known to be a person, and no app's user."""
        return user in self._people

    async def _look_up(self, one: str) -> None:
        try:
            match one[0]:
                case "S":
                    await self._ask_for_groups(one)
                case "C" | "G":
                    await self._ask_for_channel(one)
                case _:
                    await self._ask(one)
        finally:
            del self._asked[one]

    async def _ask_for_groups(self, wanted: str) -> None:
        told = await self._told("usergroups.list", wanted, include_disabled="true")
        for group in told.get("usergroups") or ():
            if name := _name(group.get("handle") or group.get("name")):
                self._known[str(group["id"])] = name

    async def _ask_for_channel(self, channel: str) -> None:
        told = await self._told("conversations.info", channel, channel=channel)
        if name := _name((told.get("channel") or {}).get("name")):
            self._known[channel] = name

    async def _told(self, method: str, wanted: str, **arguments: str) -> Mapping[str, Any]:
        """Empty where Slack does not say, and then not asked for that one again; without the scope, for none."""
        if method in self._closed:
            return {}
        try:
            told: Mapping[str, Any] = (await self._calls.look(method, **arguments)).data
        except SlackRefused as refused:
            log.info("name not found", extra={"method": method, "reason": str(refused)})
            self._closed |= {method} if refused.code in REFUSED else set()
            told = {}
        except PlatformUnavailable as fault:
            log.info("name not found", extra={"method": method, "reason": str(fault)})
            return {}
        self._nameless.add(wanted)
        return told

    async def _ask(self, user: str) -> None:
        try:
            answer = await self._calls.read("users.info", user=user)
        except SlackRefused as refused:
            log.warning("name not found", extra={"reason": str(refused)})
            self._known[user] = user
        except PlatformUnavailable as fault:
            log.warning("name not found", extra={"reason": str(fault)})
        else:
            facts = answer["user"]
            profile = facts.get("profile", {})
            found = profile.get("display_name") or profile.get("real_name") or facts.get("name")
            self._known[user] = _name(found or user)
            self._zones[user] = str(facts.get("tz") or "")
            if facts.get("is_bot") is False:
                self._people.add(user)

    async def close(self) -> None:
        for task in list(self._asked.values()):
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)
