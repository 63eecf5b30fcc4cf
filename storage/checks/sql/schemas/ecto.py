"""Ecto's migrations, read and never run: https://hexdocs.pm/ecto_sql/Ecto.Migration.html"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from tree_sitter import Node

from storage.checks.sql.schemas.steps import Steps, forward, sql_type, texts
from storage.checks.sql.schemas.tables import Column
from storage.checks.syntax import field, parsed, text_of, walk

MIGRATION = re.compile(r"(?:^|/)priv/(?:\w+/)*migrations/(?:[^/]+/)*\d+_\w+\.exs$")
TYPES = {
    "string": "varchar", "binary": "bytea", "binary_id": "uuid", "id": "bigint", "float": "double precision", "map": "jsonb",
    "utc_datetime": "timestamp", "utc_datetime_usec": "timestamp", "naive_datetime": "timestamp", "naive_datetime_usec": "timestamp",
}  # fmt: skip
"""Those that are not called as PostgreSQL does."""

STEPS = frozenset(["create", "create_if_not_exists", "alter", "rename", "drop", "drop_if_exists", "execute"])
ADDS = frozenset(["add", "add_if_not_exists", "modify", "remove", "remove_if_exists", "timestamps"])


def read(folder: Path, files: Sequence[str]) -> Steps:
    steps = Steps()
    chosen = sorted(filter(MIGRATION.search, files), key=lambda one: one.rpartition("/")[2])
    for _, text in texts(folder, chosen):
        for one in forward(parsed("elixir", text), _is_down):
            if one.type == "call" and text_of(field(one, "target")) in STEPS:
                _apply(steps, one)
    return steps


def _is_down(node: Node) -> bool:
    is_function = node.type == "call" and text_of(field(node, "target")) in ("def", "defp")
    return is_function and any(re.match(r"(?:down|drop)\b", text_of(one)) for one in _given(node)[:1])


def _apply(steps: Steps, call: Node) -> None:
    name, given = text_of(field(call, "target")), _given(call)
    if not given:
        return
    if name == "execute":
        steps.raw(_text(given[0]), text_of(given[0]))
        return
    if given[0].type != "call":
        return
    kind = text_of(field(given[0], "target"))
    if kind in ("unique_index", "index"):
        _index(steps, given[0], kind)
    elif kind != "table":
        return
    elif not (table := _table(given[0])):
        steps.unread.append(text_of(call)[:2_000])
    elif name.startswith("create"):
        _create(steps, table, call, given[0])
    elif name == "alter":
        _alter(steps, table, call)
    elif name == "rename":
        _rename(steps, table, given)
    else:
        steps.drop(table)


def _create(steps: Steps, table: str, call: Node, told: Node) -> None:
    columns = [] if _option(told, "primary_key") == "false" else [Column("id", "bigserial", True, has_default=True)]
    for name, given in _fields(steps, table, call):
        columns += _columns(name, given)
    steps.create(table, columns)


def _alter(steps: Steps, table: str, call: Node) -> None:
    for name, given in _fields(steps, table, call):
        column = _atom(given[0]) if given else ""
        if name.startswith("remove"):
            steps.drop_columns(table, [column] if column else [])
        elif name == "modify":
            steps.retype([column])
        else:
            steps.add(table, _columns(name, given))


def _rename(steps: Steps, table: str, given: Sequence[Node]) -> None:
    after = next((one for node in given for one in _pairs(node, "to")), None)
    if after is None:
        return
    if after.type == "call" and (name := _table(after)):
        steps.rename(table, name)
    elif len(given) > 1 and _atom(given[1]) and _atom(after):
        steps.rename_column(table, _atom(given[1]), _atom(after))


def _index(steps: Steps, told: Node, kind: str) -> None:
    given = _given(told)
    is_unique = kind == "unique_index" or _option(told, "unique") == "true"
    if is_unique and len(given) > 1 and _atom(given[0]) and not _option(told, "where"):
        names = [_atom(one) for one in given[1].named_children] if given[1].type == "list" else [_atom(given[1])]
        if all(names):
            steps.unique(_atom(given[0]), names)


def _columns(name: str, given: Sequence[Node]) -> list[Column]:
    if name == "timestamps":
        options = {key: value for one in given for key, value in _options(one).items()}
        named = [options.get(key, key) for key in ("inserted_at", "updated_at")]
        kind = sql_type(options.get("type", "naive_datetime"), TYPES)
        return [Column(one, kind, has_default=True) for one in named if one != "false"]
    column = _atom(given[0]) if given else ""
    if not column:
        return []
    options = {key: value for one in given[1:] for key, value in _options(one).items()}
    kind = _kind(given[1]) if len(given) > 1 else ""
    is_free = options.get("null") != "false" or "default" in options
    return [Column(column, kind, options.get("primary_key") == "true", False, not is_free, is_free)]


def _kind(node: Node) -> str:
    if node.type == "atom":
        return sql_type(_atom(node), TYPES)
    if node.type == "tuple" and len(node.named_children) == 2 and _atom(node.named_children[0]) == "array":
        inner = _kind(node.named_children[1])
        return f"{inner}[]" if inner else ""
    if node.type == "call" and text_of(field(node, "target")) == "references" and _given(node):
        return sql_type(_option(node, "type") or "id", TYPES)
    return ""


def _fields(steps: Steps, table: str, call: Node) -> Iterator[tuple[str, list[Node]]]:
    """What its block says of columns; the table is open where it says more."""
    block = next((one for one in call.named_children if one.type == "do_block"), None)
    for one in block.named_children if block is not None else ():
        if one.type == "call" and (name := text_of(field(one, "target"))) in ADDS:
            yield name, _given(one)
        elif one.type == "call":
            steps.leave_open(table)


def _given(call: Node) -> list[Node]:
    listed = next((one for one in call.named_children if one.type == "arguments"), None)
    return list(listed.named_children) if listed is not None else []


def _table(told: Node) -> str:
    given = _given(told)
    name = _atom(given[0]) if given else ""
    prefix = _option(told, "prefix")
    return f"{prefix}.{name}" if name and prefix and re.fullmatch(r"\w+", prefix) else name


def _atom(node: Node) -> str:
    if node.type == "atom":
        return text_of(node).lstrip(":")
    return _text(node)


def _text(node: Node) -> str:
    if node.type != "string" or any(one.type == "interpolation" for one in node.named_children):
        return ""
    return "".join(text_of(one) for one in node.named_children)


def _options(node: Node) -> dict[str, str]:
    return {
        text_of(field(one, "key")).strip().rstrip(":"): text_of(field(one, "value")).strip('":')
        for one in (node.named_children if node.type == "keywords" else ())
        if one.type == "pair"
    }


def _option(call: Node, name: str) -> str:
    return next((found for one in _given(call) if (found := _options(one).get(name))), "")


def _pairs(node: Node, name: str) -> Iterator[Node]:
    for one in walk(node):
        if one.type == "pair" and text_of(field(one, "key")).strip().rstrip(":") == name:
            value = field(one, "value")
            if value is not None:
                yield value
