"""A store that dies, hangs or comes back empty: nothing is lost or doubled, and it is said in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from bot.errors import LeaseLost, StoreUnavailable
from bot.ports.inbox import Accepted
from storage.connections import open_redis, redis_errors
from storage.databases import sql_errors
from storage.engine import BLOCK_MS, GROUP, STREAM
from storage.inbox import RedisInbox
from storage.keys import SHARDS
from storage.redis_history import RedisHistory
from storage.redis_outbox import RedisOutbox
from tests.fakes import THREAD, lease, message
from tests.stalls import slowness
from tests.storage.serving import Gate, Recorder, eventually, serving, settled, thread
from tests.stores import ValkeyServer, valkey

pytestmark = pytest.mark.slow


async def test_a_store_killed_in_mid_turn_loses_and_doubles_nothing() -> None:
    lease_seconds = 2.0
    with valkey() as server:
        async with open_redis(server.url) as clients:
            inbox = RedisInbox(clients, lease_seconds=lease_seconds)
            gate = Gate()
            recorder = Recorder(before_end=gate)
            async with serving(inbox, recorder):
                for number in range(5):
                    await inbox.accept(message(f"{number}", id="1", thread=thread(number)))
                    await inbox.knows(thread(number))
                await eventually(lambda: len(recorder.leases) == 5)
                await inbox.accept(message("waits", id="2", thread=thread(0)))

                server.kill()
                with pytest.raises(StoreUnavailable):
                    await inbox.accept(message("refused", id="3", thread=thread(0)))
                await asyncio.sleep(lease_seconds)  # the leases lapse while nobody can renew them
                gate.opened.set()
                server.start()

                await eventually(lambda: len(recorder.texts) == 6)
                for number in range(5):
                    await settled(inbox, thread(number))
                assert await inbox.accept(message("refused", id="3", thread=thread(0))) is Accepted.NEW
                await eventually(lambda: len(recorder.texts) == 7)

    assert sorted(text for texts in recorder.texts for text in texts) == ["0", "1", "2", "3", "4", "refused", "waits"]


async def test_a_store_that_is_away_is_said_so_at_once() -> None:
    with valkey() as server:
        async with open_redis(server.url) as clients:
            inbox, history, outbox = RedisInbox(clients), RedisHistory(clients), RedisOutbox(clients)
            await inbox.ping()
            server.kill()

            start = time.monotonic()
            for call in (
                inbox.accept(message("hi")),
                inbox.ping(),
                inbox.waiting(),
                history.load(THREAD),
                outbox.posts(lease(message("?"))),
            ):
                with pytest.raises(StoreUnavailable):
                    await call
            assert time.monotonic() - start < 8 * slowness()


async def test_a_store_that_hangs_is_said_so_in_time() -> None:
    with valkey() as server:
        async with open_redis(server.url) as clients:
            inbox = RedisInbox(clients)
            await inbox.ping()
            server.pause()

            start = time.monotonic()
            with pytest.raises(StoreUnavailable):
                await inbox.ping()
            assert time.monotonic() - start < 8 * slowness()

            server.resume()
            await inbox.ping()


async def test_workers_go_on_when_a_store_comes_back_empty(
    redis_inbox: RedisInbox, valkey_server: ValkeyServer
) -> None:
    recorder = Recorder()
    async with serving(redis_inbox, recorder):
        await redis_inbox.accept(message("before", id="1"))
        await recorder.ended(1)
        with valkey_server.client() as client:
            client.flushall()

        await redis_inbox.accept(message("after", id="2"))
        await recorder.ended(2)

    assert recorder.texts == [["before"], ["after"]]


@pytest.mark.parametrize("errors", [redis_errors, sql_errors])
@pytest.mark.parametrize(
    "raised", [AttributeError("writelines"), RuntimeError("closed"), KeyError(7), OSError(), EOFError()]
)
async def test_whatever_a_driver_trips_over_is_the_stores_error(
    errors: Callable[[], AbstractContextManager[None]], raised: Exception
) -> None:
    with pytest.raises(StoreUnavailable), errors():
        raise raised
    with pytest.raises(LeaseLost), errors():
        raise LeaseLost("what we say ourselves stays what it is")


async def test_no_loop_of_a_worker_ends_whatever_its_driver_raises(
    redis_inbox: RedisInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[str] = set()
    send: Any = redis_inbox._redis.execute_command

    async def trips_once_on_each(*arguments: Any, **options: Any) -> Any:
        words = f"{arguments[0]} {arguments[1] if arguments[0] == 'EVALSHA' else ''}"
        if words not in seen:
            seen.add(words)
            raise AttributeError("'NoneType' object has no attribute 'writelines'")
        return await send(*arguments, **options)

    gate = Gate()
    recorder = Recorder(before_end=gate)
    monkeypatch.setattr(redis_inbox._redis, "execute_command", trips_once_on_each)
    async with serving(redis_inbox, recorder) as worker:
        for number in range(3):
            while True:
                try:
                    await redis_inbox.accept(message(f"{number}", id="1", thread=thread(number)))
                    break
                except StoreUnavailable:
                    await asyncio.sleep(0.01)
        await gate.wait_reached()
        await eventually(lambda: {"XCLAIM ", "XAUTOCLAIM ", "SET "} <= seen)
        gate.opened.set()
        for number in range(3):
            while True:
                try:
                    await settled(redis_inbox, thread(number))
                    break
                except StoreUnavailable:
                    await asyncio.sleep(0.01)
        assert not worker.done()
    assert sorted(text for texts in recorder.texts for text in texts) == ["0", "1", "2"]


async def test_what_is_no_address_among_the_busy_threads_keeps_nobody_waiting(
    redis_inbox: RedisInbox, valkey_server: ValkeyServer
) -> None:
    with valkey_server.client() as client:
        for shard in SHARDS:
            client.zadd(shard, {"nobody's": 1.0})
    await redis_inbox.accept(message("hi"))
    with valkey_server.client() as client:
        client.delete("plumbline:wake")  # its wake-up is lost: the sweeper finds it
    recorder = Recorder()
    async with serving(redis_inbox, recorder):
        await recorder.ended(1)

    assert await redis_inbox.waiting() == 0


async def test_a_consumer_that_died_leaves_the_stream_and_one_that_waits_stays(
    redis_inbox: RedisInbox, valkey_server: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder()
    async with serving(redis_inbox, recorder):
        with valkey_server.client() as client:

            def consumers() -> set[str]:
                return {str(one["name"]) for one in client.xinfo_consumers(STREAM, GROUP)}

            await eventually(lambda: bool(client.exists(STREAM)))
            client.xgroup_createconsumer(STREAM, GROUP, "dead")
            alive = consumers() - {"dead"}  # before Redis 7.2 nobody yet: a consumer is none until something was read
            await redis_inbox._engine._broker.strike_off_the_dead()
            assert {*alive, "dead"} <= consumers()

            monkeypatch.setattr("storage.engine.DEAD_MS", 3 * BLOCK_MS)
            await eventually(lambda: "dead" not in consumers())
            assert alive <= consumers()
            await redis_inbox.accept(message("after", id="1"))
            await recorder.ended(1)
