"""Who is alive: those who say so, for as long as they do."""

from __future__ import annotations

import asyncio

from storage.connections import RedisClients
from storage.presence import BELIEVED_SECONDS, RedisPresence
from tests.stores import ValkeyServer


async def test_whoever_runs_is_counted_by_what_it_does_and_not_after_its_end(clients: RedisClients) -> None:
    watching = RedisPresence(clients, ("gateway",))
    processes = [RedisPresence(clients, ("worker",)), RedisPresence(clients, ("gateway", "worker"))]
    assert await watching.count("worker") == 0
    running = [asyncio.create_task(one.run()) for one in processes]
    async with asyncio.timeout(60):
        while (await watching.count("worker"), await watching.count("gateway")) != (2, 1):  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    running[0].cancel()
    await asyncio.gather(running[0], return_exceptions=True)
    assert await watching.count("worker") == 1
    running[1].cancel()
    await asyncio.gather(*running, return_exceptions=True)
    assert (await watching.count("worker"), await watching.count("gateway")) == (0, 0)


async def test_whoever_died_is_not_believed_for_long(clients: RedisClients, valkey_server: ValkeyServer) -> None:
    with valkey_server.client() as client:
        now = float(client.time()[0])
        client.zadd("plumbline:alive:worker", {"dead": now - BELIEVED_SECONDS - 1, "alive": now + 60})

    assert await RedisPresence(clients, ()).count("worker") == 1
