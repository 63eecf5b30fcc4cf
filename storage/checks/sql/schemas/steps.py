"""What migrations do, one step after the other, as the statements that a server carries out: readers of frameworks' migrations write
it. What a step does to a table that is not understood leaves the table open.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from tree_sitter import Node

from storage.checks.sql.schemas.tables import Column, quoted

SQL_TYPE = re.compile(
    r"(?:bigint|bigserial|int[248]?|integer|smallint|smallserial|serial[48]?|real|double precision|float[48]|numeric|decimal|boolean|"
    r"bool|text|citext|uuid|jsonb?|bytea|date|inet|cidr|macaddr|interval|tsvector|money|xml|int[48]range|(?:num|ts|tstz|date)range|"
    r"(?:character varying|varchar|character|char|bit|bit varying)|time(?:stamp)?(?:tz)?(?: with(?:out)? time zone)?)"
    r"(?:\s*\(\s*\d+(?:\s*,\s*\d+)?\s*\))?(?:\s*\[\])*",
    re.IGNORECASE,
)
"""Types that are taken as they are written."""

MOST_STEPS = 10_000
MOST_BYTES = 400_000


@dataclass(slots=True)
class Steps:
    """`unread` is the text of steps that nobody could read: what it names is held against nobody."""

    made: list[str] = field(default_factory=list)
    open: set[str] = field(default_factory=set)
    untyped: set[str] = field(default_factory=set)
    dialects: set[str] = field(default_factory=set)
    unread: list[str] = field(default_factory=list)

    def statements(self) -> list[str]:
        return self.made[:MOST_STEPS]

    def create(self, table: str, columns: Sequence[Column], key: Sequence[str] = ()) -> None:
        parts = [self._column(one) for one in {one.name: one for one in columns}.values()]
        keys = key or [one.name for one in columns if one.is_key]
        if keys and all(any(one.name == name for one in columns) for name in keys):
            parts.append(f"primary key ({', '.join(quoted(one) for one in keys)})")
        self._schema(table)
        self.made.append(f"create table if not exists {in_full(table)} (\n  " + ",\n  ".join(parts) + "\n)")

    def add(self, table: str, columns: Iterable[Column]) -> None:
        for one in columns:
            self.made.append(f"alter table {in_full(table)} add column if not exists {self._column(one)}")

    def drop_columns(self, table: str, names: Iterable[str]) -> None:
        self.made += [f"alter table {in_full(table)} drop column if exists {quoted(one)} cascade" for one in names]

    def rename_column(self, table: str, before: str, after: str) -> None:
        self.made.append(f"alter table {in_full(table)} rename column {quoted(before)} to {quoted(after)}")

    def retype(self, names: Iterable[str]) -> None:
        """Their types are another's from now on, and not known."""
        self.untyped |= {one.lower() for one in names}

    def unique(self, table: str, names: Sequence[str]) -> None:
        self.made.append(f"create unique index on {in_full(table)} ({', '.join(quoted(one) for one in names)})")

    def rename(self, before: str, after: str) -> None:
        self.made.append(f"alter table if exists {in_full(before)} rename to {quoted(after.rpartition('.')[2])}")
        if last(before) in self.open:
            self.open.add(last(after))

    def drop(self, table: str) -> None:
        self.made.append(f"drop table if exists {in_full(table)} cascade")

    def leave_open(self, table: str) -> None:
        self.open.add(last(table))

    def raw(self, text: str, source: str = "") -> None:
        """SQL; where the `source` told none it is unread."""
        if text:
            self.made.append(text)
        else:
            self.unread.append(source[:4_000])

    def _schema(self, table: str) -> None:
        if "." in table:
            self.made.append(f"create schema if not exists {quoted(table.partition('.')[0])}")

    def _column(self, column: Column) -> str:
        if not column.kind:
            self.untyped.add(column.name.lower())
        return column.defined(column.kind or "text")


def texts(folder: Path, files: Iterable[str], most: int = MOST_BYTES) -> Iterator[tuple[str, str]]:
    """Paths with what stands in them; files that are longer are left out."""
    for path in files:
        if (folder / path).stat().st_size <= most:
            yield path, (folder / path).read_text("utf-8", "replace")


def forward(root: Node, is_down: Callable[[Node], bool]) -> Iterator[Node]:
    """All nodes in their order, but those within one that takes back what is done."""
    pending = [root]
    while pending:
        one = pending.pop()
        if not is_down(one):
            yield one
            pending += reversed(one.named_children)


OF_ANOTHER = re.compile(r"/(?:sqlite3?|mysql|mariadb|oracle|mssql)/", re.IGNORECASE)


def of_postgres(paths: Iterable[str]) -> list[str]:
    """Without what lies in folders of other databases, where PostgreSQL has one beside them."""
    every = list(paths)
    return [one for one in every if not OF_ANOTHER.search(one)] if any("/postgres" in one for one in every) else every


def in_full(table: str) -> str:
    return ".".join(quoted(one) for one in table.split("."))


def last(table: str) -> str:
    return table.rpartition(".")[2].lower()


def sql_type(text: str, others: Mapping[str, str] = MappingProxyType({})) -> str:
    """A type as PostgreSQL writes it, or "" for what is none that is known to be one; `others` are words for types that it has not."""
    return others.get(text, "") or (text.strip().lower() if SQL_TYPE.fullmatch(text.strip()) else "")


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
