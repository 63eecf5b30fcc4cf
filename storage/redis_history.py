"""The append-only log of each thread in a Redis list; beside it the outbox and the progress of the turn in the air."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.conversation import Conversation, Pinned, ThreadId, Turn
from bot.errors import LeaseLost
from bot.ports import History, Lease, Outbox, Posted, Progress, ProgressLog
from storage.connections import RedisClients, redis_errors, script
from storage.encoding import PINNED, TURN
from storage.keys import thread_key

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 24 * 3600


class RedisHistory(History):
    """Entries are `turn`, `fold` and `forgotten`, each with its kind; what a release does not know it passes over."""

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

    async def forget(self, thread: ThreadId, at: datetime) -> None:
        names = ("log", "turns", "prefix", "progress")
        with redis_errors():
            async with self._redis.pipeline(transaction=True) as both:
                both.unlink(*(thread_key(thread, name) for name in names))
                both.rpush(thread_key(thread, "log"), _entry("forgotten", at.isoformat()))
                both.expire(thread_key(thread, "log"), self._seconds)
                await both.execute()


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
            case "forgotten":
                conversation = replace(conversation, forgotten_at=datetime.fromisoformat(entry["entry"]))
            case kind:
                log.warning("entry passed over", extra={"thread_id": str(thread), "kind": kind})
    return conversation


class RedisOutbox(Outbox):
    """A hash per turn: part index -> post id, or since when its posting is tried. Times are the store's own."""

    def __init__(self, clients: RedisClients, days: int = 30) -> None:
        self._redis = clients.hot
        self._seconds = days * 24 * 3600
        self._posts = script(self._redis, "posts")
        self._attempt = script(self._redis, "attempt")
        self._deliver = script(self._redis, "deliver")
        self._remove = script(self._redis, "remove")

    async def posts(self, lease: Lease) -> Mapping[int, Posted]:
        with redis_errors():
            now, flat = await self._posts([thread_key(lease.thread, "posts", lease.turn_id)])
        return {int(index): _posted(entry, int(now)) for index, entry in zip(flat[::2], flat[1::2], strict=True)}

    async def check(self, lease: Lease) -> None:
        with redis_errors():
            fence = await self._redis.get(thread_key(lease.thread, "fence"))
        if fence != str(lease.fence):
            raise LeaseLost(f"fence {lease.fence} has passed")

    async def attempted(self, lease: Lease, index: int) -> Posted:
        with redis_errors():
            ours, entry = await self._attempt(_keys(lease), [str(lease.fence), index, self._seconds])
        if not ours:
            raise LeaseLost(f"fence {lease.fence} has passed")
        return _posted(entry)

    async def delivered(self, lease: Lease, index: int, post_id: str) -> str:
        with redis_errors():
            return str(await self._deliver(_keys(lease), [str(lease.fence), index, post_id, self._seconds]))

    async def removed(self, lease: Lease, index: int) -> None:
        with redis_errors():
            ours = await self._remove(_keys(lease), [str(lease.fence), index])
        if not ours:
            raise LeaseLost(f"fence {lease.fence} has passed")


def _posted(entry: str, now_ms: int | None = None) -> Posted:
    """`?` and milliseconds stand for a posting that was tried at that moment and not confirmed."""
    if not entry.startswith("?"):
        return Posted(entry)
    tried_ms = int(entry[1:])
    return Posted("", ((now_ms or tried_ms) - tried_ms) / 1000, _base36(tried_ms % 36**4))


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits or "0"


def _keys(lease: Lease) -> list[str]:
    return [thread_key(lease.thread, "fence"), thread_key(lease.thread, "posts", lease.turn_id)]


class RedisProgress(ProgressLog):
    """One hash a thread, for only one turn of it is in the air; it goes when the turn ends."""

    def __init__(self, clients: RedisClients) -> None:
        self._redis = clients.hot
        self._save = script(self._redis, "progress")

    async def load(self, lease: Lease) -> Progress:
        with redis_errors():
            kept = await self._redis.hgetall(thread_key(lease.thread, "progress"))
        if kept.get("turn") != lease.turn_id:
            return Progress()
        return Progress(str(kept.get("course", "")), str(kept.get("text", "")))

    async def save(self, lease: Lease, progress: Progress) -> None:
        keys = [thread_key(lease.thread, name) for name in ("fence", "progress")]
        arguments = [str(lease.fence), lease.turn_id, progress.course, progress.text, str(PROGRESS_SECONDS)]
        with redis_errors():
            written = await self._save(keys, arguments)
        if not written:
            raise LeaseLost(f"fence {lease.fence} has passed")
