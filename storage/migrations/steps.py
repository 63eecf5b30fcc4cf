"""Runs Alembic's scripts in `versions/`, which ship with the package. Apart, because Alembic takes 10 MB and is needed only when a
database is behind."""

from __future__ import annotations

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection


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
