"""What the checkers are told counts wherever the data lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.checks.confined import may_confine_reading
from storage.checks.python import child
from storage.checks.servers import Server

LIBRARY = {
    "__init__.py": "from shopkit.real import Order as Order\n",
    "real.py": "class Order:\n    def __init__(self, *, first: int) -> None: ...\n",
    "py.typed": "",
}
BLOCK = "from shopkit import Order\n\nOrder(second=2)\n"


@pytest.mark.parametrize("above", ["", "[project]\nname = 'team'\nversion = '1'\n", "[tool.ruff]\nline-length = 100\n"])
@pytest.mark.parametrize("checker", ["ty", "pyrefly"])
async def test_a_project_above_the_data_directory_blinds_no_checker(tmp_path: Path, checker: str, above: str) -> None:
    if above:
        (tmp_path / "pyproject.toml").write_text(above)
    site, folder = tmp_path / ".data/env/lib/python3.11/site-packages", tmp_path / ".data/scratch"
    for one in (site / "shopkit", folder / "answer"):
        one.mkdir(parents=True)
    (tmp_path / ".data/env/pyvenv.cfg").write_text("home = /nonexistent\nversion = 3.11.0\n")
    for name, text in LIBRARY.items():
        (site / "shopkit" / name).write_text(text)
    child.write_settings(folder, [str(folder)], site, tmp_path / ".data/env", "3.11")
    server = Server(checker, folder)
    try:
        await server.open(folder / "answer/0_0.py", BLOCK)
        found = await server.diagnostics(folder / "answer/0_0.py")
    finally:
        await server.stop()

    assert any("second" in one.message for one in found), found


@pytest.mark.skipif(not may_confine_reading(), reason="Landlock")
@pytest.mark.parametrize("checker", ["ty", "pyrefly"])
async def test_a_checker_that_is_led_elsewhere_reads_nothing_there(tmp_path: Path, checker: str) -> None:
    """Were its settings turned against us, its words would tell what another folder's constants hold."""
    site, folder, other = tmp_path / "env/lib/python3.11/site-packages", tmp_path / "scratch", tmp_path / "other"
    for one in (site, folder / "answer", other):
        one.mkdir(parents=True)
    (other / "settings_of_others.py").write_text("from typing import Final\nTOKEN: Final = 'hidden-word'\n")
    (tmp_path / "env/pyvenv.cfg").write_text("home = /nonexistent\nversion = 3.11.0\n")
    child.write_settings(folder, [str(folder), str(other)], site, tmp_path / "env", "3.11")
    block = "from settings_of_others import TOKEN\n\nx: int = TOKEN\ny: int = ''\n"
    server = Server(checker, folder, readable=child.readable(checker, folder, tmp_path / "env", None))
    try:
        await server.open(folder / "answer/0_0.py", block)
        found = await server.diagnostics(folder / "answer/0_0.py")
    finally:
        await server.stop()

    assert found
    assert not any("hidden-word" in one.message for one in found), found
