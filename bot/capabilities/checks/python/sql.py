"""SQL that is put together from text: a value within the statement instead of a parameter beside it."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

from bot.capabilities.checks.injected import ORDERED, Assembled, is_of_request

CALLS = (
    "execute",
    "executemany",
    "executescript",
    "fetch",
    "fetchrow",
    "fetchval",
    "fetch_all",
    "fetch_one",
    "text",
    "raw",
    "read_sql",
    "read_sql_query",
    "exec_driver_sql",
    "scalar",
    "scalars",
    "prepare",
    "cursor",
    "mogrify",
    "execute_sql",
    "RawSQL",
    "copy",
    "extra",
)
STATEMENT = re.compile(
    r"^\s*(?:with\b.*\bas\s*\(|select\b.+\bfrom\b|insert\s+into\b|update\b.+\bset\b|delete\s+from\b|call\s|merge\s+into\b|replace\s+into\b)",
    re.IGNORECASE | re.DOTALL,
)
VALUE_PLACE = re.compile(
    r"(?:=|<|>|\blike|\bin|\bvalues|\blimit|\boffset|\bbetween|\band|\bilike|\bset\b.*=|\(|,|'|%|\|\|)\s*\(?\s*'?%?\s*$",
    re.IGNORECASE | re.DOTALL,
)
NAMES = re.compile(
    r"(?:\bfrom|\bjoin|\binto|\btable|\bupdate|\border\s+by|\bgroup\s+by|\bselect|\bset|\bschema|\bindex|\bon|\.|\")\s*\"?$",
    re.IGNORECASE,
)
SAFE_NAMES = re.compile(
    r"placeholders?|marks?|columns?|cols|fields?|tables?|schema|params?_?list|binds?|holders?|qs|where|clauses?|conditions?|order|direction|sql|query|stmt",
    re.I,
)
SAFE_CALLS = (
    "Identifier",
    "SQL",
    "Placeholder",
    "Literal",
    "quote_ident",
    "quote_name",
    "quote",
    "int",
    "float",
    "len",
    "join",
    "bindparams",
    "escape",
)


def assembled(tree: ast.Module) -> Iterator[Assembled]:
    """Statements with a value put into their text that are handed to something that runs SQL."""
    texts, seen, open_ = _texts(tree), set[int](), _unchecked(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = (
            node.func.attr
            if isinstance(node.func, ast.Attribute)
            else node.func.id
            if isinstance(node.func, ast.Name)
            else ""
        )
        if name not in CALLS:
            continue
        first = node.args[0]
        for one in [first, *(texts.get(first.id, []) if isinstance(first, ast.Name) else [])]:
            found = _value_in(one, texts, open_)
            if found is not None and one.lineno not in seen:
                seen.add(one.lineno)
                yield Assembled(one.lineno, ast.unparse(found[0]), is_name=found[1])


def _texts(tree: ast.Module) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, []).append(node.value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and isinstance(node.op, ast.Add):
            found.setdefault(node.target.id, []).append(
                ast.BinOp(ast.Constant("select x from x "), ast.Add(), node.value, lineno=node.lineno, col_offset=0)
            )
    return found


def _unchecked(tree: ast.Module) -> frozenset[str]:
    """Names that are given a value once, or are arguments, and are used once: nothing looks at what they hold."""
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    uses = Counter(one.id for one in names if isinstance(one.ctx, ast.Load))
    given = Counter(one.id for one in names if not isinstance(one.ctx, ast.Load))
    given += Counter(node.arg for node in ast.walk(tree) if isinstance(node, ast.arg))
    return frozenset(name for name, count in given.items() if count == 1 and uses[name] == 1)


def _is_asked(node: ast.expr, texts: dict[str, list[ast.expr]], open_: frozenset[str], before: str) -> bool:
    """Where a name stands, whoever asks may write it: it is the request's own, or, to order by, an argument that nothing looks at."""
    if not isinstance(node, ast.Name):
        return is_of_request(ast.unparse(node))
    if known := texts.get(node.id):
        return node.id in open_ and is_of_request(ast.unparse(known[0]))
    return node.id in open_ and bool(ORDERED.search(before))


def _value_in(node: ast.expr, texts: dict[str, list[ast.expr]], open_: frozenset[str]) -> tuple[ast.expr, bool] | None:
    """The first value within the statement, and whether it stands for a name; None where there is none, or it is no statement."""
    parts = list(_parts(node))
    whole = "".join(part if isinstance(part, str) else "?" for part in parts)
    if not STATEMENT.search(whole):
        return None
    before = ""
    for part in parts:
        if isinstance(part, str):
            before += part
        elif not _is_safe(part, texts) and VALUE_PLACE.search(before) and not NAMES.search(before):
            return part, False
        elif not _is_safe(part, texts) and _is_asked(part, texts, open_, before):
            return part, True
        else:
            before += "?"
    return None


def _parts(node: ast.expr) -> Iterator[str | ast.expr]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=values):
            for value in values:
                if isinstance(value, ast.FormattedValue):
                    yield value.value
                elif isinstance(value, ast.Constant):
                    yield str(value.value)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            yield from _parts(left)
            yield from _parts(right)
        case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str(text)), right=right):
            values = list(right.elts) if isinstance(right, ast.Tuple) else [right]
            pieces = re.split(r"%(?:\(\w+\))?[sdrf]", text)
            for place, piece in enumerate(pieces):
                yield piece
                if place < len(pieces) - 1:
                    yield values[min(place, len(values) - 1)]
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format"), args=args, keywords=keywords
        ):
            values = [*args, *(keyword.value for keyword in keywords)]
            pieces = re.split(r"\{[^}]*\}", text)
            for place, piece in enumerate(pieces):
                yield piece
                if place < len(pieces) - 1 and values:
                    yield values[min(place, len(values) - 1)]
        case _:
            yield node


def _is_safe(node: ast.expr, texts: dict[str, list[ast.expr]]) -> bool:
    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            known = texts.get(name, [])
            if known and all(_is_safe(one, {}) for one in known):
                return True
            return name.isupper() or bool(SAFE_NAMES.search(name))
        case ast.Attribute(attr=name):
            return (
                name.isupper()
                or name in ("__tablename__", "name", "table_name", "key", "lastrowid", "rowcount")
                or bool(SAFE_NAMES.search(name))
            )
        case ast.Call(func=ast.Attribute(attr="join"), args=[argument]):
            return not _joins_values(argument)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="format"), args=args, keywords=[]):
            return all(_is_safe(one, texts) for one in args)
        case ast.Call(func=func):
            name = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
            return name in SAFE_CALLS
        case ast.BinOp(op=ast.Mult()):
            return True
        case _:
            return False


def _joins_values(node: ast.expr) -> bool:
    """A join of placeholders or of names is safe; one of what a person gave is not."""
    if isinstance(node, ast.GeneratorExp | ast.ListComp):
        return not (isinstance(node.elt, ast.Constant | ast.JoinedStr))
    if isinstance(node, ast.BinOp) or (
        isinstance(node, ast.List) and all(isinstance(one, ast.Constant) for one in node.elts)
    ):
        return False
    return not (isinstance(node, ast.Name) and SAFE_NAMES.search(node.id))
