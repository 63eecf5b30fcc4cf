"""Columns that Supabase's generated types do not have, in `select`, filters and orders: held against the types' text, since the
compiler says it only where a row is used, and of filters never.

What `supabase gen types typescript` writes: https://supabase.com/docs/guides/api/rest/generating-types. What a `select` may hold:
https://docs.postgrest.org/en/stable/references/api/resource_embedding.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from tree_sitter import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.scripts.blocks.grammars import field as part
from storage.checks.scripts.blocks.grammars import parsed, root_of, text_of, unquoted, walk
from storage.checks.scripts.blocks.written import Document
from storage.checks.scripts.team.own_texts import own_texts

ENDING = re.compile(r"\.[cm]?ts$")
GENERATED = re.compile(r"\bTables:\s*\{.*\bRow:\s*\{", re.DOTALL)
MOST_FILES = 5_000
PUBLIC = "public"
SAID = "SelectQueryError<"
"""What the client's types call a row of which a column is not there."""
FILTERS = frozenset(
    """
    eq neq gt gte lt lte like ilike likeAllOf likeAnyOf ilikeAllOf ilikeAnyOf is in contains containedBy rangeGt rangeGte rangeLt
    rangeLte rangeAdjacent overlaps textSearch not filter order
    """.split()  # noqa: SIM905
)
"""Methods of a query whose first argument is a column."""
OBJECTS = ("match", "upsert")
"""Whose object's keys are columns, which no type looks at. Of `insert` and `update` the compiler does."""
WORD = re.compile(r"[A-Za-z_]\w*")
ITEM = re.compile(r"(?:\w+:)?([A-Za-z_]\w*)(?:![\w!]+)?(?:(?:->>?)[\w'>-]+)*(?:::[\w\[\]]+)?(\(.*\))?", re.DOTALL)
"""One thing that is selected: its own name for it, the column or the other table, and what of that."""

Tables = Mapping[str, frozenset[str]]


@lru_cache(maxsize=8)
def tables_of(root: Path) -> Mapping[str, Tables]:
    """By schema and by table or view the columns, of all the types in a repository together; none where there are none. Blocks."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    for _, text in own_texts(root, ENDING, MOST_FILES):
        if GENERATED.search(text):
            for schema, table, columns in _read(parsed(text, is_jsx=False).root_node):
                kept = found.setdefault(schema, {})
                kept[table] = kept.get(table, frozenset()) | columns
    return found


def _read(root: Node) -> Iterator[tuple[str, str, frozenset[str]]]:
    for group in walk(root):
        if group.type != "property_signature" or text_of(part(group, "name")) not in ("Tables", "Views"):
            continue
        schema = _above(group)
        for name, table in _members(group):
            row = next((one for key, one in _members(table) if key == "Row"), None)
            if schema and row is not None:
                yield schema, name, frozenset(key for key, _ in _members(row))


def _members(signature: Node) -> Iterator[tuple[str, Node]]:
    """Of `name: { ... }` what stands in the braces."""
    told = part(signature, "type")
    inner = told.named_children[0] if told is not None and told.named_children else None
    for one in inner.named_children if inner is not None and inner.type == "object_type" else ():
        if one.type == "property_signature" and (name := part(one, "name")) is not None:
            yield unquoted(name) if name.type == "string" else text_of(name), one


def _above(signature: Node) -> str:
    here = signature.parent
    while here is not None and here.type != "property_signature":
        here = here.parent
    name = part(here, "name")
    return "" if name is None else unquoted(name) if name.type == "string" else text_of(name)


def lacking(document: Document, root: Path) -> Iterator[Finding]:
    """Blocks."""
    if "supabase" not in document.snippet.text.lower() or ".from(" not in document.snippet.text:
        return
    schemas = tables_of(root)
    for call in walk(document.tree.root_node) if schemas else ():
        given = _texts(call) or _objects(call)
        method = text_of(part(part(call, "function"), "property")) if given else ""
        if not given or method not in ({*OBJECTS} if given[0].type == "object" else {*FILTERS, "select"}):
            continue
        schema, table = _table(part(part(call, "function"), "object"), document.tree.root_node)
        tables = schemas.get(schema, {})
        if table not in tables or _is_of_other(call, method):
            continue
        for text, owner, name in _named(given, method, table, tables):
            if name not in tables[owner]:
                line = int(text.start_point[0]) + text_of(text).partition(name)[0].count("\n")
                if at := document.line_of(line):
                    yield Finding(at, "attribute", f"`{owner}` has no column `{name}`")


def _named(given: list[Node], method: str, table: str, tables: Tables) -> Iterator[tuple[Node, str, str]]:
    """Where a column is named, of which table, and the column."""
    if given[0].type == "object":
        yield from ((key, table, name) for one in given for key, name in _keys(one))
        return
    text = unquoted(given[0])
    for owner, name in _selected(text, table, tables) if method == "select" else _filtered(text, table):
        yield given[0], owner, name


def _objects(call: Node) -> list[Node]:
    """The objects that a method's call is given first, one or in a list."""
    called, arguments = part(call, "function"), part(call, "arguments")
    if call.type != "call_expression" or arguments is None or called is None or called.type != "member_expression":
        return []
    first = arguments.named_children[0] if arguments.named_children else None
    every = first.named_children if first is not None and first.type == "array" else [first]
    return [one for one in every if one is not None and one.type == "object"]


def _keys(value: Node) -> Iterator[tuple[Node, str]]:
    for one in value.named_children:
        key = part(one, "key") if one.type == "pair" else one if one.type == "shorthand_property_identifier" else None
        if key is not None and key.type in ("property_identifier", "shorthand_property_identifier"):
            yield key, text_of(key)


def _texts(call: Node) -> list[Node]:
    """The arguments of a method's call that begin with a text as it stands; none for another node."""
    called = part(call, "function") if call.type == "call_expression" else None
    arguments = part(call, "arguments")
    if called is None or called.type != "member_expression" or arguments is None or not arguments.named_children:
        return []
    first = arguments.named_children[0]
    is_plain = first.type == "string" or (first.type == "template_string" and "${" not in text_of(first))
    return list(arguments.named_children) if is_plain else []


def _is_of_other(call: Node, method: str) -> bool:
    """`order('name', { referencedTable: 'other' })`."""
    return method != "select" and bool(
        re.search(r"\b(?:referencedTable|foreignTable)\b", text_of(part(call, "arguments")))
    )


def _table(node: Node | None, root: Node, depth: int = 3) -> tuple[str, str]:
    """Schema and table that a chain begins at, also through a name that the query was given; both "" where that is not told."""
    table = ""
    while node is not None:
        called = part(node, "function") if node.type == "call_expression" else None
        method = text_of(part(called, "property")) if called is not None else ""
        given = _texts(node)
        if method == "from" and not table:
            holder = text_of(part(part(called, "object"), "property"))
            table = unquoted(given[0]) if given and holder != "storage" else ""
            if not table:
                return "", ""
        elif method == "schema":
            return (unquoted(given[0]), table) if given else ("", "")
        node = part(called, "object") if called is not None else _inner(node, root, depth) if not table else None
        depth -= 1 if called is None else 0
    return (PUBLIC, table) if table else ("", "")


def _inner(node: Node, root: Node, depth: int) -> Node | None:
    """What a name was given, where it was given one thing, and more of the same."""
    if node.type in ("await_expression", "parenthesized_expression"):
        return node.named_children[0] if node.named_children else None
    if node.type != "identifier" or depth <= 0:
        return None
    word = text_of(node)
    homes = [one for one in walk(root) if one.type == "variable_declarator" and text_of(part(one, "name")) == word]
    others = [
        one
        for one in walk(root)
        if one.type == "assignment_expression"
        and text_of(part(one, "left")) == word
        and text_of(root_of(part(one, "right"))) != word
    ]
    return part(homes[0], "value") if len(homes) == 1 and not others else None


def _filtered(text: str, table: str) -> Iterator[tuple[str, str]]:
    if WORD.fullmatch(name := re.split(r"->|::", text)[0]):
        yield table, name


def _selected(text: str, table: str, tables: Tables) -> Iterator[tuple[str, str]]:
    """The columns that a text names, each with its table; of what is in other tables only where these are named plainly."""
    for item in _split(text):
        found = ITEM.fullmatch("".join(item.split()))
        if not found or found[1] == "count":
            continue
        if found[2] is None:
            yield table, found[1]
        elif found[1] in tables:
            yield from _selected(found[2][1:-1], found[1], tables)


def _split(text: str) -> Iterator[str]:
    depth = start = 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            yield text[start:at]
            start = at + 1
    yield text[start:]
