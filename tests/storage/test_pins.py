"""One contract for a thread's pins, in memory and on a real Valkey."""

from __future__ import annotations

import asyncio

import pytest

from bot.capabilities.team_code.code import ShownLines
from bot.capabilities.team_code.repositories import MOST_SHOWN, Pins
from storage.connections import RedisClients
from storage.keys import thread_key
from storage.memory import MemoryPins
from storage.redis_pins import RedisPins
from tests.fakes import THREAD


@pytest.fixture(params=["memory", "redis"])
def pins(request: pytest.FixtureRequest) -> Pins:
    return MemoryPins() if request.param == "memory" else RedisPins(request.getfixturevalue("clients"))


async def test_the_first_commit_wins_however_many_look_at_once(pins: Pins) -> None:
    won = await asyncio.gather(*(pins.pin(THREAD, "shop", f"{number:040x}") for number in range(20)))

    assert len(set(won)) == 1
    assert await pins.load(THREAD) == {"shop": won[0]}


async def test_a_thread_forgets_its_pins_and_pins_anew(pins: Pins) -> None:
    await pins.pin(THREAD, "shop", "a" * 40)
    await pins.pin(THREAD, "vault", "b" * 40)
    await pins.forget(THREAD)

    assert await pins.load(THREAD) == {}
    assert await pins.pin(THREAD, "shop", "c" * 40) == "c" * 40


async def test_pins_expire_with_their_thread(clients: RedisClients) -> None:
    await RedisPins(clients, days=2).pin(THREAD, "shop", "a" * 40)

    assert 0 < await clients.hot.ttl(thread_key(THREAD, "pins")) <= 2 * 24 * 3600


async def test_a_thread_remembers_the_newest_of_what_it_was_shown(pins: Pins) -> None:
    places = [ShownLines("shop", "a" * 40, f"src/{n}é.py", ((1, 40), (n + 50, n + 60))) for n in range(MOST_SHOWN + 5)]
    await pins.show(THREAD, places[:3])
    await pins.show(THREAD, [])
    await pins.show(THREAD, places[3:])

    assert await pins.shown(THREAD) == places[5:]

    await pins.forget(THREAD)

    assert await pins.shown(THREAD) == []


async def test_shown_lines_expire_with_their_thread_and_stay_small(clients: RedisClients) -> None:
    pins = RedisPins(clients, days=2)
    await pins.show(
        THREAD, [ShownLines("shop", "a" * 40, f"src/billing/models/{n}.py", ((1, 400),)) for n in range(500)]
    )

    key = thread_key(THREAD, "shown")
    assert 0 < await clients.hot.ttl(key) <= 2 * 24 * 3600
    assert sum(len(entry) for entry in await clients.hot.lrange(key, 0, -1)) < 60_000
