"""Who people are: their names, time zones, and that they are people at all. Each is asked for once; askers of one share a call, and one
who cannot be looked up is not asked for again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence

from adapters.slack.calls import SlackCalls, SlackRefused
from bot.errors import PlatformUnavailable
from bot.writing.text import sanitise

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.5
"""Of the three seconds in which Slack wants to be told that an event was taken, what a look at Slack may use."""


class Names:
    def __init__(self, calls: SlackCalls) -> None:
        self._calls = calls
        self._known: dict[str, str] = {}
        self._zones: dict[str, str] = {}
        self._people: set[str] = set()
        self._asked: dict[str, asyncio.Task[None]] = {}

    async def of(self, users: Sequence[str]) -> Mapping[str, str]:
        """The name of each user as people see it; whoever has none there is shown by the id. A bot's own
        id is no user's."""
        missing = {user for user in users if user[:1] in ("U", "W") and user not in self._known}
        for user in missing - self._asked.keys():
            self._asked[user] = asyncio.create_task(self._ask(user))
        if missing:
            await asyncio.wait([self._asked[user] for user in missing], timeout=LOOK_SECONDS)
        return self._known

    def zone(self, user: str) -> str:
        """Their time zone by its IANA name, "" where it is not known; their name was asked for before."""
        return self._zones.get(user, "")

    def is_person(self, user: str) -> bool:
        """Whether this is known to be a person, and no app's user."""
        return user in self._people

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
            self._known[user] = sanitise(str(found or user))
            self._zones[user] = str(facts.get("tz") or "")
            if facts.get("is_bot") is False:
                self._people.add(user)
        finally:
            del self._asked[user]

    async def close(self) -> None:
        for task in list(self._asked.values()):
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)
