"""SQL that stands as text in TypeScript and JavaScript: what is handed to something that runs it, at the lines where it is written.

Tagged templates (sql`...`, Prisma.sql`...`, $queryRaw`...`) hand their values over as parameters, each library by its own documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from bot.capabilities.checks.python.sql import NAMES
from storage.checks.scripts.blocks import marks
from storage.checks.scripts.blocks.grammars import field as part
from storage.checks.scripts.blocks.grammars import line_of, parsed, text_of, walk
from storage.checks.scripts.blocks.reading import Imported, Snippet, read

CALLS = frozenset(
    """
    query execute raw unsafe exec prepare run all get each any one none many oneOrNone manyOrNone multi result queryRaw executeRaw
    $queryRawUnsafe $executeRawUnsafe queryRawUnsafe executeRawUnsafe fetch stream queryOne queryAll
    """.split()  # noqa: SIM905
)
"""Of drivers and of what is built on them: pg, mysql2, SQLite's, postgres.js, pg-promise, Knex, Drizzle, Prisma, TypeORM, Sequelize,
Objection. What they are given counts only where it reads as a statement."""
KEYS = ("text", "sql", "query", "statement")
"""Where an object holds the statement: `{ text, values }` of pg, `{ sql, values }` of mysql2."""
TAGS = frozenset({"sql", "SQL", "queryRaw", "executeRaw", "$queryRaw", "$executeRaw", "Sql", "raw"})
WRITTEN = {"n": " ", "t": " ", "r": " ", "0": " "}
OF_PARAMETERS = re.compile(
    r"(?:=|<|>|\blike|\bilike|\blimit|\boffset|\bbetween|\band|\bthen|\belse|,|\()\s*$", re.IGNORECASE
)
STARTS = re.compile(
    r"\s*(?:select\s|insert\s+into\s|update\s+[\w.\"]+\s+(?:as\s+\w+\s+|\w+\s+)?set\s|delete\s+from\s|merge\s+into\s|"
    r"with\s+(?:recursive\s+)?\w+\s*(?:\([^)]*\)\s*)?as\s*(?:not\s+materialized\s*|materialized\s*)?\()",
    re.IGNORECASE,
)
DRIVERS = {
    "pg": "postgresql", "postgres": "postgresql", "pg-promise": "postgresql", "@vercel/postgres": "postgresql", "slonik": "postgresql",
    "@neondatabase/serverless": "postgresql", "mysql": "mysql", "mysql2": "mysql", "mysql2/promise": "mysql", "mariadb": "mysql",
    "better-sqlite3": "sqlite", "sqlite3": "sqlite", "sqlite": "sqlite", "node:sqlite": "sqlite",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Query:
    """`line` is that of its first word, from 1. `is_filled`: values stand in it that only the program knows."""

    line: int
    text: str
    is_filled: bool


Part = str | Node
"""What a text is put together from: text of its own, and values."""


def queries(root: Node) -> Iterator[Query]:
    """Statements, constant or with values in them; `{value}` stands for what nobody knows."""
    if _is_migration(root):
        return  # it is written for the schema of a day that only it knows
    values = values_of(root)
    seen: set[int] = set()
    tagged = (node for node in walk(root) if tag_of(node) in TAGS)
    for given in (*given_to(root), *tagged):
        for one in meant_by(given, values)[:1]:
            if one.start_byte in seen or (tag_of(one) and tag_of(one) not in TAGS):
                continue
            seen.add(one.start_byte)
            text, is_filled = _written(one)
            if STARTS.match(text):
                yield Query(line_of(_text_node(one)), text, is_filled)


def dialect(imports: tuple[Imported, ...]) -> str:
    """What the imports say; "" where they say nothing, or more than one."""
    found = {DRIVERS[one.specifier] for one in imports if one.specifier in DRIVERS}
    return found.pop() if len(found) == 1 else ""


# --- what is handed over ------------------------------------------------------------------------------------------------


def given_to(root: Node) -> Iterator[Node]:
    for node in walk(root):
        if node.type not in ("call_expression", "new_expression"):
            continue
        called = part(node, "function") or part(node, "constructor")
        arguments = part(node, "arguments")
        if called is None or arguments is None or arguments.type != "arguments" or not arguments.named_children:
            continue
        first = next((one for one in arguments.named_children if one.type != "comment"), None)
        if first is None or last_of(called) not in CALLS:
            continue
        yield _in_object(first)


def _in_object(node: Node) -> Node:
    for one in node.named_children if node.type == "object" else ():
        value = part(one, "value")
        if one.type == "pair" and value is not None and text_of(part(one, "key")).strip("\"'") in KEYS:
            return value
    return node


def meant_by(node: Node, values: dict[str, list[Node]]) -> list[Node]:
    node = bare(node)
    return values.get(text_of(node), []) if node.type == "identifier" else [node]


def values_of(root: Node) -> dict[str, list[Node]]:
    """By name what it is given, wherever that happens."""
    found: dict[str, list[Node]] = {}
    for node in walk(root):
        name, value = {
            "variable_declarator": (part(node, "name"), part(node, "value")),
            "assignment_expression": (part(node, "left"), part(node, "right")),
            "augmented_assignment_expression": (part(node, "left"), part(node, "right")),
            "for_in_statement": (part(node, "left"), part(node, "right")),
        }.get(node.type, (None, None))
        if name is not None and value is not None and name.type == "identifier":
            found.setdefault(text_of(name), []).append(bare(value) if node.type[:2] != "au" else node)
    return found


def last_of(called: Node) -> str:
    return text_of(part(called, "property")) if called.type == "member_expression" else text_of(called)


def bare(node: Node) -> Node:
    while (
        node.type
        in (
            "parenthesized_expression",
            "as_expression",
            "satisfies_expression",
            "non_null_expression",
            "await_expression",
        )
        and node.named_children
    ):
        node = node.named_children[0]
    return node


def tag_of(node: Node) -> str:
    """Of a tagged template its tag's last name; "" for what is none, and for `String.raw`, which makes a plain text."""
    template = part(node, "arguments") if node.type == "call_expression" else None
    called = part(node, "function")
    if template is None or called is None or template.type != "template_string" or text_of(called) == "String.raw":
        return ""
    while called.type in ("instantiation_expression", "non_null_expression") and called.named_children:
        called = called.named_children[0]
    return last_of(called) or "?"


def _text_node(node: Node) -> Node:
    template = part(node, "arguments") if tag_of(node) else None
    return template if template is not None else node


# --- its parts ----------------------------------------------------------------------------------------------------------


def parts_of(node: Node) -> Iterator[tuple[Part, int]]:
    """Texts and values, each with its row."""
    node = bare(node)
    row = int(node.start_point[0])
    function, arguments = part(node, "function"), part(node, "arguments")
    if node.type == "string":
        yield _read(node), row
    elif node.type == "template_string":
        yield from _of_template(node)
    elif node.type == "binary_expression" and text_of(part(node, "operator")) == "+":
        for side in ("left", "right"):
            if (inner := part(node, side)) is not None:
                yield from parts_of(inner)
    elif node.type == "augmented_assignment_expression" and (added := part(node, "right")) is not None:
        yield "select x from x ", row
        yield from parts_of(added)
    elif node.type == "call_expression" and text_of(function) == "String.raw" and arguments is not None:
        yield from _of_template(arguments)
    elif (
        node.type == "call_expression"
        and function is not None
        and function.type == "member_expression"
        and arguments is not None
    ):
        thing = bare(inner) if (inner := part(function, "object")) is not None else node
        match last_of(function), thing.type:
            case "join", "array":
                for one in thing.named_children:
                    yield from parts_of(one)
                    yield " ", int(one.end_point[0])
            case "concat", "string" | "template_string":
                yield from parts_of(thing)
                for one in arguments.named_children:
                    yield from parts_of(one)
            case "trim", _:
                yield from parts_of(thing)
            case _:
                yield node, row
    else:
        yield node, row


def _of_template(node: Node) -> Iterator[tuple[Part, int]]:
    for one in node.named_children:
        row = int(one.start_point[0])
        if one.type == "template_substitution":
            if one.named_children:
                yield one.named_children[0], row
        else:
            yield (_escape(text_of(one)) if one.type == "escape_sequence" else text_of(one)), row


def _read(node: Node) -> str:
    return "".join(
        _escape(text_of(one)) if one.type == "escape_sequence" else text_of(one) for one in node.named_children
    )


def _escape(text: str) -> str:
    """A line feed that is written as such stays on its line."""
    return WRITTEN.get(text[1:2], text[1:2] if len(text) == 2 else "x")


def _written(node: Node) -> tuple[str, bool]:
    """The statement at its own rows, and whether values stand in it."""
    is_tagged = bool(tag_of(node))
    start = _text_node(node)
    text, row, count, is_filled = "", int(start.start_point[0]), 0, False
    for one, at in parts_of(start):
        if at > row:
            text += "\n" * (at - row)
            row = at
        if isinstance(one, str):
            text, row = text + one.replace("\r\n", "\n"), row + one.count("\n")
            continue
        is_filled = True
        is_value = (
            OF_PARAMETERS.search(text) and not NAMES.search(text) and one.type in ("identifier", "member_expression")
        )
        count += 1
        first = max((int(each) for each in re.findall(r"\$(\d{1,4})", text)), default=0)
        text += f"${first + 1}" if is_tagged and is_value else "{value}"
    return re.sub(r"\?\?", "{value}", text), is_filled


def _is_migration(root: Node) -> bool:
    return any(
        (node.type in ("function_declaration", "method_definition") and text_of(part(node, "name")) in ("up", "down"))
        or (node.type == "variable_declarator" and text_of(part(node, "name")) in ("up", "down"))
        or (node.type == "assignment_expression" and text_of(part(node, "left")) in ("exports.up", "exports.down"))
        for node in walk(root)
    )


def of_block(language: str, code: str) -> tuple[Snippet, str, list[Query]]:
    """The block as it was read, the dialect that its imports say ("" for none), and its statements."""
    snippet = read(language, code)
    root = parsed(f"{snippet.before}{snippet.text}{snippet.after}", snippet.is_jsx).root_node
    wrong = marks.wrong_lines(snippet.text)
    return snippet, dialect(snippet.imports), [one for one in queries(root) if one.line not in wrong]
