"""Our own messages, found again on Discord: by the turn's buttons, or because they answer its question."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import discord

from adapters.discord.office import Office
from adapters.discord.threads import DIRECT
from bot.ports.inbox import Lease

log = logging.getLogger(__name__)

CLOCKS = timedelta(seconds=5)
"""By how much the store's time, by which a try was noted, and Discord's may be apart in what is reckoned from them."""


async def stray(office: Office, lease: Lease, known: Collection[str]) -> str | None:
    """A message of this turn that nobody has noted."""
    ours = partial(_is_of_turn, office=office, lease=lease)
    return await _first(office, lease, known, int(lease.thread.thread), ours)


async def unnoted(
    office: Office, lease: Lease, known: Collection[str], since: datetime, says: Collection[str]
) -> str | None:
    """The same where this turn tried to post it at `since`, by Discord's clock. In a thread of its own whatever we have said after that
    is this turn's, for no other is in the air there, and commands are answered by replies; elsewhere what it `says`.

    Raises PlatformUnavailable where it cannot be read now."""
    own = int(lease.thread.thread) if lease.thread.workspace != DIRECT else None

    def ours(message: Any, place: int) -> bool:
        bare = "message_reference" not in message and (place == own or message["content"] in says)
        return _is_of_turn(message, place, office, lease) or (bare and _is_by_us(message, office))

    return await _first(office, lease, known, discord.utils.time_snowflake(since - CLOCKS), ours)


async def _first(
    office: Office, lease: Lease, known: Collection[str], after: int, is_ours: Callable[[Any, int], bool]
) -> str | None:
    """The first message that is ours, among the hundred after a moment in the thread and in its channel."""
    for place in (int(lease.thread.thread), int(lease.thread.channel)):
        try:
            said = await office.calls.make("history", office.client.http.logs_from(place, 100, after=after))
        except discord.HTTPException as refused:
            log.info("not readable", extra={"turn": lease.turn_id, "code": refused.code})
            continue
        for one in reversed(said):
            post_id = f"{place}/{one['id']}"
            if is_ours(one, place) and post_id not in known:
                return post_id
    return None


def _is_by_us(message: Any, office: Office) -> bool:
    ours = office.client.user
    return ours is not None and message["author"]["id"] == str(ours.id)


def _is_of_turn(message: Any, place: int, office: Office, lease: Lease) -> bool:
    answers = str((message.get("message_reference") or {}).get("message_id", "")) == lease.thread.thread
    return _is_by_us(message, office) and (answers or f":{lease.turn_id}:" in str(message.get("components")))
