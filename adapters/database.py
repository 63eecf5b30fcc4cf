"""What the command line does on the database alone, without the rest of the bot: bring its schema up to date, and read what is kept."""

from __future__ import annotations

from collections.abc import Callable

from adapters.checks import report
from adapters.folders import data_folder
from adapters.stores import at_start, clock, database_url, sql_setting
from bot.settings import Settings
from storage.databases import open_sql
from storage.migrations import go_back, is_newer, newest
from storage.migrations import migrate as migrate_sql
from storage.sql_checks import SqlCheckLog


async def report_checks(settings: Settings, say: Callable[[str], None]) -> None:
    """What `plumbline checks --report` prints. A database of the bot's own that is not there yet has no rows."""
    data_folder(settings.plumbline_data_dir)
    with at_start(sql_setting(settings)):
        async with open_sql(database_url(settings)) as engine:
            if not settings.database_url:
                await migrate_sql(engine)
            await report(SqlCheckLog(engine, clock), clock(), say)


async def migrate(settings: Settings, to: str = "") -> str:
    """Bring the database to this version's schema, or back to an older one; a sentence that says so."""
    data_folder(settings.plumbline_data_dir)
    with at_start(sql_setting(settings)):
        async with open_sql(database_url(settings)) as engine:
            revision = await (go_back(engine, to) if to else migrate_sql(engine))
    newer = f", newer than this version's {newest()}, which can use it" if is_newer(revision) else ""
    return f"The database is at revision {revision}{newer}."
