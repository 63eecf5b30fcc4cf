"""Tables that other frameworks' migrations build step by step, read as text and in the order of their files: Rails' `schema.rb`
(https://guides.rubyonrails.org/active_record_migrations.html), Laravel's and Knex' migrations. What a step does that is not understood
leaves its table open.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from storage.checks.sql.tables import Column, Table, Tables

RAILS = re.compile(r"(?:^|/)db/(?:\w+_)?schema\.rb$")
LARAVEL = re.compile(r"(?:^|/)database/migrations/[^/]+\.php$")
KNEX = re.compile(r"(?:^|/)migrations/[^/]+\.(?:[cm]?js|ts)$")
TYPES = {
    "string": "varchar",
    "text": "text",
    "integer": "integer",
    "bigint": "bigint",
    "float": "double precision",
    "decimal": "numeric",
    "datetime": "timestamp",
    "timestamp": "timestamp",
    "timestamptz": "timestamptz",
    "date": "date",
    "time": "time",
    "boolean": "boolean",
    "binary": "bytea",
    "json": "json",
    "jsonb": "jsonb",
    "uuid": "uuid",
    "inet": "inet",
    "citext": "citext",
    "interval": "interval",
    "bigInteger": "bigint",
    "unsignedBigInteger": "bigint",
    "unsignedInteger": "integer",
    "smallInteger": "smallint",
    "tinyInteger": "smallint",
    "mediumText": "text",
    "longText": "text",
    "char": "char",
    "double": "double precision",
    "dateTime": "timestamp",
    "dateTimeTz": "timestamptz",
    "timestampTz": "timestamptz",
    "ipAddress": "inet",
    "increments": "serial",
    "bigIncrements": "bigserial",
    "enum": "text",
    "enu": "text",
    "serial": "serial",
    "bigserial": "bigserial",
    "numeric": "numeric",
    "tsvector": "tsvector",
    "hstore": "",
    "rememberToken": "varchar",
}
MOST_BYTES = 2_000_000
RUBY_TABLE = re.compile(
    r"^\s*create_table\s+[\"':]([\w.]+)[\"']?(.*?)\sdo\s*\|t\|\n(.*?)^\s*end$", re.MULTILINE | re.DOTALL
)
RUBY_COLUMN = re.compile(r"^\s*t\.(\w+)\s+[\"':](\w+)[\"']?(.*)$", re.MULTILINE)
RUBY_ENUM = re.compile(r"^\s*create_enum\s+[\"':](\w+)[\"']?,\s*\[([^\]]*)\]", re.MULTILINE)
PHP_TABLE = re.compile(
    r"Schema::(create|table|drop|dropIfExists|rename)\(\s*['\"](\w+)['\"](?:\s*,\s*['\"](\w+)['\"])?"
)
CHAINED = re.compile(
    r"\$?\b(?:table|t|tbl|builder)\b(?:->|\s*\.)(\w+)\(([^;]*?)\)((?:\s*(?:->|\.)\w+\([^;]*?\))*)\s*(?:;|$)",
    re.MULTILINE,
)
KNEX_TABLE = re.compile(
    r"\.(createTable|createTableIfNotExists|alterTable|table|dropTable|dropTableIfExists|renameTable)\(\s*['\"`](\w+)['\"`](?:\s*,\s*['\"`](\w+)['\"`])?"
)
DOWN = re.compile(
    r"public\s+function\s+down\s*\(|exports\.down\b|export\s+(?:async\s+)?(?:function|const)\s+down\b|(?<![\w.])down\s*[:=(]"
)


def read(folder: Path, files: Sequence[str]) -> Tables:
    found = Tables()
    for path in sorted(files, key=lambda one: one.rpartition("/")[2]):
        if (
            not (RAILS.search(path) or LARAVEL.search(path) or KNEX.search(path))
            or (folder / path).stat().st_size > MOST_BYTES
        ):
            continue
        text = (folder / path).read_text("utf-8", "replace")
        if RAILS.search(path):
            _rails(found, text)
        else:
            text = DOWN.split(re.sub(r"(?<!:)//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL))[0]
            if LARAVEL.search(path):
                _steps(found, text, PHP_TABLE)
            elif "knex" in text.lower():
                _steps(found, text, KNEX_TABLE)
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
            kind = TYPES.get(told[1], "") if told else "bigint"
            table.add(Column(key[1] if key else "id", kind, is_key=True, has_default=True))
        for kind, column, rest in RUBY_COLUMN.findall(body):
            if kind in ("index", "check_constraint", "exclusion_constraint", "unique_constraint", "foreign_key"):
                continue
            sql = TYPES.get(kind, "")
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


def _steps(found: Tables, text: str, pattern: re.Pattern[str]) -> None:
    steps = list(pattern.finditer(text))
    for at, one in enumerate(steps):
        what, name, other = one[1], one[2], one[3]
        body = text[one.end() : steps[at + 1].start() if at + 1 < len(steps) else len(text)]
        if what.startswith("drop"):
            found.tables.pop(name, None)
        elif what.startswith("rename"):
            if other and name in found.tables:
                table = found.tables.pop(name)
                table.name = other
                found.tables[other] = table
        else:
            table = found.tables.get(name) or Table(name, is_open=not what.startswith("create"))
            for kind, given, rest in CHAINED.findall(body):
                _step(table, kind, given, rest)
            found.tables[name] = table


def _step(table: Table, kind: str, given: str, rest: str) -> None:
    names = re.findall(r"['\"`](\w+)['\"`]", given)
    is_free = "nullable(" in rest or "default" in rest or "useCurrent" in rest or "notNull" not in rest
    match kind:
        case "id":
            table.add(Column(names[0] if names else "id", "bigserial", is_key=True, has_default=True))
        case "increments" | "bigIncrements":
            table.add(Column(names[0] if names else "id", TYPES[kind], is_key=True, has_default=True))
        case "timestamps" | "timestampsTz" | "nullableTimestamps":
            for one in ("created_at", "updated_at"):
                table.add(Column(one, "timestamptz" if kind.endswith("Tz") else "timestamp", has_default=True))
        case "softDeletes" | "softDeletesTz":
            table.add(Column("deleted_at", "timestamp", has_default=True))
        case "rememberToken":
            table.add(Column("remember_token", "varchar", has_default=True))
        case "morphs" | "nullableMorphs" | "uuidMorphs" if names:
            table.add(Column(f"{names[0]}_id", "", has_default=True))
            table.add(Column(f"{names[0]}_type", "varchar", has_default=True))
        case "foreignId" | "foreignUuid" if names:
            table.add(Column(names[0], "uuid" if kind.endswith("Uuid") else "bigint", has_default=is_free))
        case "dropColumn" | "dropColumns":
            for one in names:
                table.columns.pop(one, None)
        case "renameColumn" if len(names) > 1 and names[0] in table.columns:
            column = table.columns.pop(names[0])
            column.name = names[1]
            table.add(column)
        case "specificType" if names:
            table.add(Column(names[0], "", has_default=True))
        case _ if kind in TYPES and names:
            sql = "" if ".alter(" in rest or "->change(" in rest else TYPES[kind]
            is_unique = bool(re.search(r"(?:->|\.)unique\(", rest))
            is_key = bool(re.search(r"(?:->|\.)primary\(", rest))
            table.add(Column(names[0], sql, is_key, is_unique, False, True))
        case (
            "index"
            | "unique"
            | "primary"
            | "foreign"
            | "comment"
            | "dropForeign"
            | "dropIndex"
            | "dropUnique"
            | "engine"
            | "charset"
            | "check"
        ):
            if kind == "unique" and names and all(one in table.columns for one in names) and "[" in given:
                table.unique.append(tuple(names))
        case _:
            table.is_open = True
