"""What a platform allows is allowed to a token: the processes that answer with it share it, by how many of them are alive."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from bot.loops import outlived
from bot.ports.doors import Platform
from bot.ports.stores import Presence

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0


async def keep_sharing(presence: Presence, platforms: Sequence[Platform]) -> None:
    """Tell each platform how many workers there are, until cancelled."""
    while True:
        with outlived(log, "workers not counted"):
            workers = max(1, await presence.count("worker"))
            for one in platforms:
                one.shared_by(workers)
        await asyncio.sleep(LOOK_SECONDS)
