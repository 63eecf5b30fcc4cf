"""Discord on loopback: REST and gateway, with their limits and faults, as far as a bot can tell.

    async with DiscordServer() as discord:
        ... a bot with DISCORD_API_URL=discord.api_url ...
        question = await discord.user_says("<@100> how?")
        await discord.until(lambda: discord.visible(question))

`python -m tests.servers.discord --port 9002` serves it for a bot of another process. `state.py` holds what there is, `gateway.py`
tells it, `rest.py` takes the bot's calls, `people.py` is what people do. Every figure and where it is from: `limits.py`.
"""

from tests.servers.discord.people import DiscordServer
from tests.servers.discord.state import (
    BOT,
    CHANNEL,
    DM,
    FOREIGN,
    FORUM,
    GUILD,
    OTHER_BOT,
    ROLE,
    TEAM_ROLE,
    Interaction,
    Json,
    Post,
)

__all__ = [
    "BOT",
    "CHANNEL",
    "DM",
    "FOREIGN",
    "FORUM",
    "GUILD",
    "OTHER_BOT",
    "ROLE",
    "TEAM_ROLE",
    "DiscordServer",
    "Interaction",
    "Json",
    "Post",
]
