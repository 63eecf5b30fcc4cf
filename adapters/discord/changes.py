"""Discord's events that change what is known of servers and channels -> marks, so that every worker looks up anew.

Members are asked for at each decision (directory.py), so nothing that is kept is about them.
"""

from __future__ import annotations

import discord

from bot.ports.policy import Marks


async def note(changed: discord.Guild | discord.Role | discord.abc.GuildChannel, marks: Marks | None) -> None:
    """Raises StoreUnavailable."""
    if marks is None:
        return
    match changed:
        case discord.Guild():
            await marks.change(f"discord:guild:{changed.id}")
            await marks.change("discord:guilds")
        case discord.Role():
            await marks.change(f"discord:guild:{changed.guild.id}")
        case _:
            await marks.change(f"discord:channel:{changed.id}")
