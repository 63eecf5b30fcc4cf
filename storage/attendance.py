"""When a door last heard its platform, and where people talk to us directly: what is needed to read what was missed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot.ports.stores import Attendance
from storage.connections import RedisClients, redis_errors

DAYS = 30
MOST_PLACES = 200
READING_SECONDS = 30
BREAK = timedelta(minutes=1)
"""Longer than a restart: a store that was restored from a copy, or was emptied, knows nothing of what was in between."""


class RedisAttendance(Attendance):
    def __init__(self, clients: RedisClients) -> None:
        self._redis = clients.hot

    async def last_heard(self, door: str) -> datetime | None:
        with redis_errors():
            written = await self._redis.get(f"plumbline:door:{door}:heard")
        return datetime.fromtimestamp(float(written), UTC) if written else None

    async def heard(self, door: str, at: datetime) -> None:
        """What is read together stands in one key, and each key is written alone: a cluster holds them apart."""
        stretch, seconds = f"plumbline:door:{door}:since", DAYS * 86_400
        with redis_errors():
            began, last = _stretch(await self._redis.get(stretch))
            is_unbroken = last is not None and at - last < BREAK
            began = began if is_unbroken and began else at
            await self._redis.set(stretch, f"{began.timestamp()} {at.timestamp()}", ex=seconds)
            await self._redis.set(f"plumbline:door:{door}:heard", at.timestamp(), ex=seconds)
            await self._redis.delete(f"plumbline:door:{door}:reached")

    async def reached(self, door: str) -> Mapping[str, str]:
        with redis_errors():
            found = await self._redis.hgetall(f"plumbline:door:{door}:reached")
        return {str(place): str(message) for place, message in found.items()}

    async def reach(self, door: str, place: str, message_id: str) -> None:
        key = f"plumbline:door:{door}:reached"
        with redis_errors():
            async with self._redis.pipeline(transaction=True) as all_of_it:
                all_of_it.hset(key, place, message_id)
                all_of_it.expire(key, DAYS * 86_400)
                await all_of_it.execute()

    async def unbroken_since(self, door: str, now: datetime) -> datetime | None:
        with redis_errors():
            began, last = _stretch(await self._redis.get(f"plumbline:door:{door}:since"))
        return now if last is not None and now - last >= BREAK else began

    async def reads(self, door: str, reader: str) -> bool:
        key = f"plumbline:door:{door}:reads"
        with redis_errors():
            if await self._redis.set(key, reader, nx=True, ex=READING_SECONDS):
                return True
            return await self._redis.get(key) == reader and bool(await self._redis.expire(key, READING_SECONDS))

    async def places(self, door: str) -> Sequence[str]:
        with redis_errors():
            return [str(place) for place in await self._redis.zrevrange(f"plumbline:door:{door}:places", 0, -1)]

    async def remember(self, door: str, place: str, at: datetime) -> None:
        key = f"plumbline:door:{door}:places"
        with redis_errors():
            async with self._redis.pipeline(transaction=True) as all_of_it:
                all_of_it.zadd(key, {place: at.timestamp()})
                all_of_it.zremrangebyrank(key, 0, -MOST_PLACES - 1)
                all_of_it.expire(key, DAYS * 86_400)
                await all_of_it.execute()


def _stretch(written: object) -> tuple[datetime | None, datetime | None]:
    """When hearing without a break began, and when it was noted last."""
    if not written:
        return None, None
    began, last = (datetime.fromtimestamp(float(one), UTC) for one in str(written).split())
    return began, last
