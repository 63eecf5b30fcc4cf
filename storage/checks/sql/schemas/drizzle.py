"""Drizzle's tables in TypeScript, read as text: https://orm.drizzle.team/docs/column-types/pg"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from storage.checks.sql.schemas.script_text import enclosed, properties, without_comments
from storage.checks.sql.schemas.steps import snake, sql_type, texts
from storage.checks.sql.schemas.tables import Column, Table, Tables, quoted

ENDINGS = (".ts", ".mts", ".tsx", ".js", ".mjs")
MADE = re.compile(
    r"(?:(?:export\s+)?const\s+(\w+)\s*=\s*)?\b(pgTable|mysqlTable|sqliteTable|pgTableCreator|(\w+)\.table|createTable)\s*\(\s*[\"'`]([\w.-]+)[\"'`]\s*,\s*"
)
ENUM = re.compile(r"(?:const\s+(\w+)\s*=\s*)?\b(?:pgEnum|(\w+)\.enum)\(\s*[\"'`](\w+)[\"'`]\s*,\s*\[([^\]]*)\]")
SCHEMA = re.compile(r"const\s+(\w+)\s*=\s*pgSchema\(\s*[\"'`](\w+)[\"'`]")
SHARED = re.compile(r"const\s+(\w+)\s*(?::[^=]+)?=\s*(?=\{)")
KEYS = re.compile(r"\b(primaryKey|uniqueIndex|unique)\s*\(")
TYPES = {"doublePrecision": "double precision", "point": "point", "line": "line"}
"""Those that are not called as PostgreSQL does."""


def read(folder: Path, files: Sequence[str]) -> Tables:
    found, shared = Tables(), {}
    every = texts(folder, (one for one in files if one.endswith(ENDINGS) and not one.endswith(".d.ts")))
    written = [
        re.sub(r"\.\$type<.*?>\(\)", "", without_comments(text), flags=re.DOTALL)
        for _, text in every
        if "drizzle-orm" in text or MADE.search(text)
    ]
    if not any("drizzle-orm" in text for text in written):
        return found
    is_snake = any("snake_case" in text for text in written)
    enums: dict[str, str] = {}
    for text in written:
        for name, _, called, values in ENUM.findall(text):
            enums[name] = called
            found.enums[called] = tuple(re.findall(r"[\"'`]([^\"'`]*)[\"'`]", values))
        for one in SHARED.finditer(text):
            shared[one[1]] = enclosed(text, one.end())
    for text in written:
        schemas = dict(SCHEMA.findall(text))
        for one in MADE.finditer(text):
            if one[2] in ("mysqlTable", "sqliteTable"):
                found.dialects.add(one[2].removesuffix("Table"))
                continue
            found.dialects.add("postgresql")
            table = Table(one[4], schema=schemas.get(one[3] or "", ""))
            _, body, *keys = (*properties(enclosed(text, text.index("(", one.end(2)))), "")
            _fill(table, body.strip("{} \n") if body[:1] == "{" else "", "".join(keys), shared, enums, is_snake)
            found.add(table)
    return found if "postgresql" in found.dialects or not found.dialects else Tables(dialects=found.dialects)


def _fill(
    table: Table, body: str, constraints: str, shared: dict[str, str], enums: dict[str, str], is_snake: bool
) -> None:
    if not body:
        table.is_open = True
        return
    keys: dict[str, str] = {}
    pending = list(properties(body))
    while pending:
        one = pending.pop(0)
        if spread := re.match(r"\.\.\.\s*(\w+)(.*)$", one, re.DOTALL):
            if spread[1] in shared and not spread[2].strip():
                pending = [*properties(shared[spread[1]]), *pending][:500]
            else:
                table.is_open = True
            continue
        if found := re.match(
            r"[\"']?(\w+)[\"']?\s*:\s*(\w+)(?:<[^>]*>)?\s*\(\s*(?:[\"'`]([^\"'`]*)[\"'`])?(.*)$", one, re.DOTALL
        ):
            key, kind, named, rest = found.groups()
            name = named or (snake(key) if is_snake else key)
            keys[key] = name
            table.add(_column(name, kind, rest, enums))
        elif one.strip():
            table.is_open = True
    for begun in KEYS.finditer(constraints):
        _constrain(table, begun[1], constraints[begun.end() - 1 :], keys)


def _constrain(table: Table, what: str, text: str, keys: Mapping[str, str]) -> None:
    """With a unique index, a constraint or a key, and what is chained to it. One that cannot be read leaves the table open."""
    given = enclosed(text, 0)
    chained = {"columns": listed[1]} if (listed := re.search(r"columns:\s*\[([^\]]*)", given)) else {}
    text = text[len(given) + 2 :]
    while call := re.match(r"\s*\.\s*(\w+)\s*\(", text):
        chained[call[1]] = enclosed(text, call.end() - 1)
        text = text[call.end() + len(chained[call[1]]) + 1 :]
    listed_parts = chained.get("columns") or chained.get("on") or chained.get("using") or ""
    parts = tuple(_part(one, keys) for one in properties(listed_parts))
    where = _part(chained["where"], keys) if "where" in chained else ""
    if not parts or not all(parts) or ("where" in chained and not where):
        table.is_open = True
    elif what == "primaryKey":
        table.key = tuple(one.strip('"') for one in parts)
    else:
        table.indexes.append((parts, where))


def _part(text: str, keys: Mapping[str, str]) -> str:
    """A column in quotes, or SQL; "" for what is neither."""
    if template := re.fullmatch(r"\s*sql(?:<\w+>)?`(.*)`\s*", text, re.DOTALL):
        return re.sub(r"\$\{\s*\w+\.(\w+)\s*\}", lambda one: quoted(keys.get(one[1], one[1])), template[1])
    if null := re.fullmatch(r"\s*is(Not)?Null\(\s*\w+\.(\w+)\s*\)\s*", text):
        return f"{quoted(keys.get(null[2], null[2]))} is {'not ' if null[1] else ''}null"
    column = re.fullmatch(r"\s*\w+\.(\w+)(?:\.(?:asc|desc|nullsFirst|nullsLast|op)\([^)]*\))*\s*", text)
    return quoted(keys.get(column[1], column[1])) if column else ""


def _column(name: str, kind: str, rest: str, enums: dict[str, str]) -> Column:
    sql = f'"{enums[kind]}"' if kind in enums else sql_type(kind, TYPES)
    if kind == "timestamp" and re.search(r"withTimezone:\s*true", rest):
        sql = "timestamptz"
    if sql and (length := re.search(r"length:\s*(\d+)", rest)) and kind in ("varchar", "char"):
        sql += f"({length[1]})"
    sql += "[]" if ".array(" in rest and sql else ""
    has_default = any(word in rest for word in (".default", ".generated")) or "serial" in kind.lower()
    return Column(name, sql, ".primaryKey(" in rest, ".unique(" in rest, ".notNull(" in rest, has_default)
