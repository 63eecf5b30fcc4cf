"""What pytest gives a test by the name of an argument: fixtures of its own and of plugins, by what they are declared to give.
https://docs.pytest.org/en/stable/reference/fixtures.html
"""

from __future__ import annotations

import ast
import configparser
from collections.abc import Iterator

from storage.checks.python.library.library import Library
from storage.checks.python.library.lookup import find
from storage.checks.python.meaning.classes import Known

MOST_STEPS = 8
MOST_PLUGINS = 40
GIVING = ("Generator", "Iterator", "AsyncGenerator", "AsyncIterator", "Iterable")
CORE = ("monkeypatch", "capture", "logging", "recwarn", "pytester", "tmpdir", "fixtures", "cacheprovider", "subtests")
"""Modules of pytest's own that have fixtures."""

Defs = ast.FunctionDef | ast.AsyncFunctionDef


def is_asking(node: ast.AST | None) -> bool:
    """Whether pytest gives a function its arguments: a test, or a fixture."""
    return isinstance(node, Defs) and (node.name.startswith("test") or _is_fixture(node))


def _is_fixture(node: Defs) -> bool:
    marks = [ast.unparse(one.func if isinstance(one, ast.Call) else one) for one in node.decorator_list]
    return any(one.rpartition(".")[2] == "fixture" for one in marks)


def given(library: Library, name: str) -> Known | None:
    """The class of a fixture's value, where only one plugin has a fixture of the name, and says what it gives."""
    homes = [(module, node) for module in _modules(library) for node in _named(library, module, name)]
    if len(homes) != 1 or homes[0][1].returns is None:
        return None
    module, returns = homes[0][0], homes[0][1].returns
    while isinstance(returns, ast.Subscript):
        is_giving = ast.unparse(returns.value).rpartition(".")[2] in GIVING
        inner = returns.slice.elts[0] if isinstance(returns.slice, ast.Tuple) and returns.slice.elts else returns.slice
        returns = inner if is_giving else returns.value
    name = ast.unparse(returns).strip("'\"")
    found = find(library, module, name, MOST_STEPS) if name.isidentifier() else None
    return Known(found[0], found[1], is_read=True) if found and isinstance(found[1], ast.ClassDef) else None


def _named(library: Library, module: str, name: str) -> Iterator[Defs]:
    tree = library.source(module)
    for node in tree.body if tree is not None else ():
        if isinstance(node, Defs) and node.name == name and _is_fixture(node):
            yield node


def _modules(library: Library) -> Iterator[str]:
    if "pytest" not in library.environment.versions:
        return
    yield from (f"_pytest.{one}" for one in CORE)
    for path in sorted(library.environment.site.glob("*.dist-info/entry_points.txt"))[: 25 * MOST_PLUGINS]:
        text = path.read_text("utf-8", "replace")
        if "[pytest11]" not in text:
            continue
        read = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=False)
        try:
            read.read_string(text)
            plugins = read.items("pytest11")
        except configparser.Error:
            continue
        yield from (value.partition(":")[0].strip() for _, value in plugins)
