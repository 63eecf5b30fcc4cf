"""setup.py: the literal part of its call of `setup`. It is parsed, and never run; what it computes is said to be unknown."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from bot.capabilities.team_code.dependencies.facts import Entry, Runtime
from bot.capabilities.team_code.dependencies.page import Page
from bot.capabilities.team_code.dependencies.python_asks import declared
from bot.capabilities.team_code.dependencies.words import Malformed, Word, word

MAX_TURNS = 20


class Computed(Exception):
    """The value is not a literal."""


def read_setup_py(page: Page) -> Iterator[Entry]:
    try:
        tree = ast.parse(page.text)
    except (SyntaxError, ValueError) as error:
        raise Malformed("not valid Python") from error
    except (RecursionError, MemoryError) as error:
        raise Malformed("not read: nested too deep") from error
    names = _names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node.func) == "setup":
            yield from _setup(page, node, names)


def _names(tree: ast.Module) -> dict[str, ast.expr]:
    """What is assigned once, at the top; a name that is assigned again is not known."""
    names: dict[str, ast.expr] = {}
    again: set[str] = set()
    top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign | ast.AugAssign):
            targets = [node.target]
        for target in targets:
            if isinstance(target, ast.Name):
                again |= {target.id} & (names.keys() | again)
                value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
                if value is not None and id(node) in top:
                    names.setdefault(target.id, value)
                else:
                    again.add(target.id)
    return {name: value for name, value in names.items() if name not in again}


def _called(function: ast.expr) -> str:
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def _setup(page: Page, call: ast.Call, names: dict[str, ast.expr]) -> Iterator[Entry]:
    for argument in call.keywords:
        try:
            match argument.arg:
                case "python_requires":
                    for text in _texts(argument.value, names):
                        yield Runtime("python", str(text), page.path, text.line)
                case "install_requires":
                    yield from _asks(page, _texts(argument.value, names), "")
                case "setup_requires":
                    yield from _asks(page, _texts(argument.value, names), "build")
                case "tests_require":
                    yield from _asks(page, _texts(argument.value, names), "dev")
                case "extras_require":
                    yield from _extras(page, argument.value, names)
                case None:
                    page.wrong(
                        f"line {argument.value.lineno} takes in arguments that are computed; read_file shows them"
                    )
        except Computed:
            page.wrong(f"{argument.arg} is computed (line {argument.value.lineno}); read_file shows it")


def _extras(page: Page, value: ast.expr, names: dict[str, ast.expr]) -> Iterator[Entry]:
    table = _followed(value, names)
    if not isinstance(table, ast.Dict):
        raise Computed
    for key, inner in zip(table.keys, table.values, strict=True):
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
            raise Computed
        yield from _asks(page, _texts(inner, names), key.value.partition(":")[0])


def _asks(page: Page, texts: Iterator[Word], group: str) -> Iterator[Entry]:
    for text in texts:
        if asks := declared(page, text, text.line, group):
            yield asks


def _followed(value: ast.expr, names: dict[str, ast.expr]) -> ast.expr:
    for _ in range(MAX_TURNS):
        if not isinstance(value, ast.Name) or value.id not in names:
            break
        value = names[value.id]
    return value


def _texts(value: ast.expr, names: dict[str, ast.expr], turns: int = MAX_TURNS) -> Iterator[Word]:
    """The texts of a literal list, of a text of several lines, of names for these, and of their sums."""
    value = _followed(value, names)
    if turns == 0:
        raise Computed
    match value:
        case ast.Constant(value=str(text)):
            for offset, line in enumerate(text.split("\n")):
                if line.strip():
                    yield word(line.strip(), value.lineno + offset)
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            for part in parts:
                yield from _texts(part.value if isinstance(part, ast.Starred) else part, names, turns - 1)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            yield from _texts(left, names, turns - 1)
            yield from _texts(right, names, turns - 1)
        case _:
            raise Computed
