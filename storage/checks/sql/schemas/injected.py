"""Parameters of a PL/pgSQL function that become part of the SQL which it runs from a text, as they are.

https://www.postgresql.org/docs/current/plpgsql-statements.html#PLPGSQL-QUOTE-LITERAL-EXAMPLE
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pglast import ast, enums, parse_plpgsql, parse_sql
from pglast.parser import ParseError

from storage.checks.sql.schemas import bodies
from storage.checks.sql.statements.faults import Fault
from storage.checks.sql.statements.reading import Statement
from storage.checks.sql.statements.trees import below, function_name, texts

TEXTS = frozenset(["text", "varchar", "bpchar", "char", "name", "citext", "json", "jsonb"])
"""Types whose values may hold any letters; those of others bring no SQL with them."""

GIVES_ITS_FIRST = frozenset(
    ["lower", "upper", "btrim", "ltrim", "rtrim", "array_to_string", "initcap", "left", "right"]
)
MEASURES = frozenset(["length", "char_length", "cardinality", "array_length", *GIVES_ITS_FIRST])
WHOLE = re.compile(r"(?:^|;|\bexplain\b[^']*|\bas|\b(?:from|copy|exists)\s*\()\s*$", re.IGNORECASE)
"""Where a whole statement may follow: a function that is given one runs it on purpose."""

ASSIGNED = re.compile(r"\s*(?:\w+\s*\.\s*)?(\w+)\s*:?=")
SPECIFIER = re.compile(r"%(?:(\d+)\$)?-?\d*([sIL%])")
CATALOG = re.compile(r"\bpg_\w+|\binformation_schema\b", re.IGNORECASE)
INPUTS = (
    enums.FunctionParameterMode.FUNC_PARAM_IN,
    enums.FunctionParameterMode.FUNC_PARAM_INOUT,
    enums.FunctionParameterMode.FUNC_PARAM_VARIADIC,
    enums.FunctionParameterMode.FUNC_PARAM_DEFAULT,
)


@dataclass(frozen=True, slots=True)
class Raw:
    """A variable as it is, at its place in the expression."""

    name: str
    place: int


Parts = list[str | Raw]
"""Of a text that is put together; "?" for what brings no letters of a caller's."""


@dataclass(frozen=True, slots=True)
class Text:
    """An expression that gives a text, and where it stands in the function's statement."""

    parts: Parts
    start: int

    @property
    def is_other_name(self) -> bool:
        """A variable and nothing else: it is told of where this is put into SQL."""
        return len(self.parts) == 1 and isinstance(self.parts[0], Raw)

    def place_of(self, part: Raw) -> int:
        return self.start + part.place if self.start >= 0 else -1


def faults(one: Statement) -> Iterator[Fault]:
    """At each parameter that is put into SQL without quotes of its own. None of a parameter that the body holds against something
    before, and of one that is a whole statement."""
    given = _parameters(one.node) if isinstance(one.node, ast.CreateFunctionStmt) else set()
    body = bodies.body(one) if given else None
    if body is None:
        return
    try:
        (tree,) = parse_plpgsql(one.text)
    except (ParseError, RecursionError, ValueError):
        return
    function = tree["PLpgSQL_function"]
    executed, assigned = _texts(function, *body)
    given = {name for name in given if not _is_checked(name, function)}
    given -= {name for name, made in assigned.items() if any(Raw not in map(type, each.parts) for each in made)}
    pending: list[tuple[Text, str, int]] = [(each, "", -1) for each in executed]
    seen: set[str] = set()
    while pending:
        each, before, used = pending.pop()
        for part in each.parts:
            if isinstance(part, Raw):
                place = used if used >= 0 else each.place_of(part)
                if part.name in assigned and part.name not in seen:
                    seen.add(part.name)
                    pending += [(text, before, place if text.is_other_name else -1) for text in assigned[part.name]]
                if part.name in given and not WHOLE.search(before):
                    how = "quote_literal, quote_ident, %L or %I of format(), or USING"
                    yield Fault(place, f"`{part.name}` becomes SQL as it is (SQL injection): give it with {how}")
            before += part if isinstance(part, str) else "?"


def _parameters(node: ast.CreateFunctionStmt) -> set[str]:
    return {
        (each.name or f"${number}").lower()
        for number, each in enumerate(node.parameters or (), 1)
        if each.mode in INPUTS and texts(each.argType.names)[-1] in TEXTS
    }


def _texts(function: Mapping[str, Any], body: str, start: int) -> tuple[list[Text], dict[str, list[Text]]]:
    """Those that are run, and by variable those that it is set to."""
    executed: list[Text] = []
    assigned: dict[str, list[Text]] = {}

    def text(expression: Any, cut: int = 0) -> Text:
        query = str(expression["PLpgSQL_expr"]["query"])
        place = body.find(query)
        return Text(parts_of(query[cut:]), start + place + cut if place >= 0 else -1)

    for one in bodies.walk(function):
        if dynamic := one.get("PLpgSQL_stmt_dynexecute") or one.get("PLpgSQL_stmt_dynfors"):
            executed.append(text(dynamic["query"]))
        elif "dynquery" in one:
            executed.append(text(one["dynquery"]))
        elif set_to := one.get("PLpgSQL_stmt_assign"):
            if target := ASSIGNED.match(str(set_to["expr"]["PLpgSQL_expr"]["query"])):
                assigned.setdefault(target[1].lower(), []).append(text(set_to["expr"], target.end()))
        elif "default_val" in one:
            assigned.setdefault(str(one.get("refname", "")).lower(), []).append(text(one["default_val"]))
    return executed, assigned


def _parsed(expression: str) -> Any:
    """None for what is no expression."""
    try:
        (parsed,) = parse_sql(f"select {expression}")
    except (ParseError, RecursionError, ValueError):
        return None
    targets = getattr(parsed.stmt, "targetList", None)
    return targets[0].val if targets else None


def parts_of(expression: str) -> Parts:
    node = _parsed(expression)
    return [
        Raw(one.name, one.place - len("select ")) if isinstance(one, Raw) else one
        for one in (_parts(node) if node is not None else ["?"])
    ]


def _parts(node: Any) -> Parts:
    match node:
        case ast.A_Const(val=ast.String(sval=text)):
            return [str(text)]
        case ast.ColumnRef() if len(node.fields) <= 2 and isinstance(node.fields[-1], ast.String):
            return [Raw(texts(node.fields)[-1].lower(), node.location)]
        case ast.ParamRef():
            return [Raw(f"${node.number}", node.location)]
        case ast.A_Expr() if texts(node.name)[-1:] == ["||"]:
            return [*_parts(node.lexpr), *_parts(node.rexpr)]
        case ast.A_Expr() if texts(node.name)[-1:] in (["->>"], ["#>>"]):
            return _parts(node.lexpr)
        case ast.TypeCast() if texts(node.typeName.names)[-1] in TEXTS:
            return _parts(node.arg)
        case ast.A_Indirection():
            return _parts(node.arg)
        case ast.CoalesceExpr():
            return _all(node.args)
        case ast.CaseExpr():
            return _all((*(each.result for each in node.args or ()), node.defresult))
        case ast.FuncCall() if node.args:
            return _of_call(function_name(node), node.args)
    return ["?"]


def _all(nodes: Any) -> Parts:
    return [part for one in nodes for part in _parts(one)]


def _of_call(name: str, given: Any) -> Parts:
    if name in ("concat", "concat_ws"):
        return _all(given)
    if name == "format" and isinstance(given[0], ast.A_Const):
        return list(_formatted(_parts(given[0]), given[1:]))
    return _parts(given[0]) if name in (*GIVES_ITS_FIRST, "format") else ["?"]


def _formatted(form: Parts, given: Any) -> Iterator[str | Raw]:
    """https://www.postgresql.org/docs/current/functions-string.html#FUNCTIONS-STRING-FORMAT"""
    text, end, number = str(form[0]), 0, 0
    for found in SPECIFIER.finditer(text):
        yield text[end : found.start()]
        end = found.end()
        if found[2] == "%":
            continue
        number = int(found[1]) if found[1] else number + 1
        yield from _parts(given[number - 1]) if found[2] == "s" and 0 < number <= len(given) else ["?"]
    yield text[end:]


def _is_checked(name: str, function: Mapping[str, Any]) -> bool:
    """Whether a condition compares it with a value or gives it to a function, or a query looks for it."""
    for one in bodies.walk(function):
        for condition in (one[key] for key in ("cond", "t_expr") if key in one):
            node = _parsed(str(condition["PLpgSQL_expr"]["query"]))
            if _is_name(node, name) or any(_compares(each, name) for each in below(node, ast.Node)):
                return True
        query = one.get("query")
        is_static = isinstance(query, str) and one.get("parseMode", bodies.STATEMENT) == bodies.STATEMENT
        if is_static and name in str(query).lower() and (CATALOG.search(str(query)) or _looks_for(str(query), name)):
            return True
    return False


def _looks_for(query: str, name: str) -> bool:
    try:
        parsed = parse_sql(query)
    except (ParseError, RecursionError, ValueError):
        return False
    equal = (one for one in below(parsed, ast.A_Expr) if texts(one.name) == ["="])
    return any(_is_name(each, name) for one in equal for each in (one.lexpr, one.rexpr))


def _compares(node: Any, name: str) -> bool:
    if isinstance(node, ast.FuncCall):
        return function_name(node) not in MEASURES and any(_is_name(each, name) for each in node.args or ())
    if not isinstance(node, ast.A_Expr) or texts(node.name)[-1:] == ["||"]:
        return False
    sides = [node.lexpr, node.rexpr]
    is_empty = any(isinstance(each, ast.A_Const) and _parts(each) == [""] for each in sides)
    return not is_empty and any(_is_name(each, name) for each in sides)


def _is_name(node: Any, name: str) -> bool:
    return any(isinstance(part, Raw) and part.name == name for part in (_parts(node) if node is not None else ()))
