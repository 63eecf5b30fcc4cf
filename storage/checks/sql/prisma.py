"""Prisma's schema as tables: https://www.prisma.io/docs/orm/reference/prisma-schema-reference"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from storage.checks.sql.tables import Column, Table, Tables

BLOCK = re.compile(r"^\s*(model|enum|view|datasource|type)\s+(\w+)\s*\{\n?(.*?)^\s*\}", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"^\s*(\w+)\s+(\w+)(\[\])?(\?)?(.*)$")
TYPES = {
    "String": "text", "Boolean": "boolean", "Int": "integer", "BigInt": "bigint", "Float": "double precision",
    "Decimal": "numeric", "DateTime": "timestamp(3)", "Json": "jsonb", "Bytes": "bytea",
}  # fmt: skip
NATIVE = {
    "Text": "text", "VarChar": "varchar", "Char": "char", "Uuid": "uuid", "Timestamptz": "timestamptz",
    "Timestamp": "timestamp", "Date": "date", "Time": "time", "Timetz": "timetz", "Json": "json", "JsonB": "jsonb",
    "Inet": "inet", "Citext": "citext", "SmallInt": "smallint", "Integer": "integer", "BigInt": "bigint", "Oid": "oid",
    "Real": "real", "DoublePrecision": "double precision", "Decimal": "numeric", "Money": "money", "Boolean": "boolean",
    "ByteA": "bytea", "Xml": "xml", "Bit": "bit", "VarBit": "varbit",
}  # fmt: skip
DIALECTS = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "cockroachdb": "postgresql",
    "mysql": "mysql",
    "sqlite": "sqlite",
    "sqlserver": "tsql",
}


def read(folder: Path, files: Sequence[str]) -> Tables:
    found = Tables()
    text = "\n".join((folder / one).read_text("utf-8", "replace") for one in files if one.endswith(".prisma"))
    text = re.sub(r"//[^\n]*", "", text)
    blocks = [(kind, name, body) for kind, name, body in BLOCK.findall(text)]
    models = {name: _mapped(body, name) for kind, name, body in blocks if kind in ("model", "view")}
    enums = {name: _mapped(body, name) for kind, name, body in blocks if kind == "enum"}
    for kind, name, body in blocks:
        if kind == "enum":
            values = re.findall(
                r'^\s*(\w+)(?:[^\n]*@map\("([^"]+)"\))?',
                re.sub(r"^\s*@@.*$", "", body, flags=re.MULTILINE),
                re.MULTILINE,
            )
            found.enums[enums[name]] = tuple(mapped or value for value, mapped in values)
        elif kind == "datasource" and (provider := re.search(r'provider\s*=\s*"(\w+)"', body)):
            found.dialects |= {DIALECTS.get(provider[1], provider[1])}
        elif kind in ("model", "view"):
            found.add(_table(models[name], body, models, enums))
    _joined(found, blocks, models)
    if found.dialects and "postgresql" not in found.dialects:
        return Tables(dialects=found.dialects)
    return found


def _mapped(body: str, name: str) -> str:
    mapped = re.search(r'@@map\(\s*(?:name:\s*)?"([^"]+)"', body)
    return mapped[1] if mapped else name


def _table(name: str, body: str, models: dict[str, str], enums: dict[str, str]) -> Table:
    table, names = Table(name), {}
    if schema := re.search(r'@@schema\("([^"]+)"', body):
        table.schema = schema[1]
    for line in body.split("\n"):
        if "@ignore" in line or line.strip().startswith("@@") or not (field := FIELD.match(line)):
            continue
        word, kind, is_list, is_open, rest = field.groups()
        if kind in models:
            continue
        mapped = re.search(r'(?<!\.)@map\(\s*(?:name:\s*)?"([^"]+)"', rest)
        names[word] = mapped[1] if mapped else word
        native = re.search(r"@db\.(\w+)(\([^)]*\))?", rest)
        sql = (
            NATIVE.get(native[1], "") + (native[2] or "" if NATIVE.get(native[1]) else "")
            if native
            else TYPES.get(kind, "")
        )
        sql = f'"{enums[kind]}"' if kind in enums else sql
        table.add(
            Column(
                names[word],
                sql + ("[]" if is_list and sql else ""),
                "@id" in rest,
                bool(re.search(r"@unique\b", rest)),
                not is_open and not is_list,
                "@default" in rest or "@updatedAt" in rest,
            )
        )
    for what, listed in re.findall(r"@@(id|unique)\(\s*(?:fields:\s*)?\[([^\]]*)\]", body):
        columns = tuple(names.get(re.sub(r"\(.*", "", one.strip()), one.strip()) for one in listed.split(","))
        if what == "id":
            table.key = columns
        else:
            table.unique.append(columns)
    return table


def _joined(found: Tables, blocks: list[tuple[str, str, str]], models: dict[str, str]) -> None:
    """The tables of relations between lists on both sides: `_AToB`, with columns A and B."""
    lists = {
        (name, kind, (re.search(r'@relation\(\s*(?:name:\s*)?"([^"]+)"', rest) or ["", ""])[1])
        for block, name, body in blocks
        if block == "model"
        for line in body.split("\n")
        if (field := FIELD.match(line)) and field[3] and (kind := field[2]) in models and (rest := field[5] or " ")
    }
    for one, other, label in lists:
        if (other, one, label) in lists and one <= other:
            first, second = sorted((one, other))
            table = Table(f"_{label}" if label else f"_{first}To{second}")
            for letter, model in (("A", first), ("B", second)):
                known = found.tables.get(models[model])
                key = next((name for name, column in known.columns.items() if column.is_key), "id") if known else "id"
                table.add(Column(letter, refers=f"{models[model]}.{key}", is_required=True))
            table.unique.append(("A", "B"))
            found.add(table)
