"""Attendance in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.ports.stores import Attendance

BREAK = timedelta(minutes=1)


class MemoryAttendance(Attendance):
    def __init__(self) -> None:
        self._heard: dict[str, datetime] = {}
        self._reached: dict[str, dict[str, str]] = {}
        self._since: dict[str, datetime] = {}
        self._readers: dict[str, str] = {}
        self._places: dict[str, dict[str, datetime]] = {}

    async def last_heard(self, door: str) -> datetime | None:
        return self._heard.get(door)

    async def heard(self, door: str, at: datetime) -> None:
        before = self._heard.get(door)
        if before is None or at - before >= BREAK:
            self._since[door] = at
        self._heard[door] = at
        self._reached.pop(door, None)

    async def reached(self, door: str) -> Mapping[str, str]:
        return dict(self._reached.get(door, {}))

    async def reach(self, door: str, place: str, message_id: str) -> None:
        self._reached.setdefault(door, {})[place] = message_id

    async def unbroken_since(self, door: str, now: datetime) -> datetime | None:
        last = self._heard.get(door)
        if last and now - last >= BREAK:
            return now
        return self._since.get(door)

    async def reads(self, door: str, reader: str) -> bool:
        """For as long as it lives: nobody dies in memory."""
        return self._readers.setdefault(door, reader) == reader

    async def places(self, door: str) -> Sequence[str]:
        known = self._places.get(door, {})
        return sorted(known, key=lambda place: known[place], reverse=True)

    async def remember(self, door: str, place: str, at: datetime) -> None:
        self._places.setdefault(door, {})[place] = at
