"""Which Node the team runs, by its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.checks import source
from storage.checks.scripts.team import node

RANGE = {"package.json": '{"engines": {"node": ">=14"}}'}


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (
            ".github/workflows/ci.yml",
            "steps:\n  - uses: actions/setup-node@v4\n    with:\n      node-version: '20.x'\n",
            "20",
        ),
        (".github/workflows/ci.yml", "matrix:\n  node: [22, 18, 20]\n", "18"),
        (".github/workflows/ci.yml", "matrix:\n  node-version:\n    - 20\n", "20"),
        (".gitlab-ci.yml", "image: node:18-alpine\n", "18"),
        ("docker-compose.yml", "services:\n  api:\n    image: node:22.3\n", "22"),
        ("deploy/compose.prod.yaml", 'services:\n  api:\n    image: "docker.io/node:22"\n', "22"),
        (".github/workflows/ci.yml", "with:\n  node-version: ${{ matrix.version }}\n", "14"),
        (".github/workflows/ci.yml", "with:\n  node-version-file: .nvmrc\n  timeout-minutes: 30\n", "14"),
        ("docs/20.yml", "node-version: 20\n", "14"),
    ],
)
def test_what_workflows_and_compose_files_start_says_more_than_a_range_without_an_end(
    tmp_path: Path, path: str, text: str, expected: str
) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(text)

    assert node.version(RANGE, tmp_path) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"docker/Dockerfile": "FROM node:20\n"}, "20"),
        ({"api/Dockerfile.prod": "FROM node:22-slim AS run\n"}, "22"),
        ({".nvmrc": "18\n", "Dockerfile": "FROM node:20\n"}, "18"),
    ],
)
def test_a_version_that_is_installed_says_more_than_a_range_without_an_end(
    tmp_path: Path, files: dict[str, str], expected: str
) -> None:
    assert node.version({**RANGE, **files}, tmp_path) == expected


def test_a_range_of_one_major_version_is_as_good_as_a_file(tmp_path: Path) -> None:
    manifest = {"package.json": '{"engines": {"node": "18.x"}}', "tools/Dockerfile": "FROM node:20\n"}

    assert node.version(manifest, tmp_path) == "18"


def test_workflows_are_among_the_files_that_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "team" / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / "team" / ".github" / "workflows" / "ci.yml").write_text("node-version: 20\n")

    tree = source.export(tmp_path / "team", "", "team", tmp_path / "trees")

    assert node.version({}, tree.folder) == "20"
