"""The tables that Alembic's revisions make, step after step: `upgrade` is read and never run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Protocol

from storage.checks.sql.schemas.python_files import constant, keyword, last, text_of
from storage.checks.sql.schemas.tables import Column, Table, Tables, quoted


class Reader(Protocol):
    """Of SQLAlchemy's tables and columns."""

    found: Tables

    def know(self, body: Sequence[ast.stmt]) -> None: ...

    def table(self, name: str, call: ast.Call, arguments: Sequence[ast.expr]) -> Table: ...

    def column(self, name: str, call: ast.Call | None, hint: ast.expr | None) -> Column: ...

    def change(self, column: Column, call: ast.Call) -> None: ...


def revise(tree: ast.Module, reader: Reader) -> None:
    """Does to the tables what the revision's `upgrade` does."""
    upgrade = next((one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == "upgrade"), None)
    if upgrade is None:
        return
    reader.know(upgrade.body)
    for operation, call, arguments in _operations(upgrade):
        first = text_of(arguments[0]) if arguments else text_of(keyword(call, "table_name"))
        if operation == "create_table" and first:
            reader.found.add(reader.table(first, call, arguments[1:]))
        elif operation == "execute" and arguments:
            _executed(reader, arguments[0])
        elif operation in OF_KEYS and len(arguments) > 2:
            if known := reader.found.tables.get(text_of(arguments[1])):
                _key(known, operation, call, arguments[2])
        elif known := reader.found.tables.get(first):
            _change(reader, known, operation, call, arguments)


OF_KEYS = ("create_index", "create_unique_constraint", "create_primary_key", "create_check_constraint")


def _operations(upgrade: ast.FunctionDef) -> Iterator[tuple[str, ast.Call, list[ast.expr]]]:
    """Each with its arguments, the table first (or second, after the name of a key) also where a batch has it."""
    batches: dict[str, ast.expr] = {}
    for node in ast.walk(upgrade):
        if isinstance(node, ast.With):
            for one in node.items:
                given = one.context_expr
                if isinstance(given, ast.Call) and last(given.func) == "batch_alter_table" and given.args:
                    batches[last(one.optional_vars)] = given.args[0]
    every = [one for one in ast.walk(upgrade) if isinstance(one, ast.Call)]
    for call in sorted(every, key=lambda one: (one.lineno, one.col_offset)):
        if isinstance(call.func, ast.Attribute):
            operation, arguments = call.func.attr, list(call.args)
            if (table := batches.get(last(call.func.value))) is not None:
                arguments.insert(operation in OF_KEYS, table)
            yield operation, call, arguments


def _change(reader: Reader, known: Table, operation: str, call: ast.Call, arguments: Sequence[ast.expr]) -> None:
    names = [text_of(one) for one in arguments]
    match operation:
        case "add_column" if len(names) > 1 and isinstance(given := arguments[1], ast.Call) and given.args:
            known.add(reader.column(text_of(given.args[0]), given, None))
        case "rename_table" if len(names) > 1:
            known.name = names[1]
            reader.found.tables[names[1]] = reader.found.tables.pop(names[0])
        case "alter_column" if len(names) > 1 and (column := known.columns.pop(names[1], None)):
            reader.change(column, call)
            known.add(column)
        case "drop_column" if len(names) > 1:
            known.columns.pop(names[1], None)
        case "drop_table":
            reader.found.tables.pop(names[0], None)


def _key(table: Table, operation: str, call: ast.Call, given: ast.expr) -> None:
    parts = [index_part(one) for one in given.elts] if isinstance(given, ast.List | ast.Tuple) else []
    match operation:
        case "create_index" if constant(keyword(call, "unique")) is True:
            table.indexes.append((tuple(parts), text_of(raw(keyword(call, "postgresql_where")))))
        case "create_unique_constraint":
            table.unique.append(
                tuple(text_of(one) for one in given.elts) if isinstance(given, ast.List | ast.Tuple) else ()
            )
        case "create_primary_key" if isinstance(given, ast.List | ast.Tuple):
            table.key = tuple(text_of(one) for one in given.elts)
        case "create_check_constraint":
            table.checks.append(text_of(raw(given)))


def raw(node: ast.expr | None) -> ast.expr | None:
    """What is written as SQL: `text("...")`."""
    return node.args[0] if isinstance(node, ast.Call) and last(node.func) in ("text", "DDL") and node.args else node


def index_part(node: ast.expr) -> str:
    """A column in quotes, or an expression as SQL; "" for what is neither."""
    match node:
        case ast.Call(func=ast.Attribute(value=value), args=[inner]) if last(value) == "func":
            return f"{last(node.func)}({part})" if (part := index_part(inner)) else ""
        case ast.Call(func=ast.Attribute(attr="desc" | "asc", value=value), args=[]):
            return index_part(value)
        case ast.Call():
            return text_of(raw(node))
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return quoted(name)
    return quoted(text_of(node)) if text_of(node) else ""


def _executed(reader: Reader, node: ast.expr) -> None:
    if text := text_of(raw(node)):
        reader.found.raw.append(text)
