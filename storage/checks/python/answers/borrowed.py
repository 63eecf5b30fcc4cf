"""Everyday names (`func`, `update`, `request`) that a block does not define and that a package exports which it imports from: whether
the block means that one. Many people call something of their own so; what is done with it has to fit, and to say something.
"""

from __future__ import annotations

import ast
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence

from bot.capabilities.checks.python.names import TOO_COMMON, Judged, Missing
from storage.checks.python.answers.answer import Document
from storage.checks.python.library.library import Library
from storage.checks.servers import Diagnostic

MADE_BY_EVERYBODY = frozenset("app config crud db engine log logger main models router schemas settings".split())
"""What nearly every project has one of."""

NO_MISFIT = ("deprecated",)


async def told(
    document: Document,
    judged: Judged,
    library: Library,
    before: list[Diagnostic],
    ask: Callable[[], Awaitable[list[Diagnostic]]],
) -> list[Diagnostic]:
    """What the checker says, which `ask` asks, once those that fit are imported; they count as missing from then on."""
    lent = candidates(document, judged.assumed, library)
    if not lent:
        return before
    document.lent = lent
    found = await ask()
    document.lent = fitting(document, lent, before, found)
    judged.missing += [Missing(name, 0, home=f"{module}.{name}") for name, module in document.lent.items()]
    judged.assumed = [name for name in judged.assumed if name not in document.lent]
    return found if document.lent == lent else await ask()


def candidates(document: Document, assumed: Collection[str], library: Library) -> dict[str, str]:
    """By such names, of which more is asked than their being there: the modules that a whole block imports from, which export them."""
    root, snippet = document.snippet.tree, document.snippet
    common = (set(assumed) & TOO_COMMON) - MADE_BY_EVERYBODY
    if root is None or snippet.is_excerpt or not common:
        return {}
    modules = [
        node.module for node in ast.walk(root) if isinstance(node, ast.ImportFrom) and node.module and not node.level
    ]
    found = {}
    for name in common:
        homes = [one for one in modules if library.owner(one) and library.exports(one).get(name) in ("class", "def")]
        homes = [one for one in homes if not library.file_of(f"{one}.{name}")]
        if homes and all(is_telling for _, is_telling in _uses(root, name)):
            found[name] = homes[0]
    return found


def fitting(
    document: Document, lent: Mapping[str, str], before: Sequence[Diagnostic], after: Sequence[Diagnostic]
) -> dict[str, str]:
    """Those of the names against whose uses the checker says nothing once they are imported."""
    known = {(one.line, one.code, one.message) for one in before}
    root, shift = document.snippet.tree, document.context.count("\n")
    misfits = {
        one.line - shift
        for one in after
        if one.code not in NO_MISFIT and (one.line, one.code, one.message) not in known
    }
    return {
        name: module
        for name, module in lent.items()
        if root is not None and not any(set(lines) & misfits for lines, _ in _uses(root, name))
    }


def _uses(root: ast.Module, name: str) -> Iterator[tuple[range, bool]]:
    """The lines of what each use of a name stands in, and whether it is asked for something, or what calling it gives is, or it
    decorates."""
    parents = {id(child): node for node in ast.walk(root) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(root):
        if not isinstance(node, ast.Name) or node.id != name:
            continue
        around = parents.get(id(node))
        asked: ast.expr = node
        if isinstance(around, ast.Call) and around.func is node:
            asked, around = around, parents.get(id(around))
        is_telling = isinstance(around, ast.Attribute | ast.Subscript) and around.value is asked
        is_telling |= asked in getattr(around, "decorator_list", ())
        at: ast.AST = node
        while not isinstance(parent := parents[id(at)], ast.stmt):
            at = parent
        first, last = getattr(at, "lineno", node.lineno), getattr(at, "end_lineno", node.lineno)
        yield range(first, last + 1), is_telling
