"""What becomes of a message in the inbox when its author edits or deletes it, on Redis or Valkey.

A turn in the air is taken from its worker the way a dead worker's is: the fence moves on, every later write of the old one is refused,
and whoever takes the turn next finds its posts and finishes in the same place.
"""

from __future__ import annotations

from dataclasses import replace

from redis.asyncio import Redis

from bot.conversation import Message, ThreadId, Turn
from bot.ports.inbox import Revision
from storage import entries
from storage.confirmed import Confirmed
from storage.connections import redis_errors
from storage.encoding import UnreadableEntry
from storage.keys import thread_key, thread_keys
from storage.leases import MOST_CONTEXT


class Revisions:
    """`claim_seconds`: how long an edition is remembered. `thread_seconds`: how long a quiet thread is. `replicas`: how many have an
    edit or a deletion before it counts as kept, where they answer in time: nobody tells of it twice."""

    def __init__(self, redis: Redis, claim_seconds: int, thread_seconds: int, replicas: int = 0) -> None:
        self._claim_seconds = claim_seconds
        self._thread_seconds = thread_seconds
        self._revise = Confirmed(redis, "revise", replicas)
        self._withdraw = Confirmed(redis, "withdraw", replicas)
        self._ask_again = Confirmed(redis, "ask_again", replicas)

    async def revise(self, message: Message) -> Revision:
        thread = message.thread
        keys = thread_keys(thread, "in", "heard", "turn", "fence", "lease", "progress", "failures", "state")
        with redis_errors():
            kept, _ = await self._revise.run(keys, [entries.write(message), self._thread_seconds, _failed(thread)])
        return Revision(kept)

    async def withdraw(self, thread: ThreadId, message_id: str) -> None:
        keys = [thread_key(thread, "seen", message_id), *thread_keys(thread, "in", "heard", "early", "unreadable")]
        keys += thread_keys(thread, "turn", "fence", "lease", "progress", "failures", "state")
        needed, empty = "?", ""
        while needed:
            with redis_errors():
                needed, _ = await self._withdraw.run(keys, [message_id, empty, self._claim_seconds, _failed(thread)])
            empty = _emptied(needed)

    async def ask_again(self, message: Message, turn: Turn) -> None:
        thread = message.thread
        keys = [_edition(message), *thread_keys(thread, "in", "heard", "turn", "state")]
        messages = [message if one.id == message.id else one for one in turn.messages]
        arguments: list[str | int] = [self._claim_seconds, self._thread_seconds, MOST_CONTEXT, len(turn.context)]
        arguments += [entries.write(one) for one in (*turn.context, *messages)]
        with redis_errors():
            await self._ask_again.run(keys, arguments)


def _edition(message: Message) -> str:
    return thread_key(message.thread, "seen", f"{message.id}#{message.edition}")


def _failed(thread: ThreadId) -> str:
    return thread_key(thread, "failed", "")


def _emptied(written: str) -> str:
    """What stands for the message in a turn that it is deleted from; "none" where another release wrote what we cannot read."""
    try:
        message = entries.read(written)
    except UnreadableEntry:
        return "none"
    return entries.write(replace(message, text="", attachments=(), withdrawn=True))
