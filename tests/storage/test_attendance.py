"""One contract for attendance, in memory and on a real Valkey."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.ports.stores import Attendance
from storage.attendance import MOST_PLACES, RedisAttendance
from storage.connections import RedisClients
from storage.memory import MemoryAttendance
from tests.fakes import START


@pytest.fixture(params=["memory", "redis"])
def attendance(request: pytest.FixtureRequest) -> Attendance:
    return MemoryAttendance() if request.param == "memory" else RedisAttendance(request.getfixturevalue("clients"))


async def test_each_door_knows_when_it_last_heard(attendance: Attendance) -> None:
    assert await attendance.last_heard("discord") is None

    await attendance.heard("discord", START)
    await attendance.heard("discord", START + timedelta(seconds=5))

    assert await attendance.last_heard("discord") == START + timedelta(seconds=5)
    assert await attendance.last_heard("slack") is None


async def test_places_are_known_once_and_the_newest_come_first(attendance: Attendance) -> None:
    for minute, place in enumerate(("a", "b", "a")):
        await attendance.remember("discord", place, START + timedelta(minutes=minute))

    assert list(await attendance.places("discord")) == ["a", "b"]


async def test_a_break_in_hearing_is_known_until_the_next(attendance: Attendance) -> None:
    assert await attendance.unbroken_since("slack", START) is None

    for seconds in (0, 50, 100, 161, 170):  # a minute of silence before the fourth
        await attendance.heard("slack", START + timedelta(seconds=seconds))

    at = [START + timedelta(seconds=seconds) for seconds in (200, 230)]
    assert [await attendance.unbroken_since("slack", one) for one in at] == [START + timedelta(seconds=161), at[1]]


async def test_one_reader_at_a_time_reads_what_was_missed(attendance: Attendance) -> None:
    asked = [await attendance.reads("slack", reader) for reader in ("a", "b", "a")]

    assert asked == [True, False, True]


async def test_what_was_reached_on_the_way_is_known_until_all_is_heard(attendance: Attendance) -> None:
    for place, message in (("a", "1"), ("b", "7"), ("a", "2")):
        await attendance.reach("discord", place, message)

    assert await attendance.reached("discord") == {"a": "2", "b": "7"}
    assert await attendance.reached("slack") == {}

    await attendance.heard("discord", START)

    assert await attendance.reached("discord") == {}


async def test_what_is_kept_of_a_door_ends(clients: RedisClients) -> None:
    attendance = RedisAttendance(clients)
    await attendance.heard("discord", START)
    for number in range(MOST_PLACES + 5):
        await attendance.remember("discord", str(number), START + timedelta(minutes=number))

    assert len(await attendance.places("discord")) == MOST_PLACES
    await attendance.reads("discord", "a")
    await attendance.reach("discord", "a", "1")
    for name in ("heard", "places", "since", "reads", "reached"):
        assert await clients.hot.ttl(f"plumbline:door:discord:{name}") > 0
