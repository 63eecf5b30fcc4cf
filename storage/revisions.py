"""What becomes of a message in the inbox when its author edits or deletes it, on Redis or Valkey.

A turn in the air is taken from its worker the way a dead worker's is: the fence moves on, every later write of the old one is refused,
and whoever takes the turn next finds its posts and finishes in the same place.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from redis.asyncio import Redis

from bot.conversation import Message, ThreadId, Turn
from bot.ports.inbox import Revision
from storage.connections import redis_errors, script
from storage.encoding import MESSAGE, UnreadableEntry
from storage.keys import thread_key, thread_keys


class Revisions:
    """`claim_seconds`: how long an edition is remembered. `thread_seconds`: how long a quiet thread is."""

    def __init__(self, redis: Redis, claim_seconds: int, thread_seconds: int) -> None:
        self._redis = redis
        self._claim_seconds = claim_seconds
        self._thread_seconds = thread_seconds
        self._revise = script(redis, "revise")
        self._withdraw = script(redis, "withdraw")
        self._ask_again = script(redis, "ask_again")

    async def revise(self, message: Message) -> Revision | str:
        """What became of it, or the id of a failed turn that holds it and is to be asked once more."""
        thread = message.thread
        keys = thread_keys(thread, "in", "heard", "turn", "fence", "lease", "progress", "failures", "state")
        arguments: list[str | int] = [MESSAGE.write(message), message.id, self._thread_seconds, _failed(thread)]
        with redis_errors():
            found = str(await self._revise(keys, arguments))
        return Revision(found) if found in tuple(Revision) else found

    async def withdraw(self, thread: ThreadId, message_id: str) -> None:
        keys = [thread_key(thread, "seen", message_id), *thread_keys(thread, "in", "heard", "early", "turn", "fence")]
        keys += thread_keys(thread, "lease", "progress", "failures", "state")
        while True:
            with redis_errors():
                waiting: Any = await self._redis.lrange(keys[1], 0, -1)
                empty = _emptied(waiting, message_id)
                done = await self._withdraw(keys, [message_id, empty, self._claim_seconds, _failed(thread)])
            if done == "done":
                return

    async def ask_again(self, message: Message, turn: Turn) -> None:
        thread = message.thread
        keys = [_edition(message), *thread_keys(thread, "in", "heard", "turn", "state")]
        messages = [message if one.id == message.id else one for one in turn.messages]
        arguments: list[str | int] = [self._claim_seconds, self._thread_seconds, len(turn.context)]
        arguments += [MESSAGE.write(one) for one in (*turn.context, *messages)]
        with redis_errors():
            await self._ask_again(keys, arguments)


def _edition(message: Message) -> str:
    return thread_key(message.thread, "seen", f"{message.id}#{message.edition}")


def _failed(thread: ThreadId) -> str:
    return thread_key(thread, "failed", "")


def _emptied(waiting: Sequence[str], message_id: str) -> str:
    """What stands for the message in a turn that it is deleted from; "" when it does not wait."""
    for written in waiting:
        with contextlib.suppress(UnreadableEntry):
            message = MESSAGE.read(written)
            if message.id == message_id:
                return MESSAGE.write(replace(message, text="", attachments=(), withdrawn=True))
    return ""
