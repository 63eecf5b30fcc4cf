"""People's names, each asked for once; askers of one name share a call, and a name that cannot be had is not asked for again."""

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

    async def _ask(self, user: str) -> None:
        try:
            answer = await self._calls.read("users.info", user=user)
        except SlackRefused as refused:
            log.warning("name not found", extra={"reason": str(refused)})
            self._known[user] = user
        except PlatformUnavailable as fault:
            log.warning("name not found", extra={"reason": str(fault)})
        else:
            profile = answer["user"].get("profile", {})
            found = profile.get("display_name") or profile.get("real_name") or answer["user"].get("name")
            self._known[user] = sanitise(str(found or user))
        finally:
            del self._asked[user]

    async def close(self) -> None:
        for task in list(self._asked.values()):
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)
