"""What came with a PostgreSQL that is newer than the team's, whatever the server here knows.

https://www.postgresql.org/docs/release/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from pglast import ast

from storage.checks.sql.statements import trees
from storage.checks.sql.statements.faults import Fault
from storage.checks.sql.statements.reading import Statement

SINCE = {
    name: version
    for version, names in {
        14: "bit_count date_bin range_agg range_intersect_agg string_to_table trim_array unistr",
        15: "regexp_count regexp_instr regexp_like regexp_substr",
        16: "any_value array_sample array_shuffle date_add date_subtract erf erfc pg_input_error_info pg_input_is_valid random_normal",
        17: "pg_basetype to_bin to_oct unicode_assigned uuid_extract_timestamp uuid_extract_version xmltext",
        18: "array_reverse array_sort casefold crc32 crc32c gamma lgamma uuidv4 uuidv7",
    }.items()
    for name in names.split()
}
"""Names that no older server has a function of."""

FORMS = {
    ast.MergeStmt: ("MERGE", 15),
    ast.JsonIsPredicate: ("IS JSON", 16),
    ast.JsonArrayConstructor: ("JSON_ARRAY", 16),
    ast.JsonObjectConstructor: ("JSON_OBJECT", 16),
    ast.JsonArrayAgg: ("JSON_ARRAYAGG", 16),
    ast.JsonObjectAgg: ("JSON_OBJECTAGG", 16),
    ast.JsonTable: ("JSON_TABLE", 17),
    ast.JsonFuncExpr: ("JSON_EXISTS, JSON_QUERY, JSON_VALUE", 17),
    ast.JsonParseExpr: ("JSON()", 17),
    ast.JsonScalarExpr: ("JSON_SCALAR", 17),
    ast.JsonSerializeExpr: ("JSON_SERIALIZE", 17),
}

CLAUSES: dict[tuple[type, str], tuple[str, int]] = {
    (ast.IndexStmt, "nulls_not_distinct"): ("NULLS NOT DISTINCT", 15),
    (ast.Constraint, "nulls_not_distinct"): ("NULLS NOT DISTINCT", 15),
    (ast.Constraint, "fk_del_set_cols"): ("ON DELETE SET with columns", 15),
    (ast.ColumnDef, "storage_name"): ("STORAGE", 16),
    (ast.MergeStmt, "returningClause"): ("RETURNING", 17),
    (ast.Constraint, "without_overlaps"): ("WITHOUT OVERLAPS", 18),
    (ast.Constraint, "fk_with_period"): ("PERIOD", 18),
    (ast.ReturningClause, "options"): ("WITH", 18),
}
"""Clauses that no older server's grammar has, by the field of the tree that is set where one stands."""


def faults(statement: Statement, postgres: int, own: Set[str]) -> Iterator[Fault]:
    """`postgres` is the team's major version, 0 where nobody knows it; `own` are functions of the team's."""
    for one in trees.walk(statement.node) if postgres else ():
        for (kind, attribute), (clause, since) in CLAUSES.items():
            if since > postgres and isinstance(one, kind) and getattr(one, attribute):
                found = re.search(clause.replace(" ", r"\s+"), statement.text, re.IGNORECASE)
                yield Fault(found.start() if found else -1, _said(clause, since, postgres), "name")
        name, version = FORMS.get(type(one), ("", 0))
        if isinstance(one, ast.FuncCall) and not trees.is_own(one) and (name := trees.function_name(one)) not in own:
            version = SINCE.get(name, 0)
        if version > postgres:
            place = getattr(one, "location", None)
            yield Fault(-1 if place is None else place, _said(name, version, postgres), "name")


def _said(name: str, version: int, postgres: int) -> str:
    return f"`{name}` came with PostgreSQL {version}; yours is {postgres}"
