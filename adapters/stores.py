"""Everything that remembers, opened from the settings: Redis or an embedded Valkey, PostgreSQL or SQLite, and what stands on them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from adapters.folders import data_folder
from adapters.roles import Role
from adapters.web.threads import thread_at
from bot.errors import StoreNotReady, StoreUnavailable
from bot.front_desk.discretion import Discretion
from bot.ports.stores import ChannelSettingsStore
from bot.reasons import reason
from bot.settings import Settings
from storage.attendance import RedisAttendance
from storage.board import RedisBoard
from storage.connections import RedisClients, open_redis
from storage.databases import open_sql
from storage.embedded import EmbeddedValkey
from storage.inbox import RedisInbox
from storage.marks import RedisMarks
from storage.migrations import migrate as migrate_sql
from storage.patient_ledger import PatientLedger
from storage.presence import RedisPresence
from storage.redis_copies import RedisCopies
from storage.redis_history import RedisHistory
from storage.redis_outbox import RedisOutbox, RedisProgress
from storage.redis_pins import RedisPins
from storage.shared_states import SharedStates
from storage.sql_checks import SqlCheckLog
from storage.sql_logs import SqlChannelSettings, SqlFeedbackLog, SqlUsageLog

log = logging.getLogger(__name__)

READY_SECONDS, READY_PAUSE_SECONDS = 60, 2
"""How long a start waits for a store that takes no writes yet. Sentinels call a primary down after 30 s, unless told otherwise."""


def clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Stores:
    """Everything that remembers, open."""

    inbox: RedisInbox
    history: RedisHistory
    copies: RedisCopies
    progress: RedisProgress
    outbox: RedisOutbox
    board: RedisBoard
    usage: PatientLedger
    feedback: SqlFeedbackLog
    channels: SqlChannelSettings
    pins: RedisPins
    attendance: RedisAttendance
    marks: RedisMarks
    checks: SqlCheckLog
    presence: RedisPresence
    states: SharedStates


def described(settings: Settings) -> str:
    """Where what is remembered is kept, in words."""
    redis = "the Redis of REDIS_URL" if settings.redis_url else "an embedded Valkey"
    sql = "the database of DATABASE_URL" if settings.database_url else "SQLite"
    return f"{redis} and {sql}"


@contextlib.asynccontextmanager
async def open_stores(settings: Settings, role: Role) -> AsyncIterator[Stores]:
    """Raises ConfigError or StoreUnavailable with what is wrong."""
    days = settings.plumbline_history_days
    async with contextlib.AsyncExitStack() as stack:
        data_folder(settings.plumbline_data_dir)
        url = settings.redis_url
        if url is None:
            embedded = await stack.enter_async_context(EmbeddedValkey(settings.plumbline_data_dir / "valkey"))
            url = embedded.url
        clients = await stack.enter_async_context(open_redis(url))
        engine = await stack.enter_async_context(open_sql(database_url(settings)))
        with at_start(sql_setting(settings)):
            await _when_ready(lambda: migrate_sql(engine))
        inbox = RedisInbox(
            clients,
            thread_days=days,
            lease_seconds=settings.plumbline_lease_seconds,
            replicas=settings.plumbline_redis_replicas,
        )
        with at_start("REDIS_URL" if settings.redis_url else "PLUMBLINE_DATA_DIR"):
            await _when_ready(inbox.ping)
        channels = SqlChannelSettings(engine, clock)
        yield Stores(
            inbox,
            RedisHistory(clients, days),
            RedisCopies(clients, days),
            RedisProgress(clients),
            RedisOutbox(clients, days, settings.plumbline_redis_replicas),
            _board(clients, days, channels),
            PatientLedger(clients, SqlUsageLog(engine)),
            SqlFeedbackLog(engine),
            channels,
            RedisPins(clients, days),
            RedisAttendance(clients),
            RedisMarks(clients),
            SqlCheckLog(engine, clock),
            RedisPresence(clients, ("gateway", "worker") if role == "all" else (role,)),
            SharedStates(clients, socket.gethostname()),
        )


async def _when_ready(reach: Callable[[], Awaitable[object]]) -> None:
    """Once the store takes writes. Raises StoreUnavailable."""
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            await reach()
        except StoreNotReady as fault:
            if time.monotonic() > deadline:
                raise
            log.warning("waiting for the store", extra={"reason": reason(fault)})
        else:
            return
        await asyncio.sleep(READY_PAUSE_SECONDS)


@contextlib.contextmanager
def at_start(setting: str) -> Iterator[None]:
    """A store that is not reached is named by its setting."""
    try:
        yield
    except StoreUnavailable as fault:
        raise StoreUnavailable(f"{setting}: {reason(fault)}; is it right, and is the server running?") from fault


def sql_setting(settings: Settings) -> str:
    return "DATABASE_URL" if settings.database_url else "PLUMBLINE_DATA_DIR"


def database_url(settings: Settings) -> str:
    return settings.database_url or f"sqlite:///{settings.plumbline_data_dir.resolve() / 'plumbline.db'}"


def _board(clients: RedisClients, days: int, channels: ChannelSettingsStore) -> RedisBoard:
    """What people write on the page is kept as what they write elsewhere: without secrets."""
    discretion, page = Discretion(channels), thread_at("any").place

    async def clean(text: str) -> str:
        return (await discretion.text(page, text)).text

    async def clean_file(data: bytes) -> tuple[bytes, Sequence[str]]:
        return await discretion.file(page, data)

    return RedisBoard(clients, days, clean=clean, clean_file=clean_file)
