"""What definitions say against themselves: policies, indexes, tables, views, functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pglast import ast
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
    """What the server says in odd words."""
    for column in (one for one in node.tableElts or () if isinstance(one, ast.ColumnDef)):
        if column.colname in INDEX_WORDS and any(
            isinstance(one, ast.ColumnRef) for one in column.typeName.typmods or ()
        ):
            said = "PostgreSQL makes no index in a CREATE TABLE; it is a `CREATE INDEX` after it"
            yield Fault(column.location, said, "syntax")


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
