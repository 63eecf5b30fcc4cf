"""What stands above a class is known whole, or not at all: half of it would lack what the other half has."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from storage.checks.python.environment.environments import Environment, site_of
from storage.checks.python.library.library import Library
from storage.checks.python.library.lookup import find
from storage.checks.python.meaning import classes


def library(tmp_path: Path, bases: int) -> Library:
    site = site_of(tmp_path, "3.11")
    site.mkdir(parents=True)
    parts = "".join(f"class Part{number}:\n    def do{number}(self): ...\n\n" for number in range(bases))
    whole = f"class Client({', '.join(f'Part{number}' for number in range(bases))}): ...\n"
    (site / "clientlib.py").write_text(parts + whole)
    return Library(
        Environment(
            tmp_path, "3.11", {"clientlib": "1.0"}, frozenset(), {}, {"clientlib": ["clientlib"]}, {}, frozenset()
        )
    )


@pytest.mark.parametrize("bases", [1, 30, 60, classes.MOST - 1])
def test_a_class_of_many_parts_has_what_all_of_them_have(tmp_path: Path, bases: int) -> None:
    library_ = library(tmp_path, bases)
    home = find(library_, "clientlib", "Client", classes.MOST_STEPS)
    assert home is not None
    assert isinstance(home[1], ast.ClassDef)

    names = classes.names(library_, classes.Known(home[0], home[1]))

    assert names is not None
    assert {f"do{number}" for number in range(bases)} <= names


def test_one_of_too_many_is_not_known_at_all(tmp_path: Path) -> None:
    library_ = library(tmp_path, classes.MOST + 20)
    home = find(library_, "clientlib", "Client", classes.MOST_STEPS)
    assert home is not None
    assert isinstance(home[1], ast.ClassDef)

    assert classes.names(library_, classes.Known(home[0], home[1])) is None
