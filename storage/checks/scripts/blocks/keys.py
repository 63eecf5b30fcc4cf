"""Names of columns, relations and paths in texts that a typed client takes as they come: TypeORM's relations and the texts of its query
builder, Mongoose's `populate`, `select` and `sort`. Each is held against the row that the client is for, by the compiler itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from storage.checks.scripts.blocks.grammars import field, text_of, unquoted, walk

KEY = "plumblineKey"
LOOSE = "~"
DECLARED = (
    "type PlumblineRow<R> = R extends { findOneBy(where: any): Promise<infer E> } ? NonNullable<E>\n"
    "  : R extends { hydrate(obj: any, ...rest: any): infer D; modelName: string } ? D : never;\n"
    f"declare function {KEY}<R, K extends string>(of: R, key: K, at: string, ...rest: PlumblineRow<R> extends infer E ? "
    "0 extends (1 & E) ? [] : [E] extends [never] ? [] : string extends keyof E ? [] : K extends keyof E ? [] : [never] : []): void;\n"
)
"""By what only a repository of TypeORM's, and only a model of Mongoose's has. `at` is
how many lines the name stands below the statement, behind a sign for what may be known by other names, too."""
STATEMENTS = ("expression_statement", "lexical_declaration", "variable_declaration", "return_statement")
OF_PATHS = frozenset({"populate", "select", "sort"})
OF_TEXTS = re.compile(
    r"(?:left|inner)Join(?:AndSelect|AndMap\w+)?|(?:and|or)?[wW]here|(?:add)?[oO]rderBy|(?:add)?[sS]elect|(?:add)?[gG]roupBy"
)
STARTING = re.compile(r"find\w*|create|count\w*|where|exists|updateOne|updateMany|deleteOne|deleteMany")
ALWAYS = frozenset({"_id", "id", "__v", "createdAt", "updatedAt"})
NAME = re.compile(r"[a-z][A-Za-z0-9]*")
SIMPLE = re.compile(r"(?:this\.)?[\w$]+(?:\.[\w$]+(?:\([\w$]*\))?)*")


def asked(root: Node) -> Iterator[tuple[Node, str, str, Node]]:
    """The statement, what is asked, the name and the text that it stands in."""
    for call in walk(root):
        called = field(call, "function") if call.type == "call_expression" else None
        if called is None or called.type != "member_expression":
            continue
        for thing, name, text in (*_relations(call, called), *_paths(call, called), *_columns(call, called)):
            statement = _statement(call)
            if statement is not None and SIMPLE.fullmatch(thing) and NAME.fullmatch(name):
                yield statement, thing, name, text


def marks(root: Node) -> Iterator[tuple[int, int, bytes]]:
    """What is put before statements, by its place."""
    for statement, thing, name, text in asked(root):
        is_element = text.parent is not None and text.parent.type == "array"
        at = f"{'' if is_element else LOOSE}{text.start_point[0] - statement.start_point[0]}"
        yield statement.start_byte, 1, f'{KEY}({thing}, "{name}", "{at}"); '.encode()


def told(node: Node) -> tuple[int, str, Node, bool] | None:
    """The line, from 0, the name, what was asked, and whether other names count besides, at a mark."""
    call = node.parent
    given = field(call, "arguments")
    if given is None or len(given.named_children) != 3:
        return None
    thing, name, at = given.named_children
    line = node.start_point[0] + int(unquoted(at).lstrip(LOOSE))
    return line, unquoted(name), thing, unquoted(at).startswith(LOOSE)


def _relations(call: Node, called: Node) -> Iterator[tuple[str, str, Node]]:
    """`users.find({ relations: ['posts'] })`."""
    first = _first(call)
    if not text_of(field(called, "property")).startswith("find") or first is None or first.type != "object":
        return
    for pair in first.named_children:
        value = field(pair, "value")
        if (
            pair.type == "pair"
            and text_of(field(pair, "key")) == "relations"
            and value is not None
            and value.type == "array"
        ):
            for one in value.named_children:
                if one.type == "string":
                    yield text_of(field(called, "object")), unquoted(one).partition(".")[0], one


def _paths(call: Node, called: Node) -> Iterator[tuple[str, str, Node]]:
    """`User.find().select('name -email')`."""
    first = _first(call)
    if text_of(field(called, "property")) not in OF_PATHS or first is None or first.type != "string":
        return
    start = _start(field(called, "object"))
    if start is None or not STARTING.fullmatch(text_of(field(start, "property"))):
        return
    for word in unquoted(first).split():
        name = word.lstrip("+-").partition(".")[0]
        if name not in ALWAYS:
            yield text_of(field(start, "object")), name, first


def _columns(call: Node, called: Node) -> Iterator[tuple[str, str, Node]]:
    """`users.createQueryBuilder('u').where('u.email = :email')`."""
    if not OF_TEXTS.fullmatch(text_of(field(called, "property"))):
        return
    start = _start(field(called, "object"))
    if start is None or text_of(field(start, "property")) != "createQueryBuilder":
        return
    alias, first = _first(start.parent), _first(call)
    if alias is None or first is None or alias.type != "string" or first.type != "string":
        return
    for name in re.findall(rf"(?<![\w.:]){re.escape(unquoted(alias))}\.(\w+)", unquoted(first)):
        yield text_of(field(start, "object")), name, first


def _start(node: Node | None) -> Node | None:
    """The first call of a chain: its member expression."""
    found = None
    while node is not None and node.type == "call_expression":
        called = field(node, "function")
        found = called if called is not None and called.type == "member_expression" else None
        node = field(found, "object") if found is not None else None
    return found


def _first(call: Node | None) -> Node | None:
    given = field(call, "arguments")
    return given.named_children[0] if given is not None and given.named_children else None


def _statement(node: Node) -> Node | None:
    """The one that it stands in, where another can stand before it."""
    here: Node | None = node
    while here is not None and here.type not in STATEMENTS:
        here = here.parent if here.type not in ("statement_block", "arrow_function") else None
    above = here.parent if here is not None else None
    return here if above is not None and above.type in ("statement_block", "program") else None
