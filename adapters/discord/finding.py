"""Our own messages, found again on Discord: by the turn's buttons, or because they answer its question."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Any

import discord

from adapters.discord.office import Office
from bot.ports.inbox import Lease

log = logging.getLogger(__name__)


async def stray(office: Office, lease: Lease, known: Collection[str]) -> str | None:
    """A message of this turn that nobody has noted."""
    root = int(lease.thread.thread)
    for place in (root, int(lease.thread.channel)):
        try:
            said = await office.calls.make("history", office.client.http.logs_from(place, 100, after=root))
        except discord.HTTPException as refused:
            log.info("not readable", extra={"turn": lease.turn_id, "code": refused.code})
            continue
        for one in said:
            post_id = f"{place}/{one['id']}"
            if _is_of_turn(one, office, lease) and post_id not in known:
                return post_id
    return None


def _is_of_turn(message: Any, office: Office, lease: Lease) -> bool:
    ours = office.client.user
    is_ours = ours is not None and message["author"]["id"] == str(ours.id)
    answers = str((message.get("message_reference") or {}).get("message_id", "")) == lease.thread.thread
    return is_ours and (answers or f":{lease.turn_id}:" in str(message.get("components")))
