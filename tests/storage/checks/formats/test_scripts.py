"""What becomes of values in scripts: text of strangers in workflows, variables that a pipe loses."""

from __future__ import annotations

import pytest

from storage.checks.formats.shell import shells
from tests.storage.checks.formats.test_formats import looked
from tests.storage.checks.formats.test_whole_files import holds

WORKFLOW = """on: pull_request_target
jobs:
  label:
    runs-on: ubuntu-latest
    steps:
      - env: {TITLE: "${{ github.event.pull_request.title }}"}
        run: |
          echo "$TITLE"
          echo "EXPRESSION"
"""
SCRIPTED = """on: [issue_comment]
jobs:
  label:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/github-script@v7
        with:
          script: console.log(`${{ github.event.comment.body }}`)
"""


@pytest.mark.parametrize(
    "expression",
    [
        "github.event.pull_request.title",
        "github.event.pull_request['body']",
        "github.head_ref || github.ref_name",
        "toJSON(github.event.commits[0].message)",
        "github.event.commits.*.author.name",
    ],
)
def test_text_of_strangers_does_not_become_code_of_a_script(expression: str) -> None:
    holds(looked("yaml", WORKFLOW.replace("EXPRESSION", f"${{{{ {expression} }}}}")), 9, "strangers")


def test_neither_in_the_script_of_an_action() -> None:
    holds(looked("yaml", SCRIPTED), 8, "process.env")


@pytest.mark.parametrize(
    "expression",
    [
        "github.event.pull_request.number",
        "contains(github.event.pull_request.title, 'fix')",
        "github.head_ref == 'main' && 'a' || 'b'",
        "github.event.pull_request.head.sha",
    ],
)
def test_numbers_tests_and_comments_are_no_text_of_strangers(expression: str) -> None:
    assert looked("yaml", WORKFLOW.replace("EXPRESSION", f"${{{{ {expression} }}}}")).state == "none"
    comment = WORKFLOW.replace('echo "EXPRESSION"', "# ${{ github.head_ref }}")
    assert looked("yaml", comment).state == "none"
    pushed = WORKFLOW.replace("pull_request_target", "push").replace("EXPRESSION", "${{ github.head_ref }}")
    assert looked("yaml", pushed).state == "none"


LOOP = """#!/usr/bin/env bash
set -euo pipefail
n=0
find . | while read -r one; do
  n=$((n + 1))
done
echo "$n"
"""


@pytest.mark.skipif(shells.program() is None, reason="ShellCheck is not there")
def test_a_variable_that_a_loop_behind_a_pipe_sets_is_lost() -> None:
    (found,) = shells.syntax("bash", LOOP)
    assert (found.line, "`n` is as before where line 7" in found.message) == (4, True)


@pytest.mark.skipif(shells.program() is None, reason="ShellCheck is not there")
@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("find . | while", "while"),
        ("n=0\n", "n=0\nshopt -s lastpipe\n"),
        ("env bash", "env zsh"),
        ('echo "$n"', "n=2\necho $n"),
        ("done\necho", "echo $n; done\n#"),
    ],
)
def test_one_that_is_kept_or_not_read_is_left_alone(was: str, now: str) -> None:
    assert shells.syntax("bash", LOOP.replace(was, now)) == []
