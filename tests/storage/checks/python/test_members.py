"""What a module has at run time: where somebody else may add names to it, nobody can say that one is not there."""

from __future__ import annotations

import ast
import asyncio.base_events
import dataclasses
import typing
from pathlib import Path

import pytest

from storage.checks.python.library.library import Definition, defined_at
from storage.checks.python.library.members import Members, Reader


def members(tmp_path: Path, text: str) -> Members:
    (tmp_path / "op.py").write_text(text)
    return Reader(
        lambda path: ast.parse(path.read_text()), lambda module: tmp_path / "op.py" if module == "op" else None
    ).of("op")


@pytest.mark.parametrize(
    "line",
    [
        "Operations.make_proxies(globals(), locals())",
        "proxies = register(into=vars())",
        "for one in ALL:\n    fill(globals(), one)",
        "globals().update(table)",
        "def fill():\n    g = globals()\n    for one in ALL:\n        g[one] = 1\n\nfill()",
        "def fill(names):\n    names['one'] = 1\n\nfill(globals())",
        "def fill(names):\n    names.update(one=1)\n\nfill(locals())",
    ],
)
def test_a_module_that_hands_its_names_out_may_have_any(tmp_path: Path, line: str) -> None:
    assert members(tmp_path, f"ALL = ()\n{line}\n").is_open


@pytest.mark.parametrize(
    "line",
    [
        "def proxies():\n    return make(globals())",
        "class Proxies:\n    def all(self):\n        return make(globals())",
        "name = globals()['__name__']",
        "codec = __import__('json', globals(), locals())",
        "lazy(globals(), aliases={'serve': '.real'})",
        "shown = vars(ALL)",
        "def told(names):\n    global ALL\n    ALL = sorted(names)\n\ntold(locals())",
    ],
)
def test_one_that_keeps_them_to_itself_has_what_its_source_says(tmp_path: Path, line: str) -> None:
    found = members(tmp_path, f"ALL = ()\n{line}\n")

    assert not found.is_open
    assert "ALL" in found.names


def test_what_is_defined_at_a_line_is_found_in_every_statement_of_a_foreign_module() -> None:
    for module in (ast, asyncio.base_events, dataclasses, typing):
        tree = ast.parse(Path(module.__file__ or "").read_text())
        found = [one for one in ast.walk(tree) if isinstance(one, Definition)]
        assert len(found) > 20
        assert [defined_at(tree.body, one.lineno) for one in found] == found
        assert defined_at(tree.body, 0) is None
