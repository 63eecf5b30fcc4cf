"""Deprecation that no type tells of: read in the source of what a block calls, imports and decorates with."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from bot.capabilities.checks.python import deprecations, wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.library.library import Library
from storage.checks.python.library.lookup import find
from storage.checks.python.meaning import real
from storage.checks.python.meaning.sight import Callable_, Sight

ARGUMENT = re.compile(r"its argument (\w+)")
MOST_STEPS = 8
MOST_NAMES = 120
"""Names that are looked up in one block."""


class Miner:
    """Keeps what a definition said, for each place and the arguments that count there."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._said: dict[tuple[str, int, str], str] = {}

    async def findings(self, sight: Sight, lines: range) -> list[Finding]:
        """For the names on these lines of the text, from 1; lines of the findings count from 0."""
        found, seen = [], set()
        for node, keywords in list(_named(sight, lines))[:MOST_NAMES]:
            name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
            taken: set[str] = set()
            for package, place, definition in await self._definitions(sight, node):
                if package == "sqlalchemy" and self._library.environment.versions["sqlalchemy"].startswith("1."):
                    continue  # its notes are about what 2.0 will do
                if (name, place, definition.lineno) in seen:
                    break
                if said := self._of(place, definition, frozenset(keywords), frozenset(taken)):
                    seen.add((name, place, definition.lineno))
                    argument = ARGUMENT.match(said)
                    line = keywords.get(argument[1] if argument else "", node.end_lineno or node.lineno) - 1
                    found.append(self._found(line, name, said, package))
                    break
                taken |= set(deprecations.arguments(definition))
        return found + self._imported(sight, lines)

    def _found(self, line: int, name: str, said: str, package: str) -> Finding:
        return self._library.told(line, "deprecated", _sentence(name, said, self._library.where(package)), package)

    def _imported(self, sight: Sight, lines: range) -> list[Finding]:
        """Names that are deprecated altogether, where they are imported."""
        found = []
        for node in sight.nodes(ast.ImportFrom):
            if node.lineno not in lines or node.level or not node.module:
                continue
            package = self._library.owner(node.module)
            if not package or (
                package == "sqlalchemy" and self._library.environment.versions[package].startswith("1.")
            ):
                continue
            for alias in node.names:
                home = find(self._library, node.module, alias.name, MOST_STEPS)
                if home is not None and (said := self._of(home[0], home[1], frozenset())):
                    found.append(self._found(alias.lineno - 1, alias.name, said, package))
        return found

    async def _definitions(self, sight: Sight, node: ast.expr) -> list[tuple[str, str, Callable_]]:
        """The packages, places and definitions that an expression names: as the checker has it, then as it really is."""
        home = await sight.defined(node)
        declared: list[tuple[str, str, Callable_]] = []
        if home is not None and home.package and home.node is not None:
            declared.append((home.package, home.path.as_posix(), home.node))
            if home.is_stub and (beside := self._library.beside_stub(home.path, home.node.name)):
                declared.append((home.package, home.path.as_posix() + "#", beside))
        if isinstance(node, ast.Attribute | ast.Name):
            for module, definition in await real.behind(sight, node, home):
                package = home.package if home is not None and home.package else self._library.owner(module)
                declared.append((package, module, definition))
        if home is not None and home.package:
            declared += [(home.package, module, inner) for module, inner in real.handed(self._library, home)]
        return declared

    def _of(self, path: str, node: Callable_, keywords: frozenset[str], taken: frozenset[str] = frozenset()) -> str:
        """`taken` are arguments that one nearer to the caller takes for itself."""
        key = (path, node.lineno, f"{','.join(sorted(keywords))};{','.join(sorted(taken & keywords))}")
        if key not in self._said:
            self._said[key] = deprecations.said(node, keywords, taken)
        return self._said[key]


def _sentence(name: str, said: str, where: str) -> str:
    if said.startswith("its argument "):
        argument, _, rest = said.removeprefix("its argument ").partition(" is deprecated")
        return f"the argument `{argument}` of `{name}` is deprecated in {where}{rest}"
    return wording.deprecated(name, "" if said.startswith("it ") else said, where)


def _named(sight: Sight, lines: range) -> Iterator[tuple[ast.expr, dict[str, int]]]:
    """What is called, with the arguments given by name and their lines; then what decorates."""
    for node in sight.nodes(ast.Call):
        if node.lineno in lines and isinstance(node.func, ast.Attribute | ast.Name):
            yield node.func, {one.arg: one.lineno for one in node.keywords if one.arg}
    for made in sight.nodes(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef):
        if isinstance(made, Callable_) and made.lineno in lines:
            for mark in made.decorator_list:
                if isinstance(mark, ast.Attribute | ast.Name):
                    yield mark, {}
