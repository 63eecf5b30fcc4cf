"""Prisma's schema as tables: https://www.prisma.io/docs/orm/reference/prisma-schema-reference"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from storage.checks import prisma_schema
from storage.checks.prisma_schema import Block
from storage.checks.sql.schemas.steps import sql_type
from storage.checks.sql.schemas.tables import Column, Table, Tables

TYPES = {
    "String": "text", "Boolean": "boolean", "Int": "integer", "BigInt": "bigint", "Float": "double precision",
    "Decimal": "numeric", "DateTime": "timestamp(3)", "Json": "jsonb", "Bytes": "bytea",
}  # fmt: skip
NATIVE = {"DoublePrecision": "double precision", "Oid": "oid", "VarBit": "varbit"}
"""Those that are not called as PostgreSQL does."""

DIALECTS = {"postgres": "postgresql", "cockroachdb": "postgresql", "sqlserver": "tsql"}


def read(folder: Path, files: Sequence[str]) -> Tables:
    found = Tables()
    text = "\n".join((folder / one).read_text("utf-8", "replace") for one in files if one.endswith(".prisma"))
    blocks = prisma_schema.blocks(text)
    models = {one.name: _mapped(one) for one in blocks if one.kind in ("model", "view")}
    enums = {one.name: _mapped(one) for one in blocks if one.kind == "enum"}
    for one in blocks:
        if one.kind == "enum":
            found.enums[enums[one.name]] = tuple(held for _, held in prisma_schema.values(one))
        elif one.kind == "datasource" and (provider := re.search(r'provider\s*=\s*"(\w+)"', one.body)):
            found.dialects |= {DIALECTS.get(provider[1], provider[1])}
        elif one.kind in ("model", "view"):
            found.add(_table(models[one.name], one, models, enums))
    _joined(found, blocks, models)
    if found.dialects and "postgresql" not in found.dialects:
        return Tables(dialects=found.dialects)
    return found


def _mapped(block: Block) -> str:
    mapped = re.search(r'@@map\(\s*(?:name:\s*)?"([^"]+)"', block.body)
    return mapped[1] if mapped else block.name


def _table(name: str, block: Block, models: dict[str, str], enums: dict[str, str]) -> Table:
    table, names = Table(name), {}
    if schema := re.search(r'@@schema\("([^"]+)"', block.body):
        table.schema = schema[1]
    for field in prisma_schema.fields(block):
        kind, rest = field.kind, field.attributes
        if kind in models or "@ignore" in rest:
            continue
        mapped = re.search(r'(?<!\.)@map\(\s*(?:name:\s*)?"([^"]+)"', rest)
        names[field.name] = mapped[1] if mapped else field.name
        native = re.search(r"@db\.(\w+(?:\([^)]*\))?)", rest)
        sql = sql_type(native[1], NATIVE) if native else TYPES.get(kind, "")
        sql = f'"{enums[kind]}"' if kind in enums else sql
        table.add(
            Column(
                names[field.name],
                sql + ("[]" if field.is_list and sql else ""),
                "@id" in rest,
                bool(re.search(r"@unique\b", rest)),
                not field.is_optional and not field.is_list,
                "@default" in rest and not BY_CLIENT.search(rest),
            )
        )
    for what, _, listed in prisma_schema.keys(block):
        columns = tuple(names.get(one, one) for one in listed)
        if what == "id":
            table.key = columns
        else:
            table.unique.append(columns)
    return table


BY_CLIENT = re.compile(r"@default\((?:uuid|cuid|nanoid|ulid)\(")
"""Values that Prisma's client makes: the database has none for them, nor for `@updatedAt`."""


def _joined(found: Tables, blocks: list[Block], models: dict[str, str]) -> None:
    """The tables of relations between lists on both sides: `_AToB`, with columns A and B."""
    lists = Counter(
        (block.name, one.kind, (re.search(r'@relation\(\s*(?:name:\s*)?"([^"]+)"', one.attributes) or ["", ""])[1])
        for block in blocks
        if block.kind == "model"
        for one in prisma_schema.fields(block)
        if one.is_list and one.kind in models
    )
    for one, other, label in lists:
        if one <= other and lists[other, one, label] > (one == other):
            first, second = sorted((one, other))
            table = Table(f"_{label}" if label else f"_{first}To{second}")
            for letter, model in (("A", first), ("B", second)):
                known = found.tables.get(models[model])
                key = next((name for name, column in known.columns.items() if column.is_key), "id") if known else "id"
                table.add(Column(letter, refers=f"{models[model]}.{key}", is_required=True))
            table.unique.append(("A", "B"))
            found.add(table)
