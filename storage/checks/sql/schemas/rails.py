"""Rails' `schema.rb`, which its tools write after each migration, read as text:
https://guides.rubyonrails.org/active_record_migrations.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from storage.checks.sql.schemas.steps import sql_type, texts
from storage.checks.sql.schemas.tables import Column, Table, Tables

SCHEMA = re.compile(r"(?:^|/)db/(?:\w+_)?schema\.rb$")
TYPES = {"string": "varchar", "float": "double precision", "datetime": "timestamp", "binary": "bytea"}
"""Those that are not called as PostgreSQL does."""

MOST_BYTES = 2_000_000
RUBY_TABLE = re.compile(
    r"^\s*create_table\s+[\"':]([\w.]+)[\"']?(.*?)\sdo\s*\|t\|\n(.*?)^\s*end$", re.MULTILINE | re.DOTALL
)
RUBY_COLUMN = re.compile(r"^\s*t\.(\w+)\s+[\"':](\w+)[\"']?(.*)$", re.MULTILINE)
RUBY_ENUM = re.compile(r"^\s*create_enum\s+[\"':](\w+)[\"']?,\s*\[([^\]]*)\]", re.MULTILINE)


def read(folder: Path, files: Sequence[str]) -> Tables:
    found = Tables()
    for _, text in texts(folder, filter(SCHEMA.search, files), MOST_BYTES):
        _rails(found, text)
    return found if "mysql" not in found.dialects else Tables(dialects=found.dialects)


def _rails(found: Tables, text: str) -> None:
    if "enable_extension" in text:
        found.dialects.add("postgresql")
    elif re.search(r"charset: \"utf8|collation: \"utf8|ENGINE=", text):
        found.dialects.add("mysql")
    for name, values in RUBY_ENUM.findall(text):
        found.enums[name] = tuple(re.findall(r"[\"']([^\"']*)[\"']", values))
    for name, options, body in RUBY_TABLE.findall(text):
        table = Table(name.rpartition(".")[2], schema=name.rpartition(".")[0])
        if "id: false" not in options and "primary_key: [" not in options:
            told = re.search(r"id:\s*:(\w+)", options)
            key = re.search(r"primary_key:\s*[\"'](\w+)[\"']", options)
            kind = sql_type(told[1], TYPES) if told else "bigint"
            table.add(Column(key[1] if key else "id", kind, is_key=True, has_default=True))
        for kind, column, rest in RUBY_COLUMN.findall(body):
            if kind in ("index", "check_constraint", "exclusion_constraint", "unique_constraint", "foreign_key"):
                continue
            sql = sql_type(kind, TYPES)
            if kind == "enum" and (of := re.search(r"enum_type:\s*[\"':](\w+)", rest)):
                sql = f'"{of[1]}"' if of[1] in found.enums else ""
            sql = "" if kind == "datetime" and "precision" in rest and "nil" not in rest else sql
            is_free = "null: false" not in rest or "default:" in rest
            table.add(
                Column(column, f"{sql}[]" if sql and "array: true" in rest else sql, False, False, not is_free, is_free)
            )
        for columns in re.findall(r"t\.index\s+\[([^\]]*)\][^\n]*unique:\s*true", body):
            table.unique.append(tuple(re.findall(r"[\"'](\w+)[\"']", columns)))
        found.add(table)
