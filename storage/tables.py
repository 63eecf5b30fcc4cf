"""The SQL tables, alike on SQLite and PostgreSQL: ids and counts, thumbs, channel settings. No message text, but the code of a block
whose check somebody called wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.dml import Insert

from bot.conversation import Usage

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Utc(TypeDecorator[datetime]):
    """A moment with its time zone, kept in UTC. A naive one is refused; SQLite, which forgets zones, gets it back as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonList(TypeDecorator[tuple[str, ...]]):
    """A row of names, kept as a JSON array."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(list(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...]:
        return tuple(json.loads(value)) if value else ()


def _asked() -> Iterator[Column[Any]]:
    """Who asked, and where."""
    for name, characters in (("thread", 512), ("place", 512), ("asker", 128)):
        yield Column(name, String(characters), nullable=False)


def _paid() -> Iterator[Column[Any]]:
    """What was used of which model, and what it cost."""
    yield Column("model", String(128), nullable=False)
    for name in (*(one.name for one in fields(Usage)), "cost_microdollars"):
        yield Column(name, BigInteger, nullable=False)


turns = Table(
    "turns",
    metadata,
    Column("turn_id", String(64), primary_key=True),
    *_asked(),
    Column("status", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    *_paid(),
    Column("first_token_ms", Integer),
    Column("latency_ms", Integer, nullable=False),
    Column("error_id", String(64), nullable=False),
    Column("started_at", Utc, nullable=False),
    Index(None, "asker", "started_at"),
    Index(None, "place", "started_at"),
)

requests = Table(
    "requests",
    metadata,
    Column("request_id", String(128), primary_key=True),
    Column("turn_id", String(64), nullable=False),
    *_asked(),
    Column("kind", String(16), nullable=False),
    *_paid(),
    Column("at", Utc, nullable=False),
    Index(None, "asker", "at"),
    Index(None, "place", "at"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("turn_id", String(64), primary_key=True),
    Column("author", String(128), primary_key=True),
    Column("thumb", String(8), nullable=False),
    Column("thread", String(512), nullable=False),
    Column("at", Utc, nullable=False),
)

channels = Table(
    "channels",
    metadata,
    Column("place", String(512), primary_key=True),
    Column("enabled", Boolean, nullable=False),
    Column("answer_mode", String(16), nullable=False),
    Column("prompt_addition", Text, nullable=False),
    Column("model", String(128), nullable=False),
    Column("effort", String(16), nullable=False),
    Column("daily_budget_microdollars", BigInteger),
    Column("repositories", JsonList, nullable=False, server_default="[]"),
    Column("default_repository", String(64), nullable=False, server_default=""),
    Column("repairs", Boolean, nullable=False, server_default=true()),
    Column("keeps_secrets", Boolean, nullable=False, server_default=false()),
    Column("changed_by", String(128), nullable=False),
    Column("changed_at", Utc, nullable=False),
)

checked_blocks = Table(
    "checked_blocks",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Utc, nullable=False),
    Column("state", String(16), nullable=False),
    Column("kinds", JsonList, nullable=False),
    Index(None, "at"),
)

false_alarms = Table(
    "false_alarms",
    metadata,
    Column("turn_id", String(64), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("by", String(128), primary_key=True),
    Column("at", Utc, nullable=False),
    Column("message", Text, nullable=False),
    Column("package", String(256), nullable=False),
    Column("version", String(128), nullable=False),
    Column("code", Text, nullable=False),
    Column("versions", Text, nullable=False),
)


revisions = Table(
    "revisions",
    metadata,
    Column("revision", String(32), primary_key=True),
    Column("usable_since", String(32), nullable=False),
)


def upsert(table: Table, columns: Iterable[str], dialect: str, newer: str = "") -> Insert:
    """Insert a row of these columns, or replace the one with its primary key; only where that is not newer, by the column `newer`."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(table)
    keys: ReadOnlyColumnCollection[str, Column[Any]] = table.primary_key.columns
    changed = {name: statement.excluded[name] for name in columns if name not in keys}
    where = statement.excluded[newer] >= table.c[newer] if newer else None
    return statement.on_conflict_do_update(index_elements=list(keys), set_=changed, where=where)
