"""Opens and closes Redis; turns its errors into ours.

Two Redis clients (redis-py 8 waits 4.75 s on a server that is down, and its default read timeout cuts a blocking read): `hot`
fails within half a second, `blocking` waits for streams.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast
from urllib.parse import unquote

from redis.asyncio import BlockingConnectionPool, Redis, RedisCluster, Sentinel
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import MasterNotFoundError
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.exceptions import BusyLoadingError, ClusterDownError, NoPermissionError, ReadOnlyError, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError

from bot.errors import BotError, ConfigError, StoreNotReady, StoreUnavailable
from bot.loops import outlived
from bot.reasons import reason
from storage.hot import Hot
from storage.keys import READY, READY_SECONDS
from storage.scripts import Script

log = logging.getLogger(__name__)

HOT_TIMEOUT_SECONDS = 1.5
WAITING_TIMEOUT_SECONDS = 25
"""More than any BLOCK: a reply that takes longer will never come."""

FOLLOW_SECONDS = 0.5
"""How often Sentinels are asked which Redis is the primary."""

LEAST_REDIS = (7, 0)

RIGHTS = "~plumbline:* +@all -@admin -@dangerous"
"""The least that is tried, as a line of an ACL has it."""

SOON = (BusyLoadingError, ClusterDownError, MasterNotFoundError, ReadOnlyError)
FEW_REPLICAS = "NOREPLICAS"
"""What Redis says while it loads or a replica takes over; redis-py 8.1 has no class for the last."""


@dataclass(frozen=True, slots=True)
class RedisClients:
    """`hot` for every call, `blocking` for reads that wait."""

    hot: Redis
    blocking: Redis


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where Redis is. `kind`: one server, Sentinels that know the primary called `service`, or nodes of a cluster."""

    kind: Literal["single", "sentinel", "cluster"]
    nodes: tuple[tuple[str, int], ...] = ()
    service: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


def deployment(url: str) -> Deployment:
    """Read a REDIS_URL: redis://, rediss:// or unix://, redis+sentinel://host:port,host:port/service or
    redis+cluster://host:port,host:port; rediss+... for TLS, user:password@ before the hosts. Raises ConfigError."""
    scheme, _, rest = url.partition("://")
    if "+" not in scheme:
        return Deployment("single")
    security, _, kind = scheme.partition("+")
    place, _, service = rest.partition("/")
    login, _, hosts = place.rpartition("@")
    user, _, password = login.partition(":")
    options: dict[str, Any] = {"ssl": True} if security == "rediss" else {}
    options |= {"username": unquote(user)} if user else {}
    options |= {"password": unquote(password)} if password else {}
    try:
        nodes = tuple((host, int(port)) for host, _, port in (one.rpartition(":") for one in hosts.split(",")))
    except ValueError:
        raise ConfigError(f"REDIS_URL: each host needs its port, such as {scheme}://10.0.0.1:26379") from None
    if kind == "cluster":
        return Deployment("cluster", nodes, options=options)
    if kind != "sentinel" or not service:
        raise ConfigError("REDIS_URL: redis+sentinel:// ends with the service's name, such as .../mymaster")
    return Deployment("sentinel", nodes, service.partition("?")[0], options)


class Cluster(RedisCluster):
    """Finds the keys of stream reads by itself. redis-py 8.1 asks a node for them (COMMAND GETKEYS) that it chose when it looked up its
    nodes, and does not look them up anew when that one is gone: a worker would hear no wake-up any more."""

    async def _determine_slot(self, command: str, *args: Any) -> int:
        if command in ("XREAD", "XREADGROUP"):
            return self.keyslot(args[args.index(b"STREAMS") + 1])
        return await super()._determine_slot(command, *args)


@contextlib.asynccontextmanager
async def open_redis(url: str) -> AsyncIterator[RedisClients]:
    """Clients for a REDIS_URL (`deployment`); nothing is reached yet."""
    async with contextlib.AsyncExitStack() as stack:
        clients = RedisClients(_hot(url, stack), _waiting(url, stack))
        yield clients


def _hot(url: str, stack: contextlib.AsyncExitStack) -> Redis:
    # A call that timed out may have been heard: it is not sent again behind the caller's back.
    retry = Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.5), 2, (RedisConnectionError, BusyLoadingError))
    return _client(url, stack, HOT_TIMEOUT_SECONDS, retry, Hot, timeout=HOT_TIMEOUT_SECONDS, health_check_interval=15)


def _waiting(url: str, stack: contextlib.AsyncExitStack) -> Redis:
    return _client(url, stack, WAITING_TIMEOUT_SECONDS, Retry(NoBackoff(), 1), Redis, timeout=None)


def _client(
    url: str,
    stack: contextlib.AsyncExitStack,
    seconds: float,
    retry: Retry,
    kind: type[Redis],
    timeout: float | None,
    **more: Any,
) -> Redis:
    """One client of that kind, but for a cluster; it is closed with the stack. `timeout`: how long to wait for a free connection."""
    where = deployment(url)
    options: dict[str, Any] = {
        "socket_timeout": seconds,
        "socket_connect_timeout": HOT_TIMEOUT_SECONDS,
        "retry": retry,
    } | more
    # Bytes that are no UTF-8 were not written by us; they are read, set aside and written back as they are.
    options |= {"protocol": 2, "decode_responses": True, "encoding_errors": "surrogateescape", **where.options}
    if where.kind == "cluster":
        nodes = [ClusterNode(host, port) for host, port in where.nodes]
        cluster = Cluster(startup_nodes=nodes, **options)
        for command, reader in cluster.response_callbacks.items():
            cluster.set_response_callback(command, _without_keys(reader))
        stack.push_async_callback(cluster.aclose)
        return cast(Redis, cluster)  # the same commands, as far as we use them: tests/storage/test_deployments.py
    if where.kind == "sentinel":
        few = {"socket_timeout": HOT_TIMEOUT_SECONDS, "socket_connect_timeout": HOT_TIMEOUT_SECONDS}
        sentinel: Any = Sentinel(where.nodes, sentinel_kwargs=few, **options)  # type: ignore[no-untyped-call]
        client: Redis = sentinel.master_for(where.service, kind)
        for one in (client, *sentinel.sentinels):
            stack.push_async_callback(one.aclose)
        stack.push_async_callback(_ended, asyncio.create_task(_follow_primary(client)))
        return client
    pool = BlockingConnectionPool.from_url(url, max_connections=64, timeout=timeout, **options)
    single = kind(connection_pool=pool)
    stack.push_async_callback(pool.disconnect)
    stack.push_async_callback(single.aclose)
    return single


async def _follow_primary(client: Redis) -> None:
    """Leave a primary that was replaced, as soon as Sentinels name another. One that was started again takes writes for some seconds
    more, which are thrown away when it becomes a replica; redis-py 8.1 asks where the primary is only when it connects anew."""
    pool: Any = client.connection_pool
    while True:
        with outlived(log, "Sentinels not asked"), contextlib.suppress(StoreUnavailable), redis_errors():
            await pool.get_master_address()  # closes what is idle; what is at work is closed when it comes back
        await asyncio.sleep(FOLLOW_SECONDS)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _without_keys(reader: Callable[..., Any]) -> Callable[..., Any]:
    """redis-py 8.1's cluster hands a command's `keys` to what reads its reply in a transaction, which takes none; elsewhere it takes
    them off (redis/asyncio/cluster.py: `parse_response`, and `_execute_transaction`, which forgets it)."""

    def read(reply: Any, **options: Any) -> Any:
        options.pop("keys", None)
        return reader(reply, **options)

    return read


@contextlib.contextmanager
def redis_errors() -> Iterator[None]:
    """Around every call to Redis: what it raises becomes StoreUnavailable, also what its driver trips over.

    redis-py 8.1's cluster client raises AttributeError while a node restarts: tests/storage/test_node_restarts.py.
    redis-py 8.1 sometimes swallows a cancellation that arrives while it talks to the server, and returns the reply; here it
    is raised again, for a task that goes on after its end can hang a shutdown.
    """
    before = _cancellations()
    try:
        yield
    except BotError:
        raise
    except Exception as fault:
        if _cancellations() > before:
            raise asyncio.CancelledError from fault
        if not isinstance(fault, RedisError | OSError):
            log.warning("the driver tripped", exc_info=fault)
        is_soon = isinstance(fault, SOON) or str(fault).startswith(FEW_REPLICAS)
        kind = StoreNotReady if is_soon else StoreUnavailable
        raise kind(f"Redis: {type(fault).__name__}: {reason(fault)}") from fault
    if _cancellations() > before:
        raise asyncio.CancelledError


def _cancellations() -> int:
    task = asyncio.current_task()
    return task.cancelling() if task else 0


async def check_redis(redis: Redis) -> list[str]:
    """What is wrong with this Redis for keeping questions, in plain sentences; of a cluster each node is asked."""
    try:
        faults = await _settings_faults(redis)
        if not faults:
            await redis.set(READY, 1, ex=READY_SECONDS)
            await Script(redis, "now")([READY])
    except NoPermissionError as fault:
        return [f"its user may not do what the bot does ({reason(fault)}); it needs the rights `{RIGHTS}`"]
    except Exception as fault:  # also what the driver trips over
        return [f"cannot be reached ({reason(fault)}); is REDIS_URL right, and is the server running?"]
    return faults


async def _settings_faults(redis: Redis) -> list[str]:
    try:
        if isinstance(redis, RedisCluster):
            nodes: Any = await redis.info(target_nodes=RedisCluster.PRIMARIES)
            return [f"node {name} {fault}" for name, info in nodes.items() for fault in _redis_faults(info)]
        return list(_redis_faults(await redis.info()))
    except NoPermissionError:
        log.warning("Redis does not tell this user how it is set (INFO), so that was not looked at")
        return []


def _redis_faults(info: Mapping[str, Any]) -> Iterator[str]:
    version = str(info.get("redis_version", "0"))
    if tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) < LEAST_REDIS:
        yield f"version {version} is too old; Redis or Valkey 7 or newer is needed"
    if info.get("loading"):
        yield "is still loading its data; wait, and check again"
    if info.get("role") == "slave":
        yield "is a replica and takes no writes; REDIS_URL must name the primary, or the Sentinels"
    if not info.get("aof_enabled"):
        yield "does not write to disk at once: a crash loses accepted questions; set `appendonly yes` and `appendfsync always`"
    if info.get("maxmemory") and info.get("maxmemory_policy") != "noeviction":
        yield "may evict waiting questions when memory is short; set `maxmemory-policy noeviction`"
