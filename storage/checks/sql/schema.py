"""The team's schema, as statements in the order in which they make it: from SQL files, and from models that are read, never run.

What several sources tell of one table is put together: a column that any of them knows exists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pglast import ast, parse_sql
from pglast.parser import ParseError
from pglast.stream import RawStream

from storage.checks.sql import dialects, django_models, drizzle, prisma, sqlalchemy_models
from storage.checks.sql.reading import Statement, spans
from storage.checks.sql.tables import Tables
from storage.checks.sql.text import pieces, prepare

MOST_FILE_BYTES, MOST_BYTES, MOST_STATEMENTS = 4_000_000, 12_000_000, 12_000
UNREAD = 0.1
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
    kept = [one for one in texts if not ASIDE.search(one[0])] or texts
    for path, text in sorted(kept, key=lambda one: _order(one[0])):
        _add(schema, statements_of(_forward(text), path))
    if kept:
        schema.sources.append("SQL files")
        schema.sqlite += [
            piece for _, text in sorted(kept, key=lambda one: _order(one[0])) for piece in _pieces(_forward(text))
        ]
        schema.dialects |= _shown([text for _, text in kept], schema)
    schema.is_platform = any("supabase" in one.lower() for one in files) or any(
        "auth.uid()" in text for _, text in kept
    )
    for name, tables in (
        ("Prisma", prisma.read(folder, files)),
        ("Drizzle", drizzle.read(folder, files)),
        ("Django models", django_models.read(folder, files)),
        ("SQLAlchemy models", sqlalchemy_models.read(folder, files)),
    ):
        _add_tables(schema, name, tables)
    return schema


def _add_tables(schema: Schema, name: str, tables: Tables) -> None:
    schema.dialects |= tables.dialects
    written = tables.statements()
    if not written:
        return
    schema.sqlite += [one for one in written if one.startswith("create table")]
    schema.sources.append(name)
    schema.open |= tables.open
    schema.untyped |= tables.untyped
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


def _shown(texts: Sequence[str], schema: Schema) -> set[str]:
    """The dialect of its SQL files: which grammar reads nearly all of them, or whose words they have."""
    whole = "\n".join(texts)[:2_000_000]
    unread = len(schema.unread) / max(1, len(schema.statements))
    marks = {
        dialects.POSTGRESQL: len(dialects.POSTGRESQL_MARKS.findall(whole)),
        dialects.MYSQL: len(dialects.MYSQL_MARKS.findall(whole)),
        dialects.SQLITE: len(dialects.SQLITE_MARKS.findall(whole)),
    }
    likeliest = max(marks, key=lambda one: marks[one])
    if marks[likeliest]:
        return {likeliest}
    return {dialects.POSTGRESQL} if unread < UNREAD and not schema.dialects else set()


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
