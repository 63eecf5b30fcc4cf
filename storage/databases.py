"""Opens PostgreSQL and SQLite by the addresses that people have; turns their errors into ours.

A PostgreSQL address goes to asyncpg as it is: it reads them as libpq does (several hosts, `sslmode` and its certificates, a service,
`PG*` variables, `~/.pgpass`), and SQLAlchemy would hand it the words after `?` as arguments that it does not have.
"""

from __future__ import annotations

import contextlib
import logging
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from sqlite3 import OperationalError
from typing import Any
from urllib.parse import parse_qsl, urlencode

import asyncpg
from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.errors import BotError, ConfigError, StoreNotReady, StoreUnavailable
from bot.reasons import reason

log = logging.getLogger(__name__)

CONNECT_SECONDS, COMMAND_SECONDS = 3, 60
"""A host that answers nothing is away; a statement may wait for another process that migrates."""

WAL_TRIES, WAL_PAUSE_SECONDS = 100, 0.02

STARTING_UP = "57P03"
"""`cannot_connect_now`: https://www.postgresql.org/docs/current/errcodes-appendix.html"""

LIBPQ_ONLY = {
    "channel_binding", "client_encoding", "connect_timeout", "fallback_application_name", "gssdelegation", "gssencmode",
    "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval", "load_balance_hosts", "max_protocol_version",
    "min_protocol_version", "require_auth", "requirepeer", "requiressl", "sslcertmode", "sslcompression", "sslcrldir",
    "sslkeylogfile", "sslsni", "tcp_user_timeout",
}  # fmt: skip
"""What libpq keeps to itself and asyncpg 0.32 has not: it takes each other word for a setting of the server's.
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS"""

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl", "passfile")
"""Words that name one: asyncpg says that there is none, and not which."""


@contextlib.contextmanager
def sql_errors() -> Iterator[None]:
    """Around every use of SQL: what it raises becomes StoreUnavailable, also what its driver trips over."""
    try:
        yield
    except BotError:
        raise
    except Exception as fault:
        if not isinstance(fault, SQLAlchemyError | OSError):
            log.warning("the driver tripped", exc_info=fault)
        is_soon = getattr(getattr(fault, "orig", fault), "sqlstate", "") == STARTING_UP
        kind = StoreNotReady if is_soon else StoreUnavailable
        raise kind(f"SQL: {type(fault).__name__}: {reason(fault)}") from fault


@contextlib.asynccontextmanager
async def open_sql(url: str) -> AsyncIterator[AsyncEngine]:
    """An engine for a DATABASE_URL: SQLite in WAL mode, or PostgreSQL; nothing is reached yet. Raises ConfigError."""
    kind = url.partition("://")[0].partition("+")[0]
    if kind not in ("postgres", "postgresql", "sqlite"):
        raise ConfigError("DATABASE_URL: it begins with postgresql:// or sqlite:///; other databases are not supported")
    engine = _sqlite(url) if kind == "sqlite" else _postgres(url)
    try:
        yield engine
    finally:
        await engine.dispose()


def _sqlite(url: str) -> AsyncEngine:
    engine = create_async_engine(make_url(url).set(drivername="sqlite+aiosqlite"))
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    return engine


def _postgres(url: str) -> AsyncEngine:
    """Statements have no names there, so that a PgBouncer may give each transaction another connection."""
    arguments: dict[str, Any] = {"async_creator_fn": partial(asyncpg.connect, **postgres_arguments(url))}
    arguments |= {"prepared_statement_cache_size": 0, "prepared_statement_name_func": lambda: ""}
    more = {"pool_size": 10, "max_overflow": 5, "pool_pre_ping": True, "pool_recycle": 1800}
    return create_async_engine("postgresql+asyncpg://", connect_args=arguments, **more)


def postgres_arguments(url: str) -> dict[str, Any]:
    """What asyncpg.connect is called with for such an address: as libpq reads it, and SQLAlchemy's and Node's `ssl=`. Words that only
    libpq has are left out, and said in the log. Raises ConfigError."""
    place, words = _parts(url)
    arguments: dict[str, Any] = {
        "timeout": CONNECT_SECONDS,
        "command_timeout": COMMAND_SECONDS,
        "statement_cache_size": 0,
    }
    if words.get("connect_timeout", "").isdecimal():
        arguments["timeout"] = max(int(words["connect_timeout"]), 1)
    if "ssl" in words:
        asked = words.pop("ssl")
        words["sslmode"] = {"true": "require", "false": "disable"}.get(asked, asked)
    if words.get("sslrootcert") == "system":  # libpq 16: who the machine trusts, and nothing less than verify-full
        del words["sslrootcert"]
        words.pop("sslmode", None)
        arguments["ssl"] = ssl.create_default_context()
    if words.get("sslmode", "prefer") not in SSL_MODES:
        raise ConfigError(f"DATABASE_URL: sslmode is one of {', '.join(SSL_MODES)}")
    for name in FILES:
        if words.get(name) and not Path(words[name]).is_file():
            raise ConfigError(f"DATABASE_URL: {name} names {words[name]}, and there is no such file")
    if unread := sorted(LIBPQ_ONLY & words.keys() - {"connect_timeout"}):
        log.warning("DATABASE_URL asks for what the driver does not have", extra={"words": ", ".join(unread)})
    query = urlencode({name: value for name, value in words.items() if name not in LIBPQ_ONLY})
    return {"dsn": f"{place}?{query}" if query else place, **arguments}


def _parts(url: str) -> tuple[str, dict[str, str]]:
    """The address without what follows `?`, and the words there."""
    try:
        whole = make_url(url).render_as_string(hide_password=False)
    except (ArgumentError, ValueError) as fault:
        # SQLAlchemy takes a port for a number, where libpq may have several hosts with theirs.
        if "," not in url or isinstance(fault, ArgumentError):
            raise ConfigError(
                "DATABASE_URL: it is no address such as postgresql://user:password@host:5432/name"
            ) from None
        whole = url
    place, _, query = whole.partition("?")
    return f"postgresql://{place.partition('://')[2]}", dict(parse_qsl(query, keep_blank_values=True))


def _prepare_sqlite(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    for pragma in ("busy_timeout=5000", "foreign_keys=ON", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    _use_wal(cursor)
    cursor.close()


def _use_wal(cursor: Any) -> None:
    """Kept in the file. While another process makes the same change SQLite refuses at once, whatever the busy timeout says:
    https://www.sqlite.org/c3ref/busy_handler.html."""
    for attempt in range(WAL_TRIES):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except OperationalError:
            if attempt == WAL_TRIES - 1:
                raise
            time.sleep(WAL_PAUSE_SECONDS)
        else:
            return


async def check_sql(engine: AsyncEngine) -> list[str]:
    """What is wrong with this database, in plain sentences."""
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except Exception as fault:  # also what the driver trips over
        return [f"cannot be reached ({reason(fault)}); is DATABASE_URL right, and is the server running?"]
    return []
