"""NOT IN over a column that may be null: one null in the list, and it is true of no row. Hints, never problems.

https://www.postgresql.org/docs/current/functions-subquery.html#FUNCTIONS-SUBQUERY-NOTIN
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pglast import ast, enums

from storage.checks.sql.schemas.tables import quoted
from storage.checks.sql.statements.trees import below, relation_name, texts

ASKED = """
    select not a.attnotnull and not t.typnotnull
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p')
    join pg_type t on t.oid = a.atttypid
    where a.attrelid = to_regclass($1) and a.attname = $2 and not a.attisdropped
"""


@dataclass(frozen=True, slots=True)
class Column:
    """`table` in quotes, and as the query names it."""

    table: str
    column: str
    named: str

    @property
    def said(self) -> str:
        return (
            f"`{self.named}.{self.column}` may be null, and with one null NOT IN is true of no row; NOT EXISTS, or "
            f"WHERE {self.column} IS NOT NULL in it, is not misled"
        )


def lists(node: Any) -> Iterator[Column]:
    """The column of each NOT IN that is selected from a table, where no condition speaks of it."""
    for negated in below(node, ast.BoolExpr):
        inner = negated.args[0]
        if (
            negated.boolop == enums.BoolExprType.NOT_EXPR
            and isinstance(inner, ast.SubLink)
            and inner.subLinkType == enums.SubLinkType.ANY_SUBLINK
        ):
            yield from _selected(inner.subselect)


def _selected(query: Any) -> Iterator[Column]:
    targets: tuple[Any, ...] = getattr(query, "targetList", None) or ()
    sources: tuple[Any, ...] = getattr(query, "fromClause", None) or ()
    if len(targets) != 1 or len(sources) != 1 or not isinstance(targets[0].val, ast.ColumnRef):
        return
    source: Any = sources[0]
    names = texts(targets[0].val.fields)
    if not isinstance(source, ast.RangeVar) or len(names) > 2 or names[0] not in (relation_name(source), names[-1]):
        return
    conditions = (query.whereClause, query.groupClause, query.havingClause)
    if names[-1] not in (texts(one.fields)[-1] for one in below(conditions, ast.ColumnRef)):
        table = ".".join(quoted(one) for one in (source.schemaname, source.relname) if one)
        yield Column(table, names[-1], source.relname)
