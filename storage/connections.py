"""Opens and closes Redis and SQL; turns their errors into ours.

Two Redis clients (redis-py 8 waits 4.75 s on a server that is down, and its default read timeout cuts a blocking read): `hot`
fails within half a second, `blocking` waits for streams.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import BusyLoadingError, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.errors import ConfigError, HistoryUnavailable

HOT_TIMEOUT_SECONDS = 1.5
WAITING_TIMEOUT_SECONDS = 25
"""More than any BLOCK: a reply that takes longer will never come."""

LEAST_REDIS = (7, 0)


@dataclass(frozen=True, slots=True)
class RedisClients:
    """`hot` for every call, `blocking` for reads that wait."""

    hot: Redis
    blocking: Redis


@contextlib.asynccontextmanager
async def open_redis(url: str) -> AsyncIterator[RedisClients]:
    """Clients for a redis://, rediss:// or unix:// address; nothing is reached yet."""
    # A call that timed out may have been heard: it is not sent again behind the caller's back.
    retry = Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.5), 2, (RedisConnectionError, BusyLoadingError))
    hot_pool = BlockingConnectionPool.from_url(
        url,
        max_connections=64,
        timeout=HOT_TIMEOUT_SECONDS,
        socket_timeout=HOT_TIMEOUT_SECONDS,
        socket_connect_timeout=HOT_TIMEOUT_SECONDS,
        retry=retry,
        health_check_interval=15,
        protocol=2,
        decode_responses=True,
    )
    waiting_pool = BlockingConnectionPool.from_url(
        url,
        max_connections=64,
        timeout=None,
        socket_timeout=WAITING_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 1),
        socket_connect_timeout=5,
        protocol=2,
        decode_responses=True,
    )
    clients = RedisClients(Redis(connection_pool=hot_pool), Redis(connection_pool=waiting_pool))
    try:
        yield clients
    finally:
        for client, pool in ((clients.hot, hot_pool), (clients.blocking, waiting_pool)):
            await client.aclose()
            await pool.disconnect()


@contextlib.contextmanager
def redis_errors() -> Iterator[None]:
    """Around every call to Redis: what it raises becomes HistoryUnavailable.

    redis-py 8.1 sometimes swallows a cancellation that arrives while it talks to the server, and returns the reply; here it
    is raised again, for a task that goes on after its end can hang a shutdown.
    """
    before = _cancellations()
    try:
        yield
    except RedisError as fault:
        if _cancellations() > before:
            raise asyncio.CancelledError from fault
        raise HistoryUnavailable(f"Redis: {type(fault).__name__}: {fault}") from fault
    if _cancellations() > before:
        raise asyncio.CancelledError


def _cancellations() -> int:
    task = asyncio.current_task()
    return task.cancelling() if task else 0


@contextlib.contextmanager
def sql_errors() -> Iterator[None]:
    """Around every use of SQL: what it raises becomes HistoryUnavailable."""
    try:
        yield
    except (SQLAlchemyError, OSError) as fault:
        raise HistoryUnavailable(f"SQL: {type(fault).__name__}") from fault


def script(redis: Redis, name: str) -> AsyncScript:
    """One of scripts/*.lua, sent by its hash and loaded where it is missing."""
    return redis.register_script(files("storage.scripts").joinpath(f"{name}.lua").read_text())


def async_url(url: str) -> str:
    """The same database with the driver that we use; plain `postgresql://` and `postgres://` are what people have."""
    parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    driver = {"postgresql": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}.get(parsed.get_backend_name())
    if driver is None:
        raise ConfigError(f"DATABASE_URL: {parsed.get_backend_name()} is not supported; use PostgreSQL or SQLite")
    return parsed.set(drivername=driver).render_as_string(hide_password=False)


@contextlib.asynccontextmanager
async def open_sql(url: str) -> AsyncIterator[AsyncEngine]:
    """An engine for a DATABASE_URL: SQLite in WAL mode, or PostgreSQL; nothing is reached yet."""
    address = async_url(url)
    if address.startswith("sqlite"):
        engine = create_async_engine(address)
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    else:
        engine = create_async_engine(address, pool_size=10, max_overflow=5, pool_pre_ping=True, pool_recycle=1800)
    try:
        yield engine
    finally:
        await engine.dispose()


def _prepare_sqlite(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    for pragma in ("busy_timeout=5000", "journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


async def check_redis(redis: Redis) -> list[str]:
    """What is wrong with this Redis for keeping questions, in plain sentences."""
    try:
        server: Mapping[str, Any] = await redis.info("server")
        persistence: Mapping[str, Any] = await redis.info("persistence")
        memory: Mapping[str, Any] = await redis.info("memory")
    except RedisError as fault:
        return [f"cannot be reached ({type(fault).__name__}); is REDIS_URL right, and is the server running?"]
    return list(_redis_faults(server, persistence, memory))


def _redis_faults(
    server: Mapping[str, Any], persistence: Mapping[str, Any], memory: Mapping[str, Any]
) -> Iterator[str]:
    version = str(server.get("redis_version", "0"))
    if tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) < LEAST_REDIS:
        yield f"version {version} is too old; Redis or Valkey 7 or newer is needed"
    if not persistence.get("aof_enabled"):
        yield "does not write to disk at once: a crash loses accepted questions; set `appendonly yes` and `appendfsync always`"
    if memory.get("maxmemory") and memory.get("maxmemory_policy") != "noeviction":
        yield "may evict waiting questions when memory is short; set `maxmemory-policy noeviction`"


async def check_sql(engine: AsyncEngine) -> list[str]:
    """What is wrong with this database, in plain sentences."""
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError) as fault:
        return [f"cannot be reached ({type(fault).__name__}); is DATABASE_URL right, and is the server running?"]
    return []
