"""What all answers of a process share at Discord: its client, its calls, who was told what, and that nobody is pinged."""

from __future__ import annotations

from dataclasses import dataclass, field

import discord

from adapters.clocks import PlatformClock
from adapters.discord.budget import CallBudget
from adapters.discord.calls import Calls
from bot.conversation import ThreadId

NOBODY = discord.AllowedMentions.none()


@dataclass(slots=True)
class Office:
    """What all answers of a process share. `told`: which turn said first that a right is missing in a channel; no other repeats it.
    `unread`: threads whose history we may not read. `called`: names of roles and channels, by their ids; "" where nobody tells."""

    client: discord.Client
    calls: Calls
    budget: CallBudget
    clock: PlatformClock
    told: dict[tuple[str, str], str] = field(default_factory=dict)
    unread: set[ThreadId] = field(default_factory=set)
    called: dict[str, str] = field(default_factory=dict)
