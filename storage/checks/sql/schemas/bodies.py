"""The queries within functions of PL/pgSQL, which the server reads only when the function is called: each as a statement of its own.

A variable becomes a null of its type, so that the query can be prepared. What a function runs from a text stays unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pglast import ast, parse_plpgsql, parse_sql
from pglast.parser import ParseError

from storage.checks.sql.schemas.tables import quoted
from storage.checks.sql.statements import allowed, trees
from storage.checks.sql.statements.reading import Statement

CONSTANT = re.compile(r"'((?:[^']|'')*)'")
STATEMENT, EXPRESSION = 0, 2
"""How PL/pgSQL reads a piece; from 3 on it is the right side of an assignment.
https://github.com/postgres/postgres/blob/master/src/include/parser/parser.h"""

ALWAYS = ("found", "sqlstate", "sqlerrm", "new", "old")
MOST_QUERIES = 60
PLAIN_TYPE = re.compile(r"[a-z_][\w.]*(?:\[\])?$")
DOTTED = re.compile(r"""(?:"[^"]+"|[\w$]+)(?:\s*\.\s*(?:"[^"]+"|[\w$]+|\*))*""")
MAKES_TABLES = re.compile(
    r"\b(?:create|alter|select\b[^;]*\binto)\s+(?:\w+\s+){0,3}table\b|\binto\s+temp", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Inner:
    """`places[n]` is where the character n of the query stands in the text of the function's statement."""

    statement: Statement
    places: tuple[int, ...]


def queries(one: Statement, row: str = "") -> list[Inner]:
    """Of a function or a DO block in PL/pgSQL; none of one that makes tables, whose later queries may use them. `row` is the table of
    NEW and OLD, "" where that is not known."""
    found_body = body(one)
    if found_body is None or MAKES_TABLES.search(one.text):
        return []
    text, start = found_body
    try:
        (tree,) = parse_plpgsql(one.text)
    except (ParseError, RecursionError, ValueError):
        return []
    function = tree["PLpgSQL_function"]
    variables = _variables(function) | dict.fromkeys(_labels(function), "") | dict.fromkeys(ALWAYS, "")
    variables |= {own_name(one.node): ""}
    found: list[Inner] = []
    at = 0
    for query, mode in _expressions(function.get("action")):
        place = _place(query, text, at)
        if place < 0:
            continue
        at = place
        if row and mode > EXPRESSION and (field := OF_ROW.match(query)):
            text = f"select (null::{row}).{field[2]}"
            of_row = _read(text, (start + place,) * len(text))
            found += [of_row] if of_row else []
        inner = _inner(query, mode, variables, start + place, row)
        if inner is not None:
            found.append(inner)
        if len(found) >= MOST_QUERIES:
            break
    return found


def definitions(one: Statement) -> list[Statement]:
    """What a DO block of a migration defines, on whichever way through it; besides, the block itself where what it defines is only
    known when it runs."""
    try:
        (tree,) = parse_plpgsql(one.text)
    except (ParseError, RecursionError, ValueError):
        return [one]
    found, is_whole = [], True
    for each in walk(tree["PLpgSQL_function"].get("action")):
        if run := each.get("PLpgSQL_stmt_execsql"):
            query = str(run["sqlstmt"]["PLpgSQL_expr"]["query"])
        elif run := each.get("PLpgSQL_stmt_dynexecute"):
            written = CONSTANT.fullmatch(str(run["query"]["PLpgSQL_expr"]["query"]).strip())
            is_whole = is_whole and written is not None
            query = written[1].replace("''", "'") if written else ""
        else:
            continue
        try:
            parsed = parse_sql(query)
        except (ParseError, RecursionError, ValueError):
            is_whole = False
            continue
        found += [Statement(query, 1, each.stmt) for each in parsed[:1] if not allowed.is_query(each.stmt)]
    return found if is_whole else [*found, one]


def _place(query: str, text: str, at: int) -> int:
    """Of a query in its body, from `at` on, else anywhere; -1 where it is not found. It stands there to the letter, but for blanks in
    the place of an INTO, and SELECT in that of a PERFORM, which is a letter longer."""
    first = query.split("\n")[0].split("  ")[0]
    for start in (at, 0):
        if (place := text.find(first, start)) >= 0:
            return place
        if query.startswith("SELECT"):
            performed = re.compile(f"perform{re.escape(first.removeprefix('SELECT'))}", re.IGNORECASE)
            if found := performed.search(text, start):
                return found.start() + 1
    return -1


def own_name(node: Any) -> str:
    """Of the function that it makes, in lower case, "" for what makes none."""
    return trees.texts(node.funcname)[-1].lower() if isinstance(node, ast.CreateFunctionStmt) else ""


def body(one: Statement) -> tuple[str, int] | None:
    """The body, and where it stands in the statement's text."""
    node = one.node
    options = {each.defname: each.arg for each in (getattr(node, "options", None) or getattr(node, "args", None) or ())}
    language = getattr(options.get("language"), "sval", "plpgsql" if isinstance(node, ast.DoStmt) else "sql")
    given = options.get("as")
    text = getattr(given[0] if isinstance(given, tuple) and given else given, "sval", "")
    start = one.text.find(text)
    return (text, start) if language.lower() == "plpgsql" and text and start >= 0 else None


def _variables(function: Mapping[str, Any]) -> dict[str, str]:
    """By name the type, "" for what has none that can be named here: records, rows, `%TYPE`."""
    found: dict[str, str] = {}
    for datum in function.get("datums", ()):
        for one in datum.values():
            name = str(one.get("refname", "")).lower()
            kind = str(one.get("datatype", {}).get("PLpgSQL_type", {}).get("typname", ""))
            if name:
                is_known = bool(PLAIN_TYPE.match(kind)) and found.get(name, kind) == kind
                found[name] = kind if is_known else ""
    return found


def _labels(tree: Any) -> Iterator[str]:
    for one in walk(tree):
        if label := one.get("label"):
            yield str(label).lower()


def walk(tree: Any) -> Iterator[Mapping[str, Any]]:
    pending = [tree]
    while pending:
        one = pending.pop()
        if isinstance(one, dict):
            yield one
            pending.extend(reversed(list(one.values())))
        elif isinstance(one, list):
            pending.extend(reversed(one))


def _expressions(tree: Any) -> Iterator[tuple[str, int]]:
    for one in walk(tree):
        if found := one.get("PLpgSQL_expr"):
            yield str(found["query"]), int(found.get("parseMode", STATEMENT))


OF_ROW = re.compile(r"\s*(new|old)\s*\.\s*(\w+)\s*:?=", re.IGNORECASE)


def _inner(query: str, mode: int, variables: Mapping[str, str], start: int, row: str) -> Inner | None:
    """None for what is no query that could be prepared."""
    text, places = query, list(range(start, start + len(query)))
    if mode > EXPRESSION:
        equals = re.search(r":?=", text)
        cut = equals.end() if equals else 0
        text, places = text[cut:], places[cut:]
    if mode != STATEMENT:
        text, places = f"select {text}", [start] * len("select ") + places
    try:
        (parsed,) = parse_sql(text)
    except (ParseError, RecursionError, ValueError):
        return None
    if not allowed.is_query(parsed.stmt):
        return None
    for reference in sorted(trees.below(parsed.stmt, ast.ColumnRef), key=lambda one: -one.location):
        words = trees.texts(reference.fields)
        if words[0].lower() not in variables:
            continue
        written = DOTTED.match(text, reference.location)
        if written is None or words[-1] == "*":
            return None
        kind = variables[words[0].lower()] if len(words) == 1 else ""
        value = f"(null::{kind})" if kind else "(null)"
        if row and len(words) == 2 and words[0].lower() in ("new", "old"):
            value = f"((null::{row}).{quoted(words[1])})"
        begin, end = written.span()
        text = text[:begin] + value + text[end:]
        places[begin:end] = [places[begin]] * len(value)
    return _read(text, tuple(places))


def _read(text: str, places: tuple[int, ...]) -> Inner | None:
    try:
        (parsed,) = parse_sql(text)
    except (ParseError, RecursionError, ValueError):
        return None
    return Inner(Statement(text, 0, parsed.stmt), places)
