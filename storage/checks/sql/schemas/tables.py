"""Tables as models tell of them, and the statements that make them: what readers of models fill in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@dataclass(slots=True)
class Column:
    """`kind` is a type of PostgreSQL, "" where it is not known; `refers` is "table.column", whose type it has then. `made` is how the
    database fills it in itself: "always as identity", "by default as identity", "stored" (worked out of others)."""

    name: str
    kind: str = ""
    is_key: bool = False
    is_unique: bool = False
    is_required: bool = False
    has_default: bool = False
    refers: str = ""
    made: str = ""

    def defined(self, kind: str) -> str:
        """As CREATE TABLE writes it, of this type."""
        required = " not null" if self.is_required and not self.has_default else ""
        return f"{quoted(self.name)} {kind}{required}{self._filled_in(kind)}" + (" unique" if self.is_unique else "")

    def _filled_in(self, kind: str) -> str:
        """How it gets a value by itself, for its definition. What the value is does not matter: the tables hold no rows."""
        if self.made.endswith("identity"):
            return f" generated {self.made}"
        nothing = "'{}'" if kind.endswith("[]") else f"(array[null::{kind}])[1]"
        if self.made:
            return f" generated always as ({nothing}) stored"
        return f" default {nothing}" if self.has_default and "serial" not in kind else ""


@dataclass(slots=True)
class Table:
    """`unique` are sets of columns; `schema` "" for the usual one. `indexes` are those that are unique: columns in quotes or
    expressions, and of which rows, "" for all; `checks` are conditions, as SQL."""

    name: str
    columns: dict[str, Column] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    unique: list[tuple[str, ...]] = field(default_factory=list)
    indexes: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    schema: str = ""
    is_open: bool = False

    def add(self, column: Column) -> None:
        self.columns[column.name] = column

    @property
    def in_full(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.name)}" if self.schema else quoted(self.name)

    def added(self) -> list[str]:
        """Statements that add what is told of more than columns."""
        made = [
            f"create unique index on {self.in_full} ({', '.join(parts)})" + (f" where {where}" if where else "")
            for parts, where in self.indexes
            if parts and all(parts)
        ]
        return made + [f"alter table {self.in_full} add check ({one})" for one in self.checks if one]


@dataclass(slots=True)
class Tables:
    """`raw` are statements as the models have them, carried out after the tables."""

    tables: dict[str, Table] = field(default_factory=dict)
    enums: dict[str, tuple[str, ...]] = field(default_factory=dict)
    raw: list[str] = field(default_factory=list)
    dialects: set[str] = field(default_factory=set)

    def add(self, table: Table) -> None:
        known = self.tables.get(table.name)
        if known is None:
            self.tables[table.name] = table
        else:
            known.columns = table.columns | known.columns
            known.is_open = known.is_open or table.is_open

    @property
    def open(self) -> set[str]:
        return {name.lower() for name, table in self.tables.items() if table.is_open}

    def without_type(self, but: Collection[str] = ()) -> set[str]:
        """Columns of which no type is known; those of some tables are known from elsewhere."""
        tables = [table for name, table in self.tables.items() if name not in but]
        return {one.name.lower() for table in tables for one in table.columns.values() if not self._kind(one)}

    def added(self, to: Collection[str]) -> list[str]:
        """Statements that add to tables, which something else makes, the columns that these have and they lack."""
        return [
            f"alter table {table.in_full} add column if not exists {quoted(one.name)} {self._kind(one) or 'text'}"
            for name, table in self.tables.items()
            if name in to
            for one in table.columns.values()
        ]

    def _kind(self, column: Column, depth: int = 0) -> str:
        if column.kind or not column.refers or depth > 5:
            return (
                {"serial": "int", "bigserial": "bigint", "smallserial": "smallint"}.get(column.kind, column.kind)
                if depth
                else column.kind
            )
        table, _, name = column.refers.rpartition(".")
        found = self.tables.get(table.rpartition(".")[2]) or self.tables.get(table)
        target = found.columns.get(name) if found else None
        return self._kind(target, depth + 1) if target else ""

    def statements(self) -> list[str]:
        if not self.tables and not self.raw:
            return []
        made = [
            f"create schema if not exists {quoted(one)}"
            for one in sorted({table.schema for table in self.tables.values()} - {""})
        ]
        made += [
            f"create type {quoted(name)} as enum ({', '.join(literal(one) for one in values)})"
            for name, values in self.enums.items()
        ]
        made += [self._made(table) for table in self.tables.values()]
        return [*made, *(one for table in self.tables.values() for one in table.added()), *self.raw]

    def _made(self, table: Table) -> str:
        keys = table.key or tuple(one.name for one in table.columns.values() if one.is_key)
        parts = [one.defined(self._kind(one) or "text") for one in table.columns.values()]
        if keys and all(one in table.columns for one in keys):
            parts.append(f"primary key ({', '.join(quoted(one) for one in keys)})")
        parts += [
            f"unique ({', '.join(quoted(one) for one in names)})"
            for names in table.unique
            if all(one in table.columns for one in names)
        ]
        return f"create table {table.in_full} (\n  " + ",\n  ".join(parts) + "\n)"
