"""Types that an older Python cannot run where they stand."""

from __future__ import annotations

import ast

import pytest

from storage.checks.python.answers.evaluated import failing

RUN = {
    "a union of an argument": "def f(a: int | None): ...",
    "a union that is given back": "async def f() -> None | Thing: ...",
    "of a class": "class A:\n    b: 'str' = ''\n    a: int | str = 1",
    "a generic one": "def f(a: Optional[dict[str, int]]): ...",
    "of a method in a condition": "if 1:\n    class A:\n        def f(self, a: list[int]): ...",
}
NEVER_RUN = {
    "in quotes": "def f(a: 'int | None'): ...",
    "of a function's own variable": "def f():\n    a: int | None = None",
    "for checkers only": "if typing.TYPE_CHECKING:\n    a: int | None",
    "for a newer Python only": "if sys.version_info >= (3, 10):\n    a: int | None = 1",
    "a sum of flags": "def f(a: int = re.A | re.B): ...",
    "a class of their own": "from x import list\ndef f(a: list[int]): ...",
    "typing's": "def f(a: Dict[str, int]): ...",
}


@pytest.mark.parametrize("code", RUN.values(), ids=RUN)
def test_what_runs_and_fails_there_is_found(code: str) -> None:
    tree = ast.parse(f"import x\n{code}\n")

    assert [one.line for one in failing(tree, "3.8")] == [
        code[: code.rindex(": " if "class" in code else "f(")].count("\n") + 1
    ]
    assert not failing(tree, "3.10")


@pytest.mark.parametrize("code", NEVER_RUN.values(), ids=NEVER_RUN)
def test_what_never_runs_is_not(code: str) -> None:
    assert not failing(ast.parse(f"import x\n{code}\n"), "3.8")


def test_put_off_by_the_file_or_perhaps_by_the_part_that_is_not_shown_is_not() -> None:
    code = "def f(a: int | None): ...\n"

    assert not failing(ast.parse(code), "3.8")
    assert not failing(ast.parse(f"from __future__ import annotations\n{code}"), "3.8")


def test_generic_types_came_before_unions() -> None:
    tree = ast.parse("import x\na: list[int] = []\nb: int | None = 1\n")

    assert [one.line for one in failing(tree, "3.9")] == [2]
