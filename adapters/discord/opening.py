"""Makes a question's thread where it is first needed, once."""

from __future__ import annotations

import discord

from adapters.discord import naming, phrases
from adapters.discord.calls import Exhausted
from adapters.discord.moderation import TITLE_BLOCKED
from adapters.discord.office import Office
from adapters.discord.refusals import THREAD_EXISTS
from bot.ports.inbox import Lease

WAIT_SECONDS, BEHIND_SECONDS = 2.0, 15.0
"""How long a thread is waited for where Discord makes no more for now (fifty in five minutes in a channel, as seen); and how long the
answer to a call before it, which tells whether it makes more."""


async def open_thread(office: Office, lease: Lease) -> None:
    """Named by its question, or plainly where moderation refuses that. Raises discord.HTTPException and Exhausted."""
    try:
        await _make(office, lease, naming.name_of(lease))
    except discord.HTTPException as refused:
        if refused.code == TITLE_BLOCKED:
            await _make(office, lease, phrases.untitled())
        elif refused.code != THREAD_EXISTS:
            raise
    except Exhausted:
        if not await _is_made(office, lease):
            raise


async def _make(office: Office, lease: Lease, name: str) -> None:
    making = office.client.http.start_thread_with_message(
        int(lease.thread.channel), int(lease.thread.thread), name=name, auto_archive_duration=1440
    )
    await office.calls.make("thread", making, wait_seconds=WAIT_SECONDS, behind_seconds=BEHIND_SECONDS)


async def _is_made(office: Office, lease: Lease) -> bool:
    """Whether somebody before us has made the thread: where no more can be made for a while, that is asked."""
    try:
        await office.calls.make("thread", office.client.http.get_channel(int(lease.thread.thread)))
    except discord.HTTPException:
        return False
    return True
