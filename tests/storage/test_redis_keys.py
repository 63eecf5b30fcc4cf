"""What stands in Redis: keys that keep to one slot, that end, and a server that is fit for them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from redis.crc import key_slot

from bot.ports.inbox import Outcome, Progress
from bot.ports.stores import BoardPost
from storage.board import RedisBoard
from storage.connections import RIGHTS, RedisClients, check_redis, open_redis
from storage.inbox import RedisInbox
from storage.redis_history import RedisHistory
from storage.redis_outbox import RedisOutbox, RedisProgress
from tests.fakes import START, THREAD, message
from tests.storage.serving import Recorder, eventually, serving, settled, thread
from tests.storage.test_history import PINNED, turn
from tests.stores import ValkeyServer


async def walk(inbox: RedisInbox, clients: RedisClients) -> None:
    """Every call of every Redis port at least once."""
    history, outbox, board = RedisHistory(clients), RedisOutbox(clients), RedisBoard(clients)
    for number, outcome in enumerate(Outcome):
        await inbox.accept(message("hi", id=str(number)))
        await inbox.stop(THREAD, "Ben")
        recorder = Recorder(outcome)
        async with serving(inbox, recorder):
            await recorder.ended(1)
            await settled(inbox)
        last = recorder.leases[-1]
        if outcome is Outcome.FAILED:
            await inbox.retry(THREAD, last.turn_id)
    await inbox.claim(THREAD, "command:1")
    await inbox.mute(THREAD, True)
    await history.append(THREAD, last.fence, turn(1), PINNED)
    await history.fold(THREAD, last.fence, 1)
    await history.amend(THREAD, lambda turns: turns[:0])
    await inbox.revise(replace(message("edited", id="0"), edition="1"))
    await inbox.withdraw(THREAD, "1")
    await inbox.ask_again(replace(message("edited", id="q1"), edition="1"), turn(1))
    await outbox.attempted(last, 0)
    await outbox.delivered(last, 0, "p0")
    await outbox.removed(last, 1)
    await RedisProgress(clients).save(last, Progress("{}", "half"))
    await board.put(THREAD, BoardPost("p", "Ana", START, "hi"))
    await board.put(THREAD, BoardPost("q", "Ana", START, "and?"))
    await board.rename(THREAD, "Greetings")
    await board.remove(THREAD, "p")
    assert [one.title for one in await board.threads(THREAD.workspace)] == ["Greetings"]
    await board.remove(THREAD, "q")
    await board.put(THREAD, BoardPost("p", "Ana", START, "hi"))
    await board.forget(THREAD)
    await board.put(THREAD, BoardPost("p", "Ana", START, "hi"))
    await board.rename(THREAD, "Greetings")
    await board.keep_file("f", b"x")
    await inbox.accept(message("left waiting", id="last"))


async def test_every_script_keeps_to_one_slot_of_a_cluster(
    redis_inbox: RedisInbox, clients: RedisClients, monkeypatch: pytest.MonkeyPatch
) -> None:
    slots: list[set[int]] = []
    send: Any = clients.hot.execute_command

    async def spy(*arguments: Any, **options: Any) -> Any:
        if arguments[0] == "EVALSHA":
            keys = arguments[3 : 3 + int(arguments[2])]
            slots.append({key_slot(str(key).encode()) for key in keys})
        return await send(*arguments, **options)

    monkeypatch.setattr(clients.hot, "execute_command", spy)

    await walk(redis_inbox, clients)

    assert len(slots) > 20
    assert {len(one) for one in slots} == {1}


async def test_everything_in_the_store_ends_but_the_streams_and_the_busy_list(
    redis_inbox: RedisInbox, clients: RedisClients, valkey_server: ValkeyServer
) -> None:
    await walk(redis_inbox, clients)
    await redis_inbox.forget(thread(1))

    with valkey_server.client() as client:
        endless = {str(key) for key in client.scan_iter() if client.ttl(str(key)) == -1}

    assert {key.split(":")[1] for key in endless} <= {"wake", "busy"}


async def test_a_stream_of_wake_ups_is_empty_when_all_is_done(
    redis_inbox: RedisInbox, valkey_server: ValkeyServer
) -> None:
    recorder = Recorder()
    async with serving(redis_inbox, recorder):
        for number in range(30):
            await redis_inbox.accept(message("hi", thread=thread(number)))
        await recorder.ended(30)
        with valkey_server.client() as client:
            await eventually(lambda: bool(client.xlen("plumbline:wake") == 0))
            assert client.xpending("plumbline:wake", "workers")["pending"] == 0


async def test_a_server_without_persistence_or_with_eviction_is_named(
    clients: RedisClients, valkey_server: ValkeyServer
) -> None:
    good = await check_redis(clients.hot)
    with valkey_server.client() as client:
        client.config_set("appendonly", "no")
        client.config_set("maxmemory", "100mb")
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            faults = await check_redis(clients.hot)
        finally:
            client.config_set("appendonly", "yes")
            client.config_set("maxmemory-policy", "noeviction")
            client.config_set("maxmemory", "0")

    assert good == []
    assert ["appendonly" in faults[0], "noeviction" in faults[1], len(faults)] == [True, True, 2]


@contextlib.asynccontextmanager
async def as_user(server: ValkeyServer, rights: str) -> AsyncIterator[RedisClients]:
    """The server as somebody with these rights has it."""
    with server.client() as admin:
        admin.execute_command("ACL", "SETUSER", "app", "reset", "on", ">k/9+Q=", "&*", *rights.split())
        try:
            address = server.url.replace("unix://", "unix://app:k%2F9%2BQ%3D@")
            async with open_redis(address) as clients:
                yield clients
        finally:
            admin.execute_command("ACL", "DELUSER", "app")


async def test_a_user_with_the_rights_that_are_named_can_do_all_that_the_bot_does(valkey_server: ValkeyServer) -> None:
    """As managed services give them: nothing of the server, and only our keys."""
    async with as_user(valkey_server, RIGHTS) as clients:
        assert await check_redis(clients.hot) == []
        await walk(RedisInbox(clients), clients)


@pytest.mark.parametrize(
    "rights", ["~other:* +@all", "~plumbline:* +@read +info", "~plumbline:* +@all -@scripting"], ids=str.split
)
async def test_a_user_without_them_is_named_with_what_is_needed(valkey_server: ValkeyServer, rights: str) -> None:
    async with as_user(valkey_server, rights) as clients:
        (fault,) = await check_redis(clients.hot)

    assert fault.startswith("its user may not do what the bot does")
    assert RIGHTS in fault
