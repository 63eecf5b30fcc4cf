"""Columns that an INSERT leaves out, that take no null, and that the database fills in with nothing."""

from __future__ import annotations

from typing import Any

from pglast import ast

from storage.checks.sql.schemas.tables import quoted
from storage.checks.sql.statements.faults import Fault

CODE = "23502"
"""What the server would say when it runs: https://www.postgresql.org/docs/current/errcodes-appendix.html"""

ASKED = """
    select a.attname
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p')
    join pg_type t on t.oid = a.atttypid
    where a.attrelid = to_regclass($1) and a.attnum > 0 and a.attnotnull and not a.attisdropped and not a.atthasdef
      and a.attidentity = '' and a.attgenerated = '' and t.typdefault is null
      and not exists (select from pg_trigger g where g.tgrelid = a.attrelid and g.tgtype & 7 = 7)
    order by a.attnum
"""
"""None where a trigger on each row may fill them in: row 1, before 2, insert 4.
https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_trigger.h"""


def table(node: Any) -> str:
    """That of an INSERT which names its columns, "" for any other statement."""
    if not isinstance(node, ast.InsertStmt) or not node.cols or node.selectStmt is None:
        return ""
    relation = node.relation
    return ".".join(quoted(one) for one in (relation.schemaname, relation.relname) if one)


def fault(node: ast.InsertStmt, required: list[str]) -> Fault | None:
    given = {one.name for one in node.cols}
    absent = [one for one in required if one not in given]
    if not absent:
        return None
    named = ", ".join(f"`{one}`" for one in absent[:4])
    words = (
        "has no default, takes no null, and is left out here"
        if len(absent) == 1
        else "have no default, take no null, and are left out here"
    )
    return Fault(int(node.relation.location), f"{named} of `{node.relation.relname}` {words}", "sql")
