"""Statements that PostgreSQL refuses within a transaction block: what calls PreventInTransactionBlock in its source.

https://github.com/postgres/postgres/blob/master/src/backend/tcop/utility.c
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pglast import ast, enums

from storage.checks.sql.statements.faults import Fault
from storage.checks.sql.statements.reading import Statement

Kinds = enums.TransactionStmtKind
BEGINS = (Kinds.TRANS_STMT_BEGIN, Kinds.TRANS_STMT_START)
ENDS = (Kinds.TRANS_STMT_COMMIT, Kinds.TRANS_STMT_ROLLBACK, Kinds.TRANS_STMT_PREPARE)
WRAPPED = re.compile(r"^\s*--\s*(?:\+goose\s+up\b|migrate:up\s*$)", re.IGNORECASE | re.MULTILINE)
"""What begins a migration that goose and dbmate run in a transaction of their own.
https://pressly.github.io/goose/documentation/annotations/, https://github.com/amacneil/dbmate#migration-options"""

NOT_WRAPPED = re.compile(
    r"^\s*--\s*(?:\+goose\s+no\s+transaction\b|migrate:\w+\s.*\btransaction:\s*false)", re.IGNORECASE | re.MULTILINE
)


def refused(node: Any) -> str:
    """What the statement is called, where no transaction block may hold it; "" for others."""
    match node:
        case ast.IndexStmt(concurrent=True):
            return "CREATE INDEX CONCURRENTLY"
        case ast.DropStmt(concurrent=True):
            return "DROP INDEX CONCURRENTLY"
        case ast.ReindexStmt() if any(one.defname == "concurrently" for one in node.params or ()):
            return "REINDEX CONCURRENTLY"
        case ast.ReindexStmt(
            kind=enums.ReindexObjectType.REINDEX_OBJECT_SCHEMA
            | enums.ReindexObjectType.REINDEX_OBJECT_SYSTEM
            | enums.ReindexObjectType.REINDEX_OBJECT_DATABASE
        ):
            return "REINDEX of a schema or a database"
        case ast.AlterTableStmt() if any(getattr(one.def_, "concurrent", False) for one in node.cmds or ()):
            return "DETACH PARTITION CONCURRENTLY"
        case ast.VacuumStmt(is_vacuumcmd=True):
            return "VACUUM"
        case ast.ClusterStmt(relation=None):
            return "CLUSTER of all tables"
        case ast.DiscardStmt(target=enums.DiscardMode.DISCARD_ALL):
            return "DISCARD ALL"
    return NAMES.get(type(node), "")


NAMES: dict[type, str] = {
    ast.CreatedbStmt: "CREATE DATABASE",
    ast.DropdbStmt: "DROP DATABASE",
    ast.CreateTableSpaceStmt: "CREATE TABLESPACE",
    ast.DropTableSpaceStmt: "DROP TABLESPACE",
    ast.AlterSystemStmt: "ALTER SYSTEM",
}


def faults(statements: Sequence[Statement], code: str) -> dict[int, list[Fault]]:
    """By the statement's identity. Between BEGIN and the COMMIT or ROLLBACK that follows, or in a migration that its tool wraps."""
    found: dict[int, list[Fault]] = {}
    if WRAPPED.search(code) and not NOT_WRAPPED.search(code):
        why = "the tool runs this migration in one, unless it is told not to"
        return {id(one): [Fault(-1, _said(name, why))] for one in statements if (name := refused(one.node))}
    waiting: dict[int, list[Fault]] | None = None
    for one in statements:
        kind = one.node.kind if isinstance(one.node, ast.TransactionStmt) else None
        if kind in BEGINS:
            waiting = {}
        elif kind in ENDS:
            found |= waiting or {}
            waiting = None
        elif waiting is not None and (name := refused(one.node)):
            waiting[id(one)] = [Fault(-1, _said(name, "end it before, or leave BEGIN and COMMIT out"))]
    return found


def _said(name: str, why: str) -> str:
    return f"{name} cannot run inside a transaction block: {why}"
