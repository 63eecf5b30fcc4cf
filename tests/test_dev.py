"""The two commands of the README take what a newcomer's machine has."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def dev() -> Any:
    """`dev.py`, which is run and never imported otherwise."""
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_repository_is_found_from_where_it_was_named(dev: Any, tmp_path: Path) -> None:
    dev.HERE = tmp_path

    assert [*dev._from_here(("--repo", "a b", "--repo=c", "--role", "all"))] == [
        *("--repo", f"{tmp_path}/a b", f"--repo={tmp_path}/c", "--role", "all")
    ]


def test_a_checkout_with_spaces_and_umlauts_has_its_script_in_any_locale(dev: Any, tmp_path: Path) -> None:
    dev.ROOT = tmp_path / "Ein Öl"
    dev.ENVIRONMENT = dev.ROOT / ".venv"
    dev.PYTHON = dev.ENVIRONMENT / "bin" / "python"
    dev.ensure_environment(dev.ENVIRONMENT)
    (dev.ROOT / "adapters").mkdir()
    (dev.ROOT / "adapters" / "__init__.py").touch()
    (dev.ROOT / "adapters" / "cli.py").write_text("import sys; print(sys.argv[1:])")
    dev.install_project()

    plain = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    ran = subprocess.run(
        [dev.ENVIRONMENT / "bin" / "plumbline", "a b"], capture_output=True, text=True, env=plain, check=True
    )

    assert ran.stdout == "['a b']\n"


def test_a_full_disk_is_one_line(dev: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        dev.need_room(tmp_path, 10**9, "An installation")

    assert ended.value.code == 2
    assert f"MB are free in {tmp_path}. Make room" in capsys.readouterr().err


def test_a_home_that_cannot_be_written_keeps_nothing_from_starting(dev: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", f"{os.devnull}/x")

    assert dev.cache_folder() == dev.TOOLS / "cache"


def test_an_older_python_is_told_what_is_needed() -> None:
    """Whatever it cannot read comes after that."""
    text = (ROOT / "dev.py").read_text()
    pretended = text.replace("sys.version_info < (3, 11)", "True", 1)

    ran = subprocess.run([sys.executable, "-c", pretended], capture_output=True, text=True, cwd=ROOT, check=False)

    assert ran.stderr.startswith("Plumbline needs Python 3.11 or newer; this is 3.")
    assert ":=" not in text, "Python 3.6 to 3.10 read the whole file first"
    assert "import annotations" not in text
