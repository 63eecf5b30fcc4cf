"""Brings a database to this version's schema.

`migrate` runs at every start, under a lock of the database, so that many processes may start together. A database that has the newest
schema already is left alone, without the library that changes one.
"""

from __future__ import annotations

from importlib.resources import files

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.connections import sql_errors

ADVISORY_LOCK = 0x506C756D62  # "Plumb"


def newest() -> str:
    """The revision of the last script: the number that its file begins with."""
    names = [one.name for one in files("storage.migrations").joinpath("versions").iterdir()]
    return max(name.partition("_")[0] for name in names if name[:1].isdigit())


def current(connection: Connection) -> str:
    """The database's revision, or ""."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def _migrate_alone(connection: Connection) -> str:
    """Under a lock that lasts as long as the transaction: the others wait, and find it done."""
    from storage.migrations.steps import upgrade  # Alembic takes 10 MB, and most starts need none of it

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    return upgrade(connection)


async def migrate(engine: AsyncEngine) -> str:
    """Bring the database to the newest schema. Raises StoreUnavailable when it cannot be reached."""
    with sql_errors():
        async with engine.connect() as connection:
            found = await connection.run_sync(current)
        if found == newest():
            return found
        async with engine.begin() as connection:
            return await connection.run_sync(_migrate_alone)


async def check_schema(engine: AsyncEngine) -> list[str]:
    """Whether the database has this version's schema, in plain sentences."""
    with sql_errors():
        async with engine.connect() as connection:
            found = await connection.run_sync(current)
    if found == newest():
        return []
    return [f"has schema {found or 'none'}, this version needs {newest()}; run `plumbline migrate`"]
