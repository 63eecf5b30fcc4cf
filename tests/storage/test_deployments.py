"""Redis as larger teams run it, and as it fails them: Cluster, Sentinel, read-only, loading, out of memory, slow replicas."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import redis.asyncio

from bot.capabilities.team_code.code import RepositoryState
from bot.errors import ConfigError, StoreUnavailable
from bot.ports.inbox import Accepted, Outcome
from storage.attendance import RedisAttendance
from storage.connections import RedisClients, check_redis, deployment, open_redis
from storage.inbox import RedisInbox
from storage.presence import RedisPresence
from storage.redis_history import RedisHistory
from storage.redis_pins import RedisPins
from storage.shared_states import SharedStates
from tests.deployments import DURABLE, Node, cluster, free_port, watched
from tests.fakes import START, THREAD, message
from tests.storage.serving import Gate, Recorder, eventually, serving, settled, thread
from tests.storage.test_history import PINNED, turn
from tests.storage.test_redis_keys import walk
from tests.stores import ValkeyServer, valkey

pytestmark = pytest.mark.slow


def test_a_redis_url_says_what_is_behind_it() -> None:
    assert deployment("redis://a:1/0").kind == "single"
    watching = deployment("rediss+sentinel://bot:p%40ss@a:1,b:2/main?db=0")
    assert (watching.kind, watching.nodes, watching.service) == ("sentinel", (("a", 1), ("b", 2)), "main")
    assert watching.options == {"ssl": True, "username": "bot", "password": "p@ss"}
    assert deployment("redis+cluster://a:7000,b:7001").nodes == (("a", 7000), ("b", 7001))
    for wrong in ("redis+sentinel://a:1,b:2", "redis+cluster://a", "redis+else://a:1/x"):
        with pytest.raises(ConfigError, match="REDIS_URL"):
            deployment(wrong)


async def what_is_read_back(inbox: RedisInbox, clients: RedisClients) -> None:
    """All that a turn and its gateway read, in transactions and outside of them."""
    history, pins, attendance = RedisHistory(clients), RedisPins(clients), RedisAttendance(clients)
    other = thread(77)
    await inbox.accept(message("hi", id="1", thread=other))
    recorder = Recorder()
    async with serving(inbox, recorder):
        await eventually(lambda: other in [lease.thread for lease in recorder.leases])
        await settled(inbox, other)
    fence = next(lease.fence for lease in recorder.leases if lease.thread == other)
    await history.append(other, fence, turn(1), PINNED)
    await history.refuse(other, ["read"])
    loaded = await history.load(other)
    assert (loaded.turns, loaded.pinned, loaded.refused) == ((turn(1),), PINNED, frozenset({"read"}))
    await history.forget(other, START + timedelta(days=1))
    assert (await history.load(other)).turns == ()

    assert [await pins.pin(other, "shop", commit) for commit in ("a", "b")] == ["a", "a"]
    assert await pins.load(other) == {"shop": "a"}
    await pins.show(other, [])
    assert await pins.shown(other) == []
    await attendance.heard("slack", START)
    assert await attendance.last_heard("slack") == START
    await attendance.reach("slack", "C1", "1.1")
    assert await attendance.reached("slack") == {"C1": "1.1"}
    await attendance.remember("slack", "C1", START)
    assert await attendance.places("slack") == ["C1"]
    shared, states = SharedStates(clients, "here"), (RepositoryState("shop", fault="lost"),)
    await shared.tell(states)
    assert await shared.by_host() == {"here": states}
    assert await RedisPresence(clients, ()).count("worker") == 0
    assert (await inbox.standing()).waiting >= 0


async def test_everything_works_on_a_cluster_of_three(tmp_path: Path) -> None:
    with cluster(tmp_path) as (url, _):
        async with open_redis(url) as clients:
            assert await check_redis(clients.hot) == []
            inbox = RedisInbox(clients, lease_seconds=0.6)
            await walk(inbox, clients)
            await what_is_read_back(inbox, clients)
            await inbox.forget(THREAD)

            recorder = Recorder()
            async with serving(RedisInbox(clients, lease_seconds=0.6), recorder):
                for number in range(50):
                    assert await inbox.accept(message(f"{number}", id="1", thread=thread(number))) is Accepted.NEW
                await eventually(lambda: len(recorder.texts) >= 50)
                for number in range(50):
                    await settled(inbox, thread(number))
            assert await inbox.waiting() == 0
    answered = sorted(int(text) for texts in recorder.texts for text in texts if text.isdigit())
    assert answered == list(range(50))


@contextlib.contextmanager
def sentinels(folder: Path) -> Iterator[tuple[str, Node]]:
    with watched(folder) as servers:
        yield servers.url, servers.primary


@contextlib.contextmanager
def cluster_with_replicas(folder: Path) -> Iterator[tuple[str, Node]]:
    with cluster(folder, replicas=1) as (url, nodes):
        yield url, nodes[0]


@pytest.mark.parametrize("deployed", [sentinels, cluster_with_replicas])
async def test_a_failover_loses_and_doubles_nothing_that_a_replica_confirmed(
    deployed: Callable[[Path], contextlib.AbstractContextManager[tuple[str, Node]]],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with deployed(tmp_path) as (url, primary):
        async with open_redis(url) as clients, open_redis(url) as others:
            inbox = RedisInbox(clients, lease_seconds=1, replicas=1)
            worker = RedisInbox(others, lease_seconds=1)
            assert await check_redis(clients.hot) == []
            recorder = Recorder(before_end=lambda _: asyncio.sleep(0.05))
            accepted: list[str] = []

            async def ask(number: int) -> None:
                while True:
                    try:
                        await inbox.accept(message(f"{number}", id="1", thread=thread(number)))
                    except StoreUnavailable:
                        await asyncio.sleep(0.2)  # its platform delivers it again
                    else:
                        accepted.append(f"{number}")
                        return

            async with serving(worker, recorder):
                for number in range(30):
                    if number == 15:
                        assert caplog.text.count("not confirmed") < number / 2  # on a busy disk one may be late
                        primary.kill()
                    await ask(number)
                await eventually(lambda: len({text for texts in recorder.texts for text in texts}) >= 30)
                for number in range(30):
                    await settled(inbox, thread(number))
    answered = sorted(int(text) for texts in recorder.texts for text in texts)
    assert sorted(map(int, accepted)) == list(range(30))
    # A turn whose end was not yet copied is handed out again: its answer is found at its place, and edited there.
    assert sorted(set(answered)) == list(range(30))


async def test_a_replica_is_refused_and_said_so_and_goes_on_as_primary(tmp_path: Path) -> None:
    node = Node(tmp_path, free_port(), DURABLE)
    node.start()
    try:
        async with open_redis(f"redis://127.0.0.1:{node.port}/0") as clients:
            inbox, recorder = RedisInbox(clients, lease_seconds=0.6), Recorder()
            await inbox.ping()
            with node.client() as client:
                client.execute_command("REPLICAOF", "127.0.0.1", str(free_port()))
                with pytest.raises(StoreUnavailable):
                    await inbox.accept(message("hi"))
                assert any("replica" in fault for fault in await check_redis(clients.hot))
                client.execute_command("REPLICAOF", "NO", "ONE")
            async with serving(inbox, recorder):
                assert await inbox.accept(message("hi")) is Accepted.NEW
                await recorder.ended(1)
    finally:
        node.kill()


async def test_a_store_that_loads_loses_nothing(tmp_path: Path) -> None:
    node = Node(tmp_path, free_port(), DURABLE)
    node.start()
    try:
        async with open_redis(f"redis://127.0.0.1:{node.port}/0") as clients:
            inbox, recorder = RedisInbox(clients, lease_seconds=0.6), Recorder()
            for number in range(20):
                await inbox.accept(message(f"{number}", id="1", thread=thread(number)))
            node.kill()
            node.options = [*DURABLE, "--key-load-delay", "20000", "--loading-process-events-interval-bytes", "1024"]
            starting = asyncio.create_task(asyncio.to_thread(node.start))
            async with serving(inbox, recorder):
                refused = 0
                while True:
                    try:
                        await inbox.accept(message("late", id="2", thread=thread(0)))
                        break
                    except StoreUnavailable:
                        refused += 1
                        await asyncio.sleep(0.1)
                await starting
                await eventually(lambda: len([text for texts in recorder.texts for text in texts]) == 21)
    finally:
        node.kill()
    assert refused > 0
    assert sorted(text for texts in recorder.texts for text in texts) == sorted([*map(str, range(20)), "late"])


async def test_out_of_memory_takes_nothing_new_and_ends_what_is_in_the_air() -> None:
    with valkey() as server:
        async with open_redis(server.url) as clients:
            inbox, gate = RedisInbox(clients), Gate()
            recorder = Recorder(Outcome.LEFT_ALONE, before_end=gate)
            async with serving(inbox, recorder):
                await inbox.accept(message("in the air", id="1"))
                await gate.wait_reached()
                with server.client() as client:
                    client.config_set("maxmemory", "1mb")
                    with pytest.raises(StoreUnavailable):
                        await inbox.accept(message("refused", id="2"))
                    with pytest.raises(StoreUnavailable, match="OutOfMemory"):
                        await inbox.ping()
                    gate.opened.set()
                    await settled(inbox)
                    client.config_set("maxmemory", "0")
                assert await inbox.accept(message("refused", id="2")) is Accepted.NEW
                await recorder.ended(2)
    assert recorder.texts == [["in the air"], ["refused"]]


async def test_a_primary_that_was_replaced_is_left_though_it_still_takes_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that was started again: until it is told that it is a replica now, it answers as before."""
    before, after = (Node(tmp_path / name, free_port()) for name in ("before", "after"))
    try:
        before.start()
        after.start()
        named = before

        async def names(_: object, service: str) -> tuple[str, int]:
            return "127.0.0.1", named.port

        monkeypatch.setattr(redis.asyncio.Sentinel, "discover_master", names)
        async with open_redis("redis+sentinel://127.0.0.1:1/plumbline") as clients, asyncio.timeout(60):
            for client in (clients.hot, clients.blocking):
                assert (await client.info("server"))["tcp_port"] == before.port

            named = after

            for client in (clients.hot, clients.blocking):
                while (await client.info("server"))["tcp_port"] != after.port:  # noqa: ASYNC110 - the store is asked
                    await asyncio.sleep(0.05)
    finally:
        before.kill()
        after.kill()


async def test_clients_of_sentinels_are_closed_though_their_driver_swallows_a_cancellation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = asyncio.Event()

    async def swallows(_: object, service: str) -> tuple[str, int]:
        with contextlib.suppress(asyncio.CancelledError):
            asked.set()
            await asyncio.Event().wait()
        return "127.0.0.1", 1

    monkeypatch.setattr(redis.asyncio.Sentinel, "discover_master", swallows)
    async with asyncio.timeout(30):
        async with open_redis("redis+sentinel://127.0.0.1:1/plumbline"):
            await asked.wait()


async def test_a_replica_that_does_not_answer_costs_a_warning_and_no_question(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with watched(tmp_path) as servers:
        async with open_redis(f"redis://127.0.0.1:{servers.primary.port}/0") as clients:
            inbox = RedisInbox(clients, replicas=1)
            for number in range(20):  # on a busy disk one may be late
                caplog.clear()
                assert await inbox.accept(message("copied", id=f"{number}")) is Accepted.NEW
                if "not confirmed" not in caplog.text:
                    break
            assert "not confirmed" not in caplog.text
            servers.replica.send(signal.SIGSTOP)
            assert await inbox.accept(message("not copied", id="last")) is Accepted.NEW
            assert "not confirmed" in caplog.text
            changes: list[Callable[[], Awaitable[object]]] = [
                lambda: inbox.revise(replace(message("not copied either", id="last"), edition="1")),
                lambda: inbox.withdraw(THREAD, "last"),
                lambda: inbox.ask_again(replace(message("edited", id="q1"), edition="1"), turn(1)),
            ]
            for change in changes:  # nobody tells of these twice
                caplog.clear()
                await change()
                assert "not confirmed" in caplog.text


async def test_a_server_that_forgot_our_scripts_is_told_them_again(
    valkey_url: str, valkey_server: ValkeyServer
) -> None:
    async with open_redis(valkey_url) as clients:
        inbox = RedisInbox(clients)
        await inbox.accept(message("hi", id="1"))
        with valkey_server.client() as client:
            client.script_flush()

        assert await inbox.accept(message("hi", id="2")) is Accepted.NEW
        assert await inbox.accept(message("hi", id="2")) is Accepted.DUPLICATE
