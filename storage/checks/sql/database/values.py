"""What a statement writes, held against what its table takes: NOT NULL, CHECK and domains, of which the server tells only with a row.

Constants are tried, and columns that an INSERT leaves out; parameters and whatever is computed are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pglast import ast
from pglast.parser import scan
from pglast.stream import RawStream

from storage.checks.sql.schemas.tables import quoted
from storage.checks.sql.statements import trees
from storage.checks.sql.statements.faults import Fault

CODE = "23502"
CODES = (CODE, "23514")
"""No null, and a CHECK: https://www.postgresql.org/docs/current/errcodes-appendix.html"""

COLUMNS = """
    select a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type, t.typtype = 'd' as is_domain,
      a.attnotnull as is_required, a.atthasdef or a.attidentity <> '' or a.attgenerated <> '' or t.typdefault is not null as is_given
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p')
    join pg_type t on t.oid = a.atttypid
    where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped
    order by a.attnum
"""
CHECKS = """
    select c.conname::text as name, pg_get_expr(c.conbin, c.conrelid) as condition, array_agg(a.attname::text) as columns
    from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any(c.conkey)
    where c.conrelid = to_regclass($1) and c.contype = 'c' group by c.oid, 1, 2 order by 1
"""
FILLED = """
    select exists (select from pg_trigger where tgrelid = to_regclass($1) and not tgisinternal and tgtype & 3 = 3 and tgtype & $2 <> 0)
"""
"""Whether a trigger on each row may fill it in: row 1, before 2, insert 4, update 16.
https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_trigger.h"""

INSERTS, UPDATES = 4, 16
CONSTANTS = (ast.A_Const, ast.TypeCast, ast.TypeName, ast.A_ArrayExpr, ast.String, ast.Integer, ast.Float, ast.Boolean)


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str
    is_domain: bool
    is_required: bool
    is_given: bool
    """By a default, an identity or an expression."""


@dataclass(frozen=True, slots=True)
class Row:
    """`values` by column, with the place of each: the expression, or None for DEFAULT. `event` is that of the triggers; an INSERT
    leaves the others out."""

    relation: Any
    event: int
    values: Mapping[str, tuple[Any, int]]

    @property
    def table(self) -> str:
        return table_of(self.relation)


def table_of(relation: Any) -> str:
    return ".".join(quoted(one) for one in (relation.schemaname, relation.relname) if one)


def target(node: Any) -> Any:
    """The relation that a query writes to, None for one that writes to none."""
    return node.relation if isinstance(node, ast.InsertStmt | ast.UpdateStmt | ast.MergeStmt) else None


def rows(node: Any, text: str, columns: Sequence[Column]) -> Iterator[Row]:
    """Of a statement's tree; `columns` are those of the table, in their order. Places are in the text."""
    every = [one.name for one in columns]
    match node:
        case ast.InsertStmt():
            names = [one.name for one in node.cols or ()] or every
            for given in _given(node, text):
                yield Row(node.relation, INSERTS, dict(zip(names, given, strict=False)))
            if node.onConflictClause is not None and node.onConflictClause.targetList:
                yield Row(node.relation, UPDATES, _set(node.onConflictClause.targetList))
        case ast.UpdateStmt():
            yield Row(node.relation, UPDATES, _set(node.targetList))
        case ast.MergeStmt():
            for one in node.mergeWhenClauses or ():
                if one.values:
                    names = [each.name for each in one.targetList or ()] or every
                    given = [(_plain(each), trees.location(one.values)) for each in one.values]
                    yield Row(node.relation, INSERTS, dict(zip(names, given, strict=False)))
                elif one.targetList:
                    yield Row(node.relation, UPDATES, _set(one.targetList))


def _given(node: ast.InsertStmt, text: str) -> Iterator[Sequence[tuple[Any, int]]]:
    """The values of each row; of a query those of its list, which may be of more columns than are seen where it holds a star."""
    query: Any = node.selectStmt
    if query is None:
        yield ()
    elif query.valuesLists:
        places = _places(text, node.relation.location or 0)
        for number, row in enumerate(query.valuesLists):
            starts = places[number] if number < len(places) and len(places[number]) == len(row) else [-1] * len(row)
            yield [(_plain(one), start) for one, start in zip(row, starts, strict=True)]
    else:
        targets = [(one.val, one.location or 0) for one in query.targetList or ()]
        if targets and not any(isinstance(one, ast.A_Star) for one in trees.walk(query.targetList)):
            yield targets
        elif node.cols:
            yield [(ast.ParamRef(), -1)] * len(node.cols)


def _places(text: str, start: int) -> list[list[int]]:
    """Where each value of each row begins, in the first VALUES after the start: the tree does not say it of constants."""
    found: list[list[int]] = []
    depth, is_begun, is_next = 0, False, False
    for token in scan(text):
        if token.start < start or not (is_begun or token.name == "VALUES"):
            continue
        if is_next:
            found[-1].append(token.start)
        is_next = False
        if token.name == "VALUES" and not is_begun:
            is_begun = True
        elif token.name in ("ASCII_40", "ASCII_91"):  # ( [
            depth += 1
            if depth == 1:
                found.append([])
                is_next = True
        elif token.name in ("ASCII_41", "ASCII_93"):
            depth -= 1
        elif token.name == "ASCII_44":  # ,
            is_next = depth == 1
        elif depth == 0:
            break
    return found


def _plain(value: Any) -> Any:
    return None if isinstance(value, ast.SetToDefault) else value


def _set(targets: Sequence[Any]) -> dict[str, tuple[Any, int]]:
    return {
        one.name: (_plain(one.val), one.location or 0)
        for one in targets
        if isinstance(one, ast.ResTarget) and not one.indirection and not isinstance(one.val, ast.MultiAssignRef)
    }


def _constant(node: Any) -> str:
    """Its text; "" for what is none."""
    if node is None or not all(isinstance(one, CONSTANTS) for one in trees.walk(node)):
        return ""
    return str(RawStream()(node))


def _is_null(node: Any) -> bool:
    return isinstance(node, ast.A_Const) and bool(node.isnull)


def nulls(row: Row, columns: Sequence[Column]) -> Fault | None:
    """What the row leaves out or gives a null, and cannot do without."""
    required = [one for one in columns if one.is_required]
    name = row.relation.relname
    for one in required:
        value, place = row.values.get(one.name, (None, -1))
        if _is_null(value):
            return Fault(place, f"`{one.name}` of `{name}` takes no null")
    absent = [one.name for one in required if not one.is_given and row.values.get(one.name, (None,))[0] is None]
    if row.event != INSERTS or not absent:
        return None
    named = ", ".join(f"`{one}`" for one in absent[:4])
    is_one = len(absent) == 1
    words = "has no default, takes no null, and is" if is_one else "have no default, take no null, and are"
    return Fault(row.relation.location or 0, f"{named} of `{name}` {words} left out here")


def tried(row: Row, columns: Sequence[Column], checks: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Fault]]:
    """Queries of one value, true where the row may not be written, each with what is then said. Those of domains fail instead."""
    known: dict[str, tuple[str, int]] = {}
    for one in columns:
        value, place = row.values.get(one.name, (None, -1))
        if text := _constant(value):
            known[one.name] = (text, max(place, 0))
        elif row.event == INSERTS and one.name not in row.values and not one.is_given:
            known[one.name] = ("null", -1)
    types = {one.name: one.type for one in columns}
    for one in columns:
        if one.is_domain and one.name in known:
            text, place = known[one.name]
            yield f"select coalesce((({text})::{one.type})::text, '') is null", Fault(place, "")
    for check in checks:
        places = [known[one][1] for one in check["columns"] if one in known]
        if len(places) == len(check["columns"]) and max(places) >= 0:
            given = ", ".join(f"({known[one][0]})::{types[one]} as {quoted(one)}" for one in check["columns"])
            relation, condition = row.relation.relname, check["condition"]
            said = f"the CHECK `{check['name']}` of `{relation}` does not take it: {condition}"
            yield f"select not ({condition}) from (select {given}) {quoted(relation)}", Fault(max(places), said)
