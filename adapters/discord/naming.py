"""The name of a question's thread: by the question that it starts from, also once that was edited."""

from __future__ import annotations

import logging

import discord

from adapters.discord.office import Office
from adapters.discord.parts import title
from bot.errors import PlatformUnavailable
from bot.ports.inbox import Lease

log = logging.getLogger(__name__)

RENAMED = discord.MessageType.channel_name_change


def name_of(lease: Lease) -> str:
    """By the question that the thread starts from; where that is somebody else's message, its door gives the title."""
    first = next((one for one in lease.messages if one.route.get("start")), lease.messages[0])
    return first.route.get("title") or title(first.text)


async def rename(office: Office, lease: Lease, here: int) -> None:
    """When an edit gave the question another title, its thread gets it too: once, and never over a name that a person gave.

    A thread notes each change of its name, so one without such a note still has the name that we gave it. `here`: the channel that
    the answer was written in.
    """
    edited = any(one.edition for one in lease.messages if one.route.get("start"))
    if not edited or here != int(lease.thread.thread):
        return
    wanted, calls, http = name_of(lease), office.calls, office.client.http
    try:
        thread = await calls.make("thread", http.get_channel(here))
        user = office.client.user
        is_ours = user is not None and str(thread.get("owner_id")) == str(user.id)
        if not is_ours or thread.get("name") == wanted:
            return
        said = await calls.make("history", http.logs_from(here, 100))
        if not any(one["type"] == RENAMED.value for one in said):
            await calls.make("rename", http.edit_channel(here, name=wanted))
    except (discord.HTTPException, PlatformUnavailable) as fault:
        log.info("thread not renamed", extra={"turn": lease.turn_id, "reason": str(fault)})
