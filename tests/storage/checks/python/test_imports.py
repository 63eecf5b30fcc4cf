"""A module that no lock has: an invention, unless the team's own code imports it already."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from storage.checks.python.answers import imports
from storage.checks.python.answers.imports import Ground
from storage.checks.python.answers.own import OwnTree
from storage.checks.python.environment.environments import Environment
from storage.checks.python.library.library import Library


def ground(tree: Path, text: str) -> Ground:
    (tree / "saml.py").write_text(text)
    environment = Environment(tree / "none", "3.12", {"lib": "1.0"}, frozenset(), {}, {}, {}, frozenset())
    own = OwnTree(tree, [""])
    pinned = {"lib": "1.0"}
    return Ground(Library(environment), tree, [""], None, (), (), pinned, lambda top: top in own.imported)


@pytest.mark.parametrize("module", ["onelogin.saml2.utils", "requests"])
def test_what_the_teams_own_code_imports_is_not_held_against_an_answer(tmp_path: Path, module: str) -> None:
    top = module.partition(".")[0]
    held = ground(tmp_path, f"def f():\n    from {module} import thing\n")

    found = imports.read(ast.parse(f"import {module}\n"), range(1, 3), {1: module}, held)

    assert not found.findings
    assert found.reasons() == (f"`{top}` is not in the lock, though your code imports it, and was not looked at",)


@pytest.mark.parametrize("module", ["onelogin.saml2.utils", "requests"])
def test_what_nobody_imports_and_no_lock_has_is_a_finding(tmp_path: Path, module: str) -> None:
    held = ground(tmp_path, '"""Speaks of import requests and onelogin."""\nx = "from requests import get"\n')

    found = imports.read(ast.parse(f"import {module}\n"), range(1, 3), {1: module}, held)

    assert [one.kind for one in found.findings] == ["package"]


def test_a_module_that_bears_the_name_of_a_secret_is_left_out_and_not_missing(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    held = ground(tmp_path, "")

    kept = imports.read(ast.parse("from shop.secrets import tasks\n"), range(1, 3), {1: "shop.secrets"}, held)
    missing = imports.read(ast.parse("from shop.parcels import tasks\n"), range(1, 3), {1: "shop.parcels"}, held)

    assert not kept.findings
    assert "bear" in kept.reasons()[0]
    assert [one.kind for one in missing.findings] == ["import"]
