"""SQL that stands as text in Go and Rust: what is handed to something that runs it, and values that are put into its text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tree_sitter import Node

from bot.capabilities.checks.injected import Assembled, is_of_request
from bot.capabilities.checks.python.sql import NAMES, STATEMENT, VALUE_PLACE
from storage.checks.formats.code import go_texts
from storage.checks.syntax import parsed, walk
from storage.checks.syntax import text_of as _text

CALLS: Mapping[str, frozenset[str]] = {
    "go": frozenset(
        """
        Query QueryRow Exec QueryContext QueryRowContext ExecContext Prepare PrepareContext Queryx QueryxContext QueryRowx
        QueryRowxContext MustExec MustExecContext Get GetContext Select SelectContext NamedExec NamedExecContext NamedQuery
        NamedQueryContext PrepareNamed Preparex PreparexContext Raw Queue NewRaw QuerySingle
        """.split()
    ),
    "rust": frozenset(
        """
        query query_as query_scalar query_with query_as_with query_unchecked query_as_unchecked query_scalar_unchecked execute query_one
        query_opt query_raw batch_execute prepare sql_query query_row query_map execute_batch fetch_one fetch_all simple_query
        """.split()
    ),
}
DRIVERS = {
    "go": (
        ("postgresql", ("github.com/lib/pq", "github.com/jackc/pgx", "gorm.io/driver/postgres")),
        ("mysql", ("github.com/go-sql-driver/mysql", "gorm.io/driver/mysql")),
        ("sqlite", ("github.com/mattn/go-sqlite3", "modernc.org/sqlite", "gorm.io/driver/sqlite")),
    ),
    "rust": (
        ("postgresql", ("tokio_postgres", "PgPool", "PgConnection", "sqlx::postgres", "deadpool_postgres")),
        ("mysql", ("mysql_async", "MySqlPool", "sqlx::mysql")),
        ("sqlite", ("rusqlite", "SqlitePool", "sqlx::sqlite")),
    ),
}
TEXTS = ("interpreted_string_literal", "raw_string_literal", "string_literal")
PLACE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
SAFE = re.compile(
    r"(?:placeholders?|marks?|columns?|cols|fields?|tables?|table_?name|schema|where|clauses?|conditions?|order_?by|direction|sort|sql|query|"
    r"stmt|filters?|joins?|returning|limit|offset|id_?list|binds?|sets|assignments?)$",
    re.IGNORECASE,
)
"""What parts of a statement are called that a program writes itself, at the end of a name."""


@dataclass(frozen=True, slots=True)
class Query:
    """`line` is that of its first word, from 1. `is_filled`: values stand in it that only the program knows."""

    line: int
    text: str
    is_filled: bool


def dialect(language: str, code: str) -> str:
    found = {name for name, words in DRIVERS[language] if any(word in code for word in words)}
    return found.pop() if len(found) == 1 else ""


def queries(language: str, code: str) -> list[Query]:
    found: dict[tuple[int, str], Query] = {}
    for node, values in _given(language, code):
        parts = list(_parts(node, values))
        text = "".join(one if isinstance(one, str) else "{value}" for one in parts)
        line = int(node.start_point[0]) + 1
        if STATEMENT.match(text):
            found.setdefault((line, text), Query(line, text, any(not isinstance(one, str) for one in parts)))
    return list(found.values())


def assembled(language: str, code: str) -> Iterator[Assembled]:
    seen: set[int] = set()
    for node, values in _given(language, code):
        parts = list(_parts(node, values))
        if not STATEMENT.search("".join(one if isinstance(one, str) else "?" for one in parts)):
            continue
        before = ""
        for one in parts:
            if isinstance(one, str):
                before += one
                continue
            quoted = before.endswith(("'", "'%"))
            is_value = VALUE_PLACE.search(before) and not NAMES.search(before) and (quoted or not SAFE.search(one.name))
            if is_value or is_of_request(one.name):
                if one.line not in seen:
                    seen.add(one.line)
                    yield Assembled(one.line, one.name[:80], is_name=not is_value)
                break
            before += "?"


# --- what is handed over ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Value:
    name: str
    line: int


def _given(language: str, code: str) -> Iterator[tuple[Node, Mapping[str, Node]]]:
    root = parsed(language, code)
    values = dict(_values(root))
    for node in walk(root):
        if node.type == "macro_invocation":
            name = _text(node.child_by_field_name("macro")).rpartition("::")[2]
            inside = next((one for one in node.children if one.type == "token_tree"), None)
            if name in CALLS[language] and inside is not None:
                first = next((one for one in inside.children if one.type in TEXTS), None)
                if first is not None:
                    yield first, values
        elif node.type == "call_expression":
            called, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
            if called is None or arguments is None or _last(called) not in CALLS[language]:
                continue
            for one in arguments.named_children[:3]:
                bare = _bare(one)
                meant = values.get(_text(bare)) if bare.type == "identifier" else bare
                if meant is not None and meant.type in (
                    *TEXTS,
                    "binary_expression",
                    "call_expression",
                    "macro_invocation",
                ):
                    yield meant, values


def _values(root: Node) -> Iterator[tuple[str, Node]]:
    for node in walk(root):
        if node.type in ("short_var_declaration", "assignment_statement"):
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            if left is not None and right is not None and right.named_children:
                yield _text(left), _bare(right.named_children[0])
        elif node.type in ("const_spec", "var_spec", "let_declaration", "const_item", "static_item"):
            name = node.child_by_field_name("name") or node.child_by_field_name("pattern")
            value = node.child_by_field_name("value")
            if name is not None and value is not None:
                first = value.named_children[0] if value.type == "expression_list" and value.named_children else value
                yield _text(name), _bare(first)


def _parts(node: Node, values: Mapping[str, Node], depth: int = 0) -> Iterator[str | Value]:
    node = _bare(node)
    line = int(node.start_point[0]) + 1
    if node.type in TEXTS:
        yield _unquoted(node)
    elif node.type == "identifier" and _text(node) in values and depth < 4:
        inner = values[_text(node)]
        if inner.type in (*TEXTS, "binary_expression"):
            yield from _parts(inner, values, depth + 1)
        else:
            yield "?" if go_texts.is_written(node) else Value(_text(node), line)
    elif node.type == "binary_expression" and depth < 200:
        for side in ("left", "right"):
            if (inner_side := node.child_by_field_name(side)) is not None:
                yield from _parts(inner_side, values, depth + 1)
    elif node.type == "call_expression" and _text(node.child_by_field_name("function")) == "fmt.Sprintf":
        arguments = node.child_by_field_name("arguments")
        yield from _printed(arguments.named_children if arguments is not None else [], line)
    elif node.type == "macro_invocation" and _text(node.child_by_field_name("macro")) in ("format", "std::format"):
        yield from _formatted(node, line)
    elif node.type == "call_expression" and _last_of(node) in ("strconv.Itoa", "strconv.FormatInt", "to_string", "len"):
        yield "0"
    else:
        yield "?" if go_texts.is_written(node) else Value(" ".join(_text(_called(node)).split())[:60], line)


def _called(node: Node) -> Node:
    """What tells what a call gives: the list that is joined, or a function that by its name writes a part of a statement."""
    function = node.child_by_field_name("function") if node.type == "call_expression" else None
    given = node.child_by_field_name("arguments")
    if function is None or given is None:
        return node
    if _text(function) == "strings.Join" and given.named_children:
        return given.named_children[0]
    return function if SAFE.search(_text(function)) else node


def _printed(given: list[Node], line: int) -> Iterator[str | Value]:
    if not given or given[0].type not in TEXTS:
        yield Value("fmt.Sprintf", line)
        return
    text, at, place = _unquoted(given[0]), 0, 1
    for one in go_texts.VERB.finditer(text):
        yield text[at : one.start()]
        at = one.end()
        if one[1] == "%":
            yield "%"
            continue
        argument = given[place] if place < len(given) else None
        place += 1
        row = int(argument.start_point[0]) + 1 if argument is not None else line
        is_own = one[1] in go_texts.OF_NUMBERS or (argument is not None and go_texts.is_written(argument))
        yield "0" if is_own else Value(" ".join(_text(argument).split())[:60] or "?", row)
    yield text[at:]


def _formatted(node: Node, line: int) -> Iterator[str | Value]:
    inside = next((one for one in node.children if one.type == "token_tree"), None)
    text = next((one for one in inside.children if one.type in TEXTS), None) if inside is not None else None
    if inside is None or text is None:
        yield Value("format!", line)
        return
    rest = _text(inside)[1:-1].partition(_text(text))[2]
    names = [one.strip() for one in rest.split(",") if one.strip()]
    whole, at, place = _unquoted(text), 0, 0
    for one in PLACE.finditer(whole):
        yield whole[at : one.start()]
        at = one.end()
        if one[0] in ("{{", "}}"):
            yield one[0][0]
            continue
        name = (one[1] or "").partition(":")[0]
        if not name:
            name, place = (names[place] if place < len(names) else "?"), place + 1
        yield Value(name[:60], line)
    yield whole[at:]


# --- nodes --------------------------------------------------------------------------------------------------------------


def _bare(node: Node) -> Node:
    while (
        node.type in ("parenthesized_expression", "reference_expression", "unary_expression", "expression_list")
        and node.named_children
    ):
        node = node.named_children[-1]
    if node.type == "call_expression" and _last(node.child_by_field_name("function")) in (
        "as_str",
        "as_ref",
        "to_string",
        "to_owned",
        "into",
    ):
        function = node.child_by_field_name("function")
        inner = function.child_by_field_name("value") if function is not None else None
        return _bare(inner) if inner is not None else node
    return node


def _last(called: Node | None) -> str:
    if called is None:
        return ""
    if called.type == "generic_function":
        called = called.child_by_field_name("function") or called
    field = called.child_by_field_name("field") or called.child_by_field_name("name")
    return _text(field) if field is not None else _text(called)


def _last_of(call: Node) -> str:
    called = call.child_by_field_name("function")
    return _text(called) if _text(called).startswith("strconv.") else _last(called)


def _unquoted(node: Node) -> str:
    text = _text(node)
    if text.startswith("r") and (found := re.match(r"r(#*)\"(.*)\"\1$", text, re.DOTALL)):
        return found[2]
    if text.startswith("`"):
        return text[1:-1]
    inner = text[text.find('"') + 1 : -1]
    inner = re.sub(r"\\\n\s*", "\n", inner)
    return re.sub(r"\\(.)", lambda found: {"n": " ", "t": " ", "r": " "}.get(found[1], found[1]), inner)
