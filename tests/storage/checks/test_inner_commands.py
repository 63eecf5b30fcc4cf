"""Commands in other files are found at their own lines, and what only looks like one is left alone."""

from __future__ import annotations

import pytest

from storage.checks.inner_commands import as_text, commands_in

DOCKERFILE = (
    'FROM a\nRUN --mount=type=cache,target=/x pip install \\\n    # why\n    django\nCMD ["RUN"]\nRUN ["a", "b"]\n'
)
WORKFLOW = """on: push
jobs:
  a:
    steps:
      - uses: b
      - run: make ${{ matrix.x }}
      - name: c
        run: |
          npm ci
          if a; then
            b
          fi
        env: {run: x}
      - run: >
          folded
"""
PIPELINE = "a:\n  script:\n    - make\n    - |\n      npm ci\n      b\n  rules:\n    - if: $X\n"
PACKAGE = '{\n  "name": "a",\n  "dependencies": {\n    "b": "^1.0.0",\n    "@c/d": "workspace:*"\n  }\n}\n'
PROJECT = '[project]\nname = "a"\ndependencies = [\n  "fastapi>=0.1",\n  "b @ https://c",\n]\n'


@pytest.mark.parametrize(
    ("language", "code", "found"),
    [
        ("dockerfile", DOCKERFILE, [(2, "pip install \\"), (3, "\\"), (4, "django")]),
        ("yaml", WORKFLOW, [(6, "make $X"), (9, "npm ci"), (10, "if a; then"), (11, "b"), (12, "fi")]),
        ("yaml", PIPELINE, [(3, "make"), (5, "npm ci"), (6, "b")]),
        ("yaml", WORKFLOW.replace("env: {run: x}", "shell: pwsh"), []),
        ("yaml", "a:\n  - b: c\n", []),
        ("json", PACKAGE, [(4, "npm install b")]),
        ("toml", PROJECT, [(4, "pip install fastapi")]),
        ("dockerfile", "RUN a\n" * 50_000, []),
    ],
)
def test_commands_are_found_at_their_lines(language: str, code: str, found: list[tuple[int, str]]) -> None:
    assert commands_in(language, code) == found


def test_as_text_every_command_stands_at_its_line() -> None:
    assert as_text([(2, "a"), (4, "b"), (4, "c")]) == "\na\n\nb && c"
