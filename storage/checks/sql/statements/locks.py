"""What a change of a table that is in use locks, and for how long. Hints, never problems: a statement that locks is right.

https://www.postgresql.org/docs/current/explicit-locking.html, https://www.postgresql.org/docs/current/sql-altertable.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pglast import ast, enums

from storage.checks.sql.statements import trees
from storage.checks.sql.statements.definitions import CHANGING
from storage.checks.sql.statements.trees import function_name, texts

EXCLUSIVE = "(ACCESS EXCLUSIVE lock)"
ANEW = "writes the table anew, and locks out readers and writers meanwhile"
Kinds = enums.AlterTableType
Constraints = enums.ConstrType


def hints(node: Any, made: set[str]) -> Iterator[str]:
    """`made` are the tables that the answer itself makes: nobody uses them yet."""
    match node:
        case ast.IndexStmt() if not node.concurrent and node.relation.relname not in made:
            table = node.relation.relname
            yield f"CREATE INDEX keeps writers of `{table}` waiting until it is built (SHARE lock); CONCURRENTLY does not"
        case ast.AlterTableStmt() if node.relation is not None and node.relation.relname not in made:
            for command in node.cmds or ():
                yield from _altered(node.relation.relname, command)
        case ast.DropStmt(removeType=enums.ObjectType.OBJECT_INDEX) if not node.concurrent:
            yield f"DROP INDEX waits for all who use its table, and locks out those who come {EXCLUSIVE}; CONCURRENTLY does not"
        case ast.VacuumStmt() if any(one.defname == "full" for one in node.options or ()):
            yield f"VACUUM FULL {ANEW} {EXCLUSIVE}"
        case ast.ClusterStmt():
            yield f"CLUSTER {ANEW} {EXCLUSIVE}"
        case ast.RefreshMatViewStmt() if not node.concurrent:
            yield "REFRESH MATERIALIZED VIEW locks out readers until it is done (ACCESS EXCLUSIVE lock); CONCURRENTLY does not"
        case ast.ReindexStmt() if not any(one.defname == "concurrently" for one in node.params or ()):
            yield "REINDEX keeps writers waiting until it is built (SHARE lock); CONCURRENTLY does not"
        case ast.LockStmt():
            yield f"LOCK TABLE holds `{', '.join(one.relname for one in node.relations or ())}` until the transaction ends"


def _altered(table: str, command: Any) -> Iterator[str]:
    match command.subtype:
        case Kinds.AT_AddColumn:
            constraints = {one.contype: one for one in command.def_.constraints or ()} if command.def_ else {}
            default = constraints.get(Constraints.CONSTR_DEFAULT)
            is_serial = command.def_ is not None and texts(command.def_.typeName.names)[-1].endswith("serial")
            is_made = any(one in constraints for one in (Constraints.CONSTR_GENERATED, Constraints.CONSTR_IDENTITY))
            if Constraints.CONSTR_NOTNULL in constraints and default is None and not is_made and not is_serial:
                yield f"ADD COLUMN ... NOT NULL without a DEFAULT fails where `{table}` has rows"
            if (
                is_made
                or is_serial
                or (
                    default is not None
                    and any(function_name(one) in CHANGING - {"now"} for one in trees.below(default, ast.FuncCall))
                )
            ):
                yield f"a column of `{table}` whose values differ by row {ANEW} {EXCLUSIVE}"
            if Constraints.CONSTR_FOREIGN in constraints:
                yield f"a foreign key keeps writers of `{table}` and of what it refers to waiting (SHARE ROW EXCLUSIVE lock)"
            if Constraints.CONSTR_UNIQUE in constraints:
                yield f"UNIQUE on a new column builds its index while `{table}` is locked {EXCLUSIVE}"
        case Kinds.AT_AlterColumnType:
            if texts(command.def_.typeName.names)[-1] not in ("text", "varchar"):
                yield f"a change of type in `{table}` {ANEW} {EXCLUSIVE}"
        case Kinds.AT_SetNotNull:
            yield f"SET NOT NULL reads all of `{table}` under an ACCESS EXCLUSIVE lock, unless a valid CHECK says it already"
        case Kinds.AT_AddConstraint if command.def_ is not None:
            yield from _constrained(table, command.def_)


def _constrained(table: str, constraint: Any) -> Iterator[str]:
    if constraint.contype == Constraints.CONSTR_FOREIGN and not constraint.skip_validation:
        waits = "keeps writers of both tables waiting (SHARE ROW EXCLUSIVE lock)"
        yield f"a foreign key reads all of `{table}` and {waits}; NOT VALID and a later VALIDATE do not"
    elif constraint.contype == Constraints.CONSTR_CHECK and not constraint.skip_validation:
        yield f"a CHECK reads all of `{table}` under an ACCESS EXCLUSIVE lock; NOT VALID and a later VALIDATE do not"
    elif constraint.contype in (Constraints.CONSTR_UNIQUE, Constraints.CONSTR_PRIMARY) and not constraint.indexname:
        better = "an index built CONCURRENTLY, and USING INDEX, do not"
        yield f"the constraint builds its index while `{table}` is locked {EXCLUSIVE}; {better}"
