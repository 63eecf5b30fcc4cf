"""Runs Alembic's scripts in `versions/`, which ship with the package. Apart, because Alembic takes 10 MB and is needed only when a
database is behind."""

from __future__ import annotations

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from storage.tables import revisions


def configuration(connection: Connection) -> Config:
    """Alembic's configuration, with the connection that env.py is to use."""
    config = Config()
    config.set_main_option("script_location", str(files("storage.migrations")))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, revision: str = "head") -> str:
    """Run what is missing, and note who can use it; the revision that the database has then."""
    command.upgrade(configuration(connection), revision)
    _note_readers(connection)
    return current(connection)


def downgrade(connection: Connection, revision: str) -> None:
    command.downgrade(configuration(connection), revision)
    _note_readers(connection)


def _note_readers(connection: Connection) -> None:
    """For releases that do not have a script: the oldest revision whose code can use what it made."""
    if not inspect(connection).has_table(revisions.name):
        return
    scripts = ScriptDirectory.from_config(configuration(connection))
    applied = scripts.iterate_revisions(current(connection), "base")
    readers = [{"revision": one.revision, "usable_since": one.module.usable_since} for one in applied]
    connection.execute(revisions.delete())
    connection.execute(revisions.insert(), readers)


def current(connection: Connection) -> str:
    """The database's revision, or ""."""
    return MigrationContext.configure(connection).get_current_revision() or ""
