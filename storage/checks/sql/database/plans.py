"""Whether an index serves a query, where the schema shows that a table is large.

The tables have no rows, and reading a whole one is held to be the dearest way: it stands in a plan only where there is no other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
from pglast import ast

from storage.checks.sql.statements.reading import Statement

CONDITIONS = ("Index Cond", "Recheck Cond", "TID Cond", "Order By")
LARGE = """
select c.relname::text as relation, coalesce(pg_partition_root(c.oid)::regclass::text, c.relname::text) as named,
  pg_partition_root(c.oid) is not null as is_divided
from pg_class c
where c.relkind = 'r' and (pg_partition_root(c.oid) is not null or exists (
  select from pg_index i join pg_class x on x.oid = i.indexrelid join pg_am a on a.oid = x.relam
  where i.indrelid = c.oid and a.amname = 'brin'))
"""


@dataclass(frozen=True, slots=True)
class Large:
    """`named` is the table, also for a partition of it; `because` what shows that it is large."""

    named: str
    because: str


async def large(connection: asyncpg.Connection, statements: Sequence[Statement]) -> dict[str, Large]:
    """By name of the table, or of the partitions that hold its rows. Nobody divides a small table, or takes care not to lock it while
    an index is built."""
    found: dict[str, Large] = {}
    for one in statements:
        if isinstance(one.node, ast.IndexStmt) and one.node.concurrent:
            name = one.node.relation.relname
            found[name] = Large(name, "its indexes are built CONCURRENTLY")
    for row in await connection.fetch(LARGE):
        because = "it is partitioned" if row["is_divided"] else "it has a BRIN index"
        found[row["relation"]] = Large(row["named"], because)
    return found


def unserved(plan: str, known: Mapping[str, Large]) -> Iterator[str]:
    """A hint for each large table of which all is read to find some rows. `plan` is JSON as `EXPLAIN (FORMAT JSON)` gives it:
    https://www.postgresql.org/docs/current/sql-explain.html. Raises ValueError where it is none."""
    whole: dict[Large, set[str]] = {}
    for node in _nodes(json.loads(plan)):
        name = node.get("Relation Name", "")
        if name in known and "Filter" in node and not any(each in node for each in CONDITIONS):
            whole.setdefault(known[name], set()).add(name)
    for one, parts in sorted(whole.items(), key=lambda item: item[0].named):
        if len(parts) < sum(each == one for each in known.values()):
            continue  # the other partitions are left out by their bounds
        yield f"no index of `{one.named}` serves this query, so all of it is read ({one.because})"


def _nodes(tree: Any) -> Iterator[Mapping[str, Any]]:
    pending = [tree]
    while pending:
        one = pending.pop()
        if isinstance(one, list):
            pending.extend(one)
        elif isinstance(one, dict):
            yield one
            pending.extend(each for each in one.values() if isinstance(each, list | dict))
