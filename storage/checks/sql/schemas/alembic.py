"""The tables that Alembic's revisions make, step after step: `upgrade` is read and never run."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Protocol

from storage.checks.sql.schemas.python_files import keyword, last, text_of
from storage.checks.sql.schemas.tables import Column, Table, Tables


class Reader(Protocol):
    """Of SQLAlchemy's tables and columns."""

    found: Tables

    def know(self, body: Sequence[ast.stmt]) -> None: ...

    def table(self, name: str, call: ast.Call, arguments: Sequence[ast.expr]) -> Table: ...

    def column(self, name: str, call: ast.Call | None, hint: ast.expr | None) -> Column: ...


def revise(tree: ast.Module, reader: Reader) -> None:
    """Does to the tables what the revision's `upgrade` does."""
    upgrade = next((one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == "upgrade"), None)
    if upgrade is not None:
        reader.know(upgrade.body)
    for call in (one for one in ast.walk(upgrade) if isinstance(one, ast.Call)) if upgrade else ():
        operation = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        names = [text_of(one) for one in call.args]
        first = names[0] if names else text_of(keyword(call, "table_name"))
        known = reader.found.tables.get(first)
        match operation:
            case "create_table" if first:
                reader.found.add(reader.table(first, call, call.args[1:]))
            case "add_column" if (
                known and len(call.args) > 1 and isinstance(call.args[1], ast.Call) and call.args[1].args
            ):
                known.add(reader.column(text_of(call.args[1].args[0]), call.args[1], None))
            case "rename_table" if known and len(names) > 1:
                known.name = names[1]
                reader.found.tables[names[1]] = reader.found.tables.pop(first)
            case "alter_column" if known and len(names) > 1 and text_of(keyword(call, "new_column_name")):
                column = known.columns.pop(names[1], Column(""))
                column.name = text_of(keyword(call, "new_column_name"))
                known.add(column)
            case "drop_column" if known and len(names) > 1:
                known.columns.pop(names[1], None)
            case "drop_table":
                reader.found.tables.pop(first, None)
            case "execute" if call.args:
                _executed(reader, call.args[0])
            case "batch_alter_table" if known:
                known.is_open = True


def _executed(reader: Reader, node: ast.expr) -> None:
    value = node.args[0] if isinstance(node, ast.Call) and last(node.func) in ("text", "DDL") and node.args else node
    if text := text_of(value):
        reader.found.raw.append(text)
