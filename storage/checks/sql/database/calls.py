"""Constants that no form of PostgreSQL's function takes: units, time zones, encodings, patterns. Without rows nothing gets to them.

Each form of the function is called alone, with the constants as written and an example in the place of all else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pglast import ast

from storage.checks.sql.statements import trees

REFUSED = ("22023", "2201B", "0A000")
"""A value that is none of its kind, a pattern that is none, a unit that the type has not:
https://www.postgresql.org/docs/current/errcodes-appendix.html"""

PATTERN = "2201B"
OF_ANOTHER_FORM = ("22007", "22P02")
"""The constant is no value of the type that this form of the function takes."""

FORMS = """
    select proargtypes::regtype[]::text[] from pg_proc
    where proname = $1 and pronamespace = 'pg_catalog'::regnamespace and prokind = 'f' and provolatile <> 'v'
      and (not proretset or proname like 'regexp%') and (pronargs = $2 or provariadic <> 0 and pronargs <= $2)
"""
ANYTHING = '"any"'
EXAMPLES = {
    "timestamp with time zone": "2020-02-02", "timestamp without time zone": "2020-02-02", "date": "2020-02-02", "interval": "1 day",
    "time without time zone": "12:00", "time with time zone": "12:00+00", "text": "", "name": "",
    "integer": "1", "bigint": "1", "numeric": "1",
    "double precision": "1", "real": "1", "boolean": "true", "bytea": "", "json": "{}", "jsonb": "{}", "text[]": "{}", ANYTHING: "",
}  # fmt: skip
MOST_CALLS = 12


@dataclass(frozen=True, slots=True)
class Call:
    """`given` are the constants, None for what is none."""

    name: str
    given: Sequence[str | None]
    place: int

    def attempt(self, types: Sequence[str]) -> str:
        """ "" where there is no example of a type."""
        known = [*types, *[types[-1]] * (len(self.given) - len(types))]
        if any(one not in EXAMPLES for one in known):
            return ""
        given = [
            f"{_quoted(EXAMPLES[kind] if one is None else one)}::{kind.replace(ANYTHING, 'text')}"
            for one, kind in zip(self.given, known, strict=True)
        ]
        return f"select from pg_catalog.{self.name}({', '.join(given)})"

    def is_meant(self, code: str, message: str) -> bool:
        """Whether it is the constants that are refused, and not the examples."""
        named = (f"{self.name}()", *(f'"{one}"' for one in self.given if one))
        return code == PATTERN or (code in REFUSED and any(one.lower() in message.lower() for one in named))


def calls(node: Any) -> Iterator[Call]:
    """Those that hold a text."""
    for one in trees.walk(node):
        if isinstance(one, ast.FuncCall) and not trees.is_own(one) and not one.func_variadic and one.args:
            given = [_text(each) for each in one.args]
            if any(given):
                yield Call(trees.function_name(one), given, one.location or 0)


def _text(node: Any) -> str | None:
    return node.val.sval if isinstance(node, ast.A_Const) and isinstance(node.val, ast.String) else None


def _quoted(text: str) -> str:
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
