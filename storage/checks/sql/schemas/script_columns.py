"""Columns as migrations in TypeScript and JavaScript write them: chained calls, objects, and what both say of types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tree_sitter import Node

from storage.checks.sql.schemas.steps import Steps, sql_type
from storage.checks.sql.schemas.tables import Column
from storage.checks.syntax import field, text_of

TABLE_STEPS = frozenset(
    """
    createTable createTableIfNotExists createTableLike alterTable table dropTable dropTableIfExists renameTable
    """.split()
)
TYPES = {
    "string": "varchar", "biginteger": "bigint", "tinyint": "smallint", "mediumint": "integer", "float": "double precision",
    "double": "double precision", "datetime": "timestamptz", "timestamp": "timestamptz", "binary": "bytea", "blob": "bytea",
    "uuidv4": "uuid", "uuidv1": "uuid", "char": "varchar", "increments": "serial", "bigincrements": "bigserial", "dateonly": "date",
    "now": "timestamptz",
}  # fmt: skip
"""Of Knex' methods and Sequelize's types those that are not called as PostgreSQL's, in small letters."""

OTHERS = frozenset("enum enu specifictype geometry geography point array range hstore virtual".split())
"""Of types that are not known."""

KNEX_KEYS = frozenset(
    """
    index unique primary foreign comment engine charset collate inherits dropForeign dropIndex dropUnique dropPrimary
    dropNullable setNullable check checkPositive checkIn dropChecks queryContext
    """.split()
)
CHANGING = frozenset(["alter"])
DEFAULTS = frozenset(["defaultTo", "defaultsTo", "nullable"])


def of_knex(
    steps: Steps, table: str, calls: Sequence[tuple[str, list[Node]]], names: Mapping[str, str]
) -> list[Column]:
    """What one chain of a table's builder adds; what it does besides is written into the steps."""
    kind, given = calls[0]
    rest = {name for name, _ in calls[1:]}
    told = [text for one in given for text in literals(one, names)]
    if kind in ("dropColumn", "dropColumns"):
        steps.drop_columns(table, told)
    elif kind == "renameColumn" and len(told) > 1:
        steps.rename_column(table, told[0], told[1])
    elif kind == "dropTimestamps":
        steps.drop_columns(table, ["created_at", "updated_at"])
    elif kind == "timestamps":
        camel = any("useCamelCase: true" in text_of(one) for one in given)
        return [
            Column(one, "timestamptz", has_default=True)
            for one in (("createdAt", "updatedAt") if camel else ("created_at", "updated_at"))
        ]
    elif kind in KNEX_KEYS:
        if kind in ("unique", "primary") and told and kind == "unique":
            steps.unique(table, literals(given[0], names))
    elif (sql_type(kind.lower(), TYPES) or kind.lower() in OTHERS) and (told or "increments" in kind.lower()):
        if rest & CHANGING:
            steps.retype(told[:1])
            return []
        is_key = "primary" in rest or "increments" in kind.lower()
        has_default = bool(rest & DEFAULTS) or is_key
        sql = sql_type(kind.lower(), TYPES) or (sql_type(told[1]) if kind == "specificType" and len(told) > 1 else "")
        return [Column(told[0] if told else "id", sql, is_key, "unique" in rest, "notNullable" in rest, has_default)]
    else:
        steps.leave_open(table)
    return []


def of_kysely(steps: Steps, table: str, name: str, given: list[Node], told: list[str]) -> None:
    first = told[0] if told else ""
    if name == "addColumn" and first:
        kind = sql_type(told[1]) if len(told) > 1 and told[1] else ""
        options = text_of(given[2]) if len(given) > 2 else ""
        is_key, is_required = ".primaryKey(" in options, ".notNull(" in options
        has_default = ".defaultTo(" in options or "enerated" in options or "serial" in kind
        steps.add(table, [Column(first, kind, is_key, ".unique(" in options or is_key, is_required, has_default)])
    elif name == "dropColumn" and first:
        steps.drop_columns(table, [first])
    elif name == "renameColumn" and len(told) > 1:
        steps.rename_column(table, first, told[1])
    elif name == "renameTo" and first:
        steps.rename(table, first)
    elif name == "addUniqueConstraint" and len(given) > 1:
        steps.unique(table, literals(given[1], {}))
    elif name == "alterColumn" and first:
        steps.retype([first])


def of_object(node: Node, names: Mapping[str, str], is_one: bool = False, name: str = "") -> tuple[list[Column], bool]:
    """`{id: {type: UUID}, ...}`, or with `is_one` one column's own; and whether all of it was understood."""
    if node.type == "new_expression":
        told = constructed(node)
    elif node.type == "object":
        told = members(node)
    else:
        return ([Column(name, _kind(node, names), has_default=True)], True) if name else ([], False)
    if is_one:
        named = name or (literal(told["name"], names) if "name" in told else "")
        return ([_column(named, told, names)], True) if named else ([], False)
    columns, is_whole = [], not any(one.type in ("spread_element",) for one in node.named_children)
    for key, value in told.items():
        inner = members(value) if value.type == "object" else {"type": value}
        field_name = literal(inner["field"], names) if "field" in inner else ""
        columns.append(_column(field_name or key, inner, names))
    return columns, is_whole


def _column(name: str, told: Mapping[str, Node], names: Mapping[str, str]) -> Column:
    kind = _kind(told["type"], names) if "type" in told else ""
    is_list = text_of(told.get("isArray")) == "true"
    is_key = "true" in (text_of(told.get("primaryKey")), text_of(told.get("isPrimary")))
    is_required = text_of(told.get("allowNull")) == "false"
    has_default = any(one in told for one in ("defaultValue", "default", "autoIncrement", "isGenerated")) or is_key
    is_unique = text_of(told.get("unique")) == "true"
    return Column(name, f"{kind}[]" if is_list and kind else kind, is_key, is_unique, is_required, has_default)


def _kind(node: Node, names: Mapping[str, str]) -> str:
    """`Sequelize.STRING(20)`, `DataTypes.UUID`, `"TIMESTAMP WITH TIME ZONE"`."""
    if text := literal(node, names):
        return sql_type(text) or TYPES.get(text.lower(), "")
    called = field(node, "function") if node.type == "call_expression" else node
    word = text_of(called).rpartition(".")[2].lower()
    if word == "array" and node.type == "call_expression" and (given := field(node, "arguments")) is not None:
        inner = _kind(given.named_children[0], names) if given.named_children else ""
        return f"{inner}[]" if inner else ""
    return {"date": "timestamptz"}.get(word) or sql_type(word, TYPES)


def constructed(node: Node) -> dict[str, Node]:
    """What `new Table({...})` is given."""
    given = field(node, "arguments")
    first = given.named_children[0] if given is not None and given.named_children else None
    return members(first) if first is not None and first.type == "object" else {}


def members(node: Node | None) -> dict[str, Node]:
    found = {}
    for one in node.named_children if node is not None else ():
        key, value = field(one, "key"), field(one, "value")
        if one.type == "pair" and key is not None and value is not None:
            found[text_of(key).strip("\"'`")] = value
    return found


def literal(node: Node | None, names: Mapping[str, str]) -> str:
    """Of a text without values in it, or of a name for one; "" for all else."""
    if node is None:
        return ""
    if node.type == "identifier":
        return names.get(text_of(node), "")
    is_filled = any(one.type == "template_substitution" for one in node.named_children)
    if node.type in ("string", "template_string") and not is_filled:
        return "".join(
            text_of(one) if one.type == "string_fragment" else _escaped(text_of(one)) for one in node.named_children
        )
    if node.type == "binary_expression":
        both = [literal(field(node, one), names) for one in ("left", "right")]
        return "".join(both) if all(both) else ""
    return ""


def _escaped(text: str) -> str:
    return {"\\n": "\n", "\\t": "\t"}.get(text, text[1:])


def literals(node: Node, names: Mapping[str, str]) -> list[str]:
    listed = node.named_children if node.type == "array" else [node]
    return [text for one in listed if (text := literal(one, names))]
