"""What a security reviewer is told: each answer names what holds it, all that is named exists, and what runs is what is locked."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAPERS = ("SECURITY.md", "docs/security-answers.md", "docs/access.md", "docs/reliability.md", "docs/operations.md")
NAMED = re.compile(r"`((?:bot|adapters|storage|tests|requirements|docs)/[\w./*-]+)`")
WITHOUT_A_TEST = re.compile(r"\*\*open\*\*|a contract, no test|settings, no test|as above|docs/reliability\.md|dev\.py")
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", re.MULTILINE)


def answers() -> list[tuple[str, str]]:
    rows = [
        line.strip("|").split("|")
        for line in (ROOT / "docs/security-answers.md").read_text().splitlines()
        if "?" in line
    ]
    return [(row[0].strip(), row[-1].strip()) for row in rows if len(row) == 3]


@pytest.mark.parametrize("paper", PAPERS)
def test_all_that_a_paper_names_exists(paper: str) -> None:
    named = set(NAMED.findall((ROOT / paper).read_text()))

    assert [one for one in sorted(named) if not any(ROOT.glob(one.rstrip("/")))] == []


@pytest.mark.parametrize(("question", "held_by"), answers(), ids=[question[:40] for question, _ in answers()])
def test_each_answer_names_a_test_that_tests_something_or_is_said_to_be_open(question: str, held_by: str) -> None:
    named = [one for one in NAMED.findall(held_by) if one.startswith("tests/")]
    files = [
        path for one in named for path in ([ROOT / one] if one.endswith(".py") else (ROOT / one).rglob("test_*.py"))
    ]

    assert bool(files) or WITHOUT_A_TEST.search(held_by), question
    assert [
        path.name for path in files if not re.search(r"^(?:async )?def test_", path.read_text(), re.MULTILINE)
    ] == []


def test_the_usual_questions_are_answered() -> None:
    asked = " ".join(question for question, _ in answers()).lower()

    assert len(answers()) >= 20
    for word in (
        "leaves",
        "processes",
        "training",
        "residency",
        "kept",
        "logged",
        "incident",
        "kill switch",
        "secrets",
    ):
        assert word in asked


def test_the_wheel_and_the_image_hold_what_is_locked() -> None:
    """The bill of materials is made of the same file, and held against it: `dev.py sbom`."""
    locked = (ROOT / "requirements/run.txt").read_text()
    names = {re.sub("[-_.]+", "-", name).lower() for name, _ in PINNED.findall(locked)}
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    image = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    installs = [line for line in image.splitlines() if re.search(r"\bpip\b.* install", line)]

    assert locked.count("--hash=sha256:") >= len(names)
    assert {re.sub("[-_.]+", "-", re.split(r"[\[<>=~!; ]", one)[0]).lower() for one in wanted} <= names
    assert len(installs) == 2
    assert "--require-hashes -r requirements/run.txt" in installs[0]
    assert "--no-deps ." in installs[1]
    assert "--without-pip" in image
