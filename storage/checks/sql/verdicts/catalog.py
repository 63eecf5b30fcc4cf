"""Tables and their columns, by our own reading of the schema: what can be told of a statement where there is no server."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pglast import ast, enums

from storage.checks.sql.statements import trees
from storage.checks.sql.statements.faults import Fault
from storage.checks.sql.statements.reading import Statement
from storage.checks.sql.statements.text import ANY_NAME
from storage.checks.sql.statements.trees import below, texts

Kinds = enums.AlterTableType
SYSTEM = ("pg_", "information_schema")
HIDDEN = ("ctid", "xmin", "xmax", "tableoid", "cmin", "cmax")


@dataclass(slots=True)
class Catalog:
    """Columns by table, both in lower case as written; None where they are not known (a view, a table made from a query)."""

    tables: dict[str, set[str] | None] = field(default_factory=dict)

    def apply(self, node: Any) -> None:
        match node:
            case ast.CreateStmt():
                is_known = not node.inhRelations and not any(
                    isinstance(one, ast.TableLikeClause) for one in node.tableElts or ()
                )
                made = {one.colname for one in node.tableElts or () if isinstance(one, ast.ColumnDef)}
                self.tables[node.relation.relname] = made if is_known else None
            case ast.ViewStmt():
                self.tables[node.view.relname] = None
            case ast.CreateTableAsStmt():
                self.tables[node.into.rel.relname] = None
            case ast.AlterTableStmt() if isinstance(columns := self.tables.get(node.relation.relname), set):
                for command in node.cmds or ():
                    if command.subtype == Kinds.AT_AddColumn and command.def_ is not None:
                        columns.add(command.def_.colname)
                    elif command.subtype == Kinds.AT_DropColumn:
                        columns.discard(command.name)
            case ast.RenameStmt() if node.relation is not None:
                self._renamed(node)
            case ast.DropStmt():
                for one in node.objects or ():
                    if isinstance(one, tuple):
                        self.tables.pop(texts(one)[-1], None)

    def _renamed(self, node: Any) -> None:
        name = node.relation.relname
        if node.renameType == enums.ObjectType.OBJECT_COLUMN and isinstance(columns := self.tables.get(name), set):
            columns.discard(node.subname)
            columns.add(node.newname)
        elif node.renameType == enums.ObjectType.OBJECT_TABLE and name in self.tables:
            self.tables[node.newname] = self.tables.pop(name)


def of(statements: Sequence[Statement], open_tables: frozenset[str]) -> Catalog:
    catalog = Catalog()
    for one in statements:
        if one.node is not None:
            catalog.apply(one.node)
    for name in open_tables & catalog.tables.keys():
        catalog.tables[name] = None
    return catalog


def faults(node: Any, catalog: Catalog, own: str) -> list[Fault]:
    """Tables that are not there, and columns of which no table in sight has one of that name."""
    found: list[Fault] = []
    made = {one.ctename for one in below(node, ast.CommonTableExpr)}
    for one in below(node, ast.RangeVar):
        name = one.relname
        if name in made or name in catalog.tables or one.schemaname not in (None, "public") or name.startswith(SYSTEM):
            continue
        if _is_made(node, one):
            continue
        found.append(Fault(one.location, f"{own} has no table `{name}`{meant(name, catalog.tables)}", "name"))
    if not found and isinstance(node, trees.QUERIES):
        found += columns(node, catalog.tables)
    return found


def _is_made(node: Any, relation: Any) -> bool:
    return (
        (isinstance(node, ast.CreateStmt) and node.relation is relation)
        or (isinstance(node, ast.ViewStmt) and node.view is relation)
        or (isinstance(node, ast.CreateTableAsStmt) and node.into.rel is relation)
        or isinstance(
            node, ast.CreateSeqStmt | ast.DropStmt | ast.CompositeTypeStmt | ast.AlterSeqStmt | ast.RenameStmt
        )
        or (isinstance(node, ast.AlterTableStmt | ast.DropStmt) and bool(node.missing_ok))
    )


def columns(node: Any, known: Mapping[str, Collection[str] | None]) -> Iterator[Fault]:
    """Those that the table which they are said to be of lacks; without a table only where all that is in sight is known, by any name
    at any level: what is left cannot be anything else."""
    opaque = (ast.RangeSubselect, ast.RangeFunction, ast.RangeTableFunc, ast.JsonTable, ast.CommonTableExpr)
    if any(isinstance(one, opaque) for one in trees.walk(node)):
        return
    by_name = {trees.relation_name(one): one.relname for one in below(node, ast.RangeVar)}
    tables = {one: known.get(one) for one in sorted(set(by_name.values()))}
    is_whole = bool(tables) and all(one is not None for one in tables.values())
    given = (
        {one.name for one in below(node, ast.ResTarget) if one.name}
        if not isinstance(node, ast.UpdateStmt | ast.InsertStmt)
        else set()
    )
    for words, place in _named(node):
        name = words[-1]
        if (
            name == "*"
            or name in HIDDEN
            or ANY_NAME in name
            or (len(words) == 1 and (not is_whole or name in given or name in by_name))
        ):
            continue
        table = by_name.get(words[-2]) if len(words) > 1 else None
        held = tables if len(words) == 1 else {table: tables[table]} if table else {}
        known_here = {one: listed for one, listed in held.items() if listed is not None}
        if known_here and len(known_here) == len(held) and not any(name in listed for listed in known_here.values()):
            yield Fault(place, lacking(name, known_here), "name")


def lacking(name: str, tables: Mapping[str, Collection[str]]) -> str:
    """What is said of a column that none of them has."""
    listed = ", ".join(f"`{one}`" for one in sorted(tables)) + (" has" if len(tables) == 1 else " have")
    return f"{listed} no column `{name}`{meant(name, (each for columns in tables.values() for each in columns))}"


def meant(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, sorted(set(names)), n=1, cutoff=0.7)
    return f"; did you mean `{near[0]}`?" if near else ""


def _named(node: Any) -> Iterator[tuple[list[str], int]]:
    for one in below(node, ast.ColumnRef):
        yield texts(one.fields), one.location
    if isinstance(node, ast.InsertStmt):
        yield from (([one.name], one.location) for one in node.cols or ())
    if isinstance(node, ast.UpdateStmt):
        yield from (([one.name], one.location) for one in node.targetList or () if not one.indirection)
