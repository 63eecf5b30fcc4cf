"""The append-only log of each thread in a Redis list, which expires with the thread."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.conversation import Conversation, Pinned, ThreadId, Turn
from bot.errors import LeaseLost
from bot.ports.stores import History
from storage.amending import amend
from storage.connections import RedisClients, redis_errors
from storage.encoding import PINNED, TURN, readable
from storage.keys import thread_key
from storage.scripts import Script

log = logging.getLogger(__name__)


class RedisHistory(History):
    """Entries are `turn`, `fold` and `forgotten`, each with its kind; what a release does not know it passes over. What was refused
    stands in a set beside them."""

    def __init__(self, clients: RedisClients, days: int = 30) -> None:
        self._redis = clients.hot
        self._seconds = days * 24 * 3600
        self._append = Script(self._redis, "append")
        self._fold = Script(self._redis, "fold")
        self._rewrite = Script(self._redis, "rewrite")

    async def load(self, thread: ThreadId) -> Conversation:
        with redis_errors():
            async with self._redis.pipeline(transaction=True) as both:
                both.lrange(thread_key(thread, "log"), 0, -1)
                both.get(thread_key(thread, "prefix"))
                both.smembers(thread_key(thread, "refused"))
                entries, pinned, refused = await both.execute()
        conversation = _replay(thread, entries)
        found = next(readable(PINNED, [pinned] if pinned else []), None)
        return replace(conversation, pinned=found, refused=frozenset(refused))

    async def append(self, thread: ThreadId, fence: int, turn: Turn, pinned: Pinned) -> None:
        keys = [thread_key(thread, name) for name in ("fence", "log", "turns", "prefix")]
        arguments = [str(fence), turn.id, _entry("turn", TURN.write(turn)), PINNED.write(pinned), str(self._seconds)]
        with redis_errors():
            written = await self._append(keys, arguments)
        if not written:
            raise LeaseLost(f"fence {fence} has passed")

    async def fold(self, thread: ThreadId, fence: int, folded: int) -> None:
        keys = [thread_key(thread, name) for name in ("fence", "log", "prefix")]
        with redis_errors():
            written = await self._fold(keys, [str(fence), _entry("fold", str(folded)), str(self._seconds)])
        if not written:
            raise LeaseLost(f"fence {fence} has passed")

    async def amend(self, thread: ThreadId, change: Callable[[tuple[Turn, ...]], tuple[Turn, ...]]) -> None:
        keys = [thread_key(thread, name) for name in ("log", "turns", "prefix")]
        while True:
            with redis_errors():
                entries: Any = await self._redis.lrange(keys[0], 0, -1)
            conversation = _replay(thread, entries)
            amended = amend(conversation, change)
            if amended == conversation:
                return
            read = hashlib.sha1("".join(entries).encode(errors="surrogateescape"), usedforsecurity=False).hexdigest()
            made_anew = int(amended.turns != conversation.turns[: len(amended.turns)])
            arguments: list[str | int] = [read, made_anew, self._seconds, len(amended.turns)]
            arguments += [*(turn.id for turn in amended.turns), *_written(amended)]
            with redis_errors():
                if await self._rewrite(keys, arguments):
                    return

    async def refuse(self, thread: ThreadId, keys: Iterable[str]) -> None:
        with redis_errors():
            async with self._redis.pipeline(transaction=True) as both:
                both.sadd(thread_key(thread, "refused"), *keys)
                both.expire(thread_key(thread, "refused"), self._seconds)
                await both.execute()

    async def forget(self, thread: ThreadId, at: datetime) -> None:
        names = ("log", "turns", "prefix", "progress")
        with redis_errors():
            async with self._redis.pipeline(transaction=True) as both:
                both.delete(
                    *(thread_key(thread, name) for name in names)
                )  # redis-py 8.1's cluster does not queue `unlink`
                both.rpush(thread_key(thread, "log"), _entry("forgotten", at.isoformat()))
                both.expire(thread_key(thread, "log"), self._seconds)
                await both.execute()


def _entry(kind: str, text: str) -> str:
    return json.dumps({"kind": kind, "entry": text}, ensure_ascii=False)


def _written(conversation: Conversation) -> Iterator[str]:
    if conversation.forgotten_at:
        yield _entry("forgotten", conversation.forgotten_at.isoformat())
    for turn in conversation.turns:
        yield _entry("turn", TURN.write(turn))
    if conversation.folded:
        yield _entry("fold", str(conversation.folded))


def _replay(thread: ThreadId, entries: Sequence[str]) -> Conversation:
    conversation = Conversation(thread)
    for written in entries:
        try:
            conversation = _with(conversation, written)
        except (ValueError, KeyError, TypeError, RecursionError) as fault:  # another release's, or nobody's we know
            log.warning("entry passed over", extra={"thread_id": str(thread), "reason": type(fault).__name__})
    return conversation


def _with(conversation: Conversation, written: str) -> Conversation:
    """The conversation with one entry of its log. Raises ValueError, KeyError or TypeError when that is not ours to read."""
    entry = json.loads(written)
    match entry["kind"]:
        case "turn":
            return replace(conversation, turns=(*conversation.turns, TURN.read(entry["entry"])))
        case "fold":
            return replace(conversation, folded=int(entry["entry"]))
        case "forgotten":
            return replace(conversation, forgotten_at=datetime.fromisoformat(entry["entry"]))
        case kind:
            raise ValueError(f"not an entry of ours: {kind!r}")
