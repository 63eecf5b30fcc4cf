"""What may ever be sent to the server, by the kind of its tree. What is not named here is not sent.

Queries are only prepared and explained, never executed. Definitions are executed in a transaction that is rolled back, on tables
without rows, by a role that owns nothing else; those that would run a query are sent without it.
"""

from __future__ import annotations

from typing import Any

from pglast import ast, enums

from storage.checks.sql.statements import trees
from storage.checks.sql.statements.trees import function_name, texts

DEFINITIONS = (
    ast.CreateStmt, ast.AlterTableStmt, ast.IndexStmt, ast.ViewStmt, ast.CreateFunctionStmt, ast.CreateEnumStmt, ast.CompositeTypeStmt,
    ast.CreateRangeStmt, ast.CreateDomainStmt, ast.AlterDomainStmt, ast.AlterEnumStmt, ast.CreateSeqStmt, ast.AlterSeqStmt,
    ast.CreateTrigStmt, ast.CreatePolicyStmt, ast.AlterPolicyStmt, ast.CommentStmt, ast.DropStmt, ast.RenameStmt,
    ast.AlterObjectSchemaStmt, ast.CreateSchemaStmt, ast.TruncateStmt, ast.CreateStatsStmt, ast.AlterFunctionStmt, ast.RuleStmt,
)  # fmt: skip
OUTSIDE = (enums.ObjectType.OBJECT_DATABASE, enums.ObjectType.OBJECT_ROLE, enums.ObjectType.OBJECT_TABLESPACE)
LANGUAGES = ("sql", "plpgsql")
AT_ONCE = frozenset(
    ["now", "current_setting", "lower", "upper", "concat", "date_trunc", "to_date", "to_timestamp", "make_date"]
)
"""What may be called in the bounds of a partition, which are worked out as soon as they are read."""


def is_query(node: Any) -> bool:
    """Prepared and explained."""
    if isinstance(node, ast.SelectStmt):
        return node.intoClause is None
    return isinstance(node, ast.InsertStmt | ast.UpdateStmt | ast.DeleteStmt | ast.MergeStmt)


def refused(node: Any) -> str:
    """Why a definition is not sent; "" where it is."""
    if not isinstance(node, DEFINITIONS):
        return f"{name_of(node)} is not tried"
    if isinstance(node, ast.CreateFunctionStmt):
        options = {one.defname: one.arg for one in node.options or ()}
        language = options["language"].sval.lower() if "language" in options else "sql"
        if language not in LANGUAGES:
            return f"functions in {language} are not tried"
    if isinstance(node, ast.CreateSchemaStmt) and any(refused(one) for one in node.schemaElts or ()):
        return "what the schema holds is not tried"
    if isinstance(node, ast.RenameStmt) and node.renameType in OUTSIDE:
        return "changes of databases and roles are not tried"
    if isinstance(node, ast.CommentStmt) and node.objtype in OUTSIDE:
        return "comments on databases and roles are not tried"
    for bound in trees.below(node, ast.PartitionBoundSpec):
        for call in trees.below(bound, ast.FuncCall):
            if function_name(call) not in AT_ONCE or len(texts(call.funcname)) > 1:
                return "the bounds of the partition call a function"
    return ""


def name_of(node: Any) -> str:
    """In words: `GrantRole` as `GRANT ROLE`."""
    word = type(node).__name__.removesuffix("Stmt")
    return "".join(f" {one}" if one.isupper() else one for one in word).strip().upper()
