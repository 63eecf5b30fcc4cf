"""TypeORM's entities in TypeScript, read as text: https://typeorm.io/docs/entity/entities. Of strategies that make names
`SnakeNamingStrategy` is read; where another is set, tables are taken for open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from storage.checks.sql.schemas.script_text import enclosed, without_comments
from storage.checks.sql.schemas.steps import snake, sql_type, texts
from storage.checks.sql.schemas.tables import Column, Table, Tables

ENTITY = re.compile(
    r"@Entity\(\s*(.*?)\)\s*(?:@\w+\([^@]*?\)\s*)*export\s+(?:default\s+)?(?:abstract\s+)?class\s+(\w+)(?:\s+extends\s+(\w+))?[^{]*",
    re.DOTALL,
)
CLASS = re.compile(
    r"(?:^|\n)\s*(?:export\s+)?(?:default\s+)?(?:abstract\s+)?class\s+(\w+)(?:\s+extends\s+(\w+))?[^{\n]*"
)
FIELD = re.compile(
    r"((?:@\w+\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\s*)+)(?:public\s+|readonly\s+|private\s+|protected\s+|declare\s+)*(\w+)\s*[?!]?\s*:\s*([^;=\n]+)"
)
DECORATOR = re.compile(r"@(\w+)\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)")
COLUMNS = frozenset(
    """
    Column PrimaryColumn PrimaryGeneratedColumn CreateDateColumn UpdateDateColumn DeleteDateColumn VersionColumn
    Generated ObjectIdColumn
    """.split()
)
TYPES = {"string": "varchar", "number": "integer", "boolean": "boolean", "Date": "timestamp", "Buffer": "bytea"}
NATIVE = {"float": "double precision", "simple-array": "text", "simple-json": "text"}
"""Those that are no types of PostgreSQL's."""

UNIQUE = re.compile(r"@(?:Unique\([^\[()]*|Index\([^\[()]*(?=\[[^\]]*\],\s*\{[^}]*unique:\s*true))\[([^\]]*)\]")
DIALECT = re.compile(r"type:\s*[\"'](mysql|mariadb|sqlite|better-sqlite3|mssql|oracle|postgres)[\"']")
DEEPEST = 6


def read(folder: Path, files: Sequence[str]) -> Tables:
    found, classes, entities, unique = Tables(), {}, [], {}
    is_named_anew = is_snake = False
    for _, text in texts(
        folder, (one for one in files if one.endswith((".ts", ".mts", ".js")) and not one.endswith(".d.ts"))
    ):
        is_named_anew = is_named_anew or "namingStrategy" in text
        is_snake = is_snake or "SnakeNamingStrategy" in text
        for kind in DIALECT.findall(text) if "typeorm" in text else ():
            found.dialects.add(
                {"postgres": "postgresql", "mariadb": "mysql", "better-sqlite3": "sqlite"}.get(kind, kind)
            )
        if "typeorm" not in text and "extends" not in text:
            continue
        text = without_comments(text)
        for one in CLASS.finditer(text):
            start = text.find("{", one.end())
            classes[one[1]] = (one[2], enclosed(text, start) if start >= 0 else "")
        for one in ENTITY.finditer(text):
            entities.append((one[1], one[2]))
            unique[one[2]] = UNIQUE.findall(text[text.rfind("\n}", 0, one.start()) + 1 : one.end()])
    if found.dialects and "postgresql" not in found.dialects:
        return Tables(dialects=found.dialects)
    if not entities:
        return Tables()
    tables = {name: _table_name(options, name) for options, name in entities}
    for options, name in entities:
        table = Table(tables[name], schema=_option(options, "schema"), is_open=is_named_anew and not is_snake)
        columns = _fill(table, name, classes, is_snake)
        for listed in unique[name]:
            table.unique.append(tuple(columns.get(one, one) for one in re.findall(r"\w+", listed)))
        found.add(table)
    _joined(found, entities, classes, tables)
    return found


def _table_name(options: str, name: str) -> str:
    told = re.match(r"\s*[\"'`]([\w.]+)[\"'`]", options)
    return (told[1] if told else "") or _option(options, "name") or snake(name)


def _option(text: str, name: str) -> str:
    found = re.search(rf"\b{name}:\s*[\"'`]([^\"'`]+)[\"'`]", text)
    return found[1] if found else ""


def _fields(
    name: str, classes: dict[str, tuple[str, str]], table: Table, depth: int = 0
) -> Iterator[tuple[str, str, str]]:
    above, body = classes.get(name, ("", ""))
    if above and above not in classes:
        table.is_open = table.is_open or above != "BaseEntity"
    elif above and depth < DEEPEST:
        yield from _fields(above, classes, table, depth + 1)
    for decorators, field, kind in FIELD.findall(body):
        yield decorators, field, kind.strip()


def _fill(table: Table, name: str, classes: dict[str, tuple[str, str]], is_snake: bool) -> dict[str, str]:
    """Gives the columns of its fields."""
    columns = {}
    for decorators, field, kind in _fields(name, classes, table):
        told = dict(DECORATOR.findall(decorators))
        which = next((one for one in told if one in COLUMNS), "")
        if which:
            if re.match(r"\s*\(\s*\)\s*=>|\s*\w+\s*=>", told[which]):
                table.is_open = True  # columns of an embedded object
                continue
            made = _column(which, told[which], snake(field) if is_snake else field, kind)
            made.is_unique = made.is_unique or "unique: true" in told.get("Index", "")
        elif "ManyToOne" in told or ("OneToOne" in told and "JoinColumn" in told):
            named = _option(told.get("JoinColumn", ""), "name") or (snake(f"{field}_id") if is_snake else f"{field}Id")
            made = Column(named, "", False, "OneToOne" in told, "nullable: false" in told.get("ManyToOne", ""))
        elif any(
            one not in ("RelationId", "BeforeInsert", "BeforeUpdate", "AfterLoad") and one.endswith("Column")
            for one in told
        ):
            table.is_open = True
            continue
        else:
            continue
        columns[field] = made.name
        if made.name not in table.columns or which:  # a column beside the relation that it holds tells more
            made.is_unique = made.is_unique or (made.name in table.columns and table.columns[made.name].is_unique)
            table.add(made)
    return columns


def _column(which: str, options: str, field: str, kind: str) -> Column:
    name = _option(options, "name") or field
    told = re.match(r"\s*[\"'`]([\w -]+)[\"'`]", options)
    native = (told[1] if told else "") or _option(options, "type")
    sql = sql_type(native, NATIVE) if native else TYPES.get(re.sub(r"\s*\|\s*(?:null|undefined)", "", kind), "")
    if which == "PrimaryGeneratedColumn":
        sql = "uuid" if native == "uuid" else "bigserial" if "bigint" in options else "serial"
    elif which in ("CreateDateColumn", "UpdateDateColumn", "DeleteDateColumn"):
        sql = sql or "timestamp"
    elif which == "VersionColumn":
        sql = "integer"
    is_list = "array: true" in options
    is_key = which.startswith("Primary") or "primary: true" in options
    is_free = "nullable: true" in options or "default" in options or is_key or which != "Column"
    return Column(name, f"{sql}[]" if sql and is_list else sql, is_key, "unique: true" in options, not is_free, is_free)


def _joined(
    found: Tables, entities: Sequence[tuple[str, str]], classes: dict[str, tuple[str, str]], tables: dict[str, str]
) -> None:
    """Tables between two, of which no class tells."""
    for _, name in entities:
        for decorators, field, kind in FIELD.findall(classes.get(name, ("", ""))[1]):
            told = dict(DECORATOR.findall(decorators))
            other = re.match(r"(\w+)\s*\[\]", kind.strip())
            if "ManyToMany" not in told or "JoinTable" not in told or not other:
                continue
            between = (
                _option(told["JoinTable"], "name")
                or f"{tables[name]}_{snake(field)}_{tables.get(other[1], snake(other[1]))}"
            )
            found.add(Table(between, is_open=True))
