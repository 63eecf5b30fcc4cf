"""What an exported tree holds, and how long it is kept: whoever reads it must not lose it, however many others are asked about."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.checks import folders, source
from storage.checks.source import KEPT_TREES, WHOLE, Tree
from tests.repositories import MadeRepository


@pytest.fixture
def made(tmp_path: Path) -> MadeRepository:
    return MadeRepository(tmp_path / "shop")


def exported(made: MadeRepository, number: int) -> Tree:
    sha = str(made.commit({"shop.py": f"number = {number}\n"}, f"Number {number}."))
    return source.export(made.folder, sha, "shop", made.folder.parent / "trees")


def test_a_tree_that_is_read_or_used_outlasts_others(made: MadeRepository) -> None:
    read, used, left = (exported(made, number) for number in range(3))

    with folders.in_use(read.folder.parent / WHOLE):
        for number in range(3, KEPT_TREES + 6):
            exported(made, number)
            assert source.is_kept(used)

        assert source.is_kept(read)
    assert not source.is_kept(left)
    assert (read.folder / "shop.py").read_text() == "number = 0\n"
    assert not left.folder.exists()


def test_the_files_of_a_terraform_module_are_in_it(made: MadeRepository) -> None:
    sha = str(made.commit({"net/main.tf": 'variable "a" {}\n', "net/secret.tfvars": 'a = "b"\n'}, "Net."))

    tree = source.export(made.folder, sha, "shop", made.folder.parent / "trees")

    assert [one.name for one in (tree.folder / "net").iterdir()] == ["main.tf"]
