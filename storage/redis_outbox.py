"""What the turn in the air has posted where, and how far its answer has come: what a worker needs that takes it over."""

from __future__ import annotations

from collections.abc import Mapping

from bot.errors import LeaseLost, StoreUnavailable
from bot.ports.inbox import Lease, Outbox, Posted, Progress, ProgressLog
from storage.confirmed import Confirmed
from storage.connections import RedisClients, redis_errors
from storage.keys import thread_key
from storage.scripts import Script

PROGRESS_SECONDS = 24 * 3600


class RedisOutbox(Outbox):
    """A hash per turn: part index -> post id, or since when its posting is tried. Times are the store's own.

    `replicas`: how many must know of a posting before it is made. What only a primary knew is lost with it, and whoever goes on would
    post it a second time; and what stands in the same log of writes before it, the question too, is on them by then.
    """

    def __init__(self, clients: RedisClients, days: int = 30, replicas: int = 0) -> None:
        self._redis = clients.hot
        self._seconds = days * 24 * 3600
        self._posts = Script(self._redis, "posts")
        self._attempt = Confirmed(self._redis, "attempt", replicas, on_disk=False)
        self._deliver = Script(self._redis, "deliver")
        self._remove = Script(self._redis, "remove")

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
            (ours, entry), is_safe = await self._attempt.run(_keys(lease), [str(lease.fence), index, self._seconds])
        if not ours:
            raise LeaseLost(f"fence {lease.fence} has passed")
        if not is_safe:
            raise StoreUnavailable("no replica knows of a posting that is about to be made")
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
    return Posted("", ((now_ms or tried_ms) - tried_ms) / 1000, f"{tried_ms % 16**4:x}")


def _keys(lease: Lease) -> list[str]:
    return [thread_key(lease.thread, "fence"), thread_key(lease.thread, "posts", lease.turn_id)]


class RedisProgress(ProgressLog):
    """One hash a thread, for only one turn of it is in the air; it goes when the turn ends."""

    def __init__(self, clients: RedisClients) -> None:
        self._redis = clients.hot
        self._save = Script(self._redis, "progress")

    async def load(self, lease: Lease) -> Progress:
        with redis_errors():
            kept = await self._redis.hgetall(thread_key(lease.thread, "progress"))
        if kept.get("turn") != lease.turn_id:
            return Progress()
        return Progress(
            *(str(kept.get(name, "")) for name in ("course", "text", "asked", "notes", "grants", "partial"))
        )

    async def save(self, lease: Lease, progress: Progress) -> None:
        keys = [thread_key(lease.thread, name) for name in ("fence", "progress")]
        arguments = [
            str(lease.fence),
            lease.turn_id,
            progress.course,
            progress.text,
            progress.asked,
            progress.notes,
            str(PROGRESS_SECONDS),
            progress.grants,
            progress.partial,
        ]
        with redis_errors():
            written = await self._save(keys, arguments)
        if not written:
            raise LeaseLost(f"fence {lease.fence} has passed")
