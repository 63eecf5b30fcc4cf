"""Constraints of Django's models as SQL: https://docs.djangoproject.com/en/stable/ref/models/constraints/"""

from __future__ import annotations

import ast

from storage.checks.sql.schemas.python_files import constant, keyword, last, text_of
from storage.checks.sql.schemas.tables import Table, literal, quoted

COMPARED = {"exact": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
FUNCTIONS = {"Lower": "lower", "Upper": "upper", "Length": "length", "Trim": "btrim"}


def constrain(table: Table, value: ast.expr | None) -> None:
    """With `unique_together` or `constraints`. A unique index that cannot be read leaves the table open."""
    if not isinstance(value, ast.List | ast.Tuple | ast.Set):
        return
    if value.elts and all(text_of(one) for one in value.elts):
        table.unique.append(tuple(_column(table, text_of(one)) for one in value.elts))
    for one in value.elts:
        if isinstance(one, ast.List | ast.Tuple):
            table.unique.append(tuple(_column(table, text_of(inner)) for inner in one.elts))
        elif isinstance(one, ast.Call) and last(one.func) == "UniqueConstraint":
            _unique(table, one)
        elif isinstance(one, ast.Call) and last(one.func) == "CheckConstraint":
            table.checks.append(_condition(table, keyword(one, "condition") or keyword(one, "check")))


def _column(table: Table, name: str) -> str:
    return name if name in table.columns else f"{name}_id"


def _unique(table: Table, call: ast.Call) -> None:
    fields, condition = keyword(call, "fields"), keyword(call, "condition")
    if not isinstance(fields, ast.List | ast.Tuple | None):
        table.is_open = True
        return
    names = tuple(_column(table, text_of(one)) for one in fields.elts) if fields else ()
    if names and condition is None:
        table.unique.append(names)
        return
    parts = tuple(quoted(one) for one in names) or tuple(_value(table, one) for one in call.args)
    where = _condition(table, condition) if condition is not None else ""
    if all(parts) and (where or condition is None):
        table.indexes.append((parts, where))
    else:
        table.is_open = True


def _condition(table: Table, node: ast.expr | None) -> str:
    """Of `Q`; "" where a part of it is not known."""
    match node:
        case ast.UnaryOp(op=ast.Invert(), operand=inner):
            said = _condition(table, inner)
            return f"not {said}" if said else ""
        case ast.BinOp(left=left, op=ast.BitAnd() | ast.BitOr() as op, right=right):
            parts, word = (
                [_condition(table, left), _condition(table, right)],
                "or" if isinstance(op, ast.BitOr) else "and",
            )
        case ast.Call(func=func) if last(func) == "Q":
            parts = [_condition(table, one) for one in node.args] + [_lookup(table, one) for one in node.keywords]
            word = "and"
        case _:
            return ""
    return f"({f' {word} '.join(parts)})" if parts and all(parts) else ""


def _lookup(table: Table, given: ast.keyword) -> str:
    name, _, lookup = (given.arg or "").partition("__")
    column = quoted(_column(table, name))
    if _column(table, name) not in table.columns:
        return ""
    if lookup == "isnull" and isinstance(constant(given.value), bool):
        return f"{column} is {'' if constant(given.value) else 'not '}null"
    if lookup == "in" and isinstance(given.value, ast.List | ast.Tuple | ast.Set):
        values = [_value(table, one, True) for one in given.value.elts]
        return f"{column} in ({', '.join(values)})" if values and all(values) else ""
    value = _value(table, given.value, True)
    return f"{column} {COMPARED[lookup or 'exact']} {value}" if value and (lookup or "exact") in COMPARED else ""


def _value(table: Table, node: ast.expr, is_value: bool = False) -> str:
    """A text is a value, or the name of a field."""
    match node:
        case ast.Constant(value=bool(value)):
            return str(value).lower()
        case ast.Constant(value=int(value)):
            return str(value)
        case ast.Constant(value=str(value)):
            return literal(value) if is_value else quoted(_column(table, value))
        case ast.Call(func=func, args=[inner]) if last(func) == "F":
            return quoted(_column(table, text_of(inner)))
        case ast.Call(func=func, args=[inner]) if last(func) in FUNCTIONS:
            said = _value(table, inner)
            return f"{FUNCTIONS[last(func)]}({said})" if said else ""
    return ""
