"""What an answer's triggers give the functions that they call: the table of NEW and OLD, and tables of changed rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pglast import ast, parse_sql

from storage.checks.sql.schemas import bodies
from storage.checks.sql.schemas.tables import quoted
from storage.checks.sql.statements import trees
from storage.checks.sql.statements.reading import Statement

DEFINITION = "select pg_get_functiondef(to_regproc($1))"
DIFFERS = re.compile(r"\btg_(?:table|rel|argv|nargs)|\bundefined_column\b|\bwhen\s+others\b", re.IGNORECASE)
"""In a function that asks which table it was called for, or what columns there are."""


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
            called.tables.add(function_and_table(node)[1])
            called.changed |= {each.name.lower() for each in node.transitionRels or ()}
    return found


def function_and_table(node: ast.CreateTrigStmt) -> tuple[str, str]:
    """Of a trigger, in quotes."""
    relation = node.relation
    table = ".".join(quoted(each) for each in (relation.schemaname, relation.relname) if each)
    return ".".join(quoted(each) for each in trees.texts(node.funcname)), table


def of_row(definition: str, table: str) -> Iterator[Statement]:
    """The queries of a function that use NEW or OLD, each as a row of the table."""
    if definition and not DIFFERS.search(definition):
        (parsed,) = parse_sql(definition)
        for inner in bodies.queries(Statement(definition, 1, parsed.stmt), table):
            if f"(null::{table})" in inner.statement.text:
                yield inner.statement


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
