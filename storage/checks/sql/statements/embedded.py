"""SQL that stands as text in Python: what is handed to something that runs it, at the lines where it is written."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from storage.checks.sql.statements import parameters

CALLS = frozenset(
    """
    execute executemany fetch fetchrow fetchval fetch_all fetch_one fetch_val iterate text raw read_sql read_sql_query exec_driver_sql
    prepare cursor mogrify execute_sql RunSQL scalar scalars
    """.split()
)
STATEMENT = re.compile(
    r"\s*(?:select\s|insert\s+into\s|update\s+[\w.\"`]+\s+(?:as\s+\w+\s+|\w+\s+)?(?:set|join|inner\s+join|left\s+join)\s|replace\s+into\s|delete\s+from\s|"
    r"with\s+(?:recursive\s+)?\w+\s*(?:\([^)]*\)\s*)?as\s*(?:not\s+materialized\s*|materialized\s*)?\(|merge\s+into\s+[\w.\"]+\s+(?:\w+\s+){0,2}using\s|"
    r"create\s+(?:unique\s+|or\s+replace\s+|unlogged\s+|temp\s+|temporary\s+)?(?:table|index|view|materialized|type|function|"
    r"trigger|policy|schema|sequence)\s|alter\s+(?:table|type|index)\s|drop\s+(?:table|index|view|type|function)\s|truncate\s)",
    re.IGNORECASE,
)
DRIVERS = {
    "asyncpg": "postgresql", "psycopg": "postgresql", "psycopg2": "postgresql", "aiopg": "postgresql", "pg8000": "postgresql",
    "sqlite3": "sqlite", "aiosqlite": "sqlite", "pymysql": "mysql", "MySQLdb": "mysql", "aiomysql": "mysql", "mysql": "mysql",
    "asyncmy": "mysql",
}  # fmt: skip


FORMATTED = frozenset(("psycopg", "psycopg2", "django"))
"""Whose cursors take `%s`; one of another driver beside them may be meant."""

ANY = "sql?"
"""Whatever the repository speaks; nothing, where it shows nothing."""


@dataclass(frozen=True, slots=True)
class Query:
    """`line` is that of its first word, from 1; `dialect` what the imports say, ANY where they say nothing. `fault` is the line
    and what is said of its parameters."""

    line: int
    text: str
    dialect: str
    fault: tuple[int, str] | None = None


def queries(tree: ast.Module) -> Iterator[Query]:
    """Constants, and texts with values put into them: `{name}` stands for what nobody knows."""
    if _is_migration(tree):
        return  # it is written for the schema of a day that only it knows
    modules = _modules(tree)
    dialect = _dialect(modules)
    named = [
        (node.lineno, node.targets[0].id, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
    ]
    seen: set[tuple[int, str]] = set()
    expanding = _expanding(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or _last(node.func) not in CALLS:
            continue
        given = [*node.args[:1], *(one.value for one in node.keywords if one.arg in ("sql", "query", "statement"))]
        for one in given:
            value = _meant(one, node.lineno, named)
            text = _text(value)
            if text and STATEMENT.match(text) and (value.lineno, text) not in seen:
                seen.add((value.lineno, text))
                style, count = _given(
                    node, _meant(node.args[1], node.lineno, named) if len(node.args) == 2 else None, modules
                )
                said = parameters.fault(text, style, count) if isinstance(value, ast.Constant) else None
                fault = (value.lineno + text.count("\n", 0, said[0]), said[1]) if said else None
                if dialect == ANY and "sqlalchemy" in modules:
                    text = text.replace("\\:", ":")  # how a colon is written there
                    text = expanding.sub(r"(\g<0>)", text) if expanding else text
                if "%s" in text or "%(" in text:
                    text = text.replace("%%", "%")
                yield Query(value.lineno, text, dialect, fault)


def _expanding(tree: ast.Module) -> re.Pattern[str] | None:
    """The parameters of SQLAlchemy's that stand for a list and its brackets: `bindparam("ids", expanding=True)`."""
    names = [
        str(node.args[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and _last(node.func) == "bindparam"
        and any(one.arg == "expanding" and ast.unparse(one.value) == "True" for one in node.keywords)
        and node.args
        and isinstance(node.args[0], ast.Constant)
    ]
    return re.compile(rf"(?<![\w:]):(?:{'|'.join(map(re.escape, names))})\b") if names else None


def _meant(node: ast.expr, line: int, named: Sequence[tuple[int, str, ast.expr]]) -> ast.expr:
    """What a name is given last before a line, else anywhere."""
    if not isinstance(node, ast.Name):
        return node
    given = [(at < line, at, value) for at, name, value in named if name == node.id]
    return max(given, key=lambda one: one[:2])[2] if given else node


def _given(call: ast.Call, value: ast.expr | None, modules: Set[str]) -> tuple[str, int]:
    """How the driver writes parameters, and how many values it is given; 0 where nobody knows. Only asyncpg takes them one by one;
    `value` is what the others take."""
    rest = call.args[1:]
    if _last(call.func) in ("fetch", "fetchrow", "fetchval") and not any(isinstance(one, ast.Starred) for one in rest):
        return parameters.NUMBERED, len(rest)
    if (
        _last(call.func) == "execute"
        and isinstance(value, ast.List | ast.Tuple)
        and not any(isinstance(one, ast.Starred) for one in value.elts)
        and modules & FORMATTED
        and not modules & (DRIVERS.keys() - FORMATTED)
    ):
        return parameters.FORMATTED, len(value.elts)
    return parameters.FORMATTED, 0


def _is_migration(tree: ast.Module) -> bool:
    return any(
        (isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "alembic")
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "django.db"
            and any(one.name == "migrations" for one in node.names)
        )
        or (isinstance(node, ast.FunctionDef) and node.name in ("upgrade", "downgrade"))
        or (isinstance(node, ast.Call) and _last(node.func) == "RunSQL")
        for node in ast.walk(tree)
    )


def _modules(tree: ast.Module) -> set[str]:
    """The packages that it imports, and what it imports by its name."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    found = {one.name.partition(".")[0] for node in imports for one in node.names}
    return found | {(node.module or "").partition(".")[0] for node in imports if isinstance(node, ast.ImportFrom)}


def _dialect(modules: Set[str]) -> str:
    found = {DRIVERS[one] for one in modules if one in DRIVERS}
    return found.pop() if len(found) == 1 else ANY


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(str(one.value) if isinstance(one, ast.Constant) else "{value}" for one in values)
        case ast.Call(func=ast.Name(id="text") | ast.Attribute(attr="text"), args=[inner, *_]):
            return _text(inner)
        case ast.Call(func=ast.Attribute(attr="format", value=ast.Constant(value=str(text)))):
            return re.sub(r"\{[^{}]*\}", "{value}", text)
    return ""
