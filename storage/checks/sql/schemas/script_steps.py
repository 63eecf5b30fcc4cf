"""Migrations in TypeScript and JavaScript, read and never run: Knex (https://knexjs.org/guide/schema-builder.html), Sequelize
(https://sequelize.org/docs/v6/other-topics/migrations), Kysely (https://kysely.dev/docs/migrations), TypeORM
(https://typeorm.io/docs/migrations/why) and MikroORM, and the SQL that each of them hands on as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tree_sitter import Node

from storage.checks.sql.schemas.script_columns import (
    TABLE_STEPS,
    constructed,
    literal,
    members,
    of_knex,
    of_kysely,
    of_object,
)
from storage.checks.sql.schemas.steps import Steps, forward, of_postgres, texts
from storage.checks.syntax import field as part
from storage.checks.syntax import parsed, text_of, walk

MIGRATION = re.compile(r"(?:^|/)\w*migrat\w*/(?:[^/]+/)*[^/]+\.(?:[cm]?js|[cm]?ts)$", re.IGNORECASE)
ASIDE = re.compile(
    r"(?:^|/)(?:node_modules|dist|build|tests?|__tests__|examples?)/|\.(?:test|spec|d)\.[cm]?ts$|(?:^|/)index\.\w+$"
)
TOOLS = re.compile(
    r"\bknex\b|queryInterface|\bKysely\b|queryRunner|QueryRunner|MigrationInterface|addSql|\bschema\.createTable\b",
    re.IGNORECASE,
)
MOST_FILES = 2_000
RAW = frozenset(["raw", "query", "addSql", "unprepared"])
FUNCTIONS = ("arrow_function", "function_expression", "function_declaration", "method_definition")


@dataclass(slots=True)
class Chain:
    """`a.b(1).c(2)` as root `a` and its calls b and c."""

    root: str
    calls: list[tuple[str, list[Node]]] = field(default_factory=list)


def read(folder: Path, files: Sequence[str]) -> Steps:
    steps = Steps()
    chosen = of_postgres(one for one in files if MIGRATION.search(one) and not ASIDE.search(one))[:MOST_FILES]
    for _, text in sorted(texts(folder, chosen), key=lambda one: _order(*one)):
        if TOOLS.search(text):
            root = parsed("typescript", text)
            names = _constants(root)
            for chain in _chains(root):
                _apply(steps, chain, names)
    return steps


def _order(path: str, text: str) -> tuple[object, ...]:
    """By the number of the file, or of TypeORM's class: https://typeorm.io/docs/migrations/creating"""
    name = path.rpartition("/")[2]
    number = re.match(r"(\d+)", name) or re.search(r"\bclass\s+\w*?(\d+)\s+implements\s+MigrationInterface", text)
    return (int(number[1]) if number else float("inf"), name)


def _constants(root: Node) -> dict[str, str]:
    found = {}
    for one in walk(root):
        if one.type == "variable_declarator" and (value := part(one, "value")) is not None and literal(value, {}):
            found[text_of(part(one, "name"))] = literal(value, {})
    return found


def _chains(root: Node) -> Iterator[Chain]:
    """Of all but `down`, from the outermost call on; what is given to a call comes after it."""
    return (chain_of(one) for one in forward(root, _is_down) if one.type == "call_expression" and not _is_inner(one))


def _is_down(node: Node) -> bool:
    if node.type in ("function_declaration", "method_definition", "variable_declarator"):
        return text_of(part(node, "name")) == "down"
    if node.type == "pair":
        return text_of(part(node, "key")) == "down"
    return node.type == "assignment_expression" and text_of(part(node, "left")).rpartition(".")[2] == "down"


def _is_inner(call: Node) -> bool:
    above = call.parent
    return (
        above is not None
        and above.type == "member_expression"
        and above.parent is not None
        and above.parent.type == "call_expression"
    )


def chain_of(call: Node) -> Chain:
    chain = Chain("")
    node: Node | None = call
    while node is not None and node.type == "call_expression":
        function = part(node, "function")
        given = part(node, "arguments")
        values = (
            [given]
            if given is not None and given.type == "template_string"
            else list(given.named_children)
            if given
            else []
        )
        values = [one for one in values if one.type != "comment"]
        if function is None or function.type != "member_expression":
            chain.root = text_of(function)
            if function is not None and function.type == "identifier":
                chain.calls.insert(0, (text_of(function), values))
            return chain
        chain.calls.insert(0, (text_of(part(function, "property")), values))
        node = part(function, "object")
    chain.root = text_of(node)
    return chain


def _apply(steps: Steps, chain: Chain, names: Mapping[str, str]) -> None:
    of_chain = ""
    for name, given in chain.calls:
        told = [literal(one, names) for one in given]
        first = told[0] if told else ""
        if name in RAW or (name in ("sql", "literal") and given and given[0].type == "template_string"):
            if given and name != "literal":
                steps.raw(first, text_of(given[0]))
        elif name in TABLE_STEPS and given:
            if not first and given[0].type != "new_expression":
                steps.unread.append(text_of(given[0])[:500] + " " + text_of(given[-1])[:3_000])
                return
            of_chain = _table(steps, name, first, given, names)
        elif of_chain:
            of_kysely(steps, of_chain, name, given, told)
        elif len(given) > 1 and first:
            _of_columns(steps, name, first, given, told, names)


def _table(steps: Steps, name: str, table: str, given: list[Node], names: Mapping[str, str]) -> str:
    """One step on a table; its name where the chain goes on to say what is in it."""
    if name.startswith("drop"):
        steps.drop(table)
    elif name == "renameTable":
        if len(given) > 1 and (after := literal(given[1], names)):
            steps.rename(table, after)
    elif given[0].type == "new_expression":
        _constructed(steps, given[0], names)
    elif len(given) > 1 and given[-1].type in FUNCTIONS:
        _of_callback(steps, table, given[-1], name.startswith("create"), names)
    elif len(given) > 1 and given[1].type == "object" and name.startswith("create"):
        columns, is_whole = of_object(given[1], names)
        steps.create(table, columns)
        if not is_whole:
            steps.leave_open(table)
    elif len(given) > 1:
        steps.unread.append(table + text_of(given[1])[:3_000])
        steps.leave_open(table)
    else:
        if name.startswith("create"):
            steps.create(table, [])
        return table
    return ""


def _constructed(steps: Steps, node: Node, names: Mapping[str, str]) -> None:
    """`new Table({name, columns: [...]})` of TypeORM."""
    told = constructed(node)
    table = literal(told["name"], names) if "name" in told else ""
    listed = told.get("columns")
    if not table:
        steps.unread.append(text_of(node)[:3_000])
        return
    columns = [of_object(one, names, is_one=True) for one in (listed.named_children if listed else ())]
    steps.create(table, [each for found, _ in columns for each in found])
    if listed is None or any(not is_whole for _, is_whole in columns):
        steps.leave_open(table)


def _of_callback(steps: Steps, table: str, function: Node, is_new: bool, names: Mapping[str, str]) -> None:
    parameter = text_of(part(function, "parameter")) or re.sub(r"[()\s]|:.*", "", text_of(part(function, "parameters")))
    columns, added = [], False
    for chain in _chains(function):
        if chain.root == parameter and parameter:
            found = of_knex(steps, table, chain.calls, names)
            columns += found
            added = True
    if is_new:
        steps.create(table, columns)
        if not added:
            steps.leave_open(table)
    else:
        steps.add(table, columns)


def _of_columns(
    steps: Steps, name: str, table: str, given: list[Node], told: list[str], names: Mapping[str, str]
) -> None:
    """Sequelize's and TypeORM's steps, which name the table and then the column."""
    column = told[1] or (_named(given[1], names) if given[1].type in ("new_expression", "object") else "")
    if name in ("removeColumn", "dropColumn") and column:
        steps.drop_columns(table, [column])
    elif name == "renameColumn" and len(told) > 2:
        after = told[2] or _named(given[2], names)
        if column and after:
            steps.rename_column(table, column, after)
        else:
            steps.leave_open(table)
    elif name == "addColumn" and column:
        spec = given[-1]
        found, _ = of_object(spec, names, is_one=True, name=column)
        steps.add(table, found)
    elif name == "addColumns":
        for one in given[1].named_children:
            steps.add(table, of_object(one, names, is_one=True)[0])
    elif name == "changeColumn" and column:
        steps.retype([column])
    elif name in ("addColumn", "dropColumns", "removeColumn", "dropColumn"):
        steps.leave_open(table)


def _named(node: Node, names: Mapping[str, str]) -> str:
    told = constructed(node) if node.type == "new_expression" else members(node)
    return literal(told["name"], names) if "name" in told else ""
