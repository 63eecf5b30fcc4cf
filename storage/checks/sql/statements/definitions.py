"""What definitions say against themselves: indexes and tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pglast import ast

from storage.checks.sql.statements import trees
from storage.checks.sql.statements.faults import Fault
from storage.checks.sql.statements.trees import function_name, walk

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
