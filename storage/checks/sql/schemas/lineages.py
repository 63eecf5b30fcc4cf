"""What one history of statements makes of tables that another source has made already: only the columns that they lack in the end.

A table is followed through its renames, so that a dump and the migrations it came from are one schema.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from pglast import ast, enums, parse_sql
from pglast.parser import ParseError
from pglast.stream import RawStream

from storage.checks.sql.schemas.tables import quoted
from storage.checks.sql.statements.reading import Statement
from storage.checks.sql.statements.trees import texts

Kinds = enums.AlterTableType
SERIALS = {"serial": "int", "bigserial": "bigint", "smallserial": "smallint", "serial4": "int", "serial8": "bigint"}


@dataclass(slots=True)
class Table:
    """`name` is that of the end, "" for one that is dropped; `names` are all that it had, `columns` those of the end with their types,
    `statements` all about it."""

    name: str
    names: set[str]
    columns: dict[str, str] = field(default_factory=dict)
    statements: set[int] = field(default_factory=set)


def name(relation: Any) -> str:
    return f"{relation.schemaname or 'public'}.{relation.relname}"


def made(statements: Sequence[Statement]) -> list[Table]:
    """The tables that the statements make, each in its last state."""
    found: list[Table] = []
    here: dict[str, Table] = {}
    dropped: dict[str, set[int]] = defaultdict(set)  # before they are made, as dumps begin
    for number, one in enumerate(statements):
        node = one.node
        if isinstance(node, ast.DropStmt):
            for called in _dropped(node):
                dropped[called].add(number)
                if table := here.pop(called, None):
                    table.name = ""
                    table.statements.add(number)
            continue
        relation = getattr(node, "relation", None)
        if not isinstance(relation, ast.RangeVar):
            continue
        called = name(relation)
        if isinstance(node, ast.CreateStmt) and called not in here:
            here[called] = Table(called, {called}, dict(_columns(node.tableElts)), dropped.pop(called, set()))
            found.append(here[called])
        if called in here:
            here[called].statements.add(number)
            _change(node, here, called)
    return found


def _dropped(node: Any) -> Iterator[str]:
    """The tables that it drops, by name."""
    for one in node.objects if node.removeType == enums.ObjectType.OBJECT_TABLE else ():
        yield ".".join(("public", *texts(one))[-2:])


def _change(node: Any, here: dict[str, Table], called: str) -> None:
    table = here[called]
    match node:
        case ast.AlterTableStmt():
            for one in node.cmds or ():
                match one.subtype:
                    case Kinds.AT_AddColumn | Kinds.AT_AlterColumnType if isinstance(one.def_, ast.ColumnDef):
                        table.columns[one.name or one.def_.colname] = _kind(one.def_)
                    case Kinds.AT_DropColumn:
                        table.columns.pop(one.name, None)
        case ast.RenameStmt(renameType=enums.ObjectType.OBJECT_COLUMN):
            table.columns[node.newname] = table.columns.pop(node.subname, "")
        case ast.RenameStmt(renameType=enums.ObjectType.OBJECT_TABLE):
            table.name = f"{called.rpartition('.')[0]}.{node.newname}"
            table.names.add(table.name)
            here[table.name] = here.pop(called)


def _columns(parts: Any) -> Iterator[tuple[str, str]]:
    return ((one.colname, _kind(one)) for one in parts or () if isinstance(one, ast.ColumnDef))


def _kind(column: Any) -> str:
    """ "" where it is not told."""
    if column.typeName is None:
        return ""
    return SERIALS.get(column.typeName.names[-1].sval, str(RawStream()(column.typeName)))


def added(statements: Sequence[Statement], there: Set[str]) -> list[Statement]:
    """The statements without those about tables that are `there` (or were, and are gone), and what adds columns that these may lack."""
    twice = [one for one in made(statements) if one.name in there or (not one.name and one.names & there)]
    left_out = {number for one in twice for number in one.statements}
    kept = [one for number, one in enumerate(statements) if number not in left_out]
    return [*kept, *(each for one in twice if one.name for each in _adding(one))]


def _adding(table: Table) -> Iterator[Statement]:
    whole = ".".join(quoted(one) for one in table.name.split(".", 1))
    for column, kind in table.columns.items():
        if kind:
            text = f"alter table {whole} add column if not exists {quoted(column)} {kind}"
            try:
                yield Statement(text, 1, parse_sql(text)[0].stmt)
            except ParseError:
                continue
