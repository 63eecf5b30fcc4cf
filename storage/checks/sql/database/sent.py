"""What of a statement that defines something is sent to the server, and what it brings: the tables there have no rows."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from pglast import ast, enums
from pglast.stream import RawStream

from storage.checks.sql.schemas.tables import quoted
from storage.checks.sql.statements import allowed
from storage.checks.sql.statements.reading import Statement


def carried_out(one: Statement) -> str:
    """ "" for what a schema without rows needs not, or may not be sent."""
    node = one.node
    if isinstance(node, ast.CreateTableAsStmt):
        return without_rows(one) if allowed.is_query(node.query) else ""
    if isinstance(node, ast.IndexStmt) and node.concurrent:
        return re.sub(r"\bconcurrently\b", "", one.text, count=1, flags=re.IGNORECASE)
    if isinstance(node, ast.TruncateStmt | ast.CommentStmt) or allowed.refused(node):
        return ""
    return one.text


def brings_names(node: Any) -> bool:
    """Whether a statement of the schema that fails leaves tables, columns, functions or types away that queries may name."""
    if isinstance(node, ast.AlterTableStmt):
        return any(one.subtype == enums.AlterTableType.AT_AddColumn for one in node.cmds or ())
    return not isinstance(
        node,
        ast.DropStmt
        | ast.IndexStmt
        | ast.CreateTrigStmt
        | ast.CreatePolicyStmt
        | ast.CommentStmt
        | ast.GrantStmt
        | ast.CreateStatsStmt,
    )


Kind = enums.ConstrType
REFERENCES = frozenset({Kind.CONSTR_FOREIGN, *(one for one in Kind if one.name.startswith("CONSTR_ATTR_"))})
FILLED = frozenset({Kind.CONSTR_DEFAULT, Kind.CONSTR_IDENTITY, Kind.CONSTR_GENERATED})
ALL_BUT_KEYS = frozenset(Kind) - {Kind.CONSTR_PRIMARY, Kind.CONSTR_UNIQUE, Kind.CONSTR_NOTNULL}


def unbound(node: ast.CreateStmt, left_out: Collection[Any]) -> str:
    """The table without some kinds of constraints: what it refers to in other tables, sequences, functions of its defaults and
    checks; "" for one of no columns."""
    relation = node.relation
    name = ".".join(quoted(one) for one in (relation.schemaname, relation.relname) if one)
    parts = []
    for one in node.tableElts or ():
        if isinstance(one, ast.ColumnDef) and one.typeName is not None:
            given = one.constraints or ()
            is_filled = any(each.contype in left_out and each.contype in FILLED for each in given)
            gone = {*left_out, enums.ConstrType.CONSTR_NOTNULL} if is_filled else left_out
            kept = " ".join(str(RawStream()(each)) for each in given if each.contype not in gone)
            parts.append(f"{quoted(one.colname)} {RawStream()(one.typeName)} {kept}")
        elif isinstance(one, ast.Constraint) and one.contype not in left_out:
            parts.append(str(RawStream()(one)))
    return f"create table {name} ({', '.join(parts)})" if parts else ""


def without_rows(one: Statement) -> str:
    return re.sub(r"\bwith\s+(?:no\s+)?data\s*$", "", one.text, flags=re.IGNORECASE) + "\nwith no data"
