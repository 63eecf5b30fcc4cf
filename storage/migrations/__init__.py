"""Brings a database to this version's schema, with Alembic's scripts in `versions/`, which ship with the package.

`migrate` runs at every start, under a lock of the database, so that many processes may start together.
"""

from __future__ import annotations

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.connections import sql_errors

ADVISORY_LOCK = 0x506C756D62  # "Plumb"


def configuration(connection: Connection) -> Config:
    """Alembic's configuration, with the connection that env.py is to use."""
    config = Config()
    config.set_main_option("script_location", str(files("storage.migrations")))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, revision: str = "head") -> str:
    """Run what is missing; the revision that the database has then."""
    command.upgrade(configuration(connection), revision)
    return current(connection)


def downgrade(connection: Connection, revision: str) -> None:
    command.downgrade(configuration(connection), revision)


def current(connection: Connection) -> str:
    """The database's revision, or ""."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def _migrate_alone(connection: Connection) -> str:
    """Under a lock that lasts as long as the transaction: the others wait, and find it done."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    return upgrade(connection)


async def migrate(engine: AsyncEngine) -> str:
    """Bring the database to the newest schema. Raises HistoryUnavailable when it cannot be reached."""
    with sql_errors():
        async with engine.begin() as connection:
            return await connection.run_sync(_migrate_alone)


async def check_schema(engine: AsyncEngine) -> list[str]:
    """Whether the database has this version's schema, in plain sentences."""
    with sql_errors():
        async with engine.connect() as connection:
            found = await connection.run_sync(current)
            newest = await connection.run_sync(lambda sync: _newest(configuration(sync)))
    if found == newest:
        return []
    return [f"has schema {found or 'none'}, this version needs {newest}; run `plumbline migrate`"]


def _newest(config: Config) -> str:
    return ScriptDirectory.from_config(config).get_current_head() or ""
