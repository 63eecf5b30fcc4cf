"""What refuses to be taken for true or false, and stands where `and`, `or`, `not` or a condition asks for that: parts of a query,
tables of values, databases. Told by the `__bool__` of its class, which does nothing but raise.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Awaitable, Callable, Iterator

from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.meaning.calls import short
from storage.checks.python.meaning.sight import Defined, Sight

REFUSING = re.compile(rb"def __(?:bool|nonzero)__\(self\)[^:\n]*:\n(?:[^\n]*\n){0,8}?\s+raise ")
"""Found in packages of which something may be so."""

MARK = ").__bool__"
Leaf = ast.Name | ast.Attribute | ast.Subscript | ast.Compare | ast.Call | ast.BinOp


async def findings(sight: Sight, lines: range, open_: Callable[[str], Awaitable[object]]) -> list[Finding]:
    """`open_` gives the checker another text for the document. For these lines of the text, from 1; those of the findings from 0."""
    if MARK in sight.text or not any(sight.library.matches(one, "__bool__", REFUSING) for one in sight.packages()):
        return []
    every = [(node, by) for node, by in _asked(sight) if node.lineno in lines and not await _is_kept(sight, node)]
    nodes = {id(node) for node, _ in every}
    asked = [one for one in every if not any(id(each) in nodes for each in ast.walk(one[0]) if each is not one[0])]
    asked.sort(key=lambda one: (one[0].lineno, one[0].col_offset))
    if not asked:
        return []
    text = sight.replaced([(node, f"({ast.unparse(node)}{MARK}") for node, _ in asked])
    await open_(text)
    found = []
    for (node, by), at in zip(asked, re.finditer(re.escape(MARK), text), strict=True):
        before = text[: at.end() - 1].split("\n")
        home = await sight.defined_at(len(before) - 1, len(before[-1].encode("utf-16-le")) // 2)
        if home is not None and home.package and _is_refusing(sight, home):
            said = f"`{short(node)}` is neither true nor false in {sight.library.where(home.package)}, as `{by}` asks"
            found.append(sight.library.told(node.lineno - 1, "argument", said, home.package))
    return found


def _asked(sight: Sight) -> Iterator[tuple[Leaf, str]]:
    """What is asked whether it is true, and by which word."""
    for node in sight.nodes(ast.BoolOp, ast.UnaryOp, ast.If, ast.While, ast.IfExp, ast.Assert):
        match node:
            case ast.BoolOp(op=op, values=values):
                asked, by = values[:-1], "and" if isinstance(op, ast.And) else "or"
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                asked, by = [operand], "not"
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) | ast.Assert(test=test):
                asked, by = [test], type(node).__name__.lower().removesuffix("exp")
            case _:
                continue
        yield from ((one, by) for one in asked if isinstance(one, Leaf))


async def _is_kept(sight: Sight, node: ast.expr) -> bool:
    """Whether it is of an object of the reader's, whose class says of it what makes it, and not what the object holds: a column of a
    model. So may be what nobody knows."""
    for one in ast.walk(node):
        if not isinstance(one, ast.Attribute) or not isinstance(one.value, ast.Name | ast.Attribute):
            continue
        named = await sight.defined(one.value)
        if named is not None and isinstance(named.node, ast.ClassDef):
            continue
        of = await sight.type_of(one.value)
        owner = (
            of.node if of is not None else sight.around(one, ast.ClassDef) if ast.unparse(one.value) == "self" else None
        )
        is_own = of is None or not of.package
        if is_own and (owner is None or one.attr not in {each.attr for each in _stored(owner)}):
            return True
    return False


def _stored(owner: ast.AST) -> Iterator[ast.Attribute]:
    """What the methods of a class give its objects."""
    for one in ast.walk(owner):
        if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store) and ast.unparse(one.value) == "self":
            yield one


def _is_refusing(sight: Sight, home: Defined) -> bool:
    """Whether a method only raises: as its own source, or what the file calls so (`__bool__ = __nonzero__`), has it."""
    tree = sight.library.tree(home.path) if home.node is None else None
    every = (
        [home.node] if tree is None else [one for one in ast.walk(tree) if getattr(one, "name", "") == "__nonzero__"]
    )
    node = every[0] if len(every) == 1 else None
    if not isinstance(node, ast.FunctionDef):
        return False
    is_told = node.returns is not None and ast.unparse(node.returns).rpartition(".")[2] in ("NoReturn", "Never")
    is_raising = isinstance(node.body[-1], ast.Raise)
    return is_told or (is_raising and not any(isinstance(one, ast.Return) for one in ast.walk(node)))
