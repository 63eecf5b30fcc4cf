"""The stores that each port's contract runs on: memory and Valkey, SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.ports.inbox import Inbox, Outbox, ProgressLog
from bot.ports.stores import Board, History
from storage.board import RedisBoard
from storage.connections import RedisClients, open_redis
from storage.databases import open_sql
from storage.inbox import RedisInbox
from storage.leases import Leases
from storage.memory import Fences, MemoryBoard, MemoryHistory, MemoryInbox, MemoryOutbox, MemoryProgress
from storage.migrations import migrate
from storage.redis_history import RedisHistory
from storage.redis_outbox import RedisOutbox, RedisProgress
from tests.fakes import FixedClock
from tests.stores import TEMPLATE, PostgresServer, ValkeyServer, postgres, valkey

LEASE_SECONDS = 0.6
DAY = 24 * 3600


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[ValkeyServer]:
    with valkey() as server:
        yield server


@pytest.fixture
def valkey_url(valkey_server: ValkeyServer) -> str:
    """A real Valkey, empty."""
    with valkey_server.client() as client:
        client.flushall()
    return valkey_server.url


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """PostgreSQL with one migrated database to copy."""
    with postgres() as server:
        asyncio.run(_make_template(server))
        yield server


async def _make_template(server: PostgresServer) -> None:
    async with open_sql(await server.create(TEMPLATE)) as engine:
        await migrate(engine)


@pytest.fixture
async def postgres_url(postgres_server: PostgresServer) -> AsyncIterator[str]:
    """A migrated database of this test's own, as an async SQLAlchemy URL."""
    name = f"test_{secrets.token_hex(6)}"
    yield await postgres_server.create(name, TEMPLATE)
    await postgres_server.drop(name)


@pytest.fixture
async def clients(valkey_url: str) -> AsyncIterator[RedisClients]:
    async with open_redis(valkey_url) as clients:
        yield clients


@dataclass(frozen=True, slots=True)
class Stores:
    """One store's ports. `worker` is an inbox as another process would have it, of which nobody dies: see `three`."""

    inbox: Inbox
    history: History
    outbox: Outbox
    progress: ProgressLog
    board: Board
    worker: Callable[[], Inbox]


@pytest.fixture(params=["memory", "valkey"])
def stores(request: pytest.FixtureRequest) -> Stores:
    if request.param == "memory":
        clock, fences = FixedClock(), Fences()
        inbox = MemoryInbox(clock, fences=fences)
        history, outbox, progress = MemoryHistory(fences), MemoryOutbox(fences), MemoryProgress(fences)
        return Stores(inbox, history, outbox, progress, MemoryBoard(), lambda: inbox)
    redis_stores: Stores = request.getfixturevalue("redis_stores")
    return redis_stores


@pytest.fixture
def redis_stores(clients: RedisClients) -> Stores:
    """All ports on a real Valkey."""

    kept = RedisHistory(clients), RedisOutbox(clients), RedisProgress(clients), RedisBoard(clients)
    inbox = RedisInbox(clients, lease_seconds=LEASE_SECONDS)
    return Stores(inbox, *kept, lambda: RedisInbox(clients, lease_seconds=60))


@pytest.fixture
async def sqlite_engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    async with open_sql(f"sqlite:///{tmp_path / 'plumbline.db'}") as engine:
        await migrate(engine)
        yield engine


@pytest.fixture
async def postgresql_engine(postgres_url: str) -> AsyncIterator[AsyncEngine]:
    async with open_sql(postgres_url) as engine:
        yield engine


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> AsyncEngine:
    """A migrated database."""
    engine: AsyncEngine = request.getfixturevalue(f"{request.param}_engine")
    return engine


@pytest.fixture
def redis_inbox(clients: RedisClients) -> RedisInbox:
    return RedisInbox(clients, lease_seconds=LEASE_SECONDS)


@pytest.fixture
async def three(clients: RedisClients, valkey_url: str) -> AsyncIterator[list[RedisInbox]]:
    """Three processes' inboxes of which nobody dies: their leases outlive a machine that stands still, so that whatever is handled
    twice is a fault."""
    async with open_redis(valkey_url) as one, open_redis(valkey_url) as two:
        yield [RedisInbox(each, lease_seconds=60) for each in (clients, one, two)]


@pytest.fixture
def leases(clients: RedisClients) -> Leases:
    return Leases(clients, 5_000, DAY)


@pytest.fixture
async def others(valkey_url: str) -> AsyncIterator[list[RedisInbox]]:
    """Two more processes' inboxes, each with connections of its own."""
    async with open_redis(valkey_url) as one, open_redis(valkey_url) as two:
        yield [RedisInbox(clients, lease_seconds=LEASE_SECONDS) for clients in (one, two)]
