"""`plumbline check-code`: what it prints, and the codes that it ends with."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from adapters.cli import main
from tests.repositories import MadeRepository
from tests.wheels import SHOPLIB, make_wheel

WRONG = "from shoplib import Session\n\nSession().upsert(1)\n"
RIGHT = "from shoplib import Session\n\nSession().merge(1)\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    make_wheel(tmp_path / "wheels", "shoplib", "2.1", SHOPLIB)
    (tmp_path / "requirements.txt").write_text("shoplib==2.1\n")
    (tmp_path / "none.env").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PLUMBLINE_PYTHON_INDEX", str(tmp_path / "wheels"))
    return tmp_path


def check(*words: str) -> int:
    return main(["--env-file", os.devnull, "check-code", *words])


def test_a_file_is_read_block_by_block_with_lines_of_its_own(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = f"# G\n\n```python\n{RIGHT}```\n\nThen:\n\n- like this\n  ```python\n  Session().upsert(2)\n  ```\n\n```elixir\na = 1\n```\n"
    (folder / "guide.md").write_text(text)

    code = check("--lock", "requirements.txt", "guide.md")

    said = capsys.readouterr().out
    assert code == 1
    assert "guide.md:4: no problems found - held against shoplib 2.1" in said
    assert "guide.md:13: attribute: `Session` has no `upsert` in shoplib 2.1" in said
    assert "elixir is not checked yet" in said


@pytest.mark.parametrize(("text", "code"), [(RIGHT, 0), (WRONG, 1), ("import sourceonly\n", 2)])
def test_the_code_tells_what_became_of_it(folder: Path, text: str, code: int) -> None:
    (folder / "own.txt").write_text("shoplib==2.1\nsourceonly==1.0\n")
    (folder / "a.py").write_text(text)

    assert check("--lock", "own.txt", "a.py") == code


def test_standard_input_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(WRONG))

    assert check("--lock", "requirements.txt", "--json", "-") == 1

    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["versions"], told["findings"][0]["line"]) == ("problems", {"shoplib": "2.1"}, 3)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nothing.md"],
        ["--lock", "nothing.txt", "a.py"],
        ["--repo", "nowhere", "a.py"],
        ["a.exe"],
        ["--python", "new", "a.py"],
    ],
)
def test_wrong_use_is_told_with_its_code(folder: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a.py").write_text("x = 1\n")
    (folder / "a.exe").write_text("x = 1\n")

    assert check(*words) == 2
    assert capsys.readouterr().err


def batch(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *asked: object
) -> tuple[int, list[dict[str, Any]]]:
    lines = "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in asked)
    monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
    code = check("--batch")
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_lines_of_json_are_answered_in_their_order(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = MadeRepository(folder / "shop")
    made.commit({"shop.py": "class Order:\n    total = 1\n", "requirements.txt": "shoplib==2.1\n"}, "Begin.")
    lock, python = ["shoplib==2.1"], "python"
    asked = [
        {"id": "a", "language": python, "code": WRONG, "lock": lock},
        {"id": "b", "language": python, "code": "import json\n", "lock": []},
        {
            "id": "c",
            "language": python,
            "code": "from shop import Order\nprint(Order.totl)\n",
            "repo": str(made.folder),
        },
        {"id": "d", "language": python, "code": RIGHT, "lock": lock},
        {"id": "e", "language": "bash", "code": "pip install shoplib==1.0", "lock": lock},
        {"id": "f", "language": python, "code": RIGHT, "repo": str(folder / "nowhere")},
    ]

    code, told = batch(monkeypatch, capsys, *asked)

    assert code == 0
    assert [(one["id"], one["state"]) for one in told] == [
        ("a", "problems"), ("b", "none"), ("c", "problems"), ("d", "none"), ("e", "problems"), ("f", "unchecked"),
    ]  # fmt: skip
    assert set(told[0]) >= {"id", "state", "versions", "assumed", "findings"}
    assert told[0]["findings"] == [
        {
            "line": 3,
            "kind": "attribute",
            "message": "`Session` has no `upsert` in shoplib 2.1",
            "package": "shoplib",
            "version": "2.1",
        }
    ]


def test_a_line_that_is_none_ends_it_and_what_came_before_is_answered(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = batch(monkeypatch, capsys, {"id": 1, "language": "python", "code": "x = 1\n", "lock": []}, "no json")

    assert code == 2
    assert [one["id"] for one in told] == [1]


@pytest.mark.slow
def test_published_wheels_are_held_against_their_own_version(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the package index of this machine, as every other test is installed from it."""
    monkeypatch.setenv("PLUMBLINE_PYTHON_INDEX", "pypi")
    new = "from pydantic import BaseModel\n\n\nclass A(BaseModel):\n    x: int\n\n\nprint(A(x=1).model_dump())\n"
    old = new.replace("model_dump", "dict")
    settings = "from pydantic import BaseModel\n\n\nclass A(BaseModel):\n    x: int\n\n    class Config:\n        orm_mode = True\n"

    code, told = batch(
        monkeypatch, capsys,
        {"id": "new on 2", "code": new, "lock": ["pydantic==2.10.4"]}, {"id": "old on 2", "code": old, "lock": ["pydantic==2.10.4"]},
        {"id": "new on 1", "code": new, "lock": ["pydantic==1.10.19"]}, {"id": "old on 1", "code": old, "lock": ["pydantic==1.10.19"]},
        {"id": "settings on 2", "code": settings, "lock": ["pydantic==2.10.4"]},
        {"id": "settings on 1", "code": settings, "lock": ["pydantic==1.10.19"]},
    )  # fmt: skip

    assert code == 0
    assert {one["id"]: [finding["kind"] for finding in one["findings"]] for one in told} == {
        "new on 2": [], "old on 2": ["deprecated"], "new on 1": ["attribute"], "old on 1": [],
        "settings on 2": ["deprecated", "argument"], "settings on 1": [],
    }  # fmt: skip
