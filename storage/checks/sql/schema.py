"""The team's schema, as statements in the order in which they make it: from SQL files, and from models that are read, never run.

What several sources tell of one table is put together: a column that any of them knows exists.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pglast import ast, parse_sql
from pglast.parser import ParseError
from pglast.stream import RawStream

from storage.checks.sql import (
    dialects,
    django_models,
    drizzle,
    ecto,
    ef_core,
    php_steps,
    prisma,
    rails,
    script_steps,
    sqlalchemy_models,
    typeorm,
)
from storage.checks.sql.reading import Statement, spans
from storage.checks.sql.steps import Steps
from storage.checks.sql.tables import Tables
from storage.checks.sql.text import pieces, prepare

FEW = 8
"""One file of so many in another dialect is an oversight of ours, not a dialect that the repository speaks."""

MOST_FILE_BYTES, MOST_BYTES, MOST_STATEMENTS = 4_000_000, 12_000_000, 12_000
ASIDE = re.compile(
    r"(?:^|/)(?:tests?|__tests__|testdata|fixtures?|seeds?|examples?|samples?|bench(?:marks?)?|docs?|vendor|down|rollback|undo)(?:/|$)",
    re.IGNORECASE,
)
NOT_SCHEMA = re.compile(
    r"(?:\.down\.sql|_down\.sql|/down\.sql|(?:^|/)U\d[^/]*\.sql|seed[^/]*\.sql|(?:^|/)(?:queries|query)/[^/]*)$",
    re.IGNORECASE,
)
LATER_PART = re.compile(
    r"^\s*--+\s*(?:\+goose\s+down|migrate:down|\+migrate\s+down|rambler\s+down|//@undo|down\b|rollback\b|\+\+\+ down).*$",
    re.IGNORECASE | re.MULTILINE,
)
DEFINES = re.compile(r"\s*(?:create|alter|drop|comment|do)\b", re.IGNORECASE)
MAKES = re.compile(r"^\s*(?:create|alter|drop)\s+\w", re.IGNORECASE | re.MULTILINE)


@dataclass(slots=True)
class Schema:
    """`open` are tables of which some columns are not known, `untyped` columns whose types are not; `sources` what it was read from."""

    statements: list[Statement] = field(default_factory=list)
    open: set[str] = field(default_factory=set)
    untyped: set[str] = field(default_factory=set)
    sources: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    dialects: set[str] = field(default_factory=set)
    sqlite: list[str] = field(default_factory=list)
    """The same, as SQLite takes it."""
    mysql: list[str] = field(default_factory=list)
    """The same, as MySQL takes it."""
    is_platform: bool = False
    """Of Supabase, which brings tables of its own."""

    @property
    def is_there(self) -> bool:
        return any(isinstance(one.node, ast.CreateStmt) for one in self.statements)


def read(folder: Path) -> Schema:
    """Of a repository's tree."""
    schema = Schema()
    files = files_of(folder)
    texts = [(path, text) for path, text in _sql_files(folder, files) if MAKES.search(text)]
    texts = [one for one in texts if not ASIDE.search(one[0])] or texts
    of_dialect = {one[0]: _dialect(*one) for one in texts}
    counts = Counter(one for one in of_dialect.values() if one)
    schema.dialects |= {one for one, count in counts.items() if count * FEW >= len(texts)}
    kept = [one for one in texts if of_dialect[one[0]] in ("", dialects.POSTGRESQL)]
    lite = [one for one in texts if of_dialect[one[0]] in ("", dialects.SQLITE)]
    schema.sqlite = [
        piece for _, text in sorted(lite, key=lambda one: _order(one[0])) for piece in _pieces(_forward(text))
    ]
    schema.mysql = [
        piece
        for path, text in sorted(texts, key=lambda one: _order(one[0]))
        if of_dialect[path] in ("", dialects.MYSQL)
        for piece in _pieces(_forward(text))
    ]
    kept = sorted(kept, key=lambda one: _order(one[0]))
    for _, of_folder in itertools.groupby(kept, lambda one: _order(one[0])[:3]):
        _add(schema, [each for path, text in of_folder for each in statements_of(_forward(text), path)])
    if kept:
        schema.sources.append(SQL_FILES)
    schema.is_platform = any("supabase" in one.lower() for one in files) or any(
        "auth.uid()" in text for _, text in kept
    )
    for name, tables in (
        ("Prisma", prisma.read(folder, files)),
        ("Drizzle", drizzle.read(folder, files)),
        ("Rails' schema", rails.read(folder, files)),
        ("migrations in PHP", php_steps.read(folder, files)),
        ("migrations in TypeScript or JavaScript", script_steps.read(folder, files)),
        ("TypeORM", typeorm.read(folder, files)),
        ("Ecto's migrations", ecto.read(folder, files)),
        ("Entity Framework's model", ef_core.read(folder, files)),
        ("Django models", django_models.read(folder, files)),
        ("SQLAlchemy models", sqlalchemy_models.read(folder, files)),
    ):
        _add_tables(schema, name, tables)
    return schema


def _add_tables(schema: Schema, name: str, tables: Tables | Steps) -> None:
    schema.dialects |= tables.dialects
    written = tables.statements()
    if isinstance(tables, Steps):
        schema.unread += tables.unread
    if not written:
        return
    if tables.dialects == {dialects.SQLITE}:
        schema.sqlite += written
        return
    schema.sources.append(name)
    there = {one.node.relation.relname for one in schema.statements if isinstance(one.node, ast.CreateStmt)}
    schema.open |= tables.open
    if isinstance(tables, Steps):
        schema.untyped |= tables.untyped
    else:  # what the team writes down as SQL says more of a table than its model, which may have columns since
        schema.untyped |= tables.without_type(there)
        written = [*written, *tables.added(there)]
    _add(schema, [one for text in written for one in statements_of(text, name)])


def files_of(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _sql_files(folder: Path, files: Sequence[str]) -> Iterator[tuple[str, str]]:
    left = MOST_BYTES
    for path in files:
        if not path.lower().endswith(".sql") or NOT_SCHEMA.search(path):
            continue
        size = (folder / path).stat().st_size
        if size > MOST_FILE_BYTES or size > left:
            continue
        left -= size
        yield path, (folder / path).read_text("utf-8", "replace")


def _order(path: str) -> tuple[object, ...]:
    """Folders one after the other, in each by the numbers of names; what is repeated comes last, a dump before all."""
    folder, _, name = path.rpartition("/")
    if name.lower() == "migration.sql":
        folder, _, name = folder.rpartition("/")
    is_repeated = bool(re.match(r"R__", name))
    is_dump = not re.match(r"[VvUu]?\d", name) and not is_repeated
    is_platform = "supabase/" not in path
    parts = tuple(
        (0, int(one), "") if one.isdigit() else (1, 0, one.lower()) for one in re.findall(r"\d+|[^\d._-]+", name)
    )
    return (is_platform, not is_dump, folder, is_repeated, parts)


def _forward(text: str) -> str:
    if found := LATER_PART.search(text):
        again = re.search(
            r"^\s*--+\s*(?:\+goose\s+up|migrate:up|\+migrate\s+up|up\b).*$",
            text[found.end() :],
            re.IGNORECASE | re.MULTILINE,
        )
        return text[: found.start()] + (text[found.end() + again.end() :] if again else "")
    return text


def statements_of(text: str, source: str) -> list[Statement]:
    """Only what defines something is read. The source stands where a statement has its error."""
    found = []
    prepared = prepare(text).text
    for start, end in spans(prepared):
        piece = prepared[start:end]
        if not DEFINES.match(_bare(piece[:4_000])):
            continue
        one = Statement(piece.strip(), 1)
        try:
            parsed = parse_sql(piece)
            one.node = parsed[0].stmt if parsed else None
        except (ParseError, RecursionError):
            one.error = source
        if one.node is not None or one.error:
            found.append(one)
    return found[:MOST_STATEMENTS]


def _pieces(text: str) -> list[str]:
    return [text[start:end] for start, end in spans(text) if DEFINES.match(_bare(text[start:end][:4_000]))]


SQL_FILES = "SQL files"
NAMES = (
    (dialects.POSTGRESQL, re.compile(r"(?:^|[/._-])(?:postgres\w*|pg|pgsql|psql|supabase)(?:[/._-]|$)", re.IGNORECASE)),
    (dialects.MYSQL, re.compile(r"(?:^|[/._-])(?:mysql|mariadb)(?:[/._-]|$)", re.IGNORECASE)),
    (dialects.SQLITE, re.compile(r"(?:^|[/._-])(?:sqlite\d?)(?:[/._-]|$)", re.IGNORECASE)),
    (
        "other",
        re.compile(
            r"(?:^|[/._-])(?:mssql|sqlserver|oracle|h2|hsqldb|cassandra|clickhouse|cql|duckdb)(?:[/._-]|$)",
            re.IGNORECASE,
        ),
    ),
)


def _dialect(path: str, text: str) -> str:
    """Of a file: what its path says, or its words; "" where it could be any."""
    if named := next((dialect for dialect, name in NAMES if name.search(path)), ""):
        return named
    whole = _bare(text[:200_000])
    marks = [
        (len(dialects.POSTGRESQL_MARKS.findall(whole)), dialects.POSTGRESQL),
        (len(dialects.MYSQL_MARKS.findall(whole)), dialects.MYSQL),
        (len(dialects.SQLITE_MARKS.findall(whole)), dialects.SQLITE),
    ]
    most = max(marks, key=lambda one: one[0])
    return most[1] if most[0] else ""


def _bare(text: str) -> str:
    return "".join("" if kind == "comment" else text[start:end] for kind, start, end in pieces(text))


def _add(schema: Schema, statements: Sequence[Statement]) -> None:
    before = {_name(one.node) for one in schema.statements if isinstance(one.node, ast.CreateStmt)}
    for one in statements:
        if one.error:
            schema.unread.append(one.text)
        if isinstance(one.node, ast.CreateStmt) and _name(one.node) in before:
            schema.statements += _columns(one)
        else:
            schema.statements.append(one)


def _name(node: ast.CreateStmt) -> str:
    relation = node.relation
    return f"{relation.schemaname or 'public'}.{relation.relname}"


def _columns(one: Statement) -> Iterator[Statement]:
    """A table that an earlier source makes, too: the columns that it does not have."""
    relation = one.node.relation
    table = ".".join(f'"{name}"' for name in (relation.schemaname, relation.relname) if name)
    for column in one.node.tableElts or ():
        if isinstance(column, ast.ColumnDef) and column.typeName is not None:
            kind = {"serial": "int", "bigserial": "bigint", "smallserial": "smallint"}.get(
                column.typeName.names[-1].sval, str(RawStream()(column.typeName))
            )
            text = f'alter table {table} add column if not exists "{column.colname}" {kind}'
            try:
                yield Statement(text, 1, parse_sql(text)[0].stmt)
            except ParseError:
                continue
