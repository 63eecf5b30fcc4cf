"""What the checkers are told counts wherever the data lies."""

from __future__ import annotations

from pathlib import Path

import pytest

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
