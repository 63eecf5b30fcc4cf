"""The tables that Alembic's revisions make, step after step: `upgrade` is read and never run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from storage.checks.sql.schemas.python_files import assigned, constant, keyword, last, text_of
from storage.checks.sql.schemas.tables import Column, Table, Tables, quoted
from storage.checks.sql.statements.text import ANY_NAME

if TYPE_CHECKING:
    from storage.checks.sql.schemas.sqlalchemy_models import Reader


def revise(tree: ast.Module, reader: Reader) -> None:
    """Does to the tables what the revision's `upgrade` does."""
    upgrade = next((one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == "upgrade"), None)
    if upgrade is None:
        return
    reader.know(upgrade.body)
    given = (one for call in ast.walk(upgrade) if isinstance(call, ast.Call) for one in call.args)
    reader.found.raw += [text for one in given if MAKES.match(text := _text(raw(one)))]
    for operation, call, arguments in _operations(upgrade):
        first = text_of(arguments[0]) if arguments else text_of(keyword(call, "table_name"))
        if operation == "create_table" and first:
            reader.found.add(reader.table(first, call, arguments[1:]))
        elif operation in OF_KEYS and len(arguments) > 2:
            if known := reader.found.tables.get(text_of(arguments[1])):
                _key(known, operation, call, arguments[2])
        elif known := reader.found.tables.get(first):
            _change(reader, known, operation, call, arguments)


MAKES = re.compile(r"\s*(?:create|alter|drop|do|comment)\s+[\w$\"]", re.IGNORECASE)
OF_KEYS = ("create_index", "create_unique_constraint", "create_primary_key", "create_check_constraint")


def _operations(upgrade: ast.FunctionDef) -> Iterator[tuple[str, ast.Call, list[ast.expr]]]:
    """Each with its arguments, the table first (or second, after the name of a key) also where a batch has it."""
    batches = {
        (id(call), last(one.optional_vars)): one.context_expr.args[0]
        for node in ast.walk(upgrade)
        if isinstance(node, ast.With)
        for one in node.items
        if isinstance(one.context_expr, ast.Call) and last(one.context_expr.func) == "batch_alter_table"
        if one.context_expr.args
        for call in ast.walk(node)
    }
    every = [one for one in ast.walk(upgrade) if isinstance(one, ast.Call)]
    for call in sorted(every, key=lambda one: (one.lineno, one.col_offset)):
        if isinstance(call.func, ast.Attribute):
            operation, arguments = call.func.attr, list(call.args)
            if (table := batches.get((id(call), last(call.func.value)))) is not None:
                arguments.insert(operation in OF_KEYS, table)
            yield operation, call, arguments


def _change(reader: Reader, known: Table, operation: str, call: ast.Call, arguments: Sequence[ast.expr]) -> None:
    names = [text_of(one) for one in arguments]
    match operation:
        case "add_column" if len(names) > 1 and isinstance(given := arguments[1], ast.Call) and given.args:
            if name := text_of(given.args[0]):
                known.add(reader.column(name, given, None))
            else:
                known.is_open = True
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


def _text(node: ast.expr | None) -> str:
    """With a name that nothing has in the place of what is not known."""
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(one) or ANY_NAME for one in node.values)
    return text_of(node)


def revision(tree: ast.Module) -> tuple[str, tuple[str, ...]] | None:
    given = {name: value for name, _, value in assigned(tree.body)}
    if not text_of(given.get("revision")) or "down_revision" not in given:
        return None
    down = given["down_revision"]
    before = tuple(text_of(one) for one in down.elts) if isinstance(down, ast.Tuple | ast.List) else (text_of(down),)
    return text_of(given["revision"]), tuple(one for one in before if one)


def in_order(revisions: dict[str, tuple[tuple[str, ...], ast.Module]]) -> Iterator[ast.Module]:
    """After all that they build on."""
    done: set[str] = set()
    pending = sorted(revisions)
    while pending:
        ready = [
            one for one in pending if all(before in done or before not in revisions for before in revisions[one][0])
        ]
        for one in ready or pending:
            done.add(one)
            yield revisions[one][1]
        pending = [one for one in pending if one not in done]


def together(models: Tables, revised: Tables) -> Tables:
    """What revisions make, and over it what the models say. A column that only a revision knows may be gone by a step that nobody
    could read: it takes null."""
    for name, table in models.tables.items():
        if (known := revised.tables.get(name)) is not None:
            for before in known.columns.values():
                one = table.columns.get(before.name, Column(before.name))
                one.made = one.made or before.made
                one.has_default = one.has_default or before.has_default
                one.is_required = before.is_required = one.is_required and before.is_required
            table.columns = known.columns | table.columns
            table.key, table.unique = table.key or known.key, [*table.unique, *known.unique]
            table.indexes, table.checks = [*table.indexes, *known.indexes], [*table.checks, *known.checks]
        revised.tables[name] = table
    revised.enums |= models.enums
    for table in revised.tables.values():
        _number(table)
    return revised


def _number(table: Table) -> None:
    """A key of one whole number counts by itself: https://docs.sqlalchemy.org/en/20/core/metadata.html (`autoincrement`)"""
    keys = table.key or tuple(one.name for one in table.columns.values() if one.is_key)
    key = table.columns.get(keys[0]) if len(keys) == 1 else None
    if key is not None and not (key.made or key.has_default):
        key.kind = {"integer": "serial", "bigint": "bigserial", "smallint": "smallserial"}.get(key.kind, key.kind)
