"""Who may do what, asked in one form by everybody who has to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.conversation import Author, ThreadId
from bot.ports.stores import ChannelSettings


@dataclass(frozen=True, slots=True)
class ChangeSettings:
    """Change what holds for a whole channel: model, mode, budget, what it may look at."""


@dataclass(frozen=True, slots=True)
class StopAnswer:
    """Stop the answer that is being written. `askers` are the author ids of those who wait for it."""

    askers: frozenset[str]


@dataclass(frozen=True, slots=True)
class LookInto:
    """Look into something of the team's by its name. `granted`: the operator gave it to this channel; `is_local`: it lies on the
    machine that the bot runs on."""

    name: str
    granted: bool
    is_local: bool = False


Deed = ChangeSettings | StopAnswer | LookInto


class NotAllowed(Exception):
    """Somebody may not do what a command does; the front desk says so in the same words for all."""


class Rights(Protocol):
    """What one person may do in one place."""

    def may(self, deed: Deed) -> bool: ...


class Policy(Protocol):
    async def rights(self, person: Author, thread: ThreadId, settings: ChannelSettings) -> Rights:
        """What this person may do here. `settings` are the channel's. Whatever has to be looked up for it is looked up now."""
        ...

    def admins(self, platform: str) -> Sequence[str]:
        """The author ids of a platform's admins, so that people know whom to ask."""
        ...

    async def check_budget(self, person: Author, thread: ThreadId, settings: ChannelSettings) -> None:
        """Raises OverBudget when the person or the channel has used up today's budget."""
        ...
