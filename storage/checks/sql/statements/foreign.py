"""What other dialects have, a lenient parser of MySQL's lets pass, and neither MySQL nor MariaDB knows.

https://dev.mysql.com/doc/refman/8.4/en/sql-statements.html, https://mariadb.com/docs/server/reference/sql-statements
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from sqlglot import exp

UNITS = re.compile(
    r"(?:MICROSECOND|SECOND|MINUTE|HOUR|DAY|WEEK|MONTH|QUARTER|YEAR)(?:_(?:MICROSECOND|SECOND|MINUTE|HOUR|DAY|MONTH))?",
    re.IGNORECASE,
)
"""https://dev.mysql.com/doc/refman/8.4/en/expressions.html#temporal-intervals"""

FUNCTIONS = {
    "string_agg": "GROUP_CONCAT(... SEPARATOR ...)", "array_agg": "JSON_ARRAYAGG", "date_trunc": "DATE_FORMAT or DATE",
    "generate_series": "a recursive WITH", "gen_random_uuid": "UUID()", "split_part": "SUBSTRING_INDEX", "unnest": "JSON_TABLE",
    "bool_and": "MIN", "bool_or": "MAX", "strpos": "LOCATE", "btrim": "TRIM", "initcap": "", "regexp_matches": "REGEXP_SUBSTR",
    "json_build_object": "JSON_OBJECT", "jsonb_build_object": "JSON_OBJECT", "json_agg": "JSON_ARRAYAGG", "jsonb_agg": "JSON_ARRAYAGG",
    "jsonb_set": "JSON_SET", "jsonb_array_elements": "JSON_TABLE", "row_to_json": "JSON_OBJECT", "make_interval": "INTERVAL n unit",
    "to_timestamp": "FROM_UNIXTIME or STR_TO_DATE", "getdate": "NOW()", "datepart": "EXTRACT", "newid": "UUID()", "charindex": "LOCATE",
    "julianday": "TO_DAYS", "strftime": "DATE_FORMAT",
}  # fmt: skip
"""What MySQL has instead, "" where it has nothing alike."""


def of_tokens(tokens: Sequence[Any]) -> Iterator[tuple[int, str]]:
    """Where a word stands, and what to write instead. `tokens` are sqlglot's."""
    for at, token in enumerate(tokens):
        kinds = [one.token_type.name for one in tokens[at : at + 3]]
        words = [one.text.upper() for one in tokens[at : at + 3]]
        match kinds:
            case ["DCOLON", *_]:
                yield token.start, "MySQL has no `::`; it is `CAST(value AS type)`"
            case ["ILIKE", *_] if at and kinds[1:2] == ["STRING"]:
                yield token.start, "MySQL has no `ILIKE`; `LIKE` follows the column's collation"
            case ["ON", "VAR", *_] if words[1] == "CONFLICT" and words[2:] in (["("], ["DO"], ["ON"]):
                yield token.start, "MySQL has no `ON CONFLICT`; it is `ON DUPLICATE KEY UPDATE`"
            case ["DISTINCT", "ON", "L_PAREN"]:
                yield token.start, "MySQL has no `DISTINCT ON`"
            case ["DISTINCT", "FROM", *_] if at and tokens[at - 1].text.upper() in ("IS", "NOT"):
                yield token.start, "MySQL has no `IS DISTINCT FROM`; it is `NOT (a <=> b)`"
            case ["FULL", "OUTER" | "JOIN", *_]:
                yield token.start, "MySQL has no `FULL OUTER JOIN`"
            case ["INTERVAL", "STRING", *_] if not UNITS.fullmatch("".join(words[2:])):
                yield token.start, "in MySQL an interval's unit stands outside of the quotes: `INTERVAL 7 DAY`"
            case ["ARRAY", "L_BRACKET", *_]:
                yield token.start, "MySQL has no arrays; JSON_ARRAY makes one of JSON"
            case _ if words[:1] == ["NULLS"] and words[1:2] in (["FIRST"], ["LAST"]):
                yield token.start, "MySQL has no `NULLS FIRST`; `ORDER BY a IS NULL, a` puts them last"
            case [_, "L_PAREN", *_] if (name := words[0].lower()) in FUNCTIONS and _is_called(tokens, at):
                instead = f"; it has {FUNCTIONS[name]}" if FUNCTIONS[name] else ""
                yield token.start, f"MySQL has no function `{name}`{instead}"


def _is_called(tokens: Sequence[Any], at: int) -> bool:
    """Not after a dot, which names a function of the team's, nor where it or a table is made."""
    before = tokens[at - 1].text.upper() if at else ""
    return before not in (".", "FUNCTION", "TABLE", "INTO", "INDEX", "KEY") and tokens[at].text[:1] != "`"


def of_tree(tree: exp.Expr) -> Iterator[tuple[str, str]]:
    """The word that is to be pointed at, and what to write instead."""
    for one in tree.walk():
        match one:
            case exp.Update() if one.args.get("from_"):
                yield "from", "MySQL has no `UPDATE ... FROM`; it joins: `UPDATE a JOIN b ON ... SET ...`"
            case exp.Update() if one.args.get("returning"):
                yield "returning", "MySQL has no `RETURNING` of an UPDATE"
            case exp.Filter():
                yield "filter", "MySQL has no `FILTER (WHERE ...)`; it is `SUM(CASE WHEN ... THEN 1 ELSE 0 END)`"
            case exp.Merge():
                yield "merge", "MySQL has no `MERGE`; it is `INSERT ... ON DUPLICATE KEY UPDATE`"
            case exp.IndexParameters() if one.args.get("where"):
                yield "where", "MySQL has no index of some rows: `CREATE INDEX` takes no WHERE"
            case exp.Cube() | exp.GroupingSets():
                yield one.key.partition("ing")[0], "MySQL groups by no CUBE and no GROUPING SETS; it has WITH ROLLUP"
            case exp.TableSample():
                yield "tablesample", "MySQL has no `TABLESAMPLE`"
            case exp.CTE() if one.args.get("materialized") is not None:
                yield "materialized", "MySQL has no `MATERIALIZED` of a WITH"
            case exp.AtTimeZone() if not isinstance(one.parent, exp.Cast):
                yield "at time", "MySQL has no `AT TIME ZONE` here; it is `CONVERT_TZ(time, from, to)`"
            case exp.Extract() if not UNITS.fullmatch(one.name):
                yield (
                    one.name,
                    f"MySQL extracts no `{one.name.upper()}`; UNIX_TIMESTAMP and DAYOFWEEK are functions of its own",
                )
