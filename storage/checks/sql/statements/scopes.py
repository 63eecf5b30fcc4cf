"""Which names the clauses of a statement bring, and those before a dot that none of them brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pglast import ast

from storage.checks.sql.statements import trees
from storage.checks.sql.statements.faults import Fault
from storage.checks.sql.statements.trees import below, function_name, texts, walk, within_query

TABLE_NAMES = ("excluded", "new", "old")


@dataclass(frozen=True, slots=True)
class Relation:
    """What a FROM clause brings: the name that columns are reached by; `?` where that is open."""

    name: str
    table: str = ""


def relations(items: Any) -> list[Relation]:
    found = []
    for one in walk(items, within_query):
        match one:
            case ast.RangeVar():
                found.append(Relation(trees.relation_name(one), "" if one.alias else one.relname))
                if one.alias:
                    found.append(Relation(f"!{one.relname}", one.alias.aliasname))
            case (
                ast.RangeSubselect() | ast.RangeFunction() | ast.RangeTableFunc() | ast.JsonTable() | ast.JoinExpr()
            ) if one.alias:
                found.append(Relation(one.alias.aliasname))
            case ast.RangeFunction():
                found += [Relation(function_name(call)) for call in below(one, ast.FuncCall)]
                found.append(Relation("?"))
            case ast.Alias():
                found.append(Relation(one.aliasname))
    return found


def unknown_qualifiers(node: Any) -> list[Fault]:
    if not isinstance(node, (*trees.QUERIES, ast.ViewStmt, ast.CreateTableAsStmt, ast.ExplainStmt, ast.PrepareStmt)):
        return []
    found: list[Fault] = []
    pending: list[tuple[Any, frozenset[str], dict[str, str]]] = [(node, frozenset(), {})]
    while pending:
        one, outer, renamed = pending.pop()
        brought = _brought(one) if isinstance(one, trees.QUERIES) else []
        known = outer | {given.name for given in brought if not given.name.startswith("!")}
        renamed = renamed | {given.name[1:]: given.table for given in brought if given.name.startswith("!")}
        renamed = {name: alias for name, alias in renamed.items() if name not in known}
        stack = list(trees.children(one))
        while stack:
            part = stack.pop()
            if isinstance(part, trees.QUERIES):
                pending.append((part, known, renamed))
                continue
            if isinstance(part, ast.ColumnRef):
                found += _qualifier(part, known, renamed)
            stack.extend(trees.children(part))
    return found


def _brought(query: Any) -> list[Relation]:
    match query:
        case ast.SelectStmt():
            items: Any = query.fromClause
        case ast.InsertStmt():
            items = (query.relation,)
        case ast.UpdateStmt():
            items = (query.relation, *(query.fromClause or ()))
        case ast.DeleteStmt():
            items = (query.relation, *(query.usingClause or ()))
        case _:
            items = (query.relation, query.sourceRelation)
    return relations(items)


def _qualifier(column: Any, known: frozenset[str], renamed: dict[str, str]) -> list[Fault]:
    names = texts(column.fields)
    if len(names) < 2 or "?" in known:
        return []
    qualifier = names[-2] if len(names) > 2 else names[0]
    if qualifier in known or qualifier.lower() in TABLE_NAMES:
        return []
    written = ".".join(names)
    if alias := renamed.get(qualifier):
        return [
            Fault(
                column.location,
                f"`{qualifier}` is called `{alias}` in this statement: `{alias}.{names[-1]}`, not `{written}`",
                "name",
            )
        ]
    return [Fault(column.location, f"`{written}`: nothing in FROM is called `{qualifier}`", "name")]
