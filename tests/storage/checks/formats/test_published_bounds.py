"""What others publish, and a block that is made to be long, deep or full of words that nothing has: an end, and few findings."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.capabilities.checks.verdicts import Block
from storage.checks.formats.child import verdict

MOST = 60
ACME = "cdktn_provider_acme"
DISK = """r'''
# `acme_disk`
'''
class Disk(
):
    def __init__(
        self,
        *,
        size: jsii.Number,
    ) -> None:
        ...
"""


@pytest.fixture
def bindings(tmp_path: Path) -> Path:
    (tmp_path / ACME / "disk").mkdir(parents=True)
    (tmp_path / ACME / "__init__.py").write_text("r'''\n# bindings for acme/acme provider version 1.0.0\n'''\n")
    (tmp_path / ACME / "disk" / "__init__.py").write_text(DISK)
    return tmp_path / ACME


@pytest.mark.parametrize(
    "code",
    [
        "".join(f'resource "acme_x{number}" "a" {{}}\n' for number in range(3_000)),
        'resource "acme_disk" "a" {\n' + "".join(f"  word{number} = 1\n" for number in range(5_000)) + "}\n",
        'resource "acme_disk" "a" {\n' + "size {" * 90 + "}" * 90 + "\n}\n",
    ],
)
def test_of_a_block_full_of_unknown_words_only_some_are_told(bindings: Path, code: str) -> None:
    found = verdict(Block("terraform", code), None, (), {"acme": str(bindings)})

    assert found.state == "problems"
    assert len(found.findings) <= MOST


def test_bindings_that_are_none_or_too_large_are_not_believed(bindings: Path) -> None:
    code = 'resource "acme_disk" "a" {\n  siz = 1\n}\n'
    (bindings / "disk" / "__init__.py").write_text(DISK + "#" * 3_000_000)

    large = verdict(Block("terraform", code), None, (), {"acme": str(bindings)})
    nothing = verdict(Block("terraform", code), None, (), {"acme": str(bindings.parent)})

    assert (large.state, nothing.state) == ("partial", "partial"), (large, nothing)
