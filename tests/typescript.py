"""The native compiler for tests that need it: fetched once, beside the interpreter, through npm's own configuration of this machine."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

FOLDER = Path(sys.prefix) / "share" / "plumbline"


@cache
def _fetched() -> str:
    """ "" when it is there, else why not. In a process of its own: tests reach no network."""
    done = subprocess.run(
        [sys.executable, "-m", "storage.checks.scripts.packages.tools", str(FOLDER)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return "" if done.returncode == 0 else done.stderr.strip() or "the compiler could not be fetched"


def lent_to(folder: Path) -> None:
    """A data folder in which the compiler stands already. Skips the test where it cannot be had at all."""
    if why := _fetched():
        pytest.skip(f"no TypeScript compiler on this machine: {why}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tools").symlink_to(FOLDER, target_is_directory=True)
