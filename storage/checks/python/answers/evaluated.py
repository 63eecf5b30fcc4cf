"""Types that are written in a way which an older Python takes for an expression that fails when a definition is run: `int | None`
before 3.10, `dict[str, int]` before 3.9 (PEP 604, PEP 585). With `from __future__ import annotations` nobody runs them (PEP 563).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from bot.capabilities.checks.verdicts import Finding

UNION_SINCE = (3, 10)
GENERIC_SINCE = (3, 9)
GENERIC = frozenset(["dict", "list", "tuple", "set", "frozenset", "type"])
PLAIN = GENERIC | frozenset(["int", "float", "str", "bytes", "bool", "complex", "object"])


def failing(tree: ast.Module, python: str) -> list[Finding]:
    """Lines count from 0, in this tree. Nothing for a text without imports at its top: it may be a part of a file that has them."""
    version = tuple(int(part) for part in python.split(".")[:2])
    imports = [one for one in tree.body if isinstance(one, ast.Import | ast.ImportFrom)]
    is_put_off = any(isinstance(one, ast.ImportFrom) and one.module == "__future__" for one in imports)
    if version >= UNION_SINCE or not imports or is_put_off:
        return []
    bound = {one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    bound |= {one.asname or one.name for each in imports for one in each.names}
    found: dict[int, Finding] = {}
    for annotation in _run(tree.body):
        for node in ast.walk(annotation):
            said = _fails(node, version, bound)
            if said and isinstance(node, ast.expr):
                message = f"`{ast.unparse(node)[:60]}`: {said}; this Python is {python}"
                found.setdefault(node.lineno, Finding(node.lineno - 1, "syntax", message, "python", python))
    return list(found.values())


def _fails(node: ast.AST, version: tuple[int, ...], bound: set[str]) -> str:
    match node:
        case ast.BinOp(op=ast.BitOr(), left=left, right=right) if any(_is_type(one, bound) for one in (left, right)):
            return "types are put together with `|` from Python 3.10 on"
        case ast.Subscript(value=ast.Name(id=name)) if name in GENERIC - bound and version < GENERIC_SINCE:
            return f"`{name}` takes types in brackets from Python 3.9 on"
        case _:
            return ""


def _is_type(node: ast.expr, bound: set[str]) -> bool:
    """None, or a built-in type, which no `|` of their own makes good."""
    match node:
        case ast.Constant(value=None):
            return True
        case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)):
            return name in PLAIN - bound
        case _:
            return False


def _run(body: list[ast.stmt], *, is_inside: bool = False) -> Iterator[ast.expr]:
    """The annotations that run with the definitions of a text: those of a function's own variables never do."""
    for node in body:
        match node:
            case ast.FunctionDef(args=args, returns=returns) | ast.AsyncFunctionDef(args=args, returns=returns):
                taken = (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg)
                yield from (one.annotation for one in taken if one is not None and one.annotation is not None)
                yield from [returns] if returns is not None else []
                yield from _run(node.body, is_inside=True)
            case ast.ClassDef():
                yield from _run(node.body)
            case ast.AnnAssign(annotation=annotation) if not is_inside:
                yield annotation
            case ast.If(test=test, body=inner, orelse=other):
                is_for_checkers = ast.unparse(test).rpartition(".")[2] == "TYPE_CHECKING" or "version" in ast.unparse(
                    test
                )
                yield from _run(other if is_for_checkers else [*inner, *other], is_inside=is_inside)
            case ast.Try() | ast.With() | ast.For() | ast.While():
                yield from _run(node.body, is_inside=is_inside)
            case _:
                continue
