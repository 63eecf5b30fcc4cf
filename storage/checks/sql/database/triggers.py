"""What an answer's triggers give the functions that they call: the table of NEW and OLD, and tables of changed rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pglast import ast

from storage.checks.sql.schemas.tables import quoted
from storage.checks.sql.statements import trees
from storage.checks.sql.statements.reading import Statement


@dataclass(slots=True)
class Called:
    """How a function is called by triggers: on which tables, in quotes, and what the tables of changed rows are called."""

    tables: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)

    @property
    def table(self) -> str:
        """Of NEW and OLD; "" where several may be meant."""
        return next(iter(self.tables)) if len(self.tables) == 1 else ""


def of_answer(statements: Sequence[Statement]) -> dict[str, Called]:
    """By the function's own name, in lower case."""
    found: dict[str, Called] = {}
    for one in statements:
        node = one.node
        if isinstance(node, ast.CreateTrigStmt):
            called = found.setdefault(trees.texts(node.funcname)[-1].lower(), Called())
            relation = node.relation
            called.tables.add(".".join(quoted(each) for each in (relation.schemaname, relation.relname) if each))
            called.changed |= {each.name.lower() for each in node.transitionRels or ()}
    return found


def returns_trigger(node: object) -> bool:
    return (
        isinstance(node, ast.CreateFunctionStmt)
        and node.returnType is not None
        and trees.texts(node.returnType.names)[-1].lower() == "trigger"
    )


def is_target(node: object, name: str) -> bool:
    """Whether a statement writes to the table of this name."""
    if not isinstance(node, ast.InsertStmt | ast.UpdateStmt | ast.DeleteStmt | ast.MergeStmt):
        return False
    return str(node.relation.relname).lower() == name
