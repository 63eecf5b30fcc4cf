"""One contract for a thread's pins, in memory and on a real Valkey."""

from __future__ import annotations

import asyncio

import pytest

from bot.capabilities.team_code.repositories import Pins
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
