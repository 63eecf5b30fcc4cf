"""Drizzle's tables in TypeScript, read as text: https://orm.drizzle.team/docs/column-types/pg"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from storage.checks.sql.schemas.steps import snake, sql_type
from storage.checks.sql.schemas.tables import Column, Table, Tables

ENDINGS = (".ts", ".mts", ".tsx", ".js", ".mjs")
MADE = re.compile(
    r"(?:(?:export\s+)?const\s+(\w+)\s*=\s*)?\b(pgTable|mysqlTable|sqliteTable|pgTableCreator|(\w+)\.table|createTable)\s*\(\s*[\"'`]([\w.-]+)[\"'`]\s*,\s*"
)
ENUM = re.compile(r"(?:const\s+(\w+)\s*=\s*)?\b(?:pgEnum|(\w+)\.enum)\(\s*[\"'`](\w+)[\"'`]\s*,\s*\[([^\]]*)\]")
SCHEMA = re.compile(r"const\s+(\w+)\s*=\s*pgSchema\(\s*[\"'`](\w+)[\"'`]")
SHARED = re.compile(r"const\s+(\w+)\s*(?::[^=]+)?=\s*(?=\{)")
TYPES = {"doublePrecision": "double precision", "point": "point", "line": "line"}
"""Those that are not called as PostgreSQL does."""

MOST_BYTES = 400_000


def read(folder: Path, files: Sequence[str]) -> Tables:
    found, shared = Tables(), {}
    texts = []
    for path in files:
        if path.endswith(ENDINGS) and not path.endswith(".d.ts") and (folder / path).stat().st_size <= MOST_BYTES:
            text = (folder / path).read_text("utf-8", "replace")
            if "drizzle-orm" in text or MADE.search(text):
                texts.append(re.sub(r"//[^\n\"'`]*$|/\*.*?\*/", "", text, flags=re.MULTILINE | re.DOTALL))
    if not any("drizzle-orm" in text for text in texts):
        return found
    is_snake = any("snake_case" in text for text in texts)
    enums: dict[str, str] = {}
    for text in texts:
        for name, _, called, values in ENUM.findall(text):
            enums[name] = called
            found.enums[called] = tuple(re.findall(r"[\"'`]([^\"'`]*)[\"'`]", values))
        for one in SHARED.finditer(text):
            shared[one[1]] = enclosed(text, one.end())
    for text in texts:
        schemas = dict(SCHEMA.findall(text))
        for one in MADE.finditer(text):
            if one[2] in ("mysqlTable", "sqliteTable"):
                found.dialects.add(one[2].removesuffix("Table"))
                continue
            found.dialects.add("postgresql")
            table = Table(one[4], schema=schemas.get(one[3] or "", ""))
            _fill(table, enclosed(text, one.end()), text[one.end() : one.end() + 6_000], shared, enums, is_snake)
            found.add(table)
    return found if "postgresql" in found.dialects or not found.dialects else Tables(dialects=found.dialects)


def _fill(table: Table, body: str, after: str, shared: dict[str, str], enums: dict[str, str], is_snake: bool) -> None:
    if not body:
        table.is_open = True
        return
    keys: dict[str, str] = {}
    pending = list(_properties(body))
    while pending:
        one = pending.pop(0)
        if spread := re.match(r"\.\.\.\s*(\w+)(.*)$", one, re.DOTALL):
            if spread[1] in shared and not spread[2].strip():
                pending = [*_properties(shared[spread[1]]), *pending][:500]
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
    rest = after[len(body) + 2 :].split("\nexport ")[0]
    for what, listed in re.findall(
        r"\b(primaryKey|uniqueIndex|unique)\([^)]*\)?[^;]{0,80}?\b(?:columns:\s*\[|on\()([^)\]]*)", rest
    ):
        columns = tuple(keys.get(one, one) for one in re.findall(r"\.(\w+)", listed))
        if what == "primaryKey" and columns:
            table.key = columns
        elif columns:
            table.unique.append(columns)


def _column(name: str, kind: str, rest: str, enums: dict[str, str]) -> Column:
    sql = f'"{enums[kind]}"' if kind in enums else sql_type(kind, TYPES)
    if kind == "timestamp" and re.search(r"withTimezone:\s*true", rest):
        sql = "timestamptz"
    if sql and (length := re.search(r"length:\s*(\d+)", rest)) and kind in ("varchar", "char"):
        sql += f"({length[1]})"
    sql += "[]" if ".array(" in rest and sql else ""
    has_default = (
        any(word in rest for word in (".default", ".$default", ".generated", ".$onUpdate")) or "serial" in kind.lower()
    )
    return Column(name, sql, ".primaryKey(" in rest, ".unique(" in rest, ".notNull(" in rest, has_default)


def enclosed(text: str, start: int) -> str:
    """What the braces hold that begin here; "" where none do."""
    if text[start : start + 1] != "{":
        return ""
    depth, quote = 0, ""
    for place in range(start, min(len(text), start + 60_000)):
        letter = text[place]
        if quote:
            quote = "" if letter == quote and text[place - 1] != "\\" else quote
        elif letter in "\"'`":
            quote = letter
        elif letter in "{([":
            depth += 1
        elif letter in "})]":
            depth -= 1
            if not depth:
                return text[start + 1 : place]
    return ""


def _properties(body: str) -> Iterator[str]:
    depth, start, quote = 0, 0, ""
    for place, letter in enumerate(body):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'`":
            quote = letter
        elif letter in "{([":
            depth += 1
        elif letter in "})]":
            depth -= 1
        elif letter == "," and not depth:
            yield body[start:place].strip()
            start = place + 1
    if body[start:].strip():
        yield body[start:].strip()
