"""Migrations in PHP, read and never run: Laravel's (https://laravel.com/docs/migrations) and Doctrine's, whose statements are SQL
(https://www.doctrine-project.org/projects/doctrine-migrations).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from tree_sitter import Node

from storage.checks.sql.schemas.steps import Steps, forward, snake, sql_type, texts
from storage.checks.sql.schemas.tables import Column
from storage.checks.syntax import field, parsed, text_of, walk

LARAVEL = re.compile(r"(?:^|/)database/migrations/(?:[^/]+/)*[^/]+\.php$")
DOCTRINE = re.compile(r"(?:^|/)[Mm]igrations/(?:[^/]+/)*Version\w+\.php$")
TYPES = {
    "biginteger": "bigint", "mediuminteger": "integer", "smallinteger": "smallint", "tinyinteger": "smallint", "increments": "serial",
    "bigincrements": "bigserial", "mediumincrements": "serial", "smallincrements": "serial", "tinyincrements": "serial",
    "binary": "bytea", "char": "char(255)", "string": "varchar", "tinytext": "text", "mediumtext": "text", "longtext": "text",
    "datetime": "timestamp", "datetimetz": "timestamptz", "decimal": "numeric", "double": "double precision",
    "float": "double precision", "enum": "varchar", "set": "text", "ulid": "varchar", "ipaddress": "inet", "macaddress": "macaddr",
    "year": "integer", "foreignid": "bigint", "foreignuuid": "uuid", "foreignulid": "varchar",
}  # fmt: skip
"""A table's methods that are not called as PostgreSQL's types, in small letters, as PHP takes them in any, without `unsigned`."""

OTHERS = frozenset(
    """
    geography geometry vector computed addcolumn point linestring polygon geometrycollection multipoint multilinestring
    multipolygon
    """.split()
)
"""Of types that are not known."""

KEYS = frozenset(
    """
    index unique primary foreign fulltext spatialindex rawindex comment engine charset collation innodb temporary dropforeign
    dropindex dropunique dropprimary dropfulltext dropspatialindex dropconstrainedforeignid renameindex dropforeignidfor
    constrained after autoincrementstartingvalue vectorindex
    """.split()
)
MORPHS = {
    "morphs": "", "nullablemorphs": "", "numericmorphs": "bigint", "nullablenumericmorphs": "bigint", "uuidmorphs": "uuid",
    "nullableuuidmorphs": "uuid", "ulidmorphs": "varchar", "nullableulidmorphs": "varchar",
}  # fmt: skip
Chain = list[tuple[str, list[Node]]]


def read(folder: Path, files: Sequence[str]) -> Steps:
    steps = Steps()
    chosen = (one for one in files if LARAVEL.search(one) or DOCTRINE.search(one))
    for _, text in texts(folder, sorted(chosen, key=lambda one: one.rpartition("/")[2])):
        root = parsed("php", text)
        constants = {
            text_of(one.named_children[0]): told
            for one in walk(root)
            if one.type == "const_element" and (told := literal(one.named_children[-1]))
        }
        for one in forward(root, _is_down):
            if one.type in ("scoped_call_expression", "member_call_expression"):
                _apply(steps, one, constants)
    return steps


def _is_down(node: Node) -> bool:
    return node.type == "method_declaration" and text_of(field(node, "name")) == "down"


def _apply(steps: Steps, call: Node, constants: dict[str, str]) -> None:
    name, given = text_of(field(call, "name")), arguments(call)
    words = [literal(one) or constants.get(text_of(one).rpartition("::")[2], "") for one in given]
    owner = text_of(field(call, "scope") or field(call, "object"))
    if name in ("statement", "unprepared", "addSql") and given:
        steps.raw(words[0], text_of(given[0]))
        return
    if not owner.rpartition("\\")[2].startswith("Schema") and not owner.startswith("Schema::"):
        return
    table = words[0] if words else ""
    if name in ("create", "table"):
        if table and len(given) > 1:
            _fill(steps, table, given[1], name == "create")
        else:
            steps.unread.append(text_of(call)[:2_000])
    elif name in ("drop", "dropIfExists") and table:
        steps.drop(table)
    elif name == "rename" and len(words) > 1 and words[0] and words[1]:
        steps.rename(words[0], words[1])
    elif name == "dropColumns" and table:
        steps.drop_columns(table, [text for one in given[1:] for text in literals(one)])


def _fill(steps: Steps, table: str, function: Node, is_new: bool) -> None:
    columns: list[Column] = []
    key: list[str] = []
    unique: list[list[str]] = []
    parameter = next((text_of(one) for one in walk(function) if one.type == "variable_name"), "")
    for chain in _chains(function, parameter):
        name, given = chain[0]
        rest = {one.lower(): values for one, values in chain[1:]}
        told = [text for one in given for text in literals(one)]
        if name.lower() in ("dropcolumn", "removecolumn"):
            steps.drop_columns(table, told)
        elif name.lower() == "renamecolumn" and len(told) > 1:
            steps.rename_column(table, told[0], told[1])
        elif name.lower() in ("primary", "unique") and told:
            named = literals(given[0])
            unique.append(named) if name.lower() == "unique" else key.extend(named)
        elif name.lower() == "rename" and told:
            steps.rename(table, told[0])
        elif (found := _columns(name.lower(), given, told, rest)) is not None:
            columns += [] if "change" in rest else found
            steps.retype(one.name for one in found if "change" in rest)
        else:
            steps.leave_open(table)
    if is_new:
        steps.create(table, columns, key)
    else:
        steps.add(table, columns)
    for names in unique:
        steps.unique(table, names)


def _columns(name: str, given: list[Node], told: list[str], rest: dict[str, list[Node]]) -> list[Column] | None:
    """What a method adds; nothing for one of keys, None for one that is not known."""
    first = told[0] if told else ""
    if name in KEYS:
        return []
    if name == "id":
        return [Column(first or "id", "bigserial", True, has_default=True)]
    if name in ("timestamps", "timestampstz", "nullabletimestamps", "datetimes"):
        kind = "timestamptz" if name.endswith("tz") else "timestamp"
        return [Column(one, kind, has_default=True) for one in ("created_at", "updated_at")]
    if name in ("softdeletes", "softdeletestz", "softdeletesdatetime"):
        return [Column(first or "deleted_at", "timestamptz" if name.endswith("tz") else "timestamp", has_default=True)]
    if name == "remembertoken":
        return [Column("remember_token", "varchar", has_default=True)]
    if name in ("droptimestamps", "droptimestampstz", "dropsoftdeletes", "dropremembertoken", "dropmorphs"):
        return []
    if name in MORPHS and first:
        return [
            Column(f"{first}_id", MORPHS[name], has_default=True),
            Column(f"{first}_type", "varchar", has_default=True),
        ]
    if name in ("foreignidfor",) and given:
        model = text_of(given[0]).removesuffix("::class").rpartition("\\")[2]
        return [Column(first or f"{snake(model)}_id", "", has_default=True)]
    kind = sql_type(name.removeprefix("unsigned"), TYPES)
    if (kind or name in OTHERS) and first:
        named = told[1] if name == "addcolumn" and len(told) > 1 else first
        is_free = bool({"nullable", "default", "usecurrent"} & rest.keys()) or "increments" in name
        is_key = "primary" in rest or "increments" in name
        return [Column(named, kind, is_key, "unique" in rest, not is_free, is_free)]
    return None


def _chains(function: Node, parameter: str) -> Iterator[Chain]:
    """`$table->a(...)->b(...)` as [a, b], for each that stands by itself."""
    for node in walk(function):
        if node.type == "member_call_expression" and (node.parent is None or node.parent.type != node.type):
            chain: Chain = []
            inner: Node | None = node
            while inner is not None and inner.type == "member_call_expression":
                chain.insert(0, (text_of(field(inner, "name")), arguments(inner)))
                inner = field(inner, "object")
            if parameter and text_of(inner) == parameter:
                yield chain


def arguments(call: Node) -> list[Node]:
    given = field(call, "arguments")
    return [
        one.named_children[-1]
        for one in (given.named_children if given is not None else ())
        if one.type == "argument" and one.named_children
    ]


def literal(node: Node) -> str:
    """Of a text without values in it; "" for all else."""
    if node.type in ("string", "encapsed_string", "heredoc", "nowdoc"):
        inner = [one for one in walk(node) if one.type in ("string_content", "escape_sequence", "nowdoc_string")]
        has_values = any(one.type in ("variable_name", "member_access_expression") for one in walk(node))
        return "" if has_values else "".join(text_of(one) for one in inner)
    if node.type == "binary_expression" and len(node.named_children) == 2:
        both = [literal(one) for one in node.named_children]
        return "".join(both) if all(both) else ""
    return ""


def literals(node: Node) -> list[str]:
    """Of a text, or of a list of them."""
    if node.type != "array_creation_expression":
        return [text] if (text := literal(node)) else []
    return [text for one in node.named_children for inner in one.named_children[:1] if (text := literal(inner))]
