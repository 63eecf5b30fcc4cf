"""Commands that many callers give at once go together: each gets its own reply or error, and nothing is done twice or left out."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis.exceptions import ResponseError

from bot.errors import LeaseLost
from bot.ports.inbox import Accepted
from storage.connections import RedisClients, open_redis
from storage.inbox import RedisInbox
from storage.keys import thread_keys
from storage.leases import Leases
from storage.redis_outbox import RedisOutbox
from tests.fakes import THREAD, message
from tests.stores import ValkeyServer


async def test_each_of_many_callers_gets_its_own_reply_or_error_for_a_few_writes(
    clients: RedisClients, valkey_server: ValkeyServer
) -> None:
    async def ask(number: int) -> object:
        match number % 3:
            case 0:
                await clients.hot.set(f"k{number}", number)
                return await clients.hot.get(f"k{number}")
            case 1:
                async with clients.hot.pipeline(transaction=False) as both:
                    both.rpush(f"k{number}", "a", "b")
                    both.lrange(f"k{number}", 0, -1)
                    return await both.execute()
            case _:
                await clients.hot.set(f"k{number}", "text")
                with pytest.raises(ResponseError, match="WRONGTYPE"):
                    await clients.hot.lrange(f"k{number}", 0, -1)
                return None

    with valkey_server.client() as client:
        before = client.info("stats")["total_reads_processed"]
        replies = await asyncio.gather(*map(ask, range(300)))
        reads = client.info("stats")["total_reads_processed"] - before

    assert replies[::3] == [str(number) for number in range(0, 300, 3)]
    assert replies[1::3] == [[2, ["a", "b"]]] * 100
    assert reads < 60


async def test_what_a_broken_connection_left_without_a_reply_is_asked_again_and_nothing_else(
    valkey_url: str, valkey_server: ValkeyServer, tmp_path: Path
) -> None:
    replies_bytes = len(":1\r\n") * 5
    async with cut_once(valkey_url, tmp_path / "cut.sock", replies_bytes) as url, open_redis(url) as clients:
        replies = await asyncio.gather(*(clients.hot.incr(f"k{number}") for number in range(20)))

    assert replies == [1] * 5 + [2] * 15  # the server had heard all of them: as redis-py, we cannot know
    with valkey_server.client() as client:
        assert [client.get(f"k{number}") for number in range(20)] == ["1"] * 5 + ["2"] * 15


async def test_what_its_caller_has_given_up_before_it_went_is_not_done(clients: RedisClients) -> None:
    given_up = asyncio.ensure_future(clients.hot.set("given up", "1"))
    kept = asyncio.ensure_future(clients.hot.set("kept", "1"))
    await asyncio.sleep(0)
    given_up.cancel()

    assert await kept
    assert not await clients.hot.exists("given up")


async def past_a_millisecond(clients: RedisClients) -> None:
    """Until the store's clock says so."""
    begun, now = await clients.hot.time(), (0, 0)
    while (now[0] - begun[0]) * 1_000_000 + now[1] - begun[1] < 1_000:
        now = await clients.hot.time()


async def test_a_store_that_lost_its_newest_writes_gives_no_fence_twice(
    redis_inbox: RedisInbox, clients: RedisClients
) -> None:
    leases, outbox = Leases(clients, 3_000, 100), RedisOutbox(clients)
    await redis_inbox.accept(message("question", id="1"))
    ours = await leases.take(THREAD)
    await clients.hot.delete(*thread_keys(THREAD, "lease", "fence", "turn"))  # as a replica that had not heard of it
    await past_a_millisecond(clients)  # no fail-over is as quick

    heirs = await leases.take(THREAD)

    assert ours
    assert heirs
    assert heirs.taken_at  # by the store's clock
    assert abs(heirs.taken_at - datetime.now(UTC)) < timedelta(minutes=1)
    await outbox.check(heirs)
    with pytest.raises(LeaseLost):
        await outbox.check(ours)


async def test_both_events_of_a_mention_wake_one_worker(redis_inbox: RedisInbox, clients: RedisClients) -> None:
    assert await redis_inbox.accept(message("question", id="1")) is Accepted.NEW
    assert await redis_inbox.accept(message("question", id="1")) is Accepted.DUPLICATE

    assert await clients.hot.xlen("plumbline:wake") == 1

    # Another process cannot know whether the first has come so far.
    assert await RedisInbox(clients).accept(message("question", id="1")) is Accepted.DUPLICATE
    assert await clients.hot.xlen("plumbline:wake") == 2


@contextlib.asynccontextmanager
async def cut_once(url: str, path: Path, reply_bytes: int) -> AsyncIterator[str]:
    """The store behind a socket that ends its first connection after so many bytes of INCR's replies."""
    is_cut = False

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal is_cut
        there, to_there = await asyncio.open_unix_connection(url.removeprefix("unix://").partition("?")[0])
        with contextlib.suppress(OSError), contextlib.closing(writer), contextlib.closing(to_there):
            while data := await reader.read(1 << 20):
                to_there.write(data)
                replies = await there.read(1 << 20)
                if b"INCR" in data and not is_cut:
                    is_cut = True
                    while len(replies) < data.count(b"INCR") * len(b":1\r\n"):
                        replies += await there.read(1 << 20)
                    writer.write(replies[:reply_bytes])
                    return
                writer.write(replies)

    async with await asyncio.start_unix_server(serve, path):
        yield f"unix://{path}?db=0"
