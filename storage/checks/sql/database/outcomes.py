"""What the server says against a statement: its words, the place in the text, and the name that it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import asyncpg
from pglast import ast

from storage.checks.sql.statements import trees
from storage.checks.sql.statements.faults import Fault
from storage.checks.sql.statements.reading import Statement
from storage.checks.sql.statements.text import place_of

OF_NAMES = ("42P01", "42703")
"""A table and a column that is not there."""

OF_CONSTANTS = ("22012", "2201E", "2201F")
"""Division by zero, a logarithm, a power: the server reckons with constants while it plans. The statement itself is well
formed, and may be meant to fail. https://www.postgresql.org/docs/current/errcodes-appendix.html"""


@dataclass(slots=True)
class Outcome:
    """Of one statement: what the server says against it, or why it was not asked."""

    fault: Fault | None = None
    code: str = ""
    name: str = ""
    """Of the relation, column, function or type that is not there."""
    skipped: str = ""
    hints: tuple[str, ...] = ()
    """What is not wrong, and slow."""
    within: Statement | None = None
    """The query in the statement's body that it is about."""


def of_error(fault: asyncpg.PostgresError, one: Statement, shift: int) -> Outcome:
    code = fault.sqlstate or ""
    if code in OF_CONSTANTS:
        return Outcome()
    place = int(fault.position) - 1 - shift if fault.position and shift >= 0 else -1
    message = str(fault.args[0] if fault.args else fault).split("\n")[0]
    detail = str(getattr(fault, "detail", None) or "")
    if code == KEYS_DIFFER and place < 0:
        place = _referring(one.node, detail)
        message += f": {detail.rstrip('.')}" if detail else ""
    if place < 0 and isinstance(one.node, ast.CreatePolicyStmt) and "expression" in message:
        place = min(
            (int(each.location) for each in trees.below(one.node.qual, ast.Node) if getattr(each, "location", None)),
            default=-1,
        )
    if place < 0 and (named := re.search(r'"([\w.]+)"', message)) and re.search(rf"\b{named[1]}\b", one.text):
        place = place_of(one.text, named[1])
    hint = getattr(fault, "hint", None)
    return Outcome(
        Fault(place, message + (f" ({hint.rstrip('.')})" if hint and len(hint) < 160 else "")), code, _named(message)
    )


KEYS_DIFFER = "42804"
"""A foreign key whose columns have other types than those that it refers to; of which the server gives no place."""


def _referring(node: Any, detail: str) -> int:
    """Where the first column of a foreign key stands that the server's detail names; -1 where none does."""
    named = re.search(r'Key columns "([^"]+)"', detail)
    columns = (one for one in trees.below(node, ast.ColumnDef) if named and one.colname == named[1])
    keys = (one for one in trees.below(node, ast.Constraint) if named and named[1] in trees.texts(one.fk_attrs))
    return next((int(one.location) for one in (*columns, *keys)), -1)


def _named(message: str) -> str:
    """The word that is not there, in lower case and without its schema or its arguments."""
    found = re.search(r'(?:relation|column|function|type|constraint|schema|role|trigger|index) "?([^"(\s]+)', message)
    return found[1].strip('"').lower() if found else ""


def is_lost(code: str) -> bool:
    """What says nothing about the statement: limits, rights, what this server lacks."""
    return code.startswith(("53", "54", "55006", "55P", "57", "58", "08", "XX", "25", "42501", "28000"))
