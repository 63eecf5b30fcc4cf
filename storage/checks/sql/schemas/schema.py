"""The team's schema, as statements in the order in which they make it: from SQL files, and from models that are read, never run.

What several sources tell of one table is put together: a column that any of them knows exists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pglast import ast, parse_sql
from pglast.parser import ParseError

from storage.checks.sql.schemas import (
    bodies,
    django_models,
    drizzle,
    ecto,
    ef_core,
    histories,
    lineages,
    php_steps,
    prisma,
    rails,
    script_steps,
    sqlalchemy_models,
    typeorm,
)
from storage.checks.sql.schemas.histories import History
from storage.checks.sql.schemas.steps import Steps
from storage.checks.sql.schemas.tables import Tables
from storage.checks.sql.statements import dialects
from storage.checks.sql.statements.reading import Statement, first_word, spans
from storage.checks.sql.statements.text import prepare

FEW = 8
"""One file of so many in another dialect is an oversight of ours, not a dialect that the repository speaks."""

MOST_FILE_BYTES, MOST_BYTES, MOST_STATEMENTS = 4_000_000, 12_000_000, 12_000
ASIDE = re.compile(
    r"(?:^|/)(?:tests?|__tests__|testdata|fixtures?|seeds?|examples?|samples?|bench(?:marks?)?|docs?|vendor|down|rollback|undo)(?:/|$)",
    re.IGNORECASE,
)
IS_SQL = re.compile(r"\.sql(?:\.(?:postgres(?:ql)?|pgsql|mysql|mariadb|sqlite3?))?$", re.IGNORECASE)
NOT_SCHEMA = re.compile(
    r"(?:\.down\.sql|_down\.sql|/down\.sql|(?:^|/)U\d[^/]*\.sql|seed[^/]*\.sql|(?:^|/)(?:queries|query)/[^/]*)$",
    re.IGNORECASE,
)
LATER_PART = re.compile(
    r"^\s*--+\s*(?:\+goose\s+down|migrate:down|\+migrate\s+down|rambler\s+down|//@undo|down\b|rollback\b|\+\+\+ down).*$",
    re.IGNORECASE | re.MULTILINE,
)
DEFINES = re.compile(r"\s*(?:create|alter|drop|comment|do)\b", re.IGNORECASE)
TABLE = re.compile(
    r"\s*create\s+table\s+(?:if\s+not\s+exists\s+)?[\"`\[]?(?:\w+[\"`\]]?\.[\"`\[]?)?(\w+)", re.IGNORECASE
)
RETYPED = re.compile(r"\balter\s+column\s+[\"`]?(\w+)", re.IGNORECASE)
MAKES = re.compile(r"^\s*(?:create|alter|drop|do)\s+[\w$]", re.IGNORECASE | re.MULTILINE)


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
    migrated: set[str] = field(default_factory=set)
    """Tables of which migrations tell the whole, whatever their models do not."""
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
    found = histories.histories(texts)
    counts = histories.counted(found)
    schema.dialects |= {one for one, count in counts.items() if one and count * FEW >= len(texts)}
    kept = [one for one in found if one.dialect in ("", dialects.POSTGRESQL)]
    schema.sqlite = _of_dialect(found, dialects.SQLITE)
    schema.mysql = _of_dialect(found, dialects.MYSQL)
    for statements in _in_order(kept):
        _add(schema, statements)
    if kept:
        schema.sources.append(SQL_FILES)
    schema.is_platform = any("supabase" in one.lower() for one in files) or any(
        "auth.uid()" in text for one in kept for _, text in one.files
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
        (DJANGO, django_models.read(folder, files)),
        ("SQLAlchemy models", sqlalchemy_models.read(folder, files)),
    ):
        _add_tables(schema, name, tables)
    return schema


def _add_tables(schema: Schema, name: str, tables: Tables | Steps) -> None:
    schema.dialects |= tables.dialects
    written = [one for text in tables.statements() for one in statements_of(text, name)]
    if not written:
        return
    if tables.dialects == {dialects.SQLITE}:
        schema.sqlite += tables.statements()
        return
    schema.sources.append(name)
    there = {one.node.relation.relname for one in schema.statements if isinstance(one.node, ast.CreateStmt)}
    if isinstance(tables, Steps):
        schema.untyped |= tables.untyped
        schema.open |= tables.open
        schema.migrated |= {
            one.node.relation.relname for one in written if isinstance(one.node, ast.CreateStmt)
        } - tables.open
        written += [Statement(one, 1, error=name) for one in tables.unread]
    else:  # what the team writes down as SQL says more of a table than its model, which may have columns since
        schema.untyped |= tables.without_type(there)
        schema.open |= tables.open - {one.lower() for one in schema.migrated}
        written += [one for text in tables.added(there) for one in statements_of(text, name)]
    _add(schema, written)


def files_of(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _sql_files(folder: Path, files: Sequence[str]) -> Iterator[tuple[str, str]]:
    left = MOST_BYTES
    for path in files:
        if not IS_SQL.search(path) or NOT_SCHEMA.search(path):
            continue
        size = (folder / path).stat().st_size
        if size > MOST_FILE_BYTES or size > left:
            continue
        left -= size
        yield path, (folder / path).read_text("utf-8", "replace")


def _statements(one: History) -> list[Statement]:
    return [each for path, text in one.files for each in statements_of(_forward(text), path)][:MOST_STATEMENTS]


def _in_order(found: Sequence[History]) -> list[list[Statement]]:
    """What mostly repeats tables of migrations, or of a larger history, comes after that: a dump beside what it is a dump of."""
    statements = [_statements(one) for one in found]
    tables = [{each.name for each in lineages.made(one)} - {""} for one in statements]
    rank = [(not one.is_dump, len(tables[number]), -number) for number, one in enumerate(found)]

    def is_repeated(number: int) -> bool:
        return any(
            rank[other] > rank[number] and len(tables[other] & tables[number]) * 2 > len(tables[number])
            for other in range(len(found))
        )

    return [statements[number] for number in sorted(range(len(found)), key=is_repeated)]


def _of_dialect(found: Sequence[History], dialect: str) -> list[str]:
    return [
        piece
        for one in found
        if one.dialect in ("", dialect)
        for _, text in one.files
        for piece in _pieces(_forward(text))
    ]


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
    for piece in _pieces(prepared):
        one = Statement(piece.strip(), 1)
        try:
            parsed = parse_sql(piece)
            one.node = parsed[0].stmt if parsed else None
        except (ParseError, RecursionError):
            one.error = source
        if one.node is not None or one.error:
            found += bodies.definitions(one) if isinstance(one.node, ast.DoStmt) else [one]
    return found[:MOST_STATEMENTS]


def _pieces(text: str) -> list[str]:
    return [text[start:end] for start, end in spans(text) if DEFINES.match(text, first_word(text, start, end))]


def table_names(written: Iterable[str]) -> set[str]:
    """Of statements in any dialect."""
    return {found[1].lower() for one in written if (found := TABLE.match(histories.bare(one)))}


SQL_FILES, DJANGO = "SQL files", "Django models"


def _add(schema: Schema, statements: Sequence[Statement]) -> None:
    there = {one.name for one in lineages.made(schema.statements)}
    for one in statements:
        if one.error:
            schema.unread.append(one.text)
            schema.untyped |= {name.lower() for name in RETYPED.findall(one.text)}
    schema.statements += lineages.added(statements, there - {""})
