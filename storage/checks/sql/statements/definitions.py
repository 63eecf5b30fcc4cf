"""What definitions say against themselves: policies, indexes, tables, views, functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pglast import ast, enums
from pglast.parser import ParseError

from storage.checks.sql.statements import trees
from storage.checks.sql.statements.faults import Fault
from storage.checks.sql.statements.trees import function_name, texts, walk


def policy(node: Any) -> Iterator[Fault]:
    if node.cmd_name == "insert" and node.qual is not None:
        yield Fault(-1, "a policy FOR INSERT takes WITH CHECK, and no USING")
    if node.cmd_name in ("select", "delete") and node.with_check is not None:
        yield Fault(-1, f"a policy FOR {node.cmd_name.upper()} takes USING, and no WITH CHECK")


def view(query: Any) -> Iterator[Fault]:
    seen: set[str] = set()
    for one in query.targetList or ():
        name = one.name or (texts(one.val.fields)[-1] if isinstance(one.val, ast.ColumnRef) else "")
        if name and name != "*" and name in seen:
            yield Fault(one.location, f"the view would have two columns called `{name}`", "name")
        seen.add(name)


INDEX_WORDS = ("index", "key", "fulltext", "spatial")
"""With which MySQL's lists of a table begin an index; PostgreSQL's grammar reads a column of that name and an odd type."""


def table(node: Any) -> Iterator[Fault]:
    columns = [one for one in node.tableElts or () if isinstance(one, ast.ColumnDef)]
    constraints = [one for one in node.tableElts or () if isinstance(one, ast.Constraint)]
    seen: set[str] = set()
    for column in columns:
        if column.colname in seen:
            yield Fault(column.location, f"the table has two columns called `{column.colname}`", "name")
        seen.add(column.colname)
        if column.colname in INDEX_WORDS and any(
            isinstance(one, ast.ColumnRef) for one in column.typeName.typmods or ()
        ):
            said = "PostgreSQL makes no index in a CREATE TABLE; it is a `CREATE INDEX` after it"
            yield Fault(column.location, said, "syntax")
        for one in column.constraints or ():
            if one.contype == Constraints.CONSTR_DEFAULT and isinstance(one.raw_expr, ast.ColumnRef):
                name = texts(one.raw_expr.fields)[-1]
                said = f"DEFAULT takes a value, and `{name}` is a name: a function needs its brackets, text its quotes"
                yield Fault(one.location, said)
    keys = [
        (one.location, texts(one.keys) or [column.colname])
        for column in [None, *columns]
        for one in (constraints if column is None else column.constraints or ())
        if one.contype in (Constraints.CONSTR_PRIMARY, Constraints.CONSTR_UNIQUE)
    ]
    yield from _keys(node, keys, seen, constraints, columns)


def _keys(node: Any, keys: Any, names: set[str], constraints: Any, columns: Any) -> Iterator[Fault]:
    is_whole = not node.inhRelations and not any(isinstance(one, ast.TableLikeClause) for one in node.tableElts or ())
    every = [*constraints, *(one for column in columns for one in column.constraints or ())]
    if sum(one.contype == Constraints.CONSTR_PRIMARY for one in every) > 1:
        yield Fault(-1, "a table has one primary key, and this names several")
    parts = [one.name for one in node.partspec.partParams if one.name] if node.partspec else []
    for place, key in keys:
        if missing := [one for one in parts if one not in key]:
            yield Fault(
                place,
                f"a key of a partitioned table must have all columns that it is parted by: `{missing[0]}` is not in it",
            )
        if is_whole and node.tableElts and (unknown := [one for one in key if one not in names]):
            yield Fault(place, f"the key names a column `{unknown[0]}` that the table does not have", "name")
    for one in constraints:
        if one.contype == Constraints.CONSTR_FOREIGN and is_whole:
            yield from (
                Fault(one.location, f"the foreign key names a column `{name}` that the table does not have", "name")
                for name in texts(one.fk_attrs)
                if name not in names
            )


Constraints = enums.ConstrType
CHANGING = frozenset(
    """
    now clock_timestamp statement_timestamp transaction_timestamp timeofday random gen_random_uuid uuid_generate_v4
    nextval
    """.split()
)


def index(node: Any) -> Iterator[Fault]:
    for one in walk((node.indexParams, node.whereClause)):
        if isinstance(one, ast.FuncCall) and function_name(one) in CHANGING and not trees.is_own(one):
            yield Fault(one.location, f"an index takes only what never changes; `{function_name(one)}()` does")
        elif isinstance(one, ast.SQLValueFunction):
            yield Fault(one.location, "an index takes only what never changes; the time, the date and the user do")


def function(node: Any) -> Iterator[Fault]:
    options = {one.defname: one.arg for one in node.options or ()}
    if "language" not in options and node.sql_body is None:
        yield Fault(-1, "the function does not say its LANGUAGE")
    language = options["language"].sval.lower() if "language" in options else ""
    body = options.get("as")
    if language == "sql" and body and len(body) == 1:
        try:
            trees_of(body[0].sval)
        except ParseError as fault:
            yield Fault(-1, f"the function's body: {fault.args[0]}", "syntax")


def trees_of(text: str) -> Sequence[Any]:
    from pglast import parse_sql

    return tuple(one.stmt for one in parse_sql(text))
