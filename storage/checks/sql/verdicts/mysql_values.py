"""Values of MySQL's ENUM columns: what a statement writes into one, or compares one with, that it cannot hold."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from sqlglot import exp

Values = dict[tuple[str, str], frozenset[str] | None]
"""By table and column in lower case the values, in lower case, too, as most collations compare; None for a column that two files make
in different ways."""


def remember(known: Values, tree: exp.Expr | None) -> None:
    """What a definition makes of the columns."""
    if not isinstance(tree, exp.Create | exp.Alter):
        return
    found = tree.find(exp.Table)
    table = found.name.lower() if found is not None else ""
    for column in tree.find_all(exp.ColumnDef):
        key, kind = (table, column.name.lower()), column.args.get("kind")
        values = _members(kind) if isinstance(kind, exp.DataType) and kind.is_type("enum") else None
        if isinstance(tree, exp.Create) and key in known and known[key] != values:
            known[key] = None
        elif values or key in known:
            known[key] = values


def _members(kind: exp.DataType) -> frozenset[str] | None:
    texts = [one.name.lower() for one in kind.expressions if isinstance(one, exp.Literal) and one.is_string]
    return frozenset(texts) if texts and len(texts) == len(kind.expressions) else None


def strange(tree: exp.Expr, known: Values) -> Iterator[tuple[str, str]]:
    """The text as it is written, and what is said of it."""
    tables = {one.alias_or_name.lower(): one.name.lower() for one in tree.find_all(exp.Table)}
    for column, value in (*_inserted(tree), *_compared(tree)):
        name = column.name.lower()
        owner = tables.get(column.table.lower(), "") if isinstance(column, exp.Column) and column.table else ""
        owners = [owner] if owner else sorted(set(tables.values()))
        held = [(one, values) for one in owners if (values := known.get((one, name)))]
        if len(held) != 1 or (not owner and len(owners) > 1):
            continue
        ((table, values),) = held
        if value.is_string and value.name.lower() not in values:
            near = difflib.get_close_matches(value.name.lower(), sorted(values), n=1, cutoff=0.7)
            meant = f"did you mean '{near[0]}'?" if near else f"it is one of {', '.join(map(repr, sorted(values)[:6]))}"
            yield f"'{value.name}'", f"`{table}.{name}` cannot be '{value.name}'; {meant}"


def _inserted(tree: exp.Expr) -> Iterator[tuple[exp.Expr, exp.Literal]]:
    if not (isinstance(tree, exp.Insert) and isinstance(tree.this, exp.Schema)):
        return
    values = tree.args.get("expression")
    for row in values.expressions if isinstance(values, exp.Values) else ():
        if isinstance(row, exp.Tuple) and len(row.expressions) == len(tree.this.expressions):
            for column, value in zip(tree.this.expressions, row.expressions, strict=True):
                if isinstance(value, exp.Literal):
                    yield column, value


def _compared(tree: exp.Expr) -> Iterator[tuple[exp.Expr, exp.Literal]]:
    """Also what an UPDATE sets, which reads like a comparison."""
    if not isinstance(tree, exp.Select | exp.Update | exp.Delete):
        return
    for one in tree.find_all(exp.EQ, exp.NEQ, exp.In):
        given = one.expressions if isinstance(one, exp.In) else [one.expression]
        if isinstance(one.this, exp.Column):
            yield from ((one.this, each) for each in given if isinstance(each, exp.Literal))
