"""Brings a database to this version's schema, and says whether one that is newer can be used.

`migrate` runs at every start, under a lock of the database, so that many processes may start together. A database that has the newest
schema already is left alone, without the library that changes one. Every script names the oldest revision whose code can use what it
made (`usable_since`); the database keeps that, so that an older release knows it of a schema that it has never seen.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib.resources import files

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import ConfigError
from storage.databases import sql_errors

log = logging.getLogger(__name__)

ADVISORY_LOCK = 0x506C756D62  # "Plumb"


def known() -> list[str]:
    """The revisions of this version's scripts, oldest first: the numbers that their files begin with."""
    names = [one.name for one in files("storage.migrations").joinpath("versions").iterdir()]
    return sorted(name.partition("_")[0] for name in names if name[:1].isdigit())


def newest() -> str:
    return known()[-1]


def current(connection: Connection) -> str:
    """The database's revision, or ""."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def is_newer(revision: str) -> bool:
    """Whether a later version than this one made it."""
    return bool(revision) and revision not in known()


def _usable_since(connection: Connection, revision: str) -> str:
    """The oldest revision whose code can use this one; "" where the database does not say."""
    if not inspect(connection).has_table("revisions"):
        return ""
    query = text("SELECT usable_since FROM revisions WHERE revision = :revision")
    return str(connection.execute(query, {"revision": revision}).scalar() or "")


def _newer_fault(connection: Connection, revision: str) -> str:
    """Why this version cannot use a newer schema; "" when it can."""
    since = _usable_since(connection, revision)
    if since and since <= newest():
        return ""
    return (
        f"the database has schema {revision}, which this version (schema {newest()}) cannot use: start the newer version again, "
        f"or let it run `plumbline migrate --to {newest()}` first; see docs/operations.md, Going back"
    )


def _migrate_alone(connection: Connection, to: str) -> str:
    """Under a lock that lasts as long as the transaction: the others wait, and find it done."""
    from storage.migrations.steps import downgrade, upgrade  # Alembic takes 10 MB, and most starts need none of it

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    if to:
        downgrade(connection, to)
        return current(connection)
    found = current(connection)
    return found if is_newer(found) else upgrade(connection)  # another one, newer than we are, came first


async def migrate(engine: AsyncEngine) -> str:
    """Bring the database to the newest schema that this version knows; its revision. A newer one is left as it is.

    Raises StoreUnavailable when it cannot be reached, and ConfigError when it is newer and cannot be used.
    """
    with sql_errors():
        async with engine.connect() as connection:
            found = await connection.run_sync(current)
            fault = await connection.run_sync(_newer_fault, found) if is_newer(found) else ""
        if fault:
            raise ConfigError(fault)
        if found == newest():
            return found
        if is_newer(found):
            log.warning("the database is newer than this version, and can be used", extra=_revisions(found))
            return found
        async with engine.begin() as connection:
            return await connection.run_sync(_migrate_alone, "")


async def go_back(engine: AsyncEngine, to: str) -> str:
    """Take the schema back to an older revision, for an older release to use; what only newer ones keep is lost. Raises ConfigError for
    a revision that this version does not know, and StoreUnavailable."""
    if to not in known():
        raise ConfigError(f"there is no revision {to!r}; this version knows {', '.join(known())}")
    with sql_errors():
        async with engine.connect() as connection:
            found = await connection.run_sync(current)
        if is_newer(found):
            raise ConfigError(f"the database has schema {found}: only the version that made it can take it back")
        if found <= to:
            return found
        async with engine.begin() as connection:
            return await connection.run_sync(_migrate_alone, to)


async def check_schema(engine: AsyncEngine, note: Callable[[str], object]) -> list[str]:
    """Whether this version can use the database, in plain sentences; what its start will change is no fault, and a note."""
    with sql_errors():
        async with engine.connect() as connection:
            found = await connection.run_sync(current)
            if is_newer(found):
                fault = await connection.run_sync(_newer_fault, found)
                return [fault] if fault else []
    if found != newest():
        note(f"The database has schema {found or 'none'}; the next start brings it to {newest()}.")
    return []


def _revisions(found: str) -> dict[str, str]:
    return {"database": found, "version": newest()}
