"""Deprecation that no type tells of: read in the source of what a block calls, imports and decorates with."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from bot.capabilities.checks.python import deprecations, wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.library import Library
from storage.checks.sight import Callable_, Sight

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
            home = await sight.defined(node)
            if home is None or not home.package or home.node is None:
                continue
            if home.package == "sqlalchemy" and self._library.environment.versions["sqlalchemy"].startswith("1."):
                continue  # its notes are about what 2.0 will do
            name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
            if (name, home.path, home.node.lineno) in seen:
                continue
            said = self._of(home.path.as_posix(), home.node, keywords)
            if not said and home.is_stub and (real := self._library.beside_stub(home.path, home.node.name)):
                said = self._of(home.path.as_posix() + "#", real, keywords)
            if said:
                seen.add((name, home.path, home.node.lineno))
                version = self._library.environment.versions.get(home.package, "")
                where = f"{home.package} {version}".strip()
                line = (node.end_lineno or node.lineno) - 1
                found.append(Finding(line, "deprecated", _sentence(name, said, where), home.package, version))
        return found

    def _of(self, path: str, node: Callable_, keywords: frozenset[str]) -> str:
        key = (path, node.lineno, ",".join(sorted(keywords)))
        if key not in self._said:
            self._said[key] = deprecations.said(node, keywords)
        return self._said[key]


def _sentence(name: str, said: str, where: str) -> str:
    if said.startswith("its argument "):
        argument, _, rest = said.removeprefix("its argument ").partition(" is deprecated")
        return f"the argument `{argument}` of `{name}` is deprecated in {where}{rest}"
    return wording.deprecated(name, "" if said.startswith("it ") else said, where)


def _named(sight: Sight, lines: range) -> Iterator[tuple[ast.expr, frozenset[str]]]:
    """What is called, with the arguments given by name; then what decorates."""
    for node in sight.nodes(ast.Call):
        if isinstance(node, ast.Call) and node.lineno in lines and isinstance(node.func, ast.Attribute | ast.Name):
            yield node.func, frozenset(one.arg for one in node.keywords if one.arg)
    for node in sight.nodes(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.lineno in lines:
            for mark in node.decorator_list:
                if isinstance(mark, ast.Attribute | ast.Name):
                    yield mark, frozenset()
