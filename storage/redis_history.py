"""The append-only log of each thread in a Redis list, and the outbox beside it. Both expire with the thread."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.conversation import Conversation, Pinned, ThreadId, Turn
from bot.errors import LeaseLost
from bot.ports import History, Outbox
from storage.connections import RedisClients, redis_errors, script
from storage.encoding import PINNED, TURN
from storage.keys import thread_key

log = logging.getLogger(__name__)


class RedisHistory(History):
    """Entries are `turn` and `fold`, each with its kind; what a release does not know it passes over."""

    def __init__(self, clients: RedisClients, days: int = 30) -> None:
        self._redis = clients.hot
        self._seconds = days * 24 * 3600
        self._append = script(self._redis, "append")
        self._fold = script(self._redis, "fold")

    async def load(self, thread: ThreadId) -> Conversation:
        with redis_errors():
            async with self._redis.pipeline(transaction=True) as both:
                both.lrange(thread_key(thread, "log"), 0, -1)
                both.get(thread_key(thread, "prefix"))
                entries, pinned = await both.execute()
        conversation = _replay(thread, entries)
        return replace(conversation, pinned=PINNED.read(pinned)) if pinned else conversation

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

    async def forget(self, thread: ThreadId) -> None:
        with redis_errors():
            await self._redis.unlink(*(thread_key(thread, name) for name in ("log", "turns", "prefix")))


def _entry(kind: str, text: str) -> str:
    return json.dumps({"kind": kind, "entry": text}, ensure_ascii=False)


def _replay(thread: ThreadId, entries: Sequence[str]) -> Conversation:
    conversation = Conversation(thread)
    for written in entries:
        entry = json.loads(written)
        match entry["kind"]:
            case "turn":
                conversation = replace(conversation, turns=(*conversation.turns, TURN.read(entry["entry"])))
            case "fold":
                conversation = replace(conversation, folded=int(entry["entry"]))
            case kind:
                log.warning("entry passed over", extra={"thread_id": str(thread), "kind": kind})
    return conversation


class RedisOutbox(Outbox):
    """A hash per turn: part index -> post id, "" while unconfirmed."""

    def __init__(self, clients: RedisClients, days: int = 30) -> None:
        self._redis = clients.hot
        self._seconds = days * 24 * 3600

    async def posts(self, thread: ThreadId, turn_id: str) -> Mapping[int, str]:
        with redis_errors():
            posts = await self._redis.hgetall(thread_key(thread, "posts", turn_id))
        return {int(index): str(post_id) for index, post_id in posts.items()}

    async def attempted(self, thread: ThreadId, turn_id: str, index: int) -> None:
        await self._set(thread, turn_id, index, "")

    async def delivered(self, thread: ThreadId, turn_id: str, index: int, post_id: str) -> None:
        await self._set(thread, turn_id, index, post_id)

    async def removed(self, thread: ThreadId, turn_id: str, index: int) -> None:
        with redis_errors():
            await self._redis.hdel(thread_key(thread, "posts", turn_id), str(index))

    async def _set(self, thread: ThreadId, turn_id: str, index: int, post_id: str) -> None:
        key = thread_key(thread, "posts", turn_id)
        with redis_errors():
            async with self._redis.pipeline(transaction=True) as both:
                both.hset(key, str(index), post_id)
                both.expire(key, self._seconds)
                await both.execute()
