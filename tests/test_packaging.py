"""What an installed wheel holds beside its modules."""

from __future__ import annotations

import fnmatch
import tomllib
from pathlib import Path

HOUSE = Path(__file__).parents[1]


def test_every_file_that_our_packages_read_is_part_of_the_wheel() -> None:
    told = tomllib.loads((HOUSE / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["*"]
    files = [path for top in ("bot", "adapters", "storage") for path in (HOUSE / top).rglob("*") if path.is_file()]
    data = {path.name for path in files if path.suffix != ".py" and "__pycache__" not in path.parts}

    assert len(data) > 20
    assert [name for name in sorted(data) if not any(fnmatch.fnmatch(name, one) for one in told)] == []
