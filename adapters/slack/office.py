"""What all answers of a process share at Slack: its calls, who we are in this workspace, and what is missing where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.slack.calls import SlackCalls, SlackRefused
from adapters.slack.contents import Ourselves
from bot.errors import PlatformUnavailable


@dataclass(slots=True)
class Office:
    """`name`: what we are called where Slack cannot be asked. `notices`: what is missing in a thread whose turn runs, to be said under
    its answer. `known`: who we are, once it was asked."""

    calls: SlackCalls
    name: str
    notices: dict[str, str] = field(default_factory=dict)
    known: Ourselves | None = None

    async def ourselves(self) -> Ourselves:
        if self.known is None:
            answer = await self.calls.repeatable("auth.test")
            who = (str(answer["user_id"]), str(answer["bot_id"]), str(answer["user"]))
            self.known = Ourselves(*who, *_home(answer.data))
        return self.known

    async def own_name(self) -> str:
        """The name to invite us by."""
        try:
            return (await self.ourselves()).name
        except (SlackRefused, PlatformUnavailable):
            return self.name


def _home(answer: Mapping[str, Any]) -> tuple[str, str]:
    return str(answer.get("team_id") or ""), str(answer.get("enterprise_id") or "")
