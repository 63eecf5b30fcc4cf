"""Discord's events that change what is known of servers and channels -> marks, so that every worker looks up anew.

Members are asked for at each decision (directory.py), so nothing that is kept is about them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import discord

from bot.ports.policy import Marks

SERVERS = "discord:guilds"
"""The subject of the list of our servers."""


async def note(changed: discord.Guild | discord.Role | discord.abc.GuildChannel, marks: Marks | None) -> None:
    """Raises StoreUnavailable."""
    if marks is None:
        return
    match changed:
        case discord.Guild():
            await marks.change(f"discord:guild:{changed.id}")
            await marks.change(SERVERS)
        case discord.Role():
            await marks.change(f"discord:guild:{changed.guild.id}")
        case _:
            await marks.change(f"discord:channel:{changed.id}")


async def note_servers(ids: Iterable[int], marks: Marks | None) -> None:
    """All that we are in, as a new session tells: we may have been added to one while nobody listened. Raises StoreUnavailable."""
    if marks is not None:
        told = ",".join(str(one) for one in sorted(ids))
        await marks.change(SERVERS, hashlib.sha256(told.encode()).hexdigest()[:32])
