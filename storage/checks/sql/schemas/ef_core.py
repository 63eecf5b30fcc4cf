"""Entity Framework Core's snapshot of its model, which its tools write and keep beside the migrations, read as text:
https://learn.microsoft.com/ef/core/managing-schemas/migrations
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from storage.checks.sql.schemas.steps import Steps, sql_type, texts
from storage.checks.sql.schemas.tables import Column

SNAPSHOT = re.compile(r"ModelSnapshot\.cs$")
MOST_BYTES = 2_000_000
SERVERS = (("Npgsql", "postgresql"), ("MySql", "mysql"), ("Sqlite", "sqlite"), ("SqlServer", "other"))
ENTITY = re.compile(
    r"^\s*modelBuilder\.(?:Shared\w*|Entity)\(\"([^\"]+)\".*?(?=^\s*modelBuilder\.|\Z)", re.DOTALL | re.MULTILINE
)
PROPERTY = re.compile(r"\b\w+\.Property<([^(]+)>\(\"(\w+)\"\)((?:\s*\.\w+(?:<[^>]*>)?\((?:[^()]|\([^()]*\))*\))*)\s*;")
TABLE = re.compile(r"\.To(Table|View)\(\"([^\"]+)\"(?:,\s*(?:\"([^\"]+)\"|\(string\)null|\w+\s*=>))?")
OWNED = re.compile(r"\b\w+\.(?:OwnsOne|OwnsMany|ComplexProperty)\(")
INHERITS = re.compile(r"\b\w+\.HasBaseType\(\"([^\"]+)\"\)")


def read(folder: Path, files: Sequence[str]) -> Steps:
    steps = Steps()
    for _, text in texts(folder, filter(SNAPSHOT.search, files), MOST_BYTES):
        _snapshot(steps, text)
    return steps


def _snapshot(steps: Steps, text: str) -> None:
    server = next((dialect for word, dialect in SERVERS if word in text), "")
    if server:
        steps.dialects.add(server)
    if server in ("mysql", "other"):
        return
    told = re.search(r"HasDefaultSchema\(\"(\w+)\"\)", text)
    usual = told[1] if told else ""
    tables: dict[str, str] = {}
    columns: dict[str, dict[str, Column]] = {}
    for one in ENTITY.finditer(text):
        entity, body = one[1], one[0]
        if (found := TABLE.search(body)) and found[1] == "Table" and entity not in tables:
            schema = found[3] or usual
            tables[entity] = f"{schema}.{found[2]}" if schema else found[2]
        above = INHERITS.search(body)
        if above and entity not in tables:
            tables[entity] = tables.get(above[1], "")
        if table := tables.get(entity):
            known = columns.setdefault(table, {})
            for each in PROPERTY.finditer(body):
                column = _column(each[2], each[3], each[1], bool(above))
                known.setdefault(column.name, column)
            if OWNED.search(body) or "ToJson(" in body:
                steps.leave_open(table)
    for table, known in columns.items():
        steps.create(table, list(known.values()), _key(table, tables, text, known))


def _column(name: str, rest: str, kind: str, is_inherited: bool) -> Column:
    named = re.search(r"HasColumnName\(\"([^\"]+)\"\)", rest)
    told = re.search(r"HasColumnType\(\"([^\"]+)\"\)", rest)
    has_default = "ValueGenerated" in rest or "HasDefaultValue" in rest or "HasComputed" in rest
    is_required = not is_inherited and (
        "IsRequired" in rest or (not kind.endswith("?") and kind not in ("string", "byte[]"))
    )
    return Column(
        named[1] if named else name, sql_type(told[1]) if told else "", False, False, is_required, has_default
    )


def _key(table: str, tables: dict[str, str], text: str, known: dict[str, Column]) -> list[str]:
    for one in ENTITY.finditer(text):
        if tables.get(one[1]) == table and (found := re.search(r"\.HasKey\(([^)]*)\)", one[0])):
            names = re.findall(r"\"(\w+)\"", found[1])
            return names if all(name in known for name in names) else []
    return []
